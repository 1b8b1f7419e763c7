"""Questions, options and items from a questionnaire file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...data.codebook import Level, Reason, code_text
from ...data.errors import nearest
from ..question import Item, Like, Option, Question, Shuffle, Wording
from ..questions import question_types
from .cursor import Cursor, code_of, keys_of

__all__ = [
    "BARE_KEYS",
    "COMMON_KEYS",
    "ITEM_KEYS",
    "LIKE_KEYS",
    "NON_ANSWERS",
    "OPTION_KEYS",
    "read_options",
    "read_question",
]

COMMON_KEYS = (
    "name",
    "type",
    "text",
    "label",
    "required",
    "show_if",
    "item",
    "like",
    "options",
    "non_answers",
    "items",
    "shuffle_options",
    "shuffle_items",
    "expect",
    "anchored",
)
OPTION_KEYS = (
    "code",
    "label",
    "missing",
    "exclusive",
    "anchored",
    "specify",
    "show_if",
    "variable",
)
BARE_KEYS = tuple(key for key in OPTION_KEYS if key != "code")
"""Keys of an option whose code stands in front of it."""
ITEM_KEYS = ("name", "label", "anchored", "show_if", "variable")
LIKE_KEYS = ("item", "direction")
NON_ANSWERS: Mapping[Reason, str] = {
    Reason.DONT_KNOW: "Don't know",
    Reason.REFUSED: "Prefer not to say",
    Reason.NOT_APPLICABLE: "Does not apply",
    Reason.NO_ANSWER: "No answer",
    Reason.OTHER: "Other",
}
"""Reasons an offered non-answer can have, with the label it has if none is given."""

_DIRECTIONS = {"same": 1, "opposite": -1, 1: 1, -1: -1}


def read_question(here: Cursor, option_sets: Mapping[str, tuple[Option, ...]]) -> Question:
    """Read one question.

    Raises:
        QuestionnaireError: It is malformed; names file, line and question.
    """
    here.mapping(what="the keys of a question")
    if not here.has("name"):
        raise here.fault("a question has no name", "give it one with name:")
    name = here.text("name")
    here = here.called(f"question {name}")
    kind = _kind(here)
    if not kind.takes_items and here.has("items"):
        raise here.at("items").fault(f"a {kind.kind} question has no items")
    if not kind.takes_options and here.has("options"):
        raise here.at("options").fault(
            f"a {kind.kind} question has no options", "offered non-answers go under non_answers:"
        )
    here.mapping(keys_of(COMMON_KEYS, kind.keys))
    text, wordings = _text(here)
    own = {key: _own(here, key, what) for key, what in kind.keys.items() if here.has(key)}
    return kind(
        name=name,
        text=text,
        wordings=wordings,
        label=here.text("label"),
        required=here.flag("required"),
        show_if=here.expression("show_if"),
        item=here.text("item"),
        like=_like(here.at("like")) if here.has("like") else None,
        options=_options(here, option_sets),
        items=_items(here.at("items")) if here.has("items") else (),
        shuffle_options=here.choice("shuffle_options", Shuffle, Shuffle.FIXED),
        shuffle_items=here.choice("shuffle_items", Shuffle, Shuffle.FIXED),
        expect=here.at("expect").as_code() if here.has("expect") else None,
        anchored=here.flag("anchored"),
        **own,
    )


def _kind(here: Cursor) -> type[Question]:
    types = question_types()
    if not here.has("type"):
        raise here.fault("the question has no type", f"there are {', '.join(types)}")
    word = here.text("type")
    if word not in types:
        near = nearest(word, types)
        remedy = f"the nearest is {near[0]!r}" if near else f"there are {', '.join(types)}"
        raise here.at("type").fault(f"there is no question type {word!r}", remedy)
    return types[word]


def _own(here: Cursor, key: str, what: str) -> Any:
    """A key of the question's own type."""
    match what:
        case "number":
            return here.number(key)
        case "count":
            return here.count(key)
        case "flag":
            return here.flag(key)
        case "level":
            return here.at(key).as_choice(key, [Level.NOMINAL, Level.ORDINAL])
    return here.text(key)


def _text(here: Cursor) -> tuple[str, tuple[Wording, ...]]:
    """The wording, or the wording by arm: `{arm: CONDITION, ARM: text, …}`."""
    if not here.has("text"):
        raise here.fault("the question has no text", "say what people read with text:")
    there = here.at("text")
    if not isinstance(there.value, dict):
        return there.as_text(), ()
    if "arm" not in there.value:
        raise there.fault(
            "it is not said which condition the wordings belong to", "name it with arm:"
        )
    condition = there.text("arm")
    wordings = tuple(
        Wording(condition, code_text(code_of(arm, place)), place.as_text())
        for arm, place in there.entries()
        if arm != "arm"
    )
    if not wordings:
        raise there.fault(f"there are no wordings for the arms of {condition!r}")
    return wordings[0].text, wordings


def _like(here: Cursor) -> Like:
    if not isinstance(here.value, dict):
        raise here.fault(
            "a relative needs a direction",
            f"write like: {{item: {here.as_text()}, direction: same}}, or opposite",
        )
    here.mapping(LIKE_KEYS)
    if not here.has("item"):
        raise here.fault("the relative is not named", "name it with item:")
    direction = here.value.get("direction")
    if isinstance(direction, (bool, list, dict)) or direction not in _DIRECTIONS:
        raise here.at("direction").fault(
            "the direction of a relative is 'same' (or 1) or 'opposite' (or -1)"
        )
    return Like(here.text("item"), _DIRECTIONS[direction])


# --- options ----------------------------------------------------------------------------------


def _options(here: Cursor, option_sets: Mapping[str, tuple[Option, ...]]) -> tuple[Option, ...]:
    options: tuple[Option, ...] = ()
    if here.has("options"):
        there = here.at("options")
        if isinstance(there.value, str):
            if there.value not in option_sets:
                near = nearest(there.value, option_sets)
                remedy = f"the nearest is {near[0]!r}" if near else "declare it under option_sets:"
                raise there.fault(f"there is no option set {there.value!r}", remedy)
            options = option_sets[there.value]
        else:
            options = read_options(there)
    if here.has("non_answers"):
        options += tuple(
            _non_answer(code, place)
            for code, place in here.at("non_answers").entries("non-answers")
        )
    return options


def read_options(here: Cursor) -> tuple[Option, ...]:
    """Options in any of their forms: labels, `code: label`, or a list of objects."""
    if isinstance(here.value, dict):
        return tuple(_entry(code, place) for code, place in here.entries("options"))
    return tuple(
        _listed(place, position) for position, place in enumerate(here.items("options"), 1)
    )


def _entry(code: Any, here: Cursor) -> Option:
    """An option of the form `code: label` or `code: {label: …}`."""
    stored = code_of(code, here)
    if isinstance(here.value, dict):
        here.mapping(BARE_KEYS)
        return _option(here, stored)
    return Option(code=stored, label=here.as_text())


def _listed(here: Cursor, position: int) -> Option:
    """An option of a list: a label, or an object."""
    if not isinstance(here.value, dict):
        return Option(code=float(position), label=here.as_text())
    here.mapping(OPTION_KEYS)
    return _option(here, here.at("code").as_code() if here.has("code") else float(position))


def _option(here: Cursor, code: float | str) -> Option:
    reason = None
    if here.has("missing"):
        reason = here.at("missing").as_choice("missing", list(NON_ANSWERS))
    if not here.has("label") and reason is None:
        raise here.fault(f"the option {code_text(code)} has no label")
    return Option(
        code=code,
        label=here.text("label", NON_ANSWERS[reason] if reason else ""),
        reason=reason,
        exclusive=here.flag("exclusive"),
        anchored=here.flag("anchored"),
        specify=here.flag("specify"),
        show_if=here.expression("show_if"),
        variable=here.text("variable"),
    )


def _non_answer(code: Any, here: Cursor) -> Option:
    """A non-answer of the form `code: reason` or `code: {missing: reason, label: …}`."""
    stored = code_of(code, here)
    if isinstance(here.value, dict):
        here.mapping(BARE_KEYS)
        if not here.has("missing"):
            raise here.fault("it is not said why there is no answer", "say so with missing:")
        return _option(here, stored)
    reason = here.as_choice("missing", list(NON_ANSWERS))
    return Option(code=stored, label=NON_ANSWERS[reason], reason=reason)


# --- items ------------------------------------------------------------------------------------


def _items(here: Cursor) -> tuple[Item, ...]:
    """Items in any of their forms: labels (named 1, 2, …), `name: label`, or a list of objects."""
    if isinstance(here.value, dict):
        return tuple(
            Item(name=code_text(code_of(name, place)), label=place.as_text())
            for name, place in here.entries("items")
        )
    return tuple(_item(place, position) for position, place in enumerate(here.items("items"), 1))


def _item(here: Cursor, position: int) -> Item:
    if not isinstance(here.value, dict):
        return Item(name=str(position), label=here.as_text())
    here.mapping(ITEM_KEYS)
    name = here.text("name", str(position))
    if not here.has("label"):
        raise here.fault(f"the item {name} has no label")
    return Item(
        name=name,
        label=here.text("label"),
        anchored=here.flag("anchored"),
        show_if=here.expression("show_if"),
        variable=here.text("variable"),
    )
