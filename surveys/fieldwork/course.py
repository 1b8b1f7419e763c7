"""One interview as it goes on: where it stands, and which pages can be asked next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...data.codebook import Code, Reason
from ...data.errors import LedgerError
from ..flow import Walk
from ..respondent import Page, Reply
from .attempts import Attempts

__all__ = ["Course", "Job", "variables_of"]


@dataclass(frozen=True, slots=True)
class Job:
    """An interview to hold.

    Attributes:
        number: Its number in the ledger.
        twin: Whose it is.
        replicate: 1-based repetition.
        arms: Condition → arm of this person.
    """

    number: int
    twin: str
    replicate: int
    arms: Mapping[str, str]


class Course:
    """One interview as it goes on: what was said, and what is known of the rest.

    Attributes:
        said: Pages with their replies, in order.
        answers: All answers so far.
        early: By page number, replies of pages that are to be gone past in their turn.
        broke_off: Whether the person broke off.
    """

    def __init__(
        self,
        *,
        job: Job,
        walk: Walk,
        recorded: Mapping[int, list[Reply]],
        attempts: Attempts,
    ) -> None:
        self.job = job
        self.walk = walk
        self.attempts = attempts
        self.said: list[tuple[Page, Sequence[Reply]]] = []
        self.answers: dict[str, Code | None] = {}
        self.early: dict[int, list[Reply]] = {}
        self.broke_off = False
        self._recorded = recorded
        self._held: Page | None = None

    def on_record(self, page: Page) -> list[Reply] | None:
        """Replies of a page that was answered before this start.

        Raises:
            LedgerError: The page on record asked something else.
        """
        replies = self._recorded.get(page.number)
        if replies is not None and [reply.variable for reply in replies] != variables_of(page):
            raise LedgerError(
                f"page {page.number} of twin {self.job.twin} is on record with other questions",
                remedy="start a new run with another -o file",
            )
        return replies

    def take(self, page: Page, replies: Sequence[Reply]) -> None:
        """Go past an answered page."""
        self.said.append((page, replies))
        for reply in replies:
            self.answers[reply.variable] = reply.value
            self.broke_off |= reply.reason is Reason.BROKE_OFF

    def next_pages(self, most: int) -> list[Page]:
        """Pages that can be asked together, with at most `most` questions, or one page of more.

        Pages on record are gone past. Blocks are cut at the same places whenever the interview is
        taken up again, because the pages of one are recorded together.
        """
        pages: list[Page] = []
        unanswered: set[str] = set()
        known = dict(self.answers)
        count = 0
        while not self.broke_off:
            page, self._held = self._held, None
            if page is None:
                page = self.walk.page_ahead(known, unanswered)
            if page is None:
                break
            replies = self.on_record(page)
            if replies is not None:
                known.update({reply.variable: reply.value for reply in replies})
                if pages:
                    # Answered before an earlier page of its block was.
                    self.early[page.number] = replies
                    pages.append(page)
                else:
                    self.take(page, replies)
                continue
            questions = sum(1 for shown in page.questions if shown.variables)
            if count and count + questions > most:
                self._held = page
                break
            pages.append(page)
            count += questions
            unanswered.update(shown.name for shown in page.questions)
        return pages


def variables_of(page: Page) -> list[str]:
    """Names of the variables that a page fills, in the order shown."""
    return [variable.name for shown in page.questions for variable in shown.variables]
