"""Which answers an experiment could have changed, and whether that was ever observed.

A statistical respondent cannot read. If people in one arm have seen something that people in
another have not, it would answer the same in both, and the effect would be a silent zero. From the
first place where an arm shows, answers are therefore refused, unless the people learned from were
in the same arms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...data.codebook import Code, code_text
from ..logic.expression import Expression
from ..plan import AgainPlan, BlockPlan, EndPlan, NodePlan, Place, SetPlan
from ..question import Question, Shuffle
from ..questionnaire import Condition, Design, Questionnaire
from .learning import codes_of

if TYPE_CHECKING:
    from ...data.panel import Panel

__all__ = ["arm_codes", "exposed"]


def exposed(questionnaire: Questionnaire) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    """Find the questions that are asked where arms of a condition may have shown.

    Returns:
        By question (as named at its place), the between-person conditions that may have shown
        before it or with it; and by question, the within-person condition it is an arm of.
    """
    between = {c.name for c in questionnaire.conditions if c.design is Design.BETWEEN}
    touched: dict[str, frozenset[str]] = {}
    within: dict[str, str] = {}
    seen: frozenset[str] = frozenset()
    for node in questionnaire.plan.nodes:
        mixed = _shuffled(node)
        ahead = seen | (_all_conditions(node) & between) if mixed else seen
        for place, repeated, shown_by, page in _places(node):
            here = frozenset().union(*(_of_question(p.question) for p in page)) | shown_by
            seen |= here & between
            found = seen | ahead
            if found:
                touched[place.question.name] = found
            if repeated:
                within[place.question.name] = repeated
        seen |= ahead
    return touched, within


def arm_codes(condition: Condition, panel: Panel) -> tuple[str, dict[str, Code]] | None:
    """The panel's variable that says who was in which arm, and the code of each arm.

    It is called as the condition, or `arm_CONDITION` as in a finished run. None if the panel has
    none, or not with all arms.
    """
    for name in (f"arm_{condition.name}", condition.name):
        if name not in panel.codebook:
            continue
        variable = panel.codebook[name]
        codes = {label.casefold(): code for code, label in variable.labels}
        for code in codes_of(panel, name):
            if code is not None:
                codes.setdefault(code_text(code).casefold(), code)
        if all(arm.casefold() in codes for arm in condition.arms):
            return name, {arm: codes[arm.casefold()] for arm in condition.arms}
    return None


def _places(
    node: NodePlan, shown_by: frozenset[str] = frozenset()
) -> Iterator[tuple[Place, str, frozenset[str], tuple[Place, ...]]]:
    """Places in written order: with the within-person condition, the conditions that decide
    whether it is reached, and everything on its page."""
    if isinstance(node, (EndPlan, SetPlan)):
        return
    if isinstance(node, AgainPlan):
        # Its places are those of the block; only what it took to get here is new.
        yield from _places(node.block, shown_by)
        return
    if isinstance(node, BlockPlan):
        own = shown_by | _of(node.block.show_if)
        for turn in node.turns:
            for page in turn.pages:
                for place in page:
                    yield place, node.block.within, own, page
        return
    for member in node.members:
        yield from _places(member, shown_by | _of(node.group.show_if))


def _all_conditions(node: NodePlan) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for place, _, shown_by, _ in _places(node):
        found |= shown_by | _of_question(place.question)
    return found


def _shuffled(node: NodePlan) -> bool:
    if isinstance(node, (EndPlan, SetPlan)):
        return False
    if isinstance(node, AgainPlan):
        return _shuffled(node.block)
    if isinstance(node, BlockPlan):
        return node.block.order is not Shuffle.FIXED
    return node.group.order is not Shuffle.FIXED or any(_shuffled(m) for m in node.members)


def _of(expression: Expression | None) -> frozenset[str]:
    return expression.conditions if expression is not None else frozenset()


def _of_question(question: Question) -> frozenset[str]:
    found = set(_of(question.show_if)) | {w.condition for w in question.wordings}
    texts = [
        question.text,
        *(o.label for o in question.options),
        *(i.label for i in question.items),
    ]
    for option in question.options:
        found |= _of(option.show_if)
    for item in question.items:
        found |= _of(item.show_if)
    for text in texts:
        for piece in text.split("{arm.")[1:]:
            found.add(piece.split("}")[0].split("|")[0].strip())
    return frozenset(found)
