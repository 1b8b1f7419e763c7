"""Twins: a panel's people as seen by those who answer for them, without what must stay hidden.

The hidden items are not filtered out when a persona is written: they are not there. `Twins` keeps
only the visible panel, so that a rendering, also one registered by somebody else, has nothing to
leak.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..data.codebook import Role
from ..data.errors import UnknownNameError
from ..data.fingerprint import Digest, panel_digest
from .codes import one_row_each
from .holdout import Holdout, resolve_holdout
from .persona import Style, render
from .record import Fact, RecordReader, matrix_rows
from .reference import Reference
from .retrieval import Retriever

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = ["VISIBLE_ROLES", "Twin", "Twins"]

FloatArray = npt.NDArray[np.float64]

VISIBLE_ROLES = (Role.ITEM, Role.DEMOGRAPHIC)
"""Ids, weights, waves and paradata are no part of what a person said."""


class _Shared:
    """What all twins of one population share, each worked out at first use.

    `Twins.take` passes it on, so that a persona reads the same whoever else is taken: percentiles
    and retrieval weights are those of the population the twins were made from.
    """

    def __init__(self, panel: Panel, weights: FloatArray, rows: frozenset[str]) -> None:
        self.panel = panel
        self.weights = weights
        self.rows = rows

    @cached_property
    def reader(self) -> RecordReader:
        return RecordReader(self.panel, self.rows)

    @cached_property
    def reference(self) -> Reference:
        return Reference(self.panel, self.weights)

    @cached_property
    def retriever(self) -> Retriever:
        return Retriever(self.panel.codebook)

    @cached_property
    def fingerprint(self) -> str:
        return panel_digest(self.panel, self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class Twin:
    """One person's twin: a cheap view that holds no answers of its own.

    Attributes:
        id: Person id in the panel. It is never rendered.
        weight: Survey weight; 1 on average over the population.
    """

    id: str
    weight: float
    _shared: _Shared = field(repr=False)
    _row: int = field(repr=False)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that may be seen, answered or not, in codebook order."""
        return self._shared.panel.names

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The visible answers of the record, in codebook order; built anew at each use."""
        return self._shared.reader.facts(self._row)

    @property
    def withheld(self) -> tuple[Fact, ...]:
        """Refusals and don't-knows of the record, in codebook order."""
        return self._shared.reader.withheld(self._row)

    @property
    def reference(self) -> Reference:
        """How the population answers, to say where this person stands in it."""
        return self._shared.reference

    def nearest(
        self, question: str, k: int, facts: tuple[Fact, ...] | None = None
    ) -> tuple[Fact, ...]:
        """Return the `k` facts nearest to a question, in codebook order (`twins.retrieval`).

        Args:
            question: The question.
            k: How many.
            facts: `self.facts`, where the caller has them at hand.
        """
        return self._shared.retriever.nearest(self.facts if facts is None else facts, question, k)

    def persona(
        self,
        rendering: str,
        *,
        question: str = "",
        k: int = 20,
        style: Style = "second-person",
        withheld: bool = False,
    ) -> str:
        """Write this twin's persona; see `twins.persona.render`."""
        return render(self, rendering, question=question, k=k, style=style, withheld=withheld)


@dataclass(frozen=True, eq=False)
class Twins:
    """A population of twins. Frozen; iterates in panel order. Made by `Twins.from_panel`.

    Attributes:
        panel: What may be seen of these people: items and demographics that are not held out.
        holdout: What is hidden, and why.
    """

    panel: Panel
    holdout: Holdout
    _weights: FloatArray = field(repr=False)
    _shared: _Shared = field(repr=False)
    _rows: npt.NDArray[np.intp] = field(repr=False)

    @classmethod
    def from_panel(
        cls,
        panel: Panel,
        holdout: Holdout | Sequence[str] = (),
        *,
        keep_personal: Collection[str] = (),
    ) -> Twins:
        """Make a twin of everybody in a panel.

        Args:
            panel: One row per person.
            holdout: What no rendering may show: names, patterns and blocks, or a `Holdout`
                resolved on this panel's codebook (names that are not in the panel are ignored).
            keep_personal: Variables marked as personal data that may be shown all the same.

        Raises:
            UnknownNameError: Something to hold out does not exist.
            PanelError: The panel is empty or somebody is in it more than once.
        """
        one_row_each(panel)
        if not isinstance(holdout, Holdout):
            holdout = resolve_holdout(panel.codebook, holdout)
        hidden = set(holdout.names)
        visible = panel.select(
            v.name
            for v in panel.codebook
            if v.role in VISIBLE_ROLES
            and v.name not in hidden
            and (not v.personal or v.name in keep_personal)
        )
        weights = panel.weights()
        shared = _Shared(visible, weights, matrix_rows(panel.codebook))
        rows = np.arange(len(panel), dtype=np.intp)
        return cls(visible, holdout, weights, shared, rows)

    def __len__(self) -> int:
        return len(self.panel)

    def __iter__(self) -> Iterator[Twin]:
        for person, weight, row in zip(self.ids, self._weights, self._rows, strict=True):
            yield Twin(person, float(weight), self._shared, int(row))

    def __contains__(self, person: object) -> bool:
        return person in self.panel

    def __getitem__(self, person: str) -> Twin:
        """Return the twin of one person.

        Raises:
            UnknownNameError: Nobody has that id.
        """
        if person not in self.panel:
            raise UnknownNameError("twin", str(person), self.ids)
        position = self.panel.row_of(person)
        weight = float(self._weights[position])
        return Twin(person, weight, self._shared, int(self._rows[position]))

    def __repr__(self) -> str:
        shown, hidden = len(self.panel.codebook), len(self.holdout)
        return f"<Twins {len(self):,} people, {shown:,} variables visible, {hidden:,} held out>"

    @property
    def ids(self) -> tuple[str, ...]:
        """Person ids, in panel order."""
        return tuple(self.panel.persons)

    def weights(self) -> FloatArray:
        """Survey weights of these twins; 1 on average over the population. Shape (twins,)."""
        return self._weights.copy()

    def take(self, ids: Iterable[str]) -> Twins:
        """Return the given twins, in that order; what each persona says does not change.

        Raises:
            UnknownNameError: Nobody has that id.
            PanelError: An id is given twice.
        """
        chosen = list(ids)
        for person in chosen:
            if person not in self.panel:
                raise UnknownNameError("twin", str(person), self.ids)
        positions = np.array([self.panel.row_of(person) for person in chosen], dtype=np.intp)
        return dataclasses.replace(
            self,
            panel=self.panel.take(positions),
            _weights=self._weights[positions],
            _rows=self._rows[positions],
        )

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) of who these twins are, all that can be seen, and what is hidden.

        Covers the population they were taken from, whose percentiles personas state. The same on
        any machine, in any process.
        """
        digest = Digest()
        digest.add("twins 1", self._shared.fingerprint, *self.ids, "hidden", *self.holdout.names)
        return digest.hexdigest()
