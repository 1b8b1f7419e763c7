from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from understudy.data.codebook import Codebook, Level, Role, Variable
from understudy.data.panel import Panel
from understudy.data.samples.check import (
    Row,
    agreement,
    alpha,
    correlation,
    retest_accuracy,
    rows,
    scale_score,
    table,
)
from understudy.data.samples.games import GAMES
from understudy.data.samples.generate import main
from understudy.data.samples.published import (
    DICTATOR_MEAN,
    PUBLIC_GOODS_MEAN,
    TRUST_MEAN,
    ULTIMATUM_MEAN,
    Figure,
)
from understudy.data.samples.traits import KEYS

DOCS = Path(__file__).resolve().parents[3] / "docs" / "sample.md"


@pytest.fixture(scope="session")
def found(panels: Mapping[str, Panel]) -> tuple[Row, ...]:
    return rows(panels)


def test_every_figure_is_within_its_tolerance(found: tuple[Row, ...]) -> None:
    assert [row.name for row in found if not row.holds] == []
    assert len(found) >= 30


def test_the_sample_designs_for_the_published_means() -> None:
    designed = {declared.variable.name: declared.marginal for declared in GAMES}
    for name, published in (
        ("dictator_give", DICTATOR_MEAN),
        ("ultimatum_offer", ULTIMATUM_MEAN),
        ("trust_send", TRUST_MEAN),
        ("public_give", PUBLIC_GOODS_MEAN),
    ):
        assert designed[name].mean == pytest.approx(published.value, abs=0.5), name
    shares = dict(
        zip(designed["dictator_give"].codes, designed["dictator_give"].shares, strict=True)
    )
    assert (shares[0.0], shares[50.0], shares[100.0]) == pytest.approx((0.36, 0.17, 0.05))


def test_retest_agreement(wave1: Panel, wave2: Panel) -> None:
    assert 0.79 <= retest_accuracy(wave1, wave2) <= 0.84


def test_games_hardly_follow_from_traits(wave1: Panel) -> None:
    scores = [scale_score(wave1, keys) for keys in KEYS.values()]
    games = [wave1.numbers(g.variable.name) for g in GAMES if g.variable.block == "games"]
    found = [abs(correlation(score, game)) for score in scores for game in games]
    assert np.median(found) < 0.05
    assert max(found) < 0.22


def test_reverse_keyed_items_run_against_their_scale(wave1: Panel) -> None:
    for keys in KEYS.values():
        assert set(keys.values()) == {1, -1}
        for name, sign in keys.items():
            rest = scale_score(wave1, {n: s for n, s in keys.items() if n != name})
            assert sign * correlation(wave1.numbers(name), rest) > 0.2, name
            assert ("reverse-keyed" in wave1.codebook[name].label) == (sign < 0)


def _predicted(panel: Panel, target: str, hidden: set[str]) -> float:
    """Five-fold r of a ridge regression (λ = 200) on everything but `hidden`."""
    y = panel.numbers(target)
    columns: list[npt.NDArray[np.float64]] = []
    for variable in panel.codebook.of_role(Role.ITEM, Role.DEMOGRAPHIC):
        if variable.name in hidden or variable.kind != "number":
            continue
        values = panel.numbers(variable.name)
        if variable.level is Level.NOMINAL:
            columns += [(values == code).astype(float) for code in variable.codes]
        else:
            filled = np.where(np.isnan(values), np.nanmean(values), values)
            columns.append((filled - filled.mean()) / filled.std())
    asked = ~np.isnan(y)
    x, y = np.column_stack(columns)[asked], y[asked]
    fold = np.arange(len(y)) % 5
    predicted = np.empty(len(y))
    for k in range(5):
        train = fold != k
        a, b = x[train], y[train] - y[train].mean()
        weights = np.linalg.solve(a.T @ a + 200 * np.eye(a.shape[1]), a.T @ b)
        predicted[~train] = x[~train] @ weights + y[train].mean()
    return correlation(predicted, y)


def test_attitudes_can_be_predicted_somewhat_and_games_not(wave1: Panel) -> None:
    blocks = wave1.codebook.blocks()
    attitudes = ["trust_people", "redistribution", "climate_tax", "life_satisfaction"]
    alone = [_predicted(wave1, name, {name}) for name in attitudes]
    assert 0.40 < np.mean(alone) < 0.60
    games = blocks["games"]
    assert abs(np.mean([_predicted(wave1, name, set(games)) for name in games])) < 0.10


def test_alpha_of_parallel_items_is_known() -> None:
    # Two items with r = .5 have α = 2 · .5 / 1.5 (Spearman-Brown).
    first = np.array([1.0, 1.0, -1.0, -1.0] * 2 + [1.0, -1.0, 1.0, -1.0] * 2)
    second = np.array([1.0, 1.0, -1.0, -1.0] * 2 + [1.0, -1.0, -1.0, 1.0] * 2)
    assert correlation(first, second) == pytest.approx(0.5)
    book = Codebook(tuple(Variable(name=name, level=Level.INTERVAL) for name in "ab"))
    index = pd.Index([str(k) for k in range(16)], name="person")
    panel = Panel(pd.DataFrame({"a": first, "b": second}, index=index), book)
    assert alpha(panel, {"a": 1, "b": 1}) == pytest.approx(2 / 3)


def test_agreement_uses_the_declared_range(wave1: Panel) -> None:
    nan = np.nan
    first, second = np.array([0.0, 10.0, nan, 5.0]), np.array([10.0, 10.0, 3.0, 0.0])
    assert agreement(wave1.codebook["trust_people"], first, second) == pytest.approx(0.5)
    assert agreement(wave1.codebook["region"], first, second) == pytest.approx(1 / 3)


def test_a_figure_outside_its_tolerance_is_flagged() -> None:
    row = Row("Mean", Figure(4.0, "nowhere", "chosen"), 4.5, 0.1)
    assert not row.holds
    assert "**outside**" in table([row])


def test_the_check_prints_the_table_of_the_docs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("| Figure |")
    assert printed in DOCS.read_text(encoding="utf-8")
