"""Option order counterbalanced: half of the people see options the other way round.

Language models prefer options by where they stand (Dominguez-Olmedo, Hardt & Mendler-Dünner 2024,
"Questioning the survey responses of large language models", NeurIPS). Reversing them for half of
the people takes the preference out of the distribution; which half is drawn by seed, and the order
each person saw is in the ledger.
"""

from __future__ import annotations

import dataclasses

from .question import Question, Shuffle
from .questionnaire import Block, FlowNode, Group, Questionnaire

__all__ = ["counterbalanced"]


def counterbalanced(questionnaire: Questionnaire) -> Questionnaire:
    """Return the questionnaire with fixed options reversed for half of the people.

    Options that are shuffled already stay so; anchored and exclusive options and offered
    non-answers keep their places. A person sees all reversed, or none.
    """
    blocks = tuple(_node(node) for node in questionnaire.blocks)
    return dataclasses.replace(questionnaire, blocks=blocks)


def _node(node: FlowNode) -> FlowNode:
    if isinstance(node, Group):
        return dataclasses.replace(node, blocks=tuple(_node(member) for member in node.blocks))
    if isinstance(node, Block):
        pages = tuple(tuple(_question(question) for question in page) for page in node.pages)
        return dataclasses.replace(node, pages=pages)
    return node


def _question(question: Question) -> Question:
    if question.shuffle_options is not Shuffle.FIXED or len(question.answers) < 2:
        return question
    return dataclasses.replace(question, shuffle_options=Shuffle.REVERSE)
