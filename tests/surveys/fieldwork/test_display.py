"""The forms of progress, on a clock that is set by hand."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from understudy.surveys.fieldwork.display import (
    Display,
    NotebookDisplay,
    PlainDisplay,
    Progress,
    RichDisplay,
    SilentDisplay,
    choose_display,
    duration,
    progress_line,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


HALF = Progress(50, 100, 4000, 800, {"refused": 3, "unparsed": 70, "failed": 1, "don't know": 1})


def test_a_line_of_progress() -> None:
    assert progress_line(HALF, 2.0, 0) == (
        "50/100 interviews · 4,000 answers · 2,000/s · 2 s left · unparsed 70 · refused 3 · "
        "don't know 1"
    )
    assert progress_line(Progress(45, 100, 30, 6), 20.0, 40) == (
        "45/100 interviews · 30 answers · 1.5/s · 4 min left"
    )
    assert progress_line(Progress(0, 100, 0, 0), 0.0, 0) == "0/100 interviews · 0 answers"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (8, "8 s"), (89, "89 s"), (170, "3 min"), (7500, "2 h 05 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_plain_lines_come_seldom() -> None:
    clock, stream = Clock(), io.StringIO()
    display = PlainDisplay(stream, every=5.0, clock=clock)
    display.begin(100, 10)
    for _ in range(100):
        clock.now += 0.1
        display.update(HALF)
    display.message("Something to know.")
    display.end("all done")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "100 interviews, 10 finished earlier"
    assert lines[-2:] == ["Something to know.", "all done"]
    assert 1 <= len(lines) - 3 <= 2
    assert "left" in lines[1]


def test_rich_draws_a_bar_and_leaves_the_summary() -> None:
    clock, stream = Clock(), io.StringIO()
    display = RichDisplay(stream, clock=clock)
    display.message("too early, but no harm")
    display.begin(100, 0)
    clock.now += 2.0
    display.update(HALF)
    display.message("[bold] is not markup here")
    display.end("all done")
    text = stream.getvalue()
    assert "[bold] is not markup here" in text
    assert text.rstrip().endswith("all done")


def test_a_notebook_line_is_rewritten() -> None:
    shown: list[tuple[str, bool]] = []
    clock = Clock()
    display = NotebookDisplay(lambda text, update: shown.append((text, update)), clock=clock)
    display.begin(100, 0)
    clock.now += 2.0
    display.update(HALF)
    display.message("Something to know.")
    display.end("all done")
    assert shown[0] == ("100 interviews", False)
    assert shown[1] == (f"{'█' * 10}{'░' * 10} {progress_line(HALF, 2.0, 0)}", True)
    assert shown[-1] == ("Something to know.\nall done", True)


def test_every_form_is_a_display() -> None:
    forms = [
        SilentDisplay(),
        PlainDisplay(io.StringIO()),
        RichDisplay(io.StringIO()),
        NotebookDisplay(lambda text, update: None),
    ]
    assert all(isinstance(form, Display) for form in forms)


def test_the_form_that_suits(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(choose_display(io.StringIO()), PlainDisplay)
    assert isinstance(choose_display(Terminal()), RichDisplay)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(choose_display(Terminal()), PlainDisplay)

    handles: list[tuple[str, bool]] = []

    class Handle:
        def update(self, bundle: dict[str, str], raw: bool) -> None:
            handles.append((bundle["text/plain"], True))

    def display(bundle: dict[str, str], raw: bool, display_id: bool) -> Handle:
        handles.append((bundle["text/plain"], False))
        return Handle()

    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    form = choose_display(io.StringIO())
    assert isinstance(form, NotebookDisplay)
    form.begin(3, 0)
    form.end("done")
    assert handles == [("3 interviews", False), ("done", True)]

    monkeypatch.setitem(sys.modules, "IPython.display", None)
    assert isinstance(choose_display(io.StringIO()), PlainDisplay)
