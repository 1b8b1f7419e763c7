"""Words of a file made fit to be read: no character in them can steer a terminal.

A label may hold escape sequences that clear the screen, set the window's title or pass for another
line of output, and marks that turn the direction of writing round. Wherever such words were shown
they would act, so they are taken out where files are read. Answers keep every character.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .codebook import Codebook, Variable
    from .table import Table

__all__ = ["is_legible", "legible", "legible_codebook", "legible_table", "one_line", "steers"]

_BREAK = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# C0 and C1 controls but tab and newline; overrides of direction; halves of surrogate pairs.
_STEERING = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff]")
_EITHER = re.compile(f"{_BREAK.pattern}|{_STEERING.pattern}")


def is_legible(text: str) -> bool:
    """Whether `legible` would leave a text as it is."""
    return _EITHER.search(text) is None


def steers(text: str) -> bool:
    """Whether a text holds more than unusual line breaks: what could act on a terminal."""
    return _STEERING.search(_BREAK.sub("", text)) is not None


def legible(text: str) -> str:
    r"""Return a text whose only control characters are newlines and tabs.

    Every kind of line break becomes a newline; what steers becomes the replacement
    character.

    >>> legible("\x1b[2Jgone")
    '�[2Jgone'
    """
    return _STEERING.sub("\ufffd", _BREAK.sub("\n", text))


def one_line(text: str) -> str:
    r"""Return a legible text on one line; runs of white space become one space.

    >>> one_line("two\nlines")
    'two lines'
    """
    return " ".join(legible(text).split())


def legible_table(table: Table) -> Table:
    """Return a table whose names and words are legible, with a note if any was not."""
    from .readers.columns import unique_names

    old = [v.name for v in table.variables]
    # Only where need be: a file of a statistical package may tell names apart by white space.
    names = old if is_legible("\t".join(old)) else unique_names([one_line(name) for name in old])
    renamed = dict(zip(old, names, strict=True))
    variables = tuple(
        _legible_variable(v if v.name == renamed[v.name] else v.replace(name=renamed[v.name]))
        for v in table.variables
    )
    title, about = legible(table.title), tuple(legible(line) for line in table.about)
    notes = tuple(legible(note) for note in table.notes)
    if (variables, title, about) != (table.variables, table.title, table.about):
        notes = (*notes, "control characters in names and labels were replaced by \ufffd")
    return dataclasses.replace(
        table,
        frame=table.frame if names == old else table.frame.set_axis(list(names), axis=1),
        variables=variables,
        status={renamed[name]: status for name, status in table.status.items()},
        declared=frozenset(renamed[name] for name in table.declared),
        title=title,
        about=about,
        notes=notes,
    )


def legible_codebook(book: Codebook) -> Codebook:
    """Return a codebook whose names and words are legible."""
    return dataclasses.replace(
        book,
        variables=tuple(
            _legible_variable(v if is_legible(v.name) else v.replace(name=one_line(v.name)))
            for v in book
        ),
        title=legible(book.title),
        notes=tuple(legible(note) for note in book.notes),
    )


def _legible_variable(variable: Variable) -> Variable:
    """The variable with its words made legible; its name and its codes are left alone."""
    words = (
        *(variable.label, variable.question, variable.block, variable.group, variable.personal),
        *(label for _, label in variable.labels),
        *(entry.label for entry in variable.missing),
        *variable.siblings,
        *variable.inferred,
    )
    # One search over all of them: a file has thousands of labels, and next to none needs this.
    if is_legible("\t".join(words)):
        return variable
    return variable.replace(
        label=legible(variable.label),
        question=legible(variable.question),
        block=legible(variable.block),
        group=legible(variable.group),
        personal=legible(variable.personal),
        labels=tuple((code, legible(label)) for code, label in variable.labels),
        missing=tuple(
            dataclasses.replace(entry, label=legible(entry.label)) for entry in variable.missing
        ),
        siblings=tuple(legible(name) for name in variable.siblings),
        inferred=tuple(legible(sentence) for sentence in variable.inferred),
    )
