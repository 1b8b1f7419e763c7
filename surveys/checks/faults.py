"""What makes a questionnaire unadministrable: names, references, cycles, conditions, loops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ...data.codebook import code_text
from ...data.errors import QuestionnaireError
from ...data.scales import scale_faults
from ..expansion import loop_values
from ..piping import pipes
from ..question import Question
from ..questionnaire import (
    Again,
    Block,
    Condition,
    Design,
    Group,
    Questionnaire,
)
from .position import Positions
from .references import cycles, reference_faults
from .spots import Fault, near, spots
from .tasks import task_faults

__all__ = ["bad_name", "faults"]


def faults(questionnaire: Questionnaire) -> list[Fault]:
    """List what keeps a questionnaire from being administered, most basic first."""
    found = [*_names(questionnaire), *_questions(questionnaire), *task_faults(questionnaire)]
    found += _conditions(questionnaire)
    found += _structure(questionnaire)
    found += _braces(questionnaire)
    if found:
        return found
    found = list(_variables(questionnaire))
    if found:
        return found
    positions = Positions(questionnaire)
    found += _loops(questionnaire, positions)
    found += cycles(questionnaire, positions)
    cyclic = {fault.thing for fault in found}
    for spot in spots(questionnaire):
        if spot.thing not in cyclic:
            found += reference_faults(spot, questionnaire, positions)
    found += _scales(questionnaire)
    return found


# --- names and questions ----------------------------------------------------------------------


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _names(questionnaire: Questionnaire) -> Iterator[Fault]:
    for question in questionnaire.written():
        bad = bad_name(question.name)
        if bad:
            yield Fault(f"question {question.name}", f"the name {bad}", "choose another name")
    for name in _twice(question.name for question in questionnaire.written()):
        yield Fault(f"question {name}", "two questions have this name", "rename one of them")
    asked = {question.name for question in questionnaire.written()}
    for condition in questionnaire.conditions:
        if condition.name in asked:
            yield Fault(
                f"condition {condition.name}",
                "a question has the same name",
                "rename one of them",
            )
    dealt = [condition.name for condition in questionnaire.conditions]
    dealt += [node.name for node in questionnaire.nodes() if isinstance(node, (Block, Group))]
    for name in _twice(dealt):
        yield Fault(
            f"block {name}",
            f"two blocks, groups or conditions are named {name!r}",
            "rename one of them",
        )
    taken = asked | {condition.name for condition in questionnaire.conditions}
    for name in questionnaire.fields():
        bad = bad_name(name)
        if bad:
            yield Fault("set", f"the name {bad}", "choose another name")
        elif name in taken:
            yield Fault("set", f"{name!r} is a question or condition", "rename the field")


def bad_name(name: str) -> str:
    """Say what keeps a text from being a name: "is empty", or ""."""
    if not name.strip():
        return "is empty"
    wrong = next((c for c in name if c in "{}|`" or not c.isprintable()), "")
    return f"{name!r} holds the character {wrong!r}" if wrong else ""


def _questions(questionnaire: Questionnaire) -> Iterator[Fault]:
    for question in questionnaire.written():
        thing = f"question {question.name}"
        fault = _unfit(question) or question.fault()
        if fault:
            yield Fault(thing, fault)
            continue
        if not question.text.strip():
            yield Fault(f"{thing}: text", "the text is empty", "say what people read")
        codes = [option.code for option in question.answers]
        if question.expect is not None and codes and question.expect not in codes:
            yield Fault(
                f"{thing}: expect",
                f"the expected answer {code_text(question.expect)} is not one of the options",
                near(code_text(question.expect), [code_text(code) for code in codes]),
            )


def _unfit(question: Question) -> str:
    """Say which options or items the type of a question does not take."""
    if question.items and not question.takes_items:
        return f"a {question.kind} question has no items"
    if question.answers and not question.takes_options:
        return f"a {question.kind} question has no options"
    if not question.takes_options and any(option.specify for option in question.options):
        return f"a {question.kind} question has no options that ask to specify"
    return ""


def _variables(questionnaire: Questionnaire) -> Iterator[Fault]:
    owner: dict[str, str] = {}
    fields = set(questionnaire.fields())
    for question in questionnaire.questions():
        variables = question.variables()
        for variable in variables:
            if variable.name in fields:
                yield Fault("set", f"{variable.name!r} is a variable", "rename the field")
            other = owner.setdefault(variable.name, question.name)
            if other != question.name:
                yield Fault(
                    f"question {question.name}",
                    f"the variable {variable.name!r} is also filled by question {other}",
                    "rename one of them",
                )
        for name in _twice(variable.name for variable in variables):
            yield Fault(
                f"question {question.name}",
                f"two of its options or items fill the variable {name!r}",
                "give them codes or names that stay apart",
            )


def _braces(questionnaire: Questionnaire) -> Iterator[Fault]:
    for spot in spots(questionnaire):
        if spot.text is not None:
            try:
                pipes(spot.text)
            except QuestionnaireError as fault:
                yield Fault(spot.thing, fault.what, fault.remedy)


# --- conditions, blocks, groups, loops, scales ------------------------------------------------


def _conditions(questionnaire: Questionnaire) -> Iterator[Fault]:
    for condition in questionnaire.conditions:
        thing = f"condition {condition.name}"
        bad = bad_name(condition.name)
        if bad:
            yield Fault(thing, f"the name {bad}")
        if len(condition.arms) < 2:
            yield Fault(thing, "a condition needs at least two arms")
        for name in _twice(condition.arms):
            yield Fault(thing, f"two arms are named {name!r}", "rename one of them")
        for arm in condition.arms:
            if bad_name(arm) or " > " in arm or arm == "arm":
                yield Fault(thing, f"{arm!r} cannot be the name of an arm", "use a plain word")
        if condition.texts and len(condition.texts) != len(condition.arms):
            yield Fault(thing, "there are not as many texts as arms")
        yield from _weights(condition, thing)
    for question in questionnaire.written():
        yield from _wordings(question, questionnaire)


def _weights(condition: Condition, thing: str) -> Iterator[Fault]:
    if not condition.weights:
        return
    if len(condition.weights) != len(condition.arms):
        yield Fault(
            f"{thing}: weights",
            f"there are {len(condition.weights)} weights for {len(condition.arms)} arms",
        )
    elif min(condition.weights) <= 0:
        yield Fault(f"{thing}: weights", "a weight is not above zero", "leave the arm out")
    elif condition.design is Design.WITHIN:
        yield Fault(f"{thing}: weights", "everybody sees every arm, so weights mean nothing")


def _wordings(question: Question, questionnaire: Questionnaire) -> Iterator[Fault]:
    thing = f"question {question.name}: text"
    by_name = {condition.name: condition for condition in questionnaire.conditions}
    given: dict[str, set[str]] = {}
    for wording in question.wordings:
        given.setdefault(wording.condition, set()).add(wording.arm)
    for name, arms in given.items():
        condition = by_name.get(name)
        if condition is None:
            yield Fault(thing, f"there is no condition {name!r}", near(name, by_name))
            continue
        for arm in sorted(arms - set(condition.arms)):
            yield Fault(
                thing, f"the condition {name!r} has no arm {arm!r}", near(arm, condition.arms)
            )
        absent = [arm for arm in condition.arms if arm not in arms]
        if absent and not arms - set(condition.arms):
            yield Fault(thing, f"there is no wording for the arm {absent[0]!r} of {name!r}")


def _structure(questionnaire: Questionnaire) -> Iterator[Fault]:
    if not questionnaire.written():
        yield Fault("questionnaire", "there are no questions", "add blocks with questions")
        return
    by_name = {condition.name: condition for condition in questionnaire.conditions}
    for node in questionnaire.nodes():
        if isinstance(node, Group):
            thing = f"group {node.name}"
            if not node.blocks:
                yield Fault(thing, "the group is empty", "add blocks to it, or delete it")
            elif node.pick is not None and not 1 <= node.pick <= len(node.blocks):
                yield Fault(
                    f"{thing}: pick",
                    f"{node.pick} of {len(node.blocks)} blocks cannot be picked",
                )
            members = [member.name for member in node.blocks if member.name]
            if node.pick is not None:
                for name in _twice(members):
                    yield Fault(thing, f"two of its members are named {name!r}", "rename one")
            for name in members:
                if " > " in name:
                    yield Fault(thing, f"{name!r} cannot be the name of a member")
        elif isinstance(node, Again):
            blocks = [block.name for block in questionnaire.leaves()]
            if node.block not in blocks:
                yield Fault(
                    f"block {node.block}",
                    f"there is no block {node.block!r} to stand here again",
                    near(node.block, blocks),
                )
        elif isinstance(node, Block):
            thing = f"block {node.name}"
            if not node.questions:
                yield Fault(thing, "the block is empty", "add questions to it, or delete it")
            if node.within:
                condition = by_name.get(node.within)
                if condition is None:
                    yield Fault(
                        f"{thing}: within",
                        f"there is no condition {node.within!r}",
                        near(node.within, by_name),
                    )
                elif condition.design is not Design.WITHIN:
                    yield Fault(
                        f"{thing}: within",
                        f"the condition {node.within!r} is between persons",
                        "give it design: within",
                    )
                if node.loop is not None:
                    yield Fault(thing, "a block cannot be both a loop and repeated by arm")


def _loops(questionnaire: Questionnaire, positions: Positions) -> Iterator[Fault]:
    written = {question.name: question for question in questionnaire.written()}
    for block in questionnaire.leaves():
        loop = block.loop
        if loop is None:
            continue
        thing = f"block {block.name}: loop"
        if loop.pick is not None and loop.pick < 1:
            yield Fault(f"{thing}: pick", "a loop of no turns asks nothing", "leave it out")
        if bool(loop.over) == bool(loop.values):
            yield Fault(thing, "a loop goes over a question or over values, one of the two")
        elif loop.values:
            for code in _twice(code_text(code) for code, _ in loop.values):
                yield Fault(thing, f"two values have the code {code}", "change one of them")
        elif loop.over not in written:
            yield Fault(thing, f"there is no question {loop.over!r}", near(loop.over, written))
        elif not loop_values(loop, written):
            yield Fault(
                thing,
                f"a loop cannot go over question {loop.over}",
                "use a choice question, or a number with a maximum",
            )
        else:
            late = positions.late(loop.over, block.name)
            home = positions.home(loop.over)
            if late:
                yield Fault(thing, f"it goes over {loop.over!r}, which {late}")
            elif home is not None and (home.loop or home.within):
                yield Fault(thing, f"it goes over {loop.over!r}, which is itself repeated")


def _scales(questionnaire: Questionnaire) -> Iterator[Fault]:
    names = {v.name: v for question in questionnaire.questions() for v in question.variables()}
    for scale in questionnaire.scales:
        thing = f"scale {scale.name}"
        for fault in scale_faults(scale, names):
            place = f"{thing}: {fault.part}" if fault.part else thing
            yield Fault(place, fault.what, fault.remedy)
        if scale.name in names:
            yield Fault(thing, "a variable has the same name", "rename the scale")
