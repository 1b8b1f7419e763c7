"""Bring two panels (and a retest) to the same people, items and codes."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from ..data.codebook import Code, Level, Reason, Role, Variable
from ..data.errors import ComparisonError
from ..data.panel import Panel
from .metrics.weights import BoolArray, FloatArray
from .scale import Scale, scale_of

__all__ = ["Aligned", "AlignedItem", "align", "answers_of", "single_wave"]

REPLICATE = "replicate"
"""Name of the wave variable that tells a twin's repetitions apart."""


@dataclass(frozen=True, slots=True)
class AlignedItem:
    """One item that both sides answered.

    Attributes:
        name: Name of the variable on both sides.
        label: Short label.
        question: Wording as asked, or "".
        scale: Points, values and declared range.
        human_missing: Why people in common have no answer, by reason.
        twin_missing: Why their twins have none.
        inferred: What the human codebook only inferred about it.
    """

    name: str
    label: str
    question: str
    scale: Scale
    human_missing: Mapping[Reason, int]
    twin_missing: Mapping[Reason, int]
    inferred: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Aligned:
    """The answers of both sides as matrices with the same rows and columns.

    A cell missing on either side is left out of individual metrics; a distribution uses every
    answered cell of its own side, because dropping people whose twin failed would change the human
    distribution that the twins are to be held against.

    Attributes:
        persons: Ids of the people in common.
        items: The items in common.
        human: Answers as numbers (see `Scale.values`), shape (people, items), NaN where missing.
        twin: The twins' answers, first replicate, same shape.
        retest: The people's answers on a second occasion, same shape, or None.
        retested: Who has a row in the retest, shape (people,), or None.
        replicates: Later answers of the same twins, each of the same shape.
        weights: Survey weights of the people with mean 1, shape (people,).
        people: The human panel of these people, for subgroups.
        notes: Remarks for the reader: what was left out, what the codebooks disagree on.
    """

    persons: tuple[str, ...]
    items: tuple[AlignedItem, ...]
    human: FloatArray
    twin: FloatArray
    retest: FloatArray | None
    retested: BoolArray | None
    weights: FloatArray
    people: Panel
    replicates: tuple[FloatArray, ...] = ()
    notes: tuple[str, ...] = field(default=())


def align(
    twin: Panel,
    human: Panel,
    retest: Panel | None = None,
    aggregate_only: Collection[str] = (),
) -> Aligned:
    """Join the panels on people and items.

    Items are the variables of the twin panel with the role of an item that the human panel has
    under the same name. Level, codes and range are the human codebook's.

    Args:
        twin: Simulated answers. Several rows per person are told apart by a wave variable named
            "replicate"; the first is scored.
        human: What the people answered.
        retest: What the same people answered on a second occasion.
        aggregate_only: Items whose simulated answers rest on nothing known of the person; they
            are compared as distributions and not person by person.

    Raises:
        ComparisonError: No people or no items in common, several waves in one panel, all weights
            zero, or an item that is coded differently on the two sides.
        PanelError: A survey weight is negative.
    """
    human = single_wave(human, "the human panel")
    first, later, replicate_note = _replicates(twin)
    persons = _common_people(first, human)
    names = _common_items(first, human)
    weights = _weights(human, persons)
    people, twins = human.people(persons), first.people(persons)

    notes = [*_provenance("people", human), *_provenance("twins", first), *replicate_note]
    notes += _left_out(first, human, persons, names)
    remarks: dict[str, list[str]] = {}
    items: list[AlignedItem] = []
    ours: list[FloatArray] = []
    theirs: list[FloatArray] = []
    for name in names:
        variable, other = people.codebook[name], twins.codebook[name]
        human_codes, twin_codes = _distinct(people, name), _distinct(twins, name)
        scale, said = scale_of(variable, other, human_codes, twin_codes)
        if name in aggregate_only:
            scale = dataclasses.replace(scale, individual=False)
            said = (*said, "rest on how people use such a scale; compared as distributions only")
        for remark in said:
            remarks.setdefault(remark, []).append(name)
        items.append(
            AlignedItem(
                name=name,
                label=variable.title,
                question=variable.question,
                scale=scale,
                human_missing=MappingProxyType(people.missing_counts(name)),
                twin_missing=MappingProxyType(twins.missing_counts(name)),
                inferred=variable.inferred,
            )
        )
        ours.append(_numbers(people, name, scale))
        theirs.append(_numbers(twins, name, scale))
    aligned = Aligned(
        persons=persons,
        items=tuple(items),
        human=np.column_stack(ours),
        twin=np.column_stack(theirs),
        retest=None,
        retested=None,
        weights=weights,
        people=people,
        notes=(*dict.fromkeys(notes), *_gathered(remarks)),
    )
    replicates = tuple(answers_of(panel, aligned, "twins") for panel in later)
    if retest is None:
        return dataclasses.replace(aligned, replicates=replicates)
    again = single_wave(retest, "the retest panel")
    return dataclasses.replace(
        aligned,
        replicates=replicates,
        retest=answers_of(again, aligned, "retest"),
        retested=np.array([person in again for person in persons]),
    )


def answers_of(panel: Panel, aligned: Aligned, side: str) -> FloatArray:
    """Answers of another panel to the aligned items by the aligned people.

    Args:
        panel: A retest, a later replicate, or another respondent's answers; one row per person.
        aligned: Whose people, items and scales to use.
        side: What to call the panel in messages.

    Returns:
        Shape (people, items), NaN where the panel lacks the person, the item or the answer.

    Raises:
        ComparisonError: No people or items in common, or an item is coded differently.
    """
    rows = np.array([k for k, person in enumerate(aligned.persons) if person in panel], dtype=int)
    if not len(rows):
        raise ComparisonError(
            f"the panel {side!r} has none of the {len(aligned.persons):,} people compared",
            where=panel.source,
            remedy=_id_advice(panel.persons, list(aligned.persons)),
        )
    if not any(item.name in panel.codebook for item in aligned.items):
        raise ComparisonError(
            f"the panel {side!r} has none of the {len(aligned.items):,} items compared",
            where=panel.source,
            remedy="items are matched by variable name",
        )
    part = panel.people(aligned.persons[k] for k in rows)
    answers = np.full((len(aligned.persons), len(aligned.items)), np.nan)
    for column, item in enumerate(aligned.items):
        if item.name in part.codebook:
            variable = aligned.people.codebook[item.name]
            other = part.codebook[item.name]
            ours = _distinct(aligned.people, item.name)
            codes = item.scale.codes or ours
            scale_of(variable, other, codes, _distinct(part, item.name), side=side)
            answers[rows, column] = _numbers(part, item.name, item.scale)
    return answers


def single_wave(panel: Panel, what: str) -> Panel:
    """Return a panel of one row per person.

    Raises:
        ComparisonError: The panel holds several waves.
    """
    if panel.wave_variable is None:
        return panel
    waves = panel.waves()
    if len(waves) > 1:
        raise ComparisonError(
            f"{what} holds {len(waves)} waves ({', '.join(list(waves)[:6])})",
            where=panel.source,
            remedy="choose one of them",
        )
    return next(iter(waves.values()))


def _replicates(twin: Panel) -> tuple[Panel, list[Panel], list[str]]:
    if twin.wave_variable != REPLICATE:
        return single_wave(twin, "the twin panel"), [], []
    first, *later = twin.waves().values()
    if not later:
        return first, [], []
    count = len(later) + 1
    return first, later, [f"the twins answered {count} times; the first answers are scored"]


def _common_people(twin: Panel, human: Panel) -> tuple[str, ...]:
    persons = tuple(person for person in human.persons if person in twin)
    if not persons:
        raise ComparisonError(
            f"no person is in both panels: the people are {_examples(human.persons)}, "
            f"the twins {_examples(twin.persons)}",
            remedy=_id_advice(twin.persons, human.persons),
        )
    return persons


def _common_items(twin: Panel, human: Panel) -> tuple[str, ...]:
    candidates = [v.name for v in twin.codebook.of_role(Role.ITEM)]
    shared = [name for name in candidates if name in human.codebook]
    usable = [n for n in shared if _scorable(human.codebook[n], twin.codebook[n])]
    if usable:
        return tuple(usable)
    if shared:
        raise ComparisonError(
            "the items in common are all open text or dates, which are not scored: "
            f"{_examples(shared)}",
            remedy="compare coded answers",
        )
    raise ComparisonError(
        f"no item is in both panels: the people have {_examples(human.names)}, "
        f"the twins {_examples(candidates)}",
        remedy="items are matched by variable name; rename one side's",
    )


def _scorable(human: Variable, twin: Variable) -> bool:
    if human.role in (Role.ID, Role.WEIGHT, Role.WAVE):
        return False
    closed = human.level is not Level.TEXT and twin.level is not Level.TEXT
    return closed and "date" not in (human.kind, twin.kind)


def _weights(human: Panel, persons: tuple[str, ...]) -> FloatArray:
    rows = [human.row_of(person) for person in persons]
    weights = human.weights()[rows]
    if weights.sum() <= 0:
        raise ComparisonError(
            f"the {len(persons):,} people in common all have the survey weight 0",
            where=human.source,
            remedy="compare without the weight",
        )
    mean = weights.mean()
    # Weights of 1 stay exactly 1.
    return weights if mean == 1 else np.asarray(weights / mean, dtype=np.float64)


def _left_out(
    twin: Panel, human: Panel, persons: tuple[str, ...], names: tuple[str, ...]
) -> list[str]:
    notes = []
    alone = len(set(twin.persons)) - len(persons)
    if alone:
        notes.append(f"{alone:,} twins have no person in the human panel and were left out")
    without = len(human) - len(persons)
    if without:
        notes.append(f"{without:,} people have no twin and were left out")
    asked = [v.name for v in twin.codebook.of_role(Role.ITEM)]
    new = [name for name in asked if name not in human.codebook]
    if new:
        notes.append(f"people were not asked {_examples(new)}: not scored")
    text = [name for name in asked if name in human.codebook and name not in names]
    if text:
        notes.append(f"open text, dates and identifiers are not scored: {_examples(text)}")
    return notes


def _provenance(side: str, panel: Panel) -> list[str]:
    return [f"{side}: {note}" for note in panel.codebook.notes]


def _gathered(remarks: Mapping[str, Sequence[str]]) -> list[str]:
    """One note per remark, with the items it is about."""
    found = []
    for remark, names in remarks.items():
        more = f" and {len(names) - 3} more" if len(names) > 4 else ""
        shown = names[:3] if more else names
        found.append(f"{', '.join(shown)}{more}: {remark}")
    return found


def _distinct(panel: Panel, name: str) -> list[Code]:
    column = panel.frame[name]
    if panel.codebook[name].kind == "number":
        values = np.unique(column.to_numpy(dtype=np.float64))
        return [float(v) for v in values[~np.isnan(values)]]
    return sorted({str(value) for value in column.dropna()})


def _numbers(panel: Panel, name: str, scale: Scale) -> FloatArray:
    numeric = panel.codebook[name].kind == "number"
    if numeric and scale.ordered:
        return panel.numbers(name)
    if numeric:
        raw = panel.numbers(name)
        codes = np.array([float(c) for c in scale.codes])
        order = np.argsort(codes)
        found = np.minimum(np.searchsorted(codes[order], raw), max(len(codes) - 1, 0))
        places = np.asarray(scale.values)[order]
        if not len(codes):
            return np.full(len(raw), np.nan)
        return np.where(codes[order][found] == raw, places[found], np.nan)
    return scale.numbers(panel.texts(name))


def _examples(names: Iterable[str], most: int = 3) -> str:
    texts = [repr(name) for name in names]
    return ", ".join(texts[:most]) + (", …" if len(texts) > most else "")


def _id_advice(theirs: list[str], ours: list[str]) -> str:
    """What to do about ids that do not meet, with the reason when it shows."""

    def plain(person: str) -> str:
        text = person.strip().casefold().removesuffix(".0").lstrip("0")
        return text or "0"

    if {plain(p) for p in theirs} & {plain(p) for p in ours}:
        return "they differ only in leading zeros, case or blanks; write the ids alike in both"

    def digits(person: str) -> str:
        return "".join(letter for letter in person if letter.isdigit()).lstrip("0")

    kinds = [all(person.strip().isdigit() for person in side) for side in (theirs, ours)]
    if kinds[0] is not kinds[1]:
        numbers = {digits(p) for p in theirs} & {digits(p) for p in ours} - {""}
        said = "one side's ids are numbers and the other's are text"
        if numbers:
            return f"{said} around the same numbers; write the ids alike in both"
        return f"{said}; name the id column of each file with --id"
    return "name the id column of each file with --id"
