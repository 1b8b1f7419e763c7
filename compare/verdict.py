"""What a scorecard comes to, in words."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from ..data.codebook import Reason
from .align import Aligned
from .card import Difference, Headline, Scorecard
from .references import BEST_GUESS

__all__ = ["number", "with_interval", "with_words"]

UNUSABLE = 0.05
"""Share of unparsed or failed twin answers above which it is said before anything else."""

NARROW = 0.9
"""An item with an SD ratio below this is called under-dispersed, above 1 / this over-dispersed."""

FEW = 100
"""Fewer people than this are warned about."""


def number(value: float, digits: int = 3) -> str:
    """Write a score: ".712", "−.04", "1.05"; "–" where undefined."""
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):.{digits}f}"
    if text.startswith("0."):
        text = text[1:]
    negative = value < 0 and float(text) != 0
    return f"−{text}" if negative else text


def with_interval(value: float, interval: tuple[float, float], digits: int = 3) -> str:
    """Write a score with its interval, if it has one: ".712 [.701, .722]"."""
    if math.isnan(interval[0]):
        return number(value, digits)
    low, high = (number(end, digits) for end in interval)
    return f"{number(value, digits)} [{low}, {high}]"


def with_words(card: Scorecard, aligned: Aligned) -> Scorecard:
    """Return the scorecard with its verdict and warnings."""
    rows = {row.metric: row for row in card.overall}
    gaps = {(d.reference, d.metric): d for d in card.differences}
    verdict = [
        *_unusable(aligned),
        *_individuals(rows),
        *_constant(rows, gaps),
        *_best_guess(rows),
        *_others(gaps),
        *_ceiling(rows),
        *_dispersion(card),
        *_distribution(rows),
    ]
    return dataclasses.replace(
        card, verdict=tuple(verdict), warnings=tuple(_warnings(card, aligned))
    )


def _unusable(aligned: Aligned) -> list[str]:
    cells = len(aligned.persons) * len(aligned.items)
    bad = sum(
        item.twin_missing.get(reason, 0)
        for item in aligned.items
        for reason in (Reason.UNPARSED, Reason.FAILED)
    )
    if bad <= UNUSABLE * cells:
        return []
    return [
        f"{bad / cells:.0%} of the twins' answers failed or could not be read; every score below "
        "rests on the rest, who may differ"
    ]


def _individuals(rows: dict[str, Headline]) -> list[str]:
    row = rows.get("pearson")
    if row is None:
        return []
    if math.isnan(row.estimate):
        return ["No correlation can be had: on every item one side gives everybody the same answer"]
    text = with_interval(row.estimate, row.interval)
    shuffled = number(row.references["shuffled"])
    lower = row.estimate if math.isnan(row.interval[0]) else row.interval[0]
    if lower > 0:
        return [f"Twins tell people apart: mean r {text}, against {shuffled} with persons shuffled"]
    return [
        f"Twins do not tell people apart: mean r {text}, against {shuffled} with persons shuffled"
    ]


def _constant(rows: dict[str, Headline], gaps: dict[tuple[str, str], Difference]) -> list[str]:
    row, gap = rows.get("accuracy"), gaps.get(("constant", "accuracy"))
    if row is None or gap is None or math.isnan(row.estimate):
        return []
    value, base = number(row.estimate), number(row.references["constant"])
    by = with_interval(gap.estimate, gap.interval)
    return [f"Accuracy {value} {_beats(gap)} the constant answer ({base}): difference {by}"]


def _best_guess(rows: dict[str, Headline]) -> list[str]:
    """Draws are for samples, best guesses for persons; a reader of either should know of both."""
    found = {
        metric: rows[metric].references.get(BEST_GUESS, math.nan)
        for metric in ("accuracy", "pearson", "sd_ratio")
        if metric in rows
    }
    if len(found) < 3 or math.isnan(found["accuracy"]):
        return []
    base = rows["accuracy"].references["constant"]
    word = "above" if found["accuracy"] > base else "not above"
    return [
        "The answers were drawn, which keeps the spread of a sample at the price of the single "
        f"person. The best guess behind each draw has accuracy {number(found['accuracy'])} ({word} "
        f"the constant) and r {number(found['pearson'])}, but an SD ratio of "
        f"{number(found['sd_ratio'], 2)}: use it for persons, the draws for samples"
    ]


def _others(gaps: dict[tuple[str, str], Difference]) -> list[str]:
    said = []
    names = dict.fromkeys(
        d.reference for d in gaps.values() if d.reference not in ("constant", BEST_GUESS)
    )
    for name in names:
        parts = []
        beaten = []
        for metric, words in (("pearson", "r"), ("accuracy", "accuracy")):
            gap = gaps.get((name, metric))
            if gap is not None:
                beaten.append(_beats(gap) == "beats")
                parts.append(f"{words} {_signed(gap)}")
        if parts:
            word = "beat" if all(beaten) else "do not beat"
            if any(beaten) and not all(beaten):
                word = "only partly beat"
            said.append(f"Twins {word} the {name} respondent: {', '.join(parts)}")
    return said


def _ceiling(rows: dict[str, Headline]) -> list[str]:
    ratio, row = rows.get("ratio_of_means"), rows.get("accuracy")
    if ratio is None or row is None or math.isnan(ratio.estimate):
        return ["There is no retest, so nothing says how well these people would repeat themselves"]
    text = (
        f"Accuracy is {ratio.estimate:.0%} of that of people's own second answers "
        f"({number(row.retest)})"
    )
    if math.isnan(row.position):
        return [text]
    if row.position < 0:
        return [f"{text}, but lies below what knowing nothing of the person reaches"]
    return [f"{text}; of the way from knowing nothing to the retest it covers {row.position:.0%}"]


def _dispersion(card: Scorecard) -> list[str]:
    ratios = np.array([item.sd_ratio for item in card.items])
    ratios = ratios[~np.isnan(ratios)]
    if not len(ratios):
        return []
    narrow = int((ratios < NARROW).sum())
    wide = int((ratios > 1 / NARROW).sum())
    mean = number(float(ratios.mean()), 2)
    if narrow >= wide and narrow:
        return [
            f"Under-dispersed on {narrow} of {len(ratios)} items (mean SD ratio {mean}): "
            "twins are more alike than people"
        ]
    if wide:
        return [f"Over-dispersed on {wide} of {len(ratios)} items (mean SD ratio {mean})"]
    return [f"Spread is right: mean SD ratio {mean}"]


def _distribution(rows: dict[str, Headline]) -> list[str]:
    row = rows.get("wasserstein") or rows.get("total_variation")
    if row is None or math.isnan(row.estimate):
        return []
    said = f"Distributions are {number(row.estimate)} apart ({row.label})"
    if not math.isnan(row.floor):
        said += (
            f"; at half the sample {number(row.matched)}, where halves of the people are "
            f"{number(row.floor)} apart"
        )
    shuffled = row.references["shuffled"]
    if not math.isnan(shuffled) and abs(shuffled - row.estimate) < 0.005:
        return [
            said,
            "Shuffled persons score the same distribution distance: distribution scores say "
            "nothing about individuals",
        ]
    return [said]


def _warnings(card: Scorecard, aligned: Aligned) -> list[str]:
    found = []
    people = card.method.people
    if people == 1:
        found.append("One person only: nothing can be said about correlation or uncertainty")
    elif people < FEW:
        found.append(f"Only {people} people: intervals are wide and may be too narrow still")
    if not card.method.bootstrap:
        found.append("No intervals were computed (bootstrap 0)")
    no_range = [
        item.name
        for item, score in zip(aligned.items, card.items, strict=True)
        if item.scale.ordered and math.isnan(score.accuracy) and score.n
    ]
    if no_range:
        found.append(
            f"No range is declared for {_some(no_range)}: no accuracy and no distance; declare "
            "one in the codebook"
        )
    guessed = [item.name for item in aligned.items if any("range" in s for s in item.inferred)]
    if guessed:
        found.append(f"The range of {_some(guessed)} was inferred from the data, not declared")
    empty = [item.name for item in card.items if not item.n]
    if empty:
        found.append(f"No person and twin both answered {_some(empty)}")
    flat = [
        item.name
        for item in card.items
        if item.level != "nominal" and math.isnan(item.pearson) and item.n > 1
    ]
    if flat:
        found.append(
            f"r is undefined, and left out of its mean, on {_some(flat)}: one side gives everybody "
            "the same answer"
        )
    small = [f"{g.variable} = {g.label} ({g.n})" for g in card.groups if g.small]
    if small:
        found.append(f"Small subgroups: {_some(small)}")
    return found


def _beats(gap: Difference) -> str:
    if math.isnan(gap.interval[0]):
        return "beats" if gap.estimate > 0 else "does not beat"
    return "beats" if gap.interval[0] > 0 else "does not beat"


def _signed(gap: Difference) -> str:
    plus = "+" if gap.estimate > 0 else ""
    return plus + with_interval(gap.estimate, gap.interval)


def _some(names: Sequence[str], most: int = 4) -> str:
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
