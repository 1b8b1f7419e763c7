"""A questionnaire as plain data and as YAML, in the form that `surveys/files/reading.py` reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...data.codebook import Code
from ...data.scales import Norm, Scale
from ..question import Item, Option, Question, Shuffle
from ..questionnaire import (
    Again,
    Block,
    Condition,
    Design,
    End,
    FlowNode,
    Group,
    Loop,
    Questionnaire,
    SetFields,
    Which,
)

if TYPE_CHECKING:
    from ..tasks.task import Task

__all__ = ["PAGE_BREAK", "questionnaire_dict", "questionnaire_yaml"]

PAGE_BREAK = "page"
"""Stands between questions where a new page begins."""


def questionnaire_yaml(questionnaire: Questionnaire) -> str:
    """Write a questionnaire as YAML."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Quotes texts that begin like numbers: YAML 1.1, which it knows, misses some of 1.2."""

        def ignore_aliases(self, _data: Any) -> bool:
            return True

    def text_node(dumper: Dumper, text: str) -> yaml.ScalarNode:
        style = "'" if text[:1] in "+-.0123456789" and "\n" not in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, text_node)
    written: str = yaml.dump(
        questionnaire_dict(questionnaire),
        Dumper=Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    return written


def questionnaire_dict(questionnaire: Questionnaire, *, in_full: bool = False) -> dict[str, Any]:
    """Write a questionnaire as plain data; what has its default is left out.

    Args:
        questionnaire: The questionnaire.
        in_full: Whether tasks are written with their questions even where these are the ones that
            the task writes itself.
    """
    return _full(
        questionnaire=questionnaire.name,
        title=questionnaire.title,
        language=questionnaire.language if questionnaire.language != "en" else "",
        version=questionnaire.version,
        conditions=_conditions(questionnaire),
        screen_out=[_full(**{"if": r.when.source}, text=r.text) for r in questionnaire.screen_out],
        scales={scale.name: _scale(scale) for scale in questionnaire.scales},
    ) | {"blocks": [_node(node, in_full) for node in questionnaire.blocks]}


def _conditions(questionnaire: Questionnaire) -> dict[str, Any]:
    """Conditions that no task brings along by itself."""
    brought = {
        c for block in questionnaire.leaves() if block.task for c in block.task.named.conditions
    }
    return {c.name: _condition(c) for c in questionnaire.conditions if c not in brought}


def _full(**entries: Any) -> dict[str, Any]:
    """The entries that say something."""
    return {
        key.rstrip("_"): value
        for key, value in entries.items()
        if value is not None and value is not False and value != "" and value != [] and value != {}
    }


def _code(code: Code) -> int | float | str:
    return int(code) if isinstance(code, float) and code.is_integer() else code


def _number(value: Any) -> Any:
    return _code(value) if isinstance(value, float) else value


def _condition(condition: Condition) -> dict[str, Any]:
    arms: Any = list(condition.arms)
    if condition.texts:
        arms = dict(zip(condition.arms, condition.texts, strict=True))
    within = condition.design is Design.WITHIN
    return _full(
        arms=arms,
        design=str(condition.design) if within else "",
        weights=[_number(weight) for weight in condition.weights],
        order=str(condition.order) if condition.order is not Shuffle.RANDOM else "",
    )


def _scale(scale: Scale) -> dict[str, Any]:
    return _full(
        items=list(scale.items),
        reverse=list(scale.reverse),
        score=scale.score if scale.score != "mean" else "",
        minimum=scale.minimum,
        label=scale.label,
        norms=_norm(scale.norms) if scale.norms else {},
    )


def _norm(norm: Norm) -> dict[str, Any]:
    return {"mean": _number(norm.mean)} | _full(
        sd=_number(norm.sd), n=norm.n, source=norm.source, mark=str(norm.mark)
    )


def _node(node: FlowNode, in_full: bool) -> dict[str, Any]:
    show_if = node.show_if.source if node.show_if else ""
    if isinstance(node, End):
        return {"end": str(node.outcome)} | _full(
            name=node.name, text=node.text, anchored=node.anchored, show_if=show_if
        )
    if isinstance(node, Again):
        return {"again": node.block} | _full(anchored=node.anchored, show_if=show_if)
    if isinstance(node, SetFields):
        values = {
            field.name: {"formula": field.formula.source} if field.formula else field.text
            for field in node.fields
        }
        return {"set": values} | _full(name=node.name, anchored=node.anchored, show_if=show_if)
    if isinstance(node, Group):
        return (
            {"group": node.name}
            | _full(
                order=_shuffle(node.order), pick=node.pick, anchored=node.anchored, show_if=show_if
            )
            | {"blocks": [_node(member, in_full) for member in node.blocks]}
        )
    if node.task is not None:
        return _task(node, node.task, show_if, in_full)
    return (
        {"block": node.name}
        | _full(
            title=node.title,
            order=_shuffle(node.order),
            anchored=node.anchored,
            show_if=show_if,
            loop=_loop(node.loop) if node.loop else {},
            within=node.within,
        )
        | {"questions": _pages(node)}
    )


def _task(block: Block, task: Task, show_if: str, in_full: bool) -> dict[str, Any]:
    """A task: its design, and its questions only where they are not the ones it writes."""
    from ..tasks.settings import plain_settings

    reworded = block.pages != task.named.pages
    return {"task": task.name} | _full(
        name=block.name if block.name != task.name else "",
        with_=plain_settings(task),
        title=block.title,
        order=_shuffle(block.order),
        anchored=block.anchored,
        show_if=show_if,
        loop=_loop(block.loop) if block.loop else {},
        questions=_pages(block) if reworded or in_full else [],
    )


def _pages(block: Block) -> list[Any]:
    found: list[Any] = []
    for number, page in enumerate(block.pages):
        if number:
            found.append(PAGE_BREAK)
        found += [_question(question) for question in page]
    return found


def _shuffle(how: Shuffle) -> str:
    return "" if how is Shuffle.FIXED else str(how)


def _loop(loop: Loop) -> dict[str, Any]:
    return _full(
        over=loop.over,
        values=[{"code": _code(code), "label": label} for code, label in loop.values],
        which=str(loop.which) if loop.which is not Which.SELECTED else "",
        order=_shuffle(loop.order),
        pick=loop.pick,
        texts={name: {_code(code): text for code, text in texts} for name, texts in loop.texts},
    )


def _question(question: Question) -> dict[str, Any]:
    text: Any = question.text
    if question.wordings:
        text = {"arm": question.wordings[0].condition} | {w.arm: w.text for w in question.wordings}
    own = {}
    for key in question.keys:
        value, default = getattr(question, key), getattr(type(question), key, None)
        if value != default:
            own[key] = str(value) if isinstance(value, str) else _number(value)
    like = question.like
    return (
        {"name": question.name, "type": question.kind, "text": text}
        | _full(
            label=question.label,
            required=question.required,
            show_if=question.show_if.source if question.show_if else "",
            item=question.item,
            like={"item": like.item, "direction": like.direction} if like else {},
            options=_options(question.options) if question.takes_options else [],
            non_answers={} if question.takes_options else _non_answers(question.options),
            items=[_item(item) for item in question.items],
            shuffle_options=_shuffle(question.shuffle_options),
            shuffle_items=_shuffle(question.shuffle_items),
            expect=_code(question.expect) if question.expect is not None else None,
            anchored=question.anchored,
        )
        | own
    )


def _options(options: Sequence[Option]) -> list[dict[str, Any]]:
    return [
        {"code": _code(option.code), "label": option.label}
        | _full(
            missing=str(option.reason) if option.reason else "",
            exclusive=option.exclusive,
            anchored=option.anchored,
            specify=option.specify,
            show_if=option.show_if.source if option.show_if else "",
            variable=option.variable,
        )
        for option in options
    ]


def _non_answers(options: Sequence[Option]) -> dict[Any, Any]:
    """Non-answers of a question that has no other options."""
    found = {}
    for entry in _options(options):
        code = entry.pop("code")
        found[code] = entry
    return found


def _item(item: Item) -> dict[str, Any]:
    return {"name": item.name, "label": item.label} | _full(
        anchored=item.anchored,
        show_if=item.show_if.source if item.show_if else "",
        variable=item.variable,
    )
