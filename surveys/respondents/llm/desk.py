"""Several pages asked at the same time, in pieces, and put together again as answers come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from ....twins.llm.line import Line
from ...respondent import AnsweredPages, Interview, Page, Reply
from .conversation import Conversation
from .pieces import Piece

if TYPE_CHECKING:
    from ....twins.llm.batching import BatchLine

__all__ = ["Desk", "side_by_side"]


class Desk:
    """Which questions of several pages are still out, and what came in.

    Attributes:
        done: Pages that are answered, in the order they were finished.
    """

    def __init__(self, pages: Sequence[Page], pieces: Sequence[Piece]) -> None:
        self.done: list[tuple[Page, Sequence[Reply]]] = []
        self._pages = {page.number: page for page in pages}
        self._out = dict.fromkeys(self._pages, 0)
        for piece in pieces:
            for number in piece.pages:
                self._out[number] += 1
        self._in: dict[int, list[Reply]] = {number: [] for number in self._pages}

    def take(self, piece: Piece, replies: Sequence[Reply]) -> list[tuple[Page, Sequence[Reply]]]:
        """Put replies where they belong; returns the pages that are now answered."""
        by_variable = {reply.variable: reply for reply in replies}
        finished: list[tuple[Page, Sequence[Reply]]] = []
        for number in piece.pages:
            page = self._pages[number]
            for shown in page.questions:
                for variable in shown.variables:
                    reply = by_variable.pop(variable.name, None)
                    if reply is not None:
                        self._in[number].append(reply)
            self._out[number] -= 1
            if not self._out[number]:
                finished.append((page, self._in.pop(number)))
        self.done += finished
        return finished


async def side_by_side(
    desk: Desk,
    pieces: Sequence[Piece],
    talk: Conversation,
    interview: Interview,
    line: Line | BatchLine,
) -> AsyncIterator[AnsweredPages]:
    """Ask pieces at the same time; what was answered is given out even where one fails."""
    asked = {asyncio.create_task(talk.ask(piece, interview, line, ())): piece for piece in pieces}
    failure: BaseException | None = None
    try:
        left = set(asked)
        while left:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            finished: list[tuple[Page, Sequence[Reply]]] = []
            for task in done:
                if task.cancelled():
                    failure = failure or asyncio.CancelledError()
                elif (error := task.exception()) is not None:
                    failure = failure or error
                else:
                    finished += desk.take(asked[task], task.result())
            if finished:
                yield finished
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    if failure is not None:
        raise failure
