"""Scorecards for the terminal, for Markdown, for notebooks, and as a report."""

from __future__ import annotations

import html.parser
import io
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from understudy.compare.layout import Column, Grid
from understudy.compare.references import BEST_GUESS
from understudy.compare.render import print_scorecard, to_html, to_markdown
from understudy.compare.report import render_report, write_report
from understudy.compare.scorecard import Scorecard, compare
from understudy.compare.svg import ABOVE, BELOW, Band, strip
from understudy.compare.textgrid import grid_lines
from understudy.data.errors import FileError
from understudy.data.panel import Panel

MakePanel = Callable[..., Panel]
EVIL = "<script>alert('1')</script> [bold] | & *x*"


class Study(Protocol):
    human: Panel
    retest: Panel
    twin: Panel
    other: Panel


@pytest.fixture(scope="module")
def card(study: Study) -> Scorecard:
    panel = study.human
    evil = panel.with_codebook([panel.codebook["q0"].replace(label=EVIL)])
    return compare(
        study.twin,
        evil,
        retest=study.retest,
        by=["group"],
        references={"statistical": study.other},
        bootstrap=100,
        splits=20,
    )


def printed(card: Scorecard, width: int, **options: Any) -> str:
    out = io.StringIO()
    print_scorecard(card, Console(file=out, width=width, color_system=None), **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def drawn(study: Study) -> Scorecard:
    """A card whose answers were drawn: the better respondent stands for the best guess."""
    return compare(
        study.other,
        study.human,
        retest=study.retest,
        by=["group"],
        references={BEST_GUESS: study.twin},
        bootstrap=100,
        splits=20,
    )


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("which", ["card", "drawn"])
def test_no_line_is_longer_than_the_screen_and_no_number_cut(
    request: pytest.FixtureRequest, which: str, width: int, everything: bool
) -> None:
    found: Scorecard = request.getfixturevalue(which)
    text = printed(found, width, all_items=everything)
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= width
    assert all(line == line.rstrip() for line in lines)
    # An ellipsis may shorten a label, never a number or a heading.
    tables = text[text.index("Over all items") : text.index("1 − |twin")]
    assert not re.search(r"[.\d−]…", tables)
    rules = [k for k, line in enumerate(lines) if line.startswith("───")]
    assert not any("…" in line for k in rules for line in lines[k - 2 : k])
    row = found.headline("accuracy")
    for value in (row.estimate, row.retest, row.references["constant"], row.references["shuffled"]):
        assert f"{value:.3f}".removeprefix("0") in tables


@pytest.mark.parametrize("width", [80, 100, 140])
def test_headline_intervals_are_shown_from_80_columns_on(card: Scorecard, width: int) -> None:
    low, high = (f"{end:.3f}".removeprefix("0") for end in card.headline("accuracy").interval)
    assert f"[{low}, {high}]" in printed(card, width)


def test_rarely_needed_measures_are_shown_with_everything(card: Scorecard) -> None:
    assert "Spearman" not in printed(card, 100)
    assert "Spearman" in printed(card, 100, all_items=True)
    assert "Spearman" in to_markdown(card)


def test_grids_align_wide_characters_and_shared_headings() -> None:
    columns = (Column("Item"), Column("Drawn", "Accuracy"), Column("n", "Accuracy"), Column("r"))
    rows = (("東京の人口", ".1", "1,000", "−.5"), ("b", ".25", "7", "1.000"))
    head, body = grid_lines(Grid("t", columns, rows), 80)
    assert [cell_len(line) for line in body] == [cell_len(head[-1])] * 2
    assert head[0].split() == ["─", "Accuracy", "─"]
    assert head[1].split() == ["Item", "Drawn", "n", "r"]
    assert head[1].index("n", head[1].index("Drawn") + 5) == body[1].index("7")


def test_words_come_before_numbers_and_what_is_synthetic_before_both(card: Scorecard) -> None:
    text = printed(card, 100)
    order = [text.index(part) for part in ("ynthetic", "In short", "Persons", "Over all items")]
    assert order == sorted(order)
    assert text.casefold().count("synthetic") == 1


def test_the_message_takes_few_lines(drawn: Scorecard) -> None:
    assert len(drawn.verdict) == 5
    text = printed(drawn, 80)
    assert len(text[: text.index("Over all items")].splitlines()) <= 20


def test_markup_in_labels_is_text(card: Scorecard) -> None:
    assert "[bold]" in printed(card, 200)


def test_markdown_tables_are_not_broken_by_labels(card: Scorecard) -> None:
    text = to_markdown(card)
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) >= 3
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1
    assert "<script" not in text
    assert "one answer for everybody" in text


def test_the_notebook_fragment_escapes_labels(card: Scorecard) -> None:
    text = to_html(card)
    assert card._repr_html_() == text
    assert "<script" not in text
    assert "&lt;script&gt;" in text


class Reader(html.parser.HTMLParser):
    """Collects what a browser would fetch, run or need words for."""

    VOID = frozenset({"meta", "link", "img", "br", "input", "hr"})
    SHAPES = frozenset({"rect", "line", "circle", "path"})

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.unspoken = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.fetched += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href")]
        spoken = found.get("role") == "img" and found.get("aria-label")
        hidden = found.get("aria-hidden") == "true"
        inside = "svg" in self.open or "key" in self.open
        if tag == "svg" and not (spoken or hidden or inside):
            self.unspoken += 1
        if tag not in self.VOID | self.SHAPES:
            self.open.append("key" if found.get("class") == "key" else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID | self.SHAPES:
            last = self.open.pop()
            assert last in (tag, "key"), f"<{last}> closed by </{tag}>"


def test_the_report_stands_alone_and_every_figure_has_words(card: Scorecard) -> None:
    text = render_report(card, command="understudy compare 'a b.run'", context={"cost": "<$1>"})
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert reader.fetched == []
    assert reader.unspoken == 0
    assert reader.tags.count("svg") > 40
    assert "script" not in reader.tags
    assert "http" not in text
    assert "url(" not in text
    assert "@import" not in text
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "understudy compare &#39;a b.run&#39;" in text
    assert "&lt;$1&gt;" in text


def test_the_report_says_the_verdict_first_and_how_it_was_made(card: Scorecard) -> None:
    text = render_report(card)
    places = [text.index(part) for part in ("What it comes to", "Over all items", "How this was")]
    assert places == sorted(places)
    for line in card.verdict:
        assert line.split(": ")[-1][1:].replace("'", "&#39;") in text
    assert "100 resamples of people" in text
    assert "seed 0" in text


def test_a_report_is_written_whole_or_not_at_all(card: Scorecard, tmp_path: Path) -> None:
    write_report(card, tmp_path / "report.html", command="x")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(FileError, match=r"nowhere.report\.html: the file cannot be written"):
        write_report(card, tmp_path / "nowhere" / "report.html")


def test_long_lists_show_both_ends_and_say_what_is_left_out(make_panel: MakePanel) -> None:
    rng = np.random.default_rng(0)
    answers = {f"item{k:02d}": rng.integers(1, 6, 40).astype(float) for k in range(70)}
    found = compare(
        make_panel({k: rng.permutation(v) for k, v in answers.items()}),
        make_panel(answers),
        bootstrap=0,
        splits=5,
    )
    short = printed(found, 100)
    assert "58 items in between are not shown" in short
    assert len(re.findall(r"Item item\d\d", short.split("By item")[1])) == 12
    full = printed(found, 100, all_items=True, sort="")
    names = re.findall(r"Item (item\d\d)", full.split("By item")[1])
    assert names == sorted(answers)
    report = render_report(found)
    assert "The 60 items furthest apart are drawn" in report
    assert "The best and the worst 30 of 70 items are drawn" in report


def test_forest_plots_have_floor_and_ceiling_bands_and_say_them(card: Scorecard) -> None:
    text = render_report(card)
    assert text.count(f'fill="{BELOW}"') > 10
    assert text.count(f'fill="{ABOVE}"') > 10
    item = card["q1"]
    words = f"Accuracy, {item.label}: constant {item.references['constant']['accuracy']:.3f}"
    assert words in text
    assert f"retest {item.retest_accuracy:.3f}" in text
    alone = strip([], 0.0, 1.0, about="x", bands=[Band(math.nan, 1.0, ABOVE)])
    assert ABOVE not in alone
