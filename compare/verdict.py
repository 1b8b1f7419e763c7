"""What a scorecard comes to, in words."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from ..data.codebook import Reason
from .align import Aligned
from .card import Difference, Headline, ItemScore, Scorecard
from .references import BEST_GUESS, FUSED, STATISTICAL, guess_of, is_guess

__all__ = ["number", "percent", "with_interval", "with_words"]

UNUSABLE = 0.05
"""Share of unusable twin answers above which it is said before anything else."""

UNUSABLE_REASONS = (
    Reason.UNPARSED,
    Reason.FAILED,
    Reason.MODEL_REFUSED,
    Reason.OUT_OF_CHARACTER,
    Reason.TRUNCATED,
    Reason.FILTERED,
    Reason.OUT_OF_RANGE,
    Reason.WRONG_LANGUAGE,
)
"""Why a simulated answer cannot be used; what people too leave unanswered is not among them."""

NARROW = 0.9
"""An SD ratio below this is called too narrow, above 1 / this too wide."""

CLOSE = 1.2
"""Twins up to this many times as far from the people as halves of the people are from each other
are said to look like them."""

GRADES = ((0.1, "barely at all"), (0.3, "weakly"), (0.5, "moderately"), (1.0, "well"))
"""Words for correlations up to .1, .3 and .5: small, medium and large in Cohen (1988), ch. 3."""

SAME = 0.005
"""Distances of twins and shuffled persons closer than this are said to be the same."""

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


def percent(share: float) -> str:
    """Write a share: "25%", "4.2%", "0.3%"."""
    return f"{share:.0%}" if share >= 0.095 or share == 0 else f"{share:.1%}"


def with_words(card: Scorecard, aligned: Aligned) -> Scorecard:
    """Return the scorecard with its verdict and warnings."""
    rows = {row.metric: row for row in card.overall}
    gaps = {(d.of, d.reference, d.metric): d for d in card.differences}
    verdict = [
        *_unusable(card),
        *_in_short(rows, card.method.people),
        *_others(card.differences),
        *_fusion(gaps),
        *_persons(rows),
        *_accuracy(rows, gaps),
        *_sample(card, rows),
        *_use(rows),
        *_repeats(rows),
    ]
    return dataclasses.replace(
        card, verdict=tuple(verdict), warnings=tuple(_warnings(card, aligned))
    )


def _unusable(card: Scorecard) -> list[str]:
    kinds = [
        (reason.value, card.dispositions.get(reason.value, 0.0)) for reason in UNUSABLE_REASONS
    ]
    found = sorted(((kind, share) for kind, share in kinds if share), key=lambda pair: -pair[1])
    bad = sum(share for _, share in found)
    if bad <= UNUSABLE:
        return []
    said = ", ".join(f"{percent(share)} {kind}" for kind, share in found)
    return [
        f"{percent(bad)} of the twins' answers failed or could not be read ({said}); every score "
        "below rests on the rest, who may differ"
    ]


def _in_short(rows: dict[str, Headline], people: int) -> list[str]:
    if people < 2:
        return []
    said = [part for part in (_sample_in_short(rows), _persons_in_short(rows)) if part]
    return [f"In short: {'; '.join(said)}"] if said else []


def _sample_in_short(rows: dict[str, Headline]) -> str:
    spread, apart = rows.get("sd_ratio"), _distance(rows)
    faults = []
    if spread is not None and spread.estimate < NARROW:
        faults.append("too alike")
    if spread is not None and spread.estimate > 1 / NARROW:
        faults.append("too varied")
    if apart is not None and apart.matched > CLOSE * apart.floor:
        faults.append("off in their distributions")
    if faults:
        return f"as a sample, the twins are {' and '.join(faults)}"
    if apart is None or math.isnan(apart.matched) or math.isnan(apart.floor):
        return ""
    return "as a sample, the twins look like the people"


def _persons_in_short(rows: dict[str, Headline]) -> str:
    row = rows.get("pearson")
    if row is None:
        return ""
    if math.isnan(row.estimate):
        return "no correlation can be had: on every item one side gives everybody the same answer"
    best = row.references.get(BEST_GUESS, math.nan)
    value = row.estimate if math.isnan(best) else best
    if not _tells_apart(row) and not value > GRADES[0][0]:
        return "they do not tell persons apart"
    grade = next(word for top, word in GRADES if value < top or top == 1)
    said = f"they tell persons apart {grade} (r {number(value)}"
    if not math.isnan(best):
        said += " as best guess"
    if not math.isnan(row.retest):
        said += f"; the people themselves, asked again, {number(row.retest)}"
    return said + ")"


def _tells_apart(row: Headline) -> bool:
    return (row.estimate if math.isnan(row.interval[0]) else row.interval[0]) > 0


def _persons(rows: dict[str, Headline]) -> list[str]:
    row = rows.get("pearson")
    if row is None or math.isnan(row.estimate):
        return []
    said = f"Persons: mean r {with_interval(row.estimate, row.interval)}"
    best = row.references.get(BEST_GUESS, math.nan)
    if not math.isnan(best):
        said += f" as drawn, {number(best)} as best guess"
    said += f"; {number(row.references['shuffled'])} with persons shuffled"
    return [said]


def _accuracy(rows: dict[str, Headline], gaps: dict[tuple[str, str, str], Difference]) -> list[str]:
    """Where the constant stands. That draws lose to it is no fault of theirs, and said so."""
    row, gap = rows.get("accuracy"), gaps.get(("twins", "constant", "accuracy"))
    if row is None or gap is None or math.isnan(row.estimate) or math.isnan(gap.estimate):
        return []
    base = number(row.references["constant"])
    best = gaps.get((BEST_GUESS, "constant", "accuracy"))
    again = ""
    if not math.isnan(row.retest):
        again = f"; the people's own second answers reach {number(row.retest)}"
    value = number(row.estimate)
    if best is None or math.isnan(best.estimate):
        by = with_interval(gap.estimate, gap.interval)
        said = f"{value} {_beats(gap)} one answer for everybody ({base}): difference {by}"
        if _beats(gap) != "beats" and "pearson" in rows and _tells_apart(rows["pearson"]):
            said += " (accuracy favours the middle of the scale; who is who, r tells)"
        return [f"Accuracy: {said}{again}"]
    guess = number(row.references[BEST_GUESS])
    if _beats(best) == "beats" and _beats(gap) == "beats":
        said = (
            f"best guess {guess} and single draws {value} both beat one answer for everybody "
            f"({base})"
        )
    elif _beats(best) == "beats":
        said = (
            f"the best guess ({guess}) beats one answer for everybody ({base}) by "
            f"{with_interval(best.estimate, best.interval)}; single draws ({value}) do not, the "
            "price of keeping the spread"
        )
    else:
        said = (
            f"neither the best guess ({guess}) nor single draws ({value}) beat one answer for "
            f"everybody ({base})"
        )
    return [f"Accuracy: {said}{again}"]


def _distance(rows: dict[str, Headline]) -> Headline | None:
    """The headline that says how far apart distributions are."""
    known = (rows.get(name) for name in ("wasserstein", "total_variation"))
    return next((row for row in known if row is not None and not math.isnan(row.estimate)), None)


def _sample(card: Scorecard, rows: dict[str, Headline]) -> list[str]:
    parts = []
    ratios = np.array([item.sd_ratio for item in card.items])
    ratios = ratios[~np.isnan(ratios)]
    if len(ratios):
        spread = f"SD ratio {number(float(ratios.mean()), 2)}"
        narrow, wide = int((ratios < NARROW).sum()), int((ratios > 1 / NARROW).sum())
        if narrow >= max(wide, 1):
            spread += f", too narrow on {narrow} of {len(ratios)} items"
        elif wide:
            spread += f", too wide on {wide} of {len(ratios)} items"
        parts.append(spread)
    row = _distance(rows)
    if row is not None:
        apart = f"distributions {number(row.estimate)} apart, of 1 at most"
        if not math.isnan(row.floor):
            apart = (
                f"distributions, at half the sample, {number(row.matched)} from the people's, "
                f"where halves of the people are {number(row.floor)} apart"
            )
        parts.append(apart)
        if abs(row.references["shuffled"] - row.estimate) < SAME:
            parts.append("shuffled persons score the same, so it says nothing about individuals")
    return [f"Sample: {'; '.join(parts)}"] if parts else []


def _use(rows: dict[str, Headline]) -> list[str]:
    """Draws are for samples, best guesses for persons; a reader of either should know of both."""
    row = rows.get("sd_ratio")
    spread = math.nan if row is None else row.references.get(BEST_GUESS, math.nan)
    if math.isnan(spread):
        return []
    return [
        "Use: the drawn answers for shares, means and spread; the best guess for single persons "
        f"(its SD ratio is {number(spread, 2)})"
    ]


def _others(differences: Sequence[Difference]) -> list[str]:
    """Where the twins stand beside other respondents: guess against guess where there are any."""
    said = []
    gaps = {
        (d.reference, d.metric): d
        for d in differences
        if d.of in ("twins", BEST_GUESS) and d.reference not in ("constant", BEST_GUESS)
    }
    for name in dict.fromkeys(reference for reference, _ in gaps):
        if name == FUSED or is_guess(name):
            continue
        fair = guess_of(name)
        parts, beaten = _gaps(gaps, fair)
        if not parts:
            fair = name
            parts, beaten = _gaps(gaps, fair)
        if not parts:
            continue
        word = "beat" if all(beaten) else "only partly beat" if any(beaten) else "do not beat"
        how = ""
        if fair != name:
            both = any(gap.of == BEST_GUESS for (key, _), gap in gaps.items() if key == fair)
            how = ", best guess against best guess" if both else ", against its best guess"
        free = "; it needs no model and costs nothing"
        free = free if name == STATISTICAL and not all(beaten) else ""
        said.append(f"Twins {word} the {name} respondent: {', '.join(parts)}{how}{free}")
    return said


def _fusion(gaps: dict[tuple[str, str, str], Difference]) -> list[str]:
    """What the twins' answers add to what other people's answers predict."""
    found = {
        (STATISTICAL, metric): gap
        for (of, _, metric), gap in gaps.items()
        if of in (FUSED, guess_of(FUSED))
    }
    parts, gained = _gaps(found, STATISTICAL)
    if not parts:
        return []
    said = "improve" if any(gained) else "do not improve"
    return [
        f"Fusion: the twins' answers {said} the statistical respondent's predictions: "
        f"{', '.join(parts)}"
    ]


def _gaps(gaps: Mapping[tuple[str, str], Difference], name: str) -> tuple[list[str], list[bool]]:
    """Words for the differences to one reference, and whether each is in the twins' favour."""
    known = [
        (gaps[name, metric], words)
        for metric, words in (("pearson", "r"), ("accuracy", "accuracy"))
        if (name, metric) in gaps
    ]
    said = [f"{words} {_signed(gap)}" for gap, words in known]
    return said, [_beats(gap) == "beats" for gap, _ in known]


def _repeats(rows: dict[str, Headline]) -> list[str]:
    """How the twins repeat themselves, beside how the people do."""
    known = [
        (rows[name], words)
        for name, words in (("pearson", "r"), ("accuracy", "accuracy"))
        if name in rows and not math.isnan(rows[name].twin_retest)
    ]
    if not known:
        return []
    ours = ", ".join(f"{words} {number(row.twin_retest)}" for row, words in known)
    people = ", ".join(
        f"{words} {number(row.retest)}" for row, words in known if not math.isnan(row.retest)
    )
    beside = f"; people asked again repeat theirs at {people}" if people else ""
    return [f"Repeats: twins asked again repeat their own answers at {ours}{beside}"]


def _warnings(card: Scorecard, aligned: Aligned) -> list[str]:
    found = []
    people = card.method.people
    if people == 1:
        found.append(
            "One person only: nothing can be said about correlation, spread or uncertainty, and "
            "there are no others to take a constant or a random answer from"
        )
    elif people < FEW:
        found.append(f"Only {people} people: intervals are wide and may be too narrow still")
    if not card.method.retested:
        found.append("There is no retest, so nothing says how well these people repeat themselves")
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
    found += _unscored(card)
    flat = [
        item.name
        for item in card.items
        if item.level != "nominal" and math.isnan(item.pearson) and item.n > 1 and people > 1
    ]
    if flat:
        found.append(
            f"r is undefined, and left out of its mean, on {_some(flat)}: one side gives everybody "
            "the same answer"
        )
    return found


def _unscored(card: Scorecard) -> list[str]:
    """One line for the items that nobody answered on both sides, by what kept them from it."""
    names: dict[str, list[str]] = {}
    for item in card.items:
        if not item.n:
            names.setdefault(_absence(item), []).append(item.name)
    if not names:
        return []
    said = [f"{_some(found)} ({why})" for why, found in names.items()]
    return [f"Not scored: {'; '.join(said)}"]


def _absence(item: ItemScore) -> str:
    if item.n_human and item.n_twin:
        return "nobody has answers of both person and twin"
    side, missing = ("people", item.human_missing) if item.n_twin else ("twins", item.twin_missing)
    if not (item.n_human or item.n_twin):
        side, missing = "people and twins", {}
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in missing.items())
    return f"no answers from {side}" + (f": {reasons}" if reasons else "")


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
