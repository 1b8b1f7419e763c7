"""What makes a questionnaire unadministrable: names, references, cycles, conditions, loops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..data.codebook import Code, Level, code_text
from ..data.errors import QuestionnaireError, nearest
from . import syntax
from .expansion import Names, local_names, loop_values, turns_of
from .logic import Expression
from .piping import Pipe, pipes
from .position import Positions
from .question import Question
from .questionnaire import Block, Condition, Design, End, Group, Questionnaire

__all__ = ["Fault", "Spot", "faults", "spots"]

_LOOP_PARTS = ("label", "code", "number", "total")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        thing: What it is wrong with: "question trust", "question trust: show_if".
        what: What is wrong, without a final full stop.
        remedy: What to do about it.
    """

    thing: str
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A condition or a text at its place.

    Attributes:
        thing: What it belongs to.
        at: Name of the question, block or group where it is looked at; "" for the whole.
        block: The block it stands in, or None.
        condition: The condition, or None.
        text: The text, or None.
    """

    thing: str
    at: str
    block: Block | None = None
    condition: Expression | None = None
    text: str | None = None


def faults(questionnaire: Questionnaire) -> list[Fault]:
    """List what keeps a questionnaire from being administered, most basic first."""
    found = [*_names(questionnaire), *_questions(questionnaire), *_conditions(questionnaire)]
    found += _structure(questionnaire)
    found += _braces(questionnaire)
    if found:
        return found
    found = list(_variables(questionnaire))
    if found:
        return found
    positions = Positions(questionnaire)
    found += _loops(questionnaire, positions)
    found += _cycles(questionnaire, positions)
    cyclic = {fault.thing for fault in found}
    for spot in spots(questionnaire):
        if spot.thing not in cyclic:
            found += _spot(spot, questionnaire, positions)
    found += _scales(questionnaire)
    return found


def spots(questionnaire: Questionnaire) -> Iterator[Spot]:
    """All conditions and texts of a questionnaire, in written order."""
    for number, rule in enumerate(questionnaire.screen_out, 1):
        thing = f"screen_out {number}"
        yield Spot(f"{thing}: if", "", condition=rule.when)
    for node in questionnaire.nodes():
        if isinstance(node, End):
            yield Spot("end: show_if", node.name, condition=node.show_if)
        elif isinstance(node, Group):
            yield Spot(f"group {node.name}: show_if", node.name, condition=node.show_if)
        else:
            yield Spot(f"block {node.name}: show_if", node.name, condition=node.show_if)
            for question in node.questions:
                yield from _question_spots(question, node)


def _question_spots(question: Question, block: Block) -> Iterator[Spot]:
    thing, at = f"question {question.name}", question.name
    yield Spot(f"{thing}: show_if", at, block, condition=question.show_if)
    yield Spot(f"{thing}: text", at, block, text=question.text)
    for wording in question.wordings:
        yield Spot(f"{thing}: text", at, block, text=wording.text)
    for key, entries in (("options", question.options), ("items", question.items)):
        for entry in entries:
            yield Spot(f"{thing}: {key}", at, block, text=entry.label)
            yield Spot(f"{thing}: {key}", at, block, condition=entry.show_if)


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
    dealt += [node.name for node in questionnaire.nodes() if not isinstance(node, End)]
    for name in _twice(dealt):
        yield Fault(
            f"block {name}",
            f"two blocks, groups or conditions are named {name!r}",
            "rename one of them",
        )


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
            near = nearest(code_text(question.expect), [code_text(code) for code in codes])
            yield Fault(
                f"{thing}: expect",
                f"the expected answer {code_text(question.expect)} is not one of the options",
                f"the nearest is {near[0]}" if near else "",
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
    for question in questionnaire.questions():
        for variable in question.variables():
            other = owner.setdefault(variable.name, question.name)
            if other != question.name:
                yield Fault(
                    f"question {question.name}",
                    f"the variable {variable.name!r} is also filled by question {other}",
                    "rename one of them",
                )
        for name in _twice(variable.name for variable in question.variables()):
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
            yield Fault(thing, f"there is no condition {name!r}", _near(name, by_name))
            continue
        for arm in sorted(arms - set(condition.arms)):
            yield Fault(
                thing, f"the condition {name!r} has no arm {arm!r}", _near(arm, condition.arms)
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
            for name in members:
                if " > " in name:
                    yield Fault(thing, f"{name!r} cannot be the name of a member")
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
                        _near(node.within, by_name),
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
        if bool(loop.over) == bool(loop.values):
            yield Fault(thing, "a loop goes over a question or over values, one of the two")
        elif loop.values:
            for code in _twice(code_text(code) for code, _ in loop.values):
                yield Fault(thing, f"two values have the code {code}", "change one of them")
        elif loop.over not in written:
            yield Fault(thing, f"there is no question {loop.over!r}", _near(loop.over, written))
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
        if not scale.items:
            yield Fault(thing, "the scale has no items")
        for item in scale.items:
            if item not in names:
                yield Fault(f"{thing}: items", f"there is no variable {item!r}", _near(item, names))
            elif names[item].level in (Level.TEXT, Level.NOMINAL):
                yield Fault(f"{thing}: items", f"{item!r} has no order, so it cannot be scored")
        for item in scale.reverse:
            if item not in scale.items:
                yield Fault(
                    f"{thing}: reverse",
                    f"{item!r} is not one of its items",
                    _near(item, scale.items),
                )
        if scale.minimum is not None and not 1 <= scale.minimum <= len(scale.items):
            yield Fault(f"{thing}: minimum", f"{scale.minimum} of its items cannot be answered")
        if scale.name in names:
            yield Fault(thing, "a variable has the same name", "rename the scale")


def _near(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"the nearest is {near[0]!r}" if near else ""


# --- references -------------------------------------------------------------------------------


def _cycles(questionnaire: Questionnaire, positions: Positions) -> Iterator[Fault]:
    """Questions whose conditions wait for each other."""
    waits: dict[str, list[str]] = {}
    for block in questionnaire.leaves():
        for question in block.questions:
            wanted: list[str] = []
            for condition in (block.show_if, question.show_if):
                if condition is not None:
                    wanted += [positions.written(n, block) or "" for n in sorted(condition.names)]
            waits[question.name] = [name for name in wanted if name]
    done: set[str] = set()
    for start in waits:
        path: list[str] = []
        pending: list[tuple[str, int]] = [(start, 0)]
        while pending:
            name, depth = pending.pop()
            del path[depth:]
            if name in path:
                ring = [*path[path.index(name) :], name]
                yield Fault(
                    f"question {ring[0]}: show_if",
                    "the conditions go in a circle: " + " waits for ".join(ring),
                    "let one of them depend on an earlier answer",
                )
                done.update(path)
                break
            if name in done:
                continue
            path.append(name)
            pending += [(other, depth + 1) for other in reversed(waits.get(name, []))]
        done.add(start)


def _scope_at(block: Block | None, questionnaire: Questionnaire) -> Names:
    """What names mean in a block; in a loop, those of its first turn."""
    scope = questionnaire.plan.scope
    if block is None or not (block.loop or block.within):
        return scope
    written = {question.name: question for question in questionnaire.written()}
    turns = turns_of(block, questionnaire, written)
    return scope.within(local_names(block.questions, turns[0][2])) if turns else scope


def _spot(spot: Spot, questionnaire: Questionnaire, positions: Positions) -> Iterator[Fault]:
    scope = _scope_at(spot.block, questionnaire)
    if spot.condition is not None:
        for node in syntax.walk(spot.condition.node):
            yield from _reference(node, spot, scope, questionnaire, positions)
    elif spot.text is not None:
        for pipe in pipes(spot.text):
            yield from _pipe(pipe, spot, scope, questionnaire, positions)


def _unknown(name: str, spot: Spot, scope: Names, questionnaire: Questionnaire) -> Fault:
    for block in questionnaire.leaves():
        if (block.loop or block.within) and name in {q.name for q in block.questions}:
            ends = "CODE" if block.loop else "ARM"
            return Fault(
                spot.thing,
                f"question {name} is asked several times (block {block.name})",
                f"say which one: {name}_{ends}",
            )
    return Fault(
        spot.thing, f"there is no question or variable {name!r}", _near(name, scope.known())
    )


def _reference(
    node: syntax.Node,
    spot: Spot,
    scope: Names,
    questionnaire: Questionnaire,
    positions: Positions,
) -> Iterator[Fault]:
    """What is wrong with the names in one node of a condition."""
    if isinstance(node, syntax.ArmOf):
        yield from _arm(node.name, spot, questionnaire)
        return
    if not isinstance(
        node, (syntax.Name, syntax.Count, syntax.Answered, syntax.Selected, syntax.WasShown)
    ):
        return
    name = node.name
    target = scope.target(name)
    if target is None:
        yield _unknown(name, spot, scope, questionnaire)
        return
    if target.kind == "condition":
        if isinstance(node, syntax.Name):
            yield from _arm(name, spot, questionnaire)
        else:
            yield Fault(spot.thing, f"{name!r} is a condition, not a question")
        return
    if isinstance(node, syntax.Name) and target.kind != "variable":
        what = "has several answers" if target.variables else "has no answer"
        remedy = {
            "set": f"write selected({name}, CODE) or count({name})",
            "group": f"name one of its variables, such as {_first(target.variables)}",
        }.get(target.kind if target.variables else "", "")
        yield Fault(spot.thing, f"question {name} {what}, so it has no single value", remedy)
        return
    if isinstance(node, (syntax.Selected, syntax.Count)):
        yield from _codes(name, node.codes, spot, scope)
    late = positions.late(positions.written(name, spot.block) or name, spot.at)
    if late and spot.at:
        yield Fault(
            spot.thing,
            f"it looks at {name!r}, which {late}",
            "conditions can only look at earlier answers",
        )


def _first(names: tuple[str, ...]) -> str:
    return names[0] if names else ""


def _codes(name: str, codes: tuple[Code, ...], spot: Spot, scope: Names) -> Iterator[Fault]:
    """Codes that a question does not have."""
    target = scope.target(name)
    if target is None or not target.variables:
        return
    known = list(target.codes)
    if not known:
        variable = scope.variable(target.variables[0])
        known = list(variable.codes) if variable is not None else []
    texts = [code_text(code) for code in known]
    for code in codes:
        if texts and code_text(code) not in texts:
            near = nearest(code_text(code), texts)
            yield Fault(
                spot.thing,
                f"{code_text(code)!r} is not one of the options of {name!r}",
                f"the nearest is {near[0]!r}" if near else f"there are {', '.join(texts[:12])}",
            )


def _arm(name: str, spot: Spot, questionnaire: Questionnaire) -> Iterator[Fault]:
    by_name = {condition.name: condition for condition in questionnaire.conditions}
    condition = by_name.get(name)
    if condition is None:
        yield Fault(spot.thing, f"there is no condition {name!r}", _near(name, by_name))
    elif condition.design is Design.WITHIN and (spot.block is None or spot.block.within != name):
        yield Fault(
            spot.thing,
            f"everybody sees all arms of {name!r}, so there is no arm to speak of here",
            f"put it into a block with within: {name}",
        )


def _pipe(
    pipe: Pipe, spot: Spot, scope: Names, questionnaire: Questionnaire, positions: Positions
) -> Iterator[Fault]:
    """What is wrong with one pipe."""
    if pipe.kind == "record":
        return
    if pipe.kind == "arm":
        yield from _arm(pipe.name, spot, questionnaire)
        return
    if pipe.kind == "loop":
        if spot.block is None or spot.block.loop is None:
            yield Fault(spot.thing, f"{{loop.{pipe.name}}} stands outside a loop")
        elif pipe.name not in _LOOP_PARTS:
            yield Fault(
                spot.thing,
                f"there is no {{loop.{pipe.name}}}",
                _near(pipe.name, _LOOP_PARTS) or f"there are {', '.join(_LOOP_PARTS)}",
            )
        return
    stem, part = pipe.split(lambda name: scope.target(name) is not None)
    target = scope.target(stem)
    if target is None:
        yield _unknown(stem, spot, scope, questionnaire)
        return
    if target.kind == "condition":
        yield from _arm(stem, spot, questionnaire)
        return
    if not target.variables:
        yield Fault(spot.thing, f"question {stem} has no answer to pipe")
        return
    if part == "text" and scope.variable(f"{target.question}_text") is None:
        yield Fault(spot.thing, f"no option of {stem!r} asks to specify, so it has no text")
        return
    late = positions.late(positions.written(stem, spot.block) or stem, spot.at)
    if late:
        yield Fault(
            spot.thing, f"it pipes {stem!r}, which {late}", "only earlier answers can be piped"
        )
