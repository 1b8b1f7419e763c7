"""Pages cut into what is asked in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...question import Shown
from ...respondent import Page
from .asked import by_row
from .asking import Mode
from .fields import mode_for
from .settings import PER_PAGE

__all__ = ["Piece", "pieces_of"]


@dataclass(frozen=True, slots=True)
class Piece:
    """What is asked in one call.

    Attributes:
        pages: Numbers of the pages its questions are from, in order.
        questions: The questions, display text included.
        mode: How they are asked.
    """

    pages: tuple[int, ...]
    questions: tuple[Shown, ...]
    mode: Mode


def pieces_of(pages: Sequence[Page], mode: Mode, per_call: int) -> list[Piece]:
    """Cut pages into calls.

    Display text goes with the question that follows it on its page, or with the one before.
    Questions that cannot be asked in `mode` are asked for a choice.

    Args:
        pages: In order.
        mode: How questions are to be asked.
        per_call: Most questions in one call; `PER_PAGE` for those of a page. Letters are asked
            for one question at a time.
    """
    if mode is Mode.LOGPROBS:
        per_call = 1
    groups: list[tuple[int, Mode, tuple[Shown, ...]]] = []
    for page in pages:
        groups += [(page.number, *unit) for unit in _units(page, mode)]
    found: list[Piece] = []
    held: list[tuple[int, Mode, tuple[Shown, ...]]] = []
    for group in groups:
        if held and not _fits(held, group, per_call):
            found.append(_piece(held))
            held = []
        held.append(group)
    if held:
        found.append(_piece(held))
    return found


def _fits(
    held: Sequence[tuple[int, Mode, tuple[Shown, ...]]],
    group: tuple[int, Mode, tuple[Shown, ...]],
    per_call: int,
) -> bool:
    if held[-1][1] is not group[1]:
        return False
    if per_call == PER_PAGE:
        return held[-1][0] == group[0]
    return len(held) < per_call


def _piece(held: Sequence[tuple[int, Mode, tuple[Shown, ...]]]) -> Piece:
    pages = tuple(dict.fromkeys(number for number, _, _ in held))
    return Piece(pages, tuple(shown for _, _, unit in held for shown in unit), held[0][1])


def _units(page: Page, mode: Mode) -> Iterator[tuple[Mode, tuple[Shown, ...]]]:
    """Questions of a page one at a time, each with the display text that belongs to it."""
    texts: list[Shown] = []
    units: list[tuple[Mode, list[Shown]]] = []
    for shown in page.questions:
        if not shown.variables:
            texts.append(shown)
            continue
        for part in by_row(shown) if mode is Mode.LOGPROBS else (shown,):
            units.append((mode_for(part, mode), [*texts, part]))
            texts = []
    if texts and units:
        units[-1][1].extend(texts)
    for found, questions in units:
        yield found, tuple(questions)
