"""How far a run has come, shown to whoever waits: the protocol, and four forms of it.

The engine calls `update` at most ten times a second; what a form makes of it is its own affair.
Everything goes to standard error, so that results on standard output stay clean.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TextIO, runtime_checkable

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

__all__ = [
    "Display",
    "NotebookDisplay",
    "PlainDisplay",
    "Progress",
    "RichDisplay",
    "SilentDisplay",
    "choose_display",
    "duration",
    "progress_line",
]

Clock = Callable[[], float]

_SINGULAR = {"interviews": "interview", "backstories": "backstory"}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        interviews: Interviews finished, those of earlier starts included.
        total: Interviews to finish in all.
        answers: Variables filled since this start, with a value or a reason.
        pages: Pages answered since this start.
        missing: Of `answers`, how many are missing, by reason.
        requests: Attempts that cost money made since this start.
        cost: US dollars spent over all starts.
        budget: US dollars that may be spent, or None.
        unit: What "interviews" are called: "interviews", "backstories".
        part: What "answers" are called: "answers", "turns".
    """

    interviews: int
    total: int
    answers: int
    pages: int
    missing: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    cost: float = 0.0
    budget: float | None = None
    unit: str = "interviews"
    part: str = "answers"


@runtime_checkable
class Display(Protocol):
    """What shows a run's progress. All calls come from one thread, `begin` first, `end` last."""

    def begin(self, interviews: int, done: int) -> None:
        """Start showing.

        Args:
            interviews: Interviews to finish in all.
            done: Interviews finished by earlier starts.
        """
        ...

    def update(self, progress: Progress) -> None:
        """Show how far the run is."""
        ...

    def message(self, text: str) -> None:
        """Show one sentence that people should read."""
        ...

    def end(self, summary: str) -> None:
        """Stop showing; `summary` says in one line what came of it."""
        ...


class SilentDisplay:
    """Shows nothing."""

    def begin(self, interviews: int, done: int) -> None:
        """Show nothing."""

    def update(self, progress: Progress) -> None:
        """Show nothing."""

    def message(self, text: str) -> None:
        """Show nothing."""

    def end(self, summary: str) -> None:
        """Show nothing."""


class _Timed:
    """Speed and time left, from a clock that tests can set."""

    def __init__(self, clock: Clock, unit: str) -> None:
        self._clock = clock
        self._unit = unit
        self._start = clock()
        self._done = 0

    def _begin(self, done: int) -> None:
        self._start = self._clock()
        self._done = done

    def _line(self, progress: Progress) -> str:
        return progress_line(progress, self._clock() - self._start, self._done)


class PlainDisplay(_Timed):
    """Lines of text, for logs: a line every few seconds at most.

    Args:
        stream: Where to write; standard error by default.
        every: Seconds between lines.
        clock: Seconds on a clock that never goes back.
        unit: What interviews are called, in the plural.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        every: float = 5.0,
        clock: Clock = time.monotonic,
        unit: str = "interviews",
    ) -> None:
        super().__init__(clock, unit)
        self._stream = stream
        self._every = every
        self._last = self._start

    def begin(self, interviews: int, done: int) -> None:
        """Say how much there is to do."""
        self._begin(done)
        self._last = self._start
        already = f", {done:,} finished earlier" if done else ""
        unit = self._unit if interviews != 1 else _SINGULAR.get(self._unit, self._unit)
        self._write(f"{interviews:,} {unit}{already}")

    def update(self, progress: Progress) -> None:
        """Write a line, unless one was written a moment ago."""
        now = self._clock()
        if now - self._last >= self._every:
            self._last = now
            self._write(self._line(progress))

    def message(self, text: str) -> None:
        """Write the sentence."""
        self._write(text)

    def end(self, summary: str) -> None:
        """Write the summary."""
        self._write(summary)

    def _write(self, text: str) -> None:
        print(text, file=self._stream or sys.stderr, flush=True)


class RichDisplay(_Timed):
    """A progress bar with speed, time left, and what is missing and why.

    Args:
        stream: Where to draw; standard error by default.
        clock: Seconds on a clock that never goes back.
        unit: What interviews are called, in the plural.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        clock: Clock = time.monotonic,
        unit: str = "interviews",
    ) -> None:
        super().__init__(clock, unit)
        self._stream = stream
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def begin(self, interviews: int, done: int) -> None:
        """Draw the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._begin(done)
        self._bar = Progress(
            TextColumn(self._unit),
            BarColumn(),
            TextColumn("{task.fields[line]}", markup=False),
            console=Console(file=self._stream or sys.stderr),
            get_time=self._clock,
            transient=True,
            auto_refresh=False,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=interviews or None, completed=done, line="")
        self._bar.refresh()

    def update(self, progress: Progress) -> None:
        """Move the bar."""
        if self._bar is not None and self._task is not None:
            line = self._line(progress)
            self._bar.update(self._task, completed=progress.interviews, line=line, refresh=True)

    def message(self, text: str) -> None:
        """Print the sentence above the bar."""
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def end(self, summary: str) -> None:
        """Put the summary in the bar's place."""
        if self._bar is not None:
            self._bar.stop()
            self._bar.console.print(summary, markup=False, highlight=False, soft_wrap=True)
            self._bar = None


class NotebookDisplay(_Timed):
    """One line of a notebook's output that is rewritten in place: a bar, and how far it is.

    Text, so that it looks the same in Jupyter, Colab and VS Code, needs no widgets and no package,
    and stays in the saved notebook.

    Args:
        show: What displays a text under an id and later replaces it, `show(text, update)`;
            IPython's by default.
        clock: Seconds on a clock that never goes back.
        unit: What interviews are called, in the plural.

    Raises:
        ImportError: IPython is not installed.
    """

    def __init__(
        self,
        show: Callable[[str, bool], None] | None = None,
        *,
        clock: Clock = time.monotonic,
        unit: str = "interviews",
    ) -> None:
        super().__init__(clock, unit)
        self._show = _ipython_line() if show is None else show
        self._said: list[str] = []

    def begin(self, interviews: int, done: int) -> None:
        """Open the line."""
        self._begin(done)
        self._show(f"{interviews:,} {self._unit}", False)

    def update(self, progress: Progress) -> None:
        """Rewrite the line."""
        line = f"{_bar(progress)} {self._line(progress)}"
        self._show("\n".join([*self._said, line]), True)

    def message(self, text: str) -> None:
        """Keep the sentence above the line."""
        self._said.append(text)
        self._show("\n".join(self._said), True)

    def end(self, summary: str) -> None:
        """Leave the summary standing."""
        self._show("\n".join([*self._said, summary]), True)


def _bar(progress: Progress, width: int = 20) -> str:
    share = progress.interviews / progress.total if progress.total else 1.0
    full = round(width * share)
    return "█" * full + "░" * (width - full)


def _ipython_line() -> Callable[[str, bool], None]:
    display = importlib.import_module("IPython.display").display
    handle: list[Any] = []

    def show(text: str, update: bool) -> None:
        bundle = {"text/plain": text}
        if update and handle:
            handle[0].update(bundle, raw=True)
        else:
            handle[:] = [display(bundle, raw=True, display_id=True)]

    return show


def choose_display(stream: TextIO | None = None, *, unit: str = "interviews") -> Display:
    """Return the form that suits: notebook, terminal, or log.

    Args:
        stream: Where to write; standard error by default.
        unit: What interviews are called, in the plural.
    """
    if _in_notebook():
        with contextlib.suppress(ImportError):
            return NotebookDisplay(unit=unit)
    target = stream or sys.stderr
    if target.isatty() and os.environ.get("TERM") != "dumb":
        return RichDisplay(stream, unit=unit)
    return PlainDisplay(stream, unit=unit)


def _in_notebook() -> bool:
    # IPython is not imported to find out whether it is running: if it is, it is imported already.
    shell = sys.modules.get("IPython")
    current = shell.get_ipython() if shell is not None else None
    return current is not None and hasattr(current, "kernel")


def progress_line(progress: Progress, seconds: float, done: int) -> str:
    """Write progress as one line: "120/600 interviews · 7,200 answers · 4,100/s · 7 s left".

    Args:
        progress: How far the run is.
        seconds: Since this start.
        done: Interviews finished by earlier starts.
    """
    parts = [
        f"{progress.interviews:,}/{progress.total:,} {progress.unit}",
        f"{progress.answers:,} {progress.part}",
    ]
    if seconds > 0 and progress.answers:
        rate = progress.answers / seconds
        parts.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
    finished = progress.interviews - done
    left = progress.total - progress.interviews
    if seconds > 0 and finished > 0 and left > 0:
        parts.append(f"{duration(seconds * left / finished)} left")
    if progress.cost or progress.budget is not None:
        limit = f" of ${progress.budget:,.2f}" if progress.budget is not None else ""
        parts.append(f"${progress.cost:,.2f}{limit}")
    missing = sorted(progress.missing.items(), key=lambda pair: (-pair[1], pair[0]))
    parts += [f"{reason} {count:,}" for reason, count in missing[:3]]
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """Write a length of time for people: "8 s", "3 min", "2 h 05 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"
