"""The JSON Schema of questionnaire files, made from the tables the reader uses.

`surveys/files/questionnaire.schema.json` is its output for the question types that ship, for
editors that complete and check YAML. After adding a key or a type, write it anew with

    python -m understudy.surveys.files.schema > surveys/files/questionnaire.schema.json

The schema sees form only. Names, order and logic are for `check`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ...data.codebook import Level
from ...data.scales import SCORINGS, Mark
from ..question import Question, Shuffle
from ..questionnaire import Design, Outcome, Which
from ..questions import TYPES
from . import reading
from .reading_questions import (
    BARE_KEYS,
    COMMON_KEYS,
    ITEM_KEYS,
    LIKE_KEYS,
    NON_ANSWERS,
    OPTION_KEYS,
)
from .writing import PAGE_BREAK

__all__ = ["questionnaire_schema"]

NODES = ("block", "task", "group", "end", "again", "set")
"""What can stand in the flow."""

_TEXT = {"type": ["string", "number"]}
_CODE = {"type": ["string", "number"]}
_NUMBER = {"type": "number"}
_COUNT = {"type": "integer", "minimum": 0}
_FLAG = {"type": "boolean"}
_CONDITION = {"type": ["string", "boolean"]}
_OWN: Mapping[str, dict[str, Any]] = {
    "number": _NUMBER,
    "count": _COUNT,
    "flag": _FLAG,
    "text": _TEXT,
    "date": _TEXT,
    "level": {"enum": [str(Level.NOMINAL), str(Level.ORDINAL)]},
}


def questionnaire_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema, draft 2020-12) as plain data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "understudy questionnaire",
        **_object(
            reading.TOP_KEYS,
            {
                "conditions": _by_name({"$ref": "#/$defs/condition"}),
                "option_sets": _by_name({"$ref": "#/$defs/options"}),
                "screen_out": {
                    "anyOf": [{"$ref": "#/$defs/rule"}, _list({"$ref": "#/$defs/rule"})]
                },
                "scales": _by_name({"$ref": "#/$defs/scale"}),
                "blocks": _list({"$ref": "#/$defs/node"}),
                "questions": {"$ref": "#/$defs/questions"},
            },
        ),
        "not": {"required": ["blocks", "questions"]},
        "$defs": _definitions(),
    }


def _definitions() -> dict[str, Any]:
    shuffle = {"enum": [str(how) for how in Shuffle]}
    reason = {"enum": [str(reason) for reason in NON_ANSWERS]}
    option = {
        "code": _CODE,
        "missing": reason,
        "exclusive": _FLAG,
        "anchored": _FLAG,
        "specify": _FLAG,
        "show_if": _CONDITION,
    }
    arms = {"anyOf": [_list(_TEXT), _by_name(_TEXT)]}
    flow = {"order": shuffle, "anchored": _FLAG, "show_if": _CONDITION}
    return {
        "condition": {
            "anyOf": [
                _list(_TEXT),
                _object(
                    reading.CONDITION_KEYS,
                    {
                        "arms": arms,
                        "design": {"enum": [str(design) for design in Design]},
                        "weights": _list(_NUMBER),
                        "order": shuffle,
                    },
                    ["arms"],
                ),
            ]
        },
        "rule": _object(reading.SCREEN_OUT_KEYS, {"if": _CONDITION}, ["if"]),
        "scale": _object(
            reading.SCALE_KEYS,
            {
                "items": _list(_TEXT),
                "reverse": _list(_TEXT),
                "score": {"enum": list(SCORINGS)},
                "minimum": _COUNT,
                "norms": _object(
                    reading.NORM_KEYS,
                    {
                        "mean": _NUMBER,
                        "sd": {**_NUMBER, "exclusiveMinimum": 0},
                        "n": _COUNT,
                        "mark": {"enum": [str(mark) for mark in Mark]},
                    },
                    ["mean", "source"],
                ),
            },
            ["items"],
        ),
        "node": {
            "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in NODES],
        },
        "block": _object(
            reading.BLOCK_KEYS,
            {
                **flow,
                "loop": {"$ref": "#/$defs/loop"},
                "questions": {"$ref": "#/$defs/questions"},
            },
            ["block"],
        ),
        "task": _object(
            reading.TASK_KEYS,
            {
                **flow,
                "with": {"type": "object"},
                "loop": {"$ref": "#/$defs/loop"},
                "questions": {"$ref": "#/$defs/questions"},
            },
            ["task"],
        ),
        "loop": _object(
            reading.LOOP_KEYS,
            {
                "values": {"$ref": "#/$defs/options"},
                "which": {"enum": [str(which) for which in Which]},
                "order": shuffle,
                "pick": _COUNT,
                "texts": _by_name(_by_name(_TEXT)),
            },
        ),
        "group": _object(
            reading.GROUP_KEYS,
            {**flow, "pick": _COUNT, "blocks": _list({"$ref": "#/$defs/node"})},
            ["group"],
        ),
        "end": _object(
            reading.END_KEYS,
            {
                "end": {"enum": [str(outcome) for outcome in Outcome]},
                "anchored": _FLAG,
                "show_if": _CONDITION,
            },
            ["end"],
        ),
        "again": _object(reading.AGAIN_KEYS, {"anchored": _FLAG, "show_if": _CONDITION}, ["again"]),
        "set": _object(
            reading.SET_KEYS,
            {
                "set": _by_name({"anyOf": [_TEXT, _object(reading.FORMULA_KEYS, {}, ["formula"])]}),
                "anchored": _FLAG,
                "show_if": _CONDITION,
            },
            ["set"],
        ),
        "questions": _list({"anyOf": [{"const": PAGE_BREAK}, {"$ref": "#/$defs/question"}]}),
        "question": {"oneOf": [{"$ref": f"#/$defs/question {kind}"} for kind in TYPES]},
        "options": {
            "anyOf": [
                _list({"anyOf": [_TEXT, _labelled(OPTION_KEYS, option)]}),
                _by_name({"anyOf": [_TEXT, _labelled(BARE_KEYS, option)]}),
            ]
        },
        "items": {
            "anyOf": [
                _list(
                    {
                        "anyOf": [
                            _TEXT,
                            _object(
                                ITEM_KEYS, {"anchored": _FLAG, "show_if": _CONDITION}, ["label"]
                            ),
                        ]
                    }
                ),
                _by_name(_TEXT),
            ]
        },
        "non_answers": _by_name({"anyOf": [reason, _object(BARE_KEYS, option, ["missing"])]}),
        **{f"question {kind}": _question(kind, cls, shuffle) for kind, cls in TYPES.items()},
    }


def _question(kind: str, cls: type[Question], shuffle: dict[str, Any]) -> dict[str, Any]:
    """Schema of one question type."""
    left_out = set() if cls.takes_items else {"items"}
    if not cls.takes_options:
        left_out |= {"options"}
    keys = [key for key in (*COMMON_KEYS, *cls.keys) if key not in left_out]
    own = {key: _OWN[what] for key, what in cls.keys.items()}
    wording = {"type": "object", "required": ["arm"], "additionalProperties": _TEXT}
    return _object(
        keys,
        {
            "type": {"const": kind},
            "text": {"anyOf": [_TEXT, {**wording, "minProperties": 2}]},
            "required": _FLAG,
            "show_if": _CONDITION,
            "like": _object(
                LIKE_KEYS, {"direction": {"enum": ["same", "opposite", 1, -1]}}, list(LIKE_KEYS)
            ),
            "options": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/options"}]},
            "non_answers": {"$ref": "#/$defs/non_answers"},
            "items": {"$ref": "#/$defs/items"},
            "shuffle_options": shuffle,
            "shuffle_items": shuffle,
            "expect": _CODE,
            "anchored": _FLAG,
            **own,
        },
        ["name", "type", "text"],
    )


def _object(
    keys: Sequence[str], known: Mapping[str, Any], required: Sequence[str] = ()
) -> dict[str, Any]:
    """An object with these keys; those not `known` hold text."""
    found: dict[str, Any] = {
        "type": "object",
        "properties": {key: known.get(key, _TEXT) for key in keys},
        "additionalProperties": False,
    }
    if required:
        found["required"] = list(required)
    return found


def _labelled(keys: Sequence[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """An option: it has a label unless it is a non-answer, which has one by default."""
    either = [{"required": ["label"]}, {"required": ["missing"]}]
    return {**_object(keys, known), "anyOf": either}


def _list(of: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _by_name(of: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(questionnaire_schema(), indent=1) + "\n")
