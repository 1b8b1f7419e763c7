"""The figures of a report: forest plots with floor and ceiling, and paired distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .card import ItemScore, Scorecard
from .references import BEST_GUESS, is_guess
from .svg import ABOVE, BELOW, SHAPES, Band, Mark, axis, bar_pair, strip
from .verdict import number

__all__ = ["MOST", "Figure", "Line", "distributions", "forest_accuracy", "forest_r"]

MOST = 60
"""Most items drawn; the table lists them all."""

BASELINES = ("constant", "marginal", "shuffled")

CHANCE = 1.96
"""√n times the |r| that 95 % of samples without a correlation stay under."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a figure: text at the left, a picture, figures at the right."""

    label: str
    picture: str
    figure: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption, axis, key (kind of mark → words) and the question's wording."""

    title: str
    caption: str
    lines: tuple[Line, ...]
    axis: str = ""
    key: tuple[tuple[str, str], ...] = ()
    wording: str = ""


def forest_r(card: Scorecard) -> Figure:
    """Correlations item by item, best first, between chance and the people's retest."""
    items = [item for item in card.items if math.isfinite(item.pearson)]
    items.sort(key=lambda item: -item.pearson)
    seen = [item.intervals.get("pearson", (0.0, 0.0))[0] for item in items]
    lowest = min([*seen, *(item.pearson for item in items)], default=0.0)
    low = -1.0 if lowest < -0.4 else -0.4 if lowest < -0.2 else -0.2
    lines = []
    for item in _both_ends(items):
        chance = CHANCE / math.sqrt(item.n)
        again = item.retest.get("pearson", math.nan)
        picture = strip(
            [*_marks(item, "pearson"), Mark("ceiling", again, "retest")],
            low,
            1.0,
            about=f"Correlation, {item.label}",
            bands=(Band(-chance, chance, BELOW), Band(again, 1.0, ABOVE)),
        )
        lines.append(Line(item.label, picture, number(item.pearson)))
    return Figure(
        "Correlation of twins with their people, by item",
        "The further right, the better." + _cut(items),
        tuple(lines),
        axis(low, 1.0, 0.2),
        _key(card, "what shuffled persons reach by chance (95%)"),
    )


def forest_accuracy(card: Scorecard) -> Figure:
    """Accuracies item by item, between the constant and the people's retest."""
    items = [item for item in card.items if math.isfinite(item.accuracy)]
    items.sort(key=lambda item: -(item.accuracy - item.references["constant"]["accuracy"]))
    names = ("constant", *_others(card))
    seen = [
        value
        for item in items
        for value in (
            item.accuracy,
            item.intervals.get("accuracy", (1.0, 1.0))[0],
            *(scores["accuracy"] for name, scores in item.references.items() if name in names),
        )
        if math.isfinite(value)
    ]
    low = math.floor(5 * min(seen, default=0.0)) / 5
    step = 0.1 if low > 0.4 else 0.2
    lines = []
    for item in _both_ends(items):
        base, again = item.references["constant"]["accuracy"], item.retest_accuracy
        picture = strip(
            [
                Mark("floor", base, "constant"),
                *_marks(item, "accuracy"),
                Mark("ceiling", again, "retest"),
            ],
            low,
            1.0,
            about=f"Accuracy, {item.label}",
            bands=(Band(low, base, BELOW), Band(max(again, base), 1.0, ABOVE)),
            step=step,
        )
        lines.append(Line(item.label, picture, number(item.accuracy)))
    return Figure(
        "Accuracy beside one answer for everybody, by item",
        "Sorted by how far the twins are ahead of the constant." + _cut(items),
        tuple(lines),
        axis(low, 1.0, step),
        (("floor", "constant: one answer for everybody"), *_key(card, "below it")),
    )


def _key(card: Scorecard, below: str) -> tuple[tuple[str, str], ...]:
    """What the marks of a forest plot stand for."""
    drawn = "twins (drawn)" if BEST_GUESS in card.method.references else "twins"
    level = f", {100 * card.method.level:g}% interval" if card.method.bootstrap else ""
    key = [("twin", drawn + level)]
    key += [(_shape(k), name) for k, name in enumerate(_others(card))]
    key.append(("below", below))
    if card.method.retested:
        key += [("ceiling", "retest: the people's own second answers"), ("above", "above it")]
    return tuple(key)


def _others(card: Scorecard) -> list[str]:
    """Respondents beside the twins that are no baseline."""
    names = card.method.references
    return [name for name in names if name not in BASELINES and not is_guess(name)]


def _marks(item: ItemScore, metric: str) -> list[Mark]:
    others = [name for name in item.references if name not in BASELINES and not is_guess(name)]
    found = [Mark(_shape(k), item.references[name][metric], name) for k, name in enumerate(others)]
    unknown = (math.nan, math.nan)
    interval = item.intervals.get(metric, unknown)
    return [*found, Mark("twin", item.scores[metric], "twins", interval)]


def _shape(k: int) -> str:
    """The mark of the k-th respondent beside the twins; the fourth looks like the first again."""
    return tuple(SHAPES)[k % len(SHAPES)]


def _both_ends(items: list[ItemScore]) -> list[ItemScore]:
    return items if len(items) <= MOST else [*items[: MOST // 2], *items[-MOST // 2 :]]


def _cut(items: list[ItemScore]) -> str:
    if len(items) <= MOST:
        return ""
    return f" The best and the worst {MOST // 2} of {len(items):,} items are drawn."


def distributions(card: Scorecard) -> tuple[Figure, ...]:
    """The two sides' answers item by item: of all items, or of the `MOST` furthest apart."""
    scored = _scored(card)
    if len(scored) > MOST:
        far = sorted(scored, key=lambda item: -(item.distance if item.distance >= 0 else -1.0))
        chosen = {item.name for item in far[:MOST]}
        scored = [item for item in scored if item.name in chosen]
    return tuple(_distribution(item) for item in scored)


def _scored(card: Scorecard) -> list[ItemScore]:
    return [item for item in card.items if item.n_human and item.n_twin]


def _distribution(item: ItemScore) -> Figure:
    shares = [share for bar in item.bars for share in (bar.human, bar.twin)]
    most = max((share for share in shares if math.isfinite(share)), default=1.0)
    lines = tuple(
        Line(
            bar.label,
            bar_pair(bar.human, bar.twin, most, about=f"{item.label}, {bar.label}"),
            f"{_percent(bar.human)} / {_percent(bar.twin)}",
        )
        for bar in item.bars
    )
    words = "total variation" if item.distance_name == "total_variation" else "Wasserstein-1"
    caption = f"{item.n_human:,} people, {item.n_twin:,} twins; {words} {number(item.distance)}"
    if math.isfinite(item.split_half):
        caption += f", between halves of the people {number(item.split_half)}"
    for side, missing in (("people", item.human_missing), ("twins", item.twin_missing)):
        if missing:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in missing.items())
            caption += f"; {side} without an answer: {reasons}"
    wording = item.question if item.question != item.label else ""
    return Figure(item.label, caption + ".", lines, wording=wording)


def _percent(value: float) -> str:
    return f"{100 * value:.0f}" if math.isfinite(value) else "–"
