"""Between pages and replies and the rows of a ledger, both ways.

Whatever many people have in common (wordings, labels, notes, whole pages) is stored once, under a
number made of its content: the table `texts`. What somebody was shown is JSON, one list for each
question of the page: `[name, variables, text, options, options' order, rows, rows' order]`, where
`variables` is how many it fills, the text,
the options `[[code, label], …]` and the rows `[[name, label], …]` are numbers in `texts`, and an
order lists positions in them, or is null where it is the written one.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from ...data.codebook import Code, Codebook, Reason
from ..question import Shown
from ..respondent import Basis, Page, Reply

__all__ = ["Recorder", "Showing", "ShownQuestion", "field_rows", "unpack"]

REMEMBERED = 50_000
"""How many texts are remembered as stored; beyond, they are offered to the ledger again."""

_REASONS: dict[str, Reason] = {reason.value: reason for reason in Reason}
_BASES: dict[str, Basis] = {basis.value: basis for basis in Basis}


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """What one person saw of one question.

    Attributes:
        page: 1-based page of the interview.
        name: The question's name at that place.
        variables: How many variables it fills, in the order of the page's answers.
        text: The wording, after arm and piping.
        options: (code, label) in the order shown.
        items: (name, label) of the rows in the order shown.
    """

    page: int
    name: str
    variables: int
    text: str
    options: tuple[tuple[Code, str], ...]
    items: tuple[tuple[str, str], ...]


@lru_cache(maxsize=256)
def _floats(count: int) -> struct.Struct:
    return struct.Struct(f"<{count}d")


class Recorder:
    """Turns pages and replies into rows, and knows which texts the ledger has already.

    Args:
        codebook: The questionnaire's.
        variables: Variable ids by name, as the ledger has them; names met for the first time are
            added.
    """

    def __init__(self, codebook: Codebook, variables: dict[str, int]) -> None:
        self._codes = {v.name: v.codes for v in codebook}
        self._variables = variables
        self._names = {number: name for name, number in variables.items()}
        self._texts: dict[str, int] = {}
        self._shown: dict[object, int] = {}
        self._code_lists: dict[tuple[Code, ...], int] = {}

    def page(self, interview: int, page: Page, replies: Sequence[Reply]) -> dict[str, Any]:
        """Return the rows of one page with its replies, as `Writer.submit` takes them.

        Args:
            interview: The interview's number.
            page: What was shown.
            replies: Checked replies, one for each variable, in the order shown.
        """
        texts: list[tuple[int, str]] = []
        added: list[tuple[int, str]] = []
        variables = self._variables
        number = page.number
        answers = []
        for position, reply in enumerate(replies, 1):
            name = reply.variable
            variable = variables.get(name)
            if variable is None:
                variable = variables[name] = len(variables)
                self._names[variable] = name
                added.append((variable, name))
            value = reply.value
            probabilities = codes = None
            if reply.probabilities:
                probabilities, codes = self._pack(name, reply.probabilities, texts)
            answers.append(
                (
                    interview,
                    number,
                    position,
                    variable,
                    None if isinstance(value, str) else value,
                    value if isinstance(value, str) else None,
                    reply.reason,
                    reply.basis,
                    probabilities,
                    codes,
                    self._text(reply.note, texts) if reply.note else None,
                    self._text(reply.raw, texts) if reply.raw else None,
                    reply.attempt or None,
                )
            )
        shown = self._page_shown(page.questions, texts)
        rows: dict[str, Any] = {"page": ((interview, number, shown),), "answer": answers}
        if texts:
            rows["text"] = texts
        if added:
            rows["variable"] = added
        return rows

    def read(self, connection: sqlite3.Connection, interview: int) -> dict[int, list[Reply]]:
        """Return what the ledger holds of one interview: by page, its replies in order."""
        pages: dict[int, list[Reply]] = {
            page: []
            for (page,) in connection.execute(
                "SELECT page FROM pages WHERE interview = ? ORDER BY page", (interview,)
            )
        }
        if not pages:
            return pages
        rows = connection.execute(
            "SELECT a.page, a.variable, a.number, a.text, a.reason, a.basis, a.probabilities, "
            "c.text, n.text, r.text, a.attempt FROM answers a "
            "LEFT JOIN texts c ON c.id = a.codes LEFT JOIN texts n ON n.id = a.note "
            "LEFT JOIN texts r ON r.id = a.raw "
            "WHERE a.interview = ? ORDER BY a.page, a.position",
            (interview,),
        )
        for page, variable, value, text, reason, basis, packed, codes, note, raw, attempt in rows:
            name = self._names[variable]
            pages[page].append(
                Reply(
                    variable=name,
                    value=value if text is None else text,
                    reason=_REASONS[reason] if reason else None,
                    basis=_BASES[basis],
                    probabilities=unpack(packed, codes, self._codes.get(name, ())),
                    note=note or "",
                    raw=raw or "",
                    attempt=attempt or 0,
                )
            )
        return pages

    def _pack(
        self,
        name: str,
        probabilities: tuple[tuple[Code, float], ...],
        texts: list[tuple[int, str]],
    ) -> tuple[bytes, int | None]:
        codes, shares = zip(*probabilities, strict=True)
        packed = _floats(len(shares)).pack(*shares)
        if codes == self._codes.get(name):
            return packed, None
        known = self._code_lists.get(codes)
        if known is None:
            known = self._text(json.dumps(codes), texts)
            self._code_lists[codes] = known
        return packed, known

    def _text(self, text: str, texts: list[tuple[int, str]]) -> int:
        known = self._texts.get(text)
        if known is not None:
            return known
        if not text.isascii():
            # Half a surrogate pair, as a language model may return, is not text.
            text = text.encode("utf-8", "replace").decode("utf-8")
        number = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
        if len(self._texts) >= REMEMBERED:
            self._forget()
        self._texts[text] = number
        texts.append((number, text))
        return number

    def _forget(self) -> None:
        self._texts.clear()
        self._shown.clear()
        self._code_lists.clear()

    def _page_shown(self, questions: Sequence[Shown], texts: list[tuple[int, str]]) -> int:
        key = tuple(
            [
                (
                    shown.name,
                    shown.text,
                    tuple([(o.code, o.label) for o in shown.options]),
                    tuple([(i.name, i.label) for i in shown.items]),
                )
                for shown in questions
            ]
        )
        known = self._shown.get(key)
        if known is None:
            content = [self._question_shown(shown, texts) for shown in questions]
            known = self._text(json.dumps(content, separators=(",", ":")), texts)
            self._shown[key] = known
        return known

    def _question_shown(self, shown: Shown, texts: list[tuple[int, str]]) -> list[Any]:
        entry: list[Any] = [shown.name, len(shown.variables), self._text(shown.text, texts)]
        for written, seen in (
            (
                [o.code for o in shown.question.options],
                [(o.code, o.label) for o in shown.options],
            ),
            ([i.name for i in shown.question.items], [(i.name, i.label) for i in shown.items]),
        ):
            place = {name: position for position, name in enumerate(written)}
            in_order = sorted(seen, key=lambda pair: place.get(pair[0], len(place)))
            order = None if in_order == seen else [in_order.index(pair) for pair in seen]
            labels = self._text(json.dumps(in_order, ensure_ascii=False), texts) if seen else None
            entry += [labels, order]
        return entry


def field_rows(
    interview: int, fields: Mapping[str, Code]
) -> list[tuple[int, str, float | None, str | None]]:
    """Return the rows of what the questionnaire set itself in one interview."""
    return [
        (interview, name, None, value)
        if isinstance(value, str)
        else (interview, name, float(value), None)
        for name, value in fields.items()
    ]


def unpack(
    packed: bytes | None, codes: str | None, default: tuple[Code, ...]
) -> tuple[tuple[Code, float], ...]:
    """Return the probabilities of an answer.

    Args:
        packed: Column `probabilities`.
        codes: The text that column `codes` refers to.
        default: Codes of the variable in the codebook.
    """
    if packed is None:
        return ()
    names = default if codes is None else tuple(json.loads(codes))
    return tuple(zip(names, _floats(len(packed) // 8).unpack(packed), strict=True))


class Showing:
    """Reads what people were shown.

    Args:
        connection: Of the ledger.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._text = lru_cache(maxsize=REMEMBERED)(self._look_up)

    def interview(self, interview: int) -> list[ShownQuestion]:
        """Return what one interview showed, in order."""
        pages = self._connection.execute(
            "SELECT page, shown FROM pages WHERE interview = ? ORDER BY page", (interview,)
        )
        return [
            ShownQuestion(
                page=page,
                name=name,
                variables=variables,
                text=self._text(text),
                options=self._listed(options, options_order),
                items=self._listed(rows, rows_order),
            )
            for page, content in pages.fetchall()
            for name, variables, text, options, options_order, rows, rows_order in json.loads(
                self._text(content)
            )
        ]

    def _listed(self, number: int | None, order: list[int] | None) -> tuple[tuple[Any, str], ...]:
        if number is None:
            return ()
        pairs = [(key, label) for key, label in json.loads(self._text(number))]
        return tuple(pairs if order is None else [pairs[place] for place in order])

    def _look_up(self, number: int) -> str:
        row = self._connection.execute("SELECT text FROM texts WHERE id = ?", (number,)).fetchone()
        return str(row[0])
