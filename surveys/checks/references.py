"""References between questions: cycles, names that do not exist, answers that come too late."""

from __future__ import annotations

from collections.abc import Iterator

from ...data.codebook import Code, code_text
from ..expansion import Names, local_names, turns_of
from ..logic import syntax
from ..piping import Pipe, pipes
from ..questionnaire import Block, Design, Questionnaire
from .position import MAY_COME_LATER, Positions
from .spots import Fault, Spot, near

__all__ = ["cycles", "reference_faults", "scope_at"]

_LOOP_PARTS = ("label", "code", "number", "total")


def cycles(questionnaire: Questionnaire, positions: Positions) -> Iterator[Fault]:
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


def scope_at(block: Block | None, questionnaire: Questionnaire) -> Names:
    """What names mean in a block; in a loop, those of its first turn."""
    scope = questionnaire.plan.scope
    if block is None or not (block.loop or block.within):
        return scope
    written = {question.name: question for question in questionnaire.written()}
    turns = turns_of(block, questionnaire, written)
    return scope.within(local_names(block.questions, turns[0][2])) if turns else scope


def reference_faults(
    spot: Spot, questionnaire: Questionnaire, positions: Positions
) -> Iterator[Fault]:
    """What is wrong with the names in one condition or text."""
    scope = scope_at(spot.block, questionnaire)
    looked = spot.condition if spot.condition is not None else spot.formula
    if looked is not None:
        for node in syntax.walk(looked.node):
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
        spot.thing, f"there is no question or variable {name!r}", near(name, scope.known())
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
        if isinstance(node, (syntax.Name, syntax.Selected, syntax.Answered)):
            yield from _arm(name, spot, questionnaire)
        else:
            yield Fault(spot.thing, f"{name!r} is a condition, not a question")
        return
    if target.kind == "field":
        if isinstance(node, (syntax.Count, syntax.WasShown)):
            yield Fault(spot.thing, f"{name!r} is a field, not a question")
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
    if late.startswith(MAY_COME_LATER) and _guarded(name, node, spot):
        return
    if late and spot.at:
        yield Fault(
            spot.thing,
            f"it looks at {name!r}, which {late}",
            "conditions can only look at earlier answers",
        )


def _guarded(name: str, node: syntax.Node, spot: Spot) -> bool:
    """Whether a condition says what holds where an answer is not there yet."""
    if not isinstance(node, (syntax.Name, syntax.Count)):
        return True
    looked = spot.condition
    return looked is not None and any(
        isinstance(other, (syntax.Answered, syntax.WasShown)) and other.name == name
        for other in syntax.walk(looked.node)
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
            yield Fault(
                spot.thing,
                f"{code_text(code)!r} is not one of the options of {name!r}",
                near(code_text(code), texts) or f"there are {', '.join(texts[:12])}",
            )


def _arm(name: str, spot: Spot, questionnaire: Questionnaire) -> Iterator[Fault]:
    by_name = {condition.name: condition for condition in questionnaire.conditions}
    condition = by_name.get(name)
    if condition is None:
        yield Fault(spot.thing, f"there is no condition {name!r}", near(name, by_name))
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
            return
        known = (*_LOOP_PARTS, *(name for name, _ in spot.block.loop.texts))
        if pipe.name not in known:
            yield Fault(
                spot.thing,
                f"there is no {{loop.{pipe.name}}}",
                near(pipe.name, known) or f"there are {', '.join(known)}",
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
    if target.kind == "field":
        return
    if not target.variables:
        yield Fault(spot.thing, f"question {stem} has no answer to pipe")
        return
    if part == "text" and scope.variable(f"{target.question}_text") is None:
        yield Fault(spot.thing, f"no option of {stem!r} asks to specify, so it has no text")
        return
    late = positions.late(positions.written(stem, spot.block) or stem, spot.at)
    if late.startswith(MAY_COME_LATER) and pipe.fallback is not None:
        return
    if late:
        yield Fault(
            spot.thing, f"it pipes {stem!r}, which {late}", "only earlier answers can be piped"
        )
