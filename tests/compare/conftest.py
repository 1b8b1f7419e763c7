"""Small panels of simulated people and twins; everything seeded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from understudy.data.codebook import Code, Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.panel import Panel

AGREE = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
MakePanel = Callable[..., Panel]


def likert_item(name: str, **changes: Any) -> Variable:
    codes = tuple(zip((1.0, 2.0, 3.0, 4.0, 5.0), AGREE, strict=True))
    item = Variable(name=name, label=f"Item {name}", level=Level.ORDINAL, labels=codes)
    return item.replace(**changes)


def build_panel(
    columns: Mapping[str, Sequence[Code | None] | npt.NDArray[np.float64]],
    variables: Sequence[Variable] | None = None,
    persons: Sequence[str] | None = None,
    notes: tuple[str, ...] = (),
    status: Mapping[str, npt.NDArray[np.int16]] | None = None,
) -> Panel:
    if variables is None:
        variables = [likert_item(name) for name in columns]
    size = len(next(iter(columns.values())))
    index = pd.Index(persons or [f"p{k}" for k in range(size)], name="person")
    data = {
        v.name: pd.Series(
            np.asarray(columns[v.name], dtype=float if v.kind == "number" else object), index=index
        )
        for v in variables
    }
    return Panel(
        frame=pd.DataFrame(data, index=index),
        codebook=Codebook(tuple(variables), notes=notes),
        status=status or {},
    )


@pytest.fixture
def make_panel() -> MakePanel:
    return build_panel


@pytest.fixture
def item() -> Callable[..., Variable]:
    return likert_item


def _scale(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.clip(np.round(3.2 + 1.2 * z), 1, 5)


class Study:
    """People, their retest, good twins and a second respondent over mixed items."""

    def __init__(self, people: int = 150, likerts: int = 6) -> None:
        rng = np.random.default_rng(7)
        self.people, self.likerts = people, likerts
        trait = rng.normal(size=(people, 1))
        lasting = 0.6 * trait + 0.5 * rng.normal(size=(people, likerts))
        self.group = rng.choice([1.0, 2.0], p=[0.9, 0.1], size=people)
        self.human = self._panel(_scale(lasting + self._noise(rng, 0.4)), rng, synthetic=True)
        self.retest = self._panel(_scale(lasting + self._noise(rng, 0.4)), rng)
        self.twin = self._panel(_scale(0.7 * trait + self._noise(rng, 0.4)), rng)
        self.other = self._panel(_scale(0.2 * trait + self._noise(rng, 0.9)), rng)

    def _noise(self, rng: np.random.Generator, size: float) -> npt.NDArray[np.float64]:
        return size * rng.normal(size=(self.people, self.likerts))

    def _panel(
        self, answers: npt.NDArray[np.float64], rng: np.random.Generator, synthetic: bool = False
    ) -> Panel:
        gone = rng.random(answers.shape) < 0.03
        answers = np.where(gone, np.nan, answers)
        names = [f"q{k}" for k in range(self.likerts)]
        columns = {name: answers[:, k] for k, name in enumerate(names)}
        columns["party"] = rng.choice([1.0, 2.0, 3.0], p=[0.5, 0.3, 0.2], size=self.people)
        columns["give"] = np.clip(np.round(rng.normal(40, 20, self.people), 1), 0, 100)
        columns["group"] = self.group
        missing = (MissingCode(-99.0, Reason.REFUSED),)
        variables = [
            *(likert_item(name, missing=missing) for name in names),
            Variable(name="party", labels=((1.0, "Red"), (2.0, "Blue"), (3.0, "Green"))),
            Variable(name="give", level=Level.INTERVAL, range=(0.0, 100.0)),
            Variable(name="group", labels=((1.0, "A"), (2.0, "B")), role=Role.DEMOGRAPHIC),
        ]
        status = {name: gone[:, k].astype(np.int16) for k, name in enumerate(names)}
        notes = ("synthetic",) if synthetic else ()
        return build_panel(columns, variables, notes=notes, status=status)


@pytest.fixture(scope="session")
def study() -> Study:
    return Study()
