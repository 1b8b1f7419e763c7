"""A question of a Qualtrics file as its makers see it, and what their questions share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...data.codebook import Code, code_text
from ..question import Option, Shuffle
from .qsf_choices import PIPE_CLOSE, PIPE_OPEN, Choice, Texts, order_of
from .qsf_file import mapping, text
from .report import Log

__all__ = ["NO_TEXT", "Source", "column_codes", "common", "options_of", "required", "validation"]

NO_TEXT = "(see above)"
"""Wording of a question that has none of its own: what it asks stands on its page already."""


LONG = 120
"""Characters of a wording beyond which tables get a label of their own."""


@dataclass(frozen=True, slots=True)
class Source:
    """A question of the file, ready to be made into questions here.

    Attributes:
        qid: Its id.
        name: Name that the questions here begin with.
        payload: As in the file.
        texts: Takes out its texts.
        log: Where reports go.
    """

    qid: str
    name: str
    payload: Mapping[str, Any]
    texts: Texts
    log: Log

    @property
    def where(self) -> str:
        """What reports call it."""
        return self.texts.where

    @property
    def type(self) -> str:
        """Its type: "MC"."""
        return text(self.payload.get("QuestionType"))

    @property
    def selector(self) -> str:
        """Its selector: "SAVR"."""
        return text(self.payload.get("Selector"))

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings of its layout."""
        return mapping(self.payload.get("Configuration"))


def validation(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of a question's validation; in some files they are a text, "None"."""
    return mapping(mapping(payload.get("Validation")).get("Settings"))


def required(source: Source) -> bool:
    """Whether an answer is demanded; one that is only requested may be passed over."""
    return text(validation(source.payload).get("ForceResponse")).casefold() == "on"


def common(source: Source, *, wording: str = "") -> dict[str, Any]:
    """What every question has: name, text, and whether it is required."""
    said = wording or source.texts.question()
    if not said:
        said = NO_TEXT
    fields = {"name": source.name, "text": said, "required": required(source)}
    if len(said) > LONG or "\n" in said or "*" in said:
        fields["label"] = _short(said)
    return fields


def _short(said: str) -> str:
    """A wording as a label for tables: one line without emphasis, its beginning if it is long."""
    plain = re.sub(f"{PIPE_OPEN}[^{PIPE_CLOSE}]*{PIPE_CLOSE}", "…", said).replace("*", "")
    plain = " ".join(plain.split())
    return plain if len(plain) <= LONG else plain[: LONG - 1].rstrip() + "…"


def column_codes(
    choices: Sequence[Choice], codes: Mapping[str, Code]
) -> tuple[dict[str, Code], dict[str, Code]]:
    """What an export writes for choices: codes, and labels."""
    written = {code_text(codes[choice.id]): codes[choice.id] for choice in choices}
    labels: dict[str, Code] = {}
    for choice in choices:
        for label in (choice.label, choice.name):
            if label:
                labels.setdefault(" ".join(label.split()), codes[choice.id])
    return written, labels


def options_of(
    source: Source, choices: Sequence[Choice], codes: Mapping[str, Code], *, answers: bool = False
) -> tuple[tuple[Option, ...], Shuffle, dict[Code, Any]]:
    """Options in written order, how they are shuffled, and their display logic."""
    ids = [choice.id for choice in choices]
    by_id = {choice.id: choice for choice in choices}
    payload = {} if answers else source.payload
    order = order_of(payload, ids, source.where, source.log)
    options = tuple(
        Option(
            code=codes[id],
            label=by_id[id].label or str(codes[id]),
            exclusive=by_id[id].exclusive and not answers,
            anchored=id in order.anchored,
            specify=by_id[id].specify and not answers,
        )
        for id in order.ids
    )
    logic = {codes[c.id]: c.logic for c in choices if mapping(c.logic)}
    return options, order.shuffle, logic
