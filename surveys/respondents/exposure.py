"""Which answers an experiment could have changed, and whether that was ever observed.

A statistical respondent cannot read. If people in one arm have seen something that people in
another have not, it would answer the same in both, and the effect would be a silent zero. From the
first place where an arm shows, answers are therefore refused, unless the people learned from were
in the same arms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ...data.codebook import Code, code_text
from ..expansion import texts_of
from ..logic.expression import Expression
from ..piping import pipes
from ..plan import AgainPlan, BlockPlan, EndPlan, NodePlan, Place, SetPlan
from ..question import Question, Shuffle
from ..questionnaire import Condition, Design, Questionnaire, SetFields
from .learning import codes_of

if TYPE_CHECKING:
    from ...data.panel import Panel

__all__ = ["arm_codes", "exposed"]

Telling = Mapping[str, frozenset[str]]
"""Fields whose values arms decide, each with its conditions."""


def exposed(questionnaire: Questionnaire) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    """Find the questions that are asked where arms of a condition may have shown.

    Returns:
        By question (as named at its place), the between-person conditions that may have shown
        before it or with it; and by question, the within-person condition it is an arm of.
    """
    between = {c.name for c in questionnaire.conditions if c.design is Design.BETWEEN}
    telling = _telling(questionnaire)
    touched: dict[str, frozenset[str]] = {}
    within: dict[str, str] = {}
    seen: frozenset[str] = frozenset()
    for node in questionnaire.plan.nodes:
        mixed = _shuffled(node)
        ahead = seen | (_all_conditions(node, telling) & between) if mixed else seen
        for place, repeated, shown_by, page in _places(node, telling):
            here = frozenset().union(*(_of_question(p.question, telling) for p in page)) | shown_by
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


def _telling(questionnaire: Questionnaire) -> Telling:
    """Fields that arms decide, with the conditions they tell of."""
    found: dict[str, frozenset[str]] = {}
    for node in questionnaire.nodes():
        if not isinstance(node, SetFields):
            continue
        for field in node.fields:
            told = _of(node.show_if, found) | _of_texts([field.text], found)
            if field.formula is not None:
                told |= frozenset().union(*(found.get(n, frozenset()) for n in field.formula.names))
            found[field.name] = found.get(field.name, frozenset()) | told
    return found


def _places(
    node: NodePlan, telling: Telling, shown_by: frozenset[str] = frozenset()
) -> Iterator[tuple[Place, str, frozenset[str], tuple[Place, ...]]]:
    """Places in written order: with the within-person condition, the conditions that decide
    whether it is reached, and everything on its page."""
    if isinstance(node, (EndPlan, SetPlan)):
        return
    if isinstance(node, AgainPlan):
        # Its places are those of the block; only what it took to get here is new.
        yield from _places(node.block, telling, shown_by)
        return
    if isinstance(node, BlockPlan):
        own = shown_by | _of(node.block.show_if, telling)
        for turn in node.turns:
            for page in turn.pages:
                for place in page:
                    yield place, node.block.within, own, page
        return
    for member in node.members:
        yield from _places(member, telling, shown_by | _of(node.group.show_if, telling))


def _all_conditions(node: NodePlan, telling: Telling) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for place, _, shown_by, _ in _places(node, telling):
        found |= shown_by | _of_question(place.question, telling)
    return found


def _shuffled(node: NodePlan) -> bool:
    if isinstance(node, (EndPlan, SetPlan)):
        return False
    if isinstance(node, AgainPlan):
        return _shuffled(node.block)
    if isinstance(node, BlockPlan):
        return node.block.order is not Shuffle.FIXED
    return node.group.order is not Shuffle.FIXED or any(_shuffled(m) for m in node.members)


def _of(expression: Expression | None, telling: Telling) -> frozenset[str]:
    if expression is None:
        return frozenset()
    # A condition may be named plainly, as in `framing = "loss"`; callers keep those that are.
    told = (telling.get(name, frozenset()) for name in expression.names)
    return expression.conditions.union(expression.names, *told)


def _of_texts(texts: Iterable[str], telling: Telling) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        for piece in text.split("{arm.")[1:]:
            found.add(piece.split("}")[0].split("|")[0].strip())
        if telling and "{" in text:
            for pipe in pipes(text):
                found |= telling.get(pipe.name, frozenset())
    return frozenset(found)


def _of_question(question: Question, telling: Telling) -> frozenset[str]:
    found = _of(question.show_if, telling) | {w.condition for w in question.wordings}
    for option in question.options:
        found |= _of(option.show_if, telling)
    for item in question.items:
        found |= _of(item.show_if, telling)
    return found | _of_texts(texts_of(question), telling)
