"""What every rendering of a scorecard shows, as plain grids of text."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .card import ItemScore, Scorecard
from .groups import FEWEST, SMALL
from .references import BEST_GUESS, FUSED, STATISTICAL, guess_of, is_guess
from .verdict import number, percent, with_interval

__all__ = [
    "Column",
    "Grid",
    "answers_line",
    "facts_line",
    "group_grid",
    "headline_grid",
    "item_grid",
    "leading_notes",
    "method_line",
    "other_notes",
    "reading",
    "title",
]

SHOWN = 6

LAST = 9

RARE = ("spearman", "entropy_ratio", "representativeness", "mean_of_ratios")
"""Measures that seldom tell more than the one beside them; shown where everything is."""

SPARE = {"marginal": 1, "shuffled": LAST}
"""How readily baselines are left out of the headlines where room is short."""

REFERENCES = {"constant": "Constant", "marginal": "Random", "shuffled": "Shuffled"}

SIDES = ("people: ", "twins: ")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a grid.

    Attributes:
        heading: What it holds.
        over: Heading that it shares with its neighbours, or "".
        spare: How readily it is left out where room is short; 0 is never, from `LAST` on only
            when leaving out intervals was not enough.
        ends: Whether its cells end in an interval that may be left out.
    """

    heading: str
    over: str = ""
    spare: int = 0
    ends: bool = False

    @property
    def full(self) -> str:
        """The heading where it must stand alone."""
        return (
            f"{self.over}, {self.heading[0].lower()}{self.heading[1:]}"
            if self.over
            else (self.heading)
        )


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text.

    Attributes:
        title: What it shows.
        columns: The first column is text, the others are numbers.
        rows: Cells.
        note: What was left out, or "".
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def title(card: Scorecard) -> str:
    """One line: what was compared."""
    m = card.method
    people = "1 person" if m.people == 1 else f"{m.people:,} people"
    items = "1 item" if m.items == 1 else f"{m.items:,} items"
    scored = sum(item.n > 0 for item in card.items)
    if scored < m.items:
        items = f"{scored:,} of {items}"
    return f"Twins against people: {people} × {items}, {m.cells:,} answers"


def answers_line(card: Scorecard) -> str:
    """One line: what became of what the twins were asked; "" where they answered everything."""
    if not any(name != "answered" for name in card.dispositions):
        return ""
    said = [f"{percent(share)} {name}" for name, share in card.dispositions.items()]
    return f"Of what the twins were asked: {', '.join(said)}"


def facts_line(card: Scorecard) -> str:
    """One line: what making the answers took; "" where nothing is known of it."""
    said = "; ".join(f"{name} {text}" for name, text in card.facts.items())
    return said[:1].upper() + said[1:]


def leading_notes(card: Scorecard) -> tuple[str, ...]:
    """Notes that change what all figures mean, each once: that the data are synthetic."""
    found = (_bare(note) for note in card.notes if "synthetic" in note.casefold())
    return tuple(dict.fromkeys(found))


def other_notes(card: Scorecard) -> tuple[str, ...]:
    """Notes about the data that are not `leading_notes`."""
    return tuple(note for note in card.notes if "synthetic" not in note.casefold())


def _bare(note: str) -> str:
    """A note without the side it came from, and without its full stop."""
    for side in SIDES:
        note = note.removeprefix(side)
    return note.removesuffix(".")


def headline_grid(card: Scorecard, *, everything: bool = False) -> Grid:
    """The headline table: measures by twins, references, floor and ceiling.

    Args:
        card: The scorecard.
        everything: Show rarely needed measures too.
    """
    names = card.method.references
    guess = BEST_GUESS in names
    others = _further(card)
    retest = any(not math.isnan(row.retest) for row in card.overall)
    floor = any(not math.isnan(row.floor) for row in card.overall)
    twice = any(not math.isnan(row.twin_retest) for row in card.overall)
    columns = [Column(""), Column("Drawn" if guess else "Answers", "Twins", ends=True)]
    columns += [Column("Guess", "Twins")] if guess else []
    columns += [Column("Again", "Twins", spare=LAST + 1)] if twice else []
    for name in others:
        if guess_of(name) in names:
            # Where room is short, the best guess stays: single persons are predicted by it.
            over = name[:1].upper() + name[1:]
            columns += [Column("Drawn", over, spare=2), Column("Guess", over)]
        else:
            columns.append(Column(name))
    # Where room is short, the random answers go first: shuffled persons score much the same.
    columns += [
        Column(REFERENCES[name], "Baselines", spare=SPARE.get(name, 0))
        for name in names
        if name in REFERENCES
    ]
    columns += [Column("Halves", "People")] if floor else []
    columns += [Column("Retest", "People")] if retest else []
    placed = any(not math.isnan(row.position) for row in card.overall)
    columns += [Column("Place", spare=3)] if placed else []
    rows = []
    for row in card.overall:
        if row.metric in RARE and not everything:
            continue
        cells = [row.label, with_interval(row.estimate, row.interval)]
        cells += [number(row.references[BEST_GUESS])] if guess else []
        cells += [number(row.twin_retest)] if twice else []
        for name in others:
            shown = (name, guess_of(name)) if guess_of(name) in names else (name,)
            cells += [number(row.references.get(side, math.nan)) for side in shown]
        cells += [
            number(row.references.get(name, math.nan)) for name in names if name in REFERENCES
        ]
        cells += [number(row.floor)] if floor else []
        cells += [number(row.retest)] if retest else []
        cells += [_place(row.position)] if placed else []
        rows.append(tuple(cells))
    return Grid("Over all items", tuple(columns), tuple(rows))


def _place(position: float) -> str:
    """Where a score lies on the way from knowing nothing to the people themselves."""
    if math.isnan(position):
        return "–"
    return f"{position:.0%}".replace("-", "−")


def _further(card: Scorecard) -> list[str]:
    """References that are no baseline and nobody's best guess."""
    names = card.method.references
    return [n for n in names if n not in REFERENCES and n != BEST_GUESS and not is_guess(n)]


def item_grid(card: Scorecard, *, sort: str = "pearson", everything: bool = False) -> Grid:
    """One row per scored item, the best first; only both ends of a long list unless `everything`.

    Args:
        card: The scorecard.
        sort: Measure to sort by, or "" to keep the order of the questionnaire.
        everything: Show all items.
    """
    items = [item for item in card.items if item.n]
    if sort:
        items.sort(key=lambda item: _order(item, sort))
    retest = any(item.retest for item in items)
    guess = BEST_GUESS in card.method.references
    columns = [Column("Item"), Column("n", spare=2)]
    columns += [Column("Drawn" if guess else "Twins", "Accuracy")]
    columns += [Column("Guess", "Accuracy", spare=3)] if guess else []
    columns += [Column("Constant", "Accuracy")]
    columns += [Column("Retest", "Accuracy", spare=1)] if retest else []
    columns += [Column("Drawn" if guess else "Twins", "r")]
    columns += [Column("Guess", "r")] if guess else []
    columns += [Column("Retest", "r", spare=4)] if retest else []
    columns += [Column("SD ratio"), Column("Twins", "Distance"), Column("Halves", "Distance")]
    rows = [_item_row(item, guess, retest) for item in items]
    notes = []
    left_out = len(items) - 2 * SHOWN
    if not everything and left_out > 1:
        gap = ("⋮", *("" for _ in columns[1:]))
        rows = [*rows[:SHOWN], gap, *rows[-SHOWN:]]
        notes.append(f"{left_out:,} items in between are not shown")
    if any(item.level == "nominal" for item in items):
        notes.append("nominal items: accuracy is exact agreement, distance total variation")
    order = f", {_sorting(card, sort)} first" if sort and len(items) > 1 else ""
    return Grid(f"By item{order}", tuple(columns), tuple(rows), "; ".join(notes))


def _item_row(item: ItemScore, guess: bool, retest: bool) -> tuple[str, ...]:
    cells = [item.label, f"{item.n:,}", number(item.accuracy)]
    cells += [number(item.references[BEST_GUESS]["accuracy"])] if guess else []
    cells += [number(item.references["constant"]["accuracy"])]
    cells += [number(item.retest_accuracy)] if retest else []
    cells += [number(item.pearson)]
    cells += [number(item.references[BEST_GUESS]["pearson"])] if guess else []
    cells += [number(item.retest.get("pearson", math.nan))] if retest else []
    return (*cells, number(item.sd_ratio), number(item.distance), number(item.split_half))


LOWER = ("distance", "wasserstein", "total_variation", "jensen_shannon", "glass_delta")


def _sorting(card: Scorecard, sort: str) -> str:
    labels = {row.metric: row.label for row in card.overall}
    return f"{'lowest' if sort in LOWER else 'highest'} {labels.get(sort, sort)}"


def _order(item: ItemScore, sort: str) -> tuple[bool, float]:
    value = item.distance if sort == "distance" else item.scores.get(sort, math.nan)
    return (math.isnan(value), value if sort in LOWER else -value)


def group_grid(card: Scorecard) -> Grid | None:
    """One row per subgroup, or None without subgroups."""
    if not card.groups:
        return None
    retest = any(not math.isnan(group.retest) for group in card.groups)
    columns = [Column("Subgroup"), Column("n"), Column("Twins", "Accuracy", ends=True)]
    columns += [Column("Constant", "Accuracy")]
    columns += [Column("Retest", "Accuracy")] if retest else []
    columns += [Column("r", ends=True), Column("SD ratio"), Column("Distance")]
    missing = (math.nan, math.nan, math.nan)
    rows = []
    for group in card.groups:
        accuracy, r = (group.scores.get(name, missing) for name in ("accuracy", "pearson"))
        distance = group.scores.get("wasserstein") or group.scores.get("total_variation", missing)
        rows.append(
            (
                f"{group.variable} = {group.label}" + (" *" if group.small else ""),
                f"{group.n:,}",
                with_interval(accuracy[0], accuracy[1:]),
                number(group.constant),
                *((number(group.retest),) if retest else ()),
                with_interval(r[0], r[1:]),
                number(group.scores.get("sd_ratio", missing)[0]),
                number(distance[0]),
            )
        )
    note = ""
    if any(group.small for group in card.groups):
        note = f"* fewer than {SMALL} people; under {FEWEST} nothing is scored"
    return Grid("By subgroup", tuple(columns), tuple(rows), note)


def reading(card: Scorecard) -> tuple[tuple[str, str], ...]:
    """How to read the tables: a column or row, and what it holds."""
    names = card.method.references
    said = [
        ("Accuracy", "1 − |twin − person| / declared range; for nominal items exact agreement"),
        ("Distance", "Wasserstein-1, 0 to 1; for nominal items total variation"),
    ]
    if BEST_GUESS in names:
        said.append(("Drawn", "one answer drawn per twin from the probabilities of its answers"))
        said.append(("Guess", "the best guess: the median (mode) of these probabilities"))
    elif any(is_guess(name) for name in names):
        said.append(("Drawn", "one answer drawn per person from the probabilities of its answers"))
        said.append(("Guess", "the best guess: the median (mode) of these probabilities"))
    if STATISTICAL in names:
        said.append(("Statistical", "what other people with such a record answered: no model"))
    if FUSED in names:
        said.append(("Fused", "the same, with the twins' answers as further evidence"))
    said += [
        ("Constant", "everybody gets the other people's median (mode)"),
        ("Random", "everybody gets another person's answer, drawn at random"),
        ("Shuffled", "the twins' answers, each handed to somebody else"),
        ("Halves", "random halves of the people against each other: a distance's floor"),
    ]
    if any(not math.isnan(row.retest) for row in card.overall):
        said.append(("Retest", "the people's own second answers: the ceiling of accuracy and r"))
    if any(not math.isnan(row.position) for row in card.overall):
        said.append(
            (
                "Place",
                "0% is the better of constant and random (a distance: the constant), 100% the "
                "people's retest (a distance: halves of the people, at their size)",
            )
        )
    if any(not math.isnan(row.twin_retest) for row in card.overall):
        said.append(("Again", "the twins' second answers against their first"))
    return tuple(said)


def method_line(card: Scorecard) -> str:
    """One line: how the figures were made."""
    m = card.method
    parts = [
        f"{m.level:.0%} intervals from {m.bootstrap:,} resamples of people"
        if m.bootstrap
        else "no intervals",
        f"{m.splits} split halves",
        f"{m.draws} draws and shuffles",
        f"seed {m.seed}",
    ]
    if m.weighted:
        parts.append("survey weights used")
    if m.retested:
        parts.append(f"{m.retested:,} people retested")
    return "; ".join(parts)
