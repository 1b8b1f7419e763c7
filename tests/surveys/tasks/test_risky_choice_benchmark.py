"""The functions of `benchmarks/risky_choice.py`, and its synthetic problem file."""

from __future__ import annotations

import csv
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from understudy.data.errors import RequestError
from understudy.surveys.respondents.cognition.prospects import prospect_value, weight
from understudy.surveys.tasks.gambles import Gamble
from understudy.surveys.tasks.problem_file import Problem, parse_problems

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "risky_choice.py"

GAMBLES = [
    Gamble.sure(5),
    Gamble.sure(0),
    Gamble.of(10, 0.5, -10),
    Gamble(((-8, 0.1), (-2, 0.2), (0, 0.1), (3, 0.25), (9, 0.35))),
    Gamble(((-5, 0.7), (-1, 0.3))),
]


@pytest.fixture(scope="module")
def bench() -> Any:
    name = "understudy_benchmark_risky_choice"
    spec = importlib.util.spec_from_file_location(name, SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "parameters", [(0.88, 2.25, 0.61, 0.69), (1.0, 1.0, 1.0, 1.0), (0.5, 1.4, 0.9, 0.45)]
)
def test_values_of_many_gambles_are_those_of_each(bench: Any, parameters: Any) -> None:
    exponent, loss_aversion, gamma, delta = parameters
    expected = [
        prospect_value(
            gamble, exponent=exponent, loss_aversion=loss_aversion, gamma=gamma, delta=delta
        )
        for gamble in GAMBLES
    ]
    assert bench.prospect_values(bench.Table.of(GAMBLES), *parameters) == pytest.approx(expected)


def test_means_and_weights(bench: Any) -> None:
    assert bench.means(bench.Table.of(GAMBLES)) == pytest.approx([g.mean for g in GAMBLES])
    chances = np.array([0.0, 0.05, 0.5, 0.95, 1.0])
    assert bench.weights(chances, 0.61) == pytest.approx([weight(p, 0.61) for p in chances])


def test_fits_find_the_parameters_behind_rates(bench: Any) -> None:
    problems = parse_problems(bench.SYNTHETIC.read_text(encoding="utf-8"), "synthetic")
    a, b = (bench.Table.of([getattr(p, side) for p in problems]) for side in "ab")
    model = bench.MODELS[-1]
    true = (0.9, 1.7, 0.7, 0.8, -1.2)
    rates = bench.predict(model, true, a, b)
    assert bench.fit(model, a, b, rates) == pytest.approx(true, abs=0.05)


def test_the_committed_problems_are_the_ones_drawn(bench: Any) -> None:
    drawn = list(csv.reader(bench.synthetic().splitlines()))
    kept = list(csv.reader(bench.SYNTHETIC.read_text(encoding="utf-8").splitlines()))
    assert drawn == kept
    assert bench.synthetic(count=12, seed=1) != bench.synthetic(count=12, seed=2)


def test_synthetic_people_are_told_from_the_models_they_do_not_follow(bench: Any) -> None:
    problems = parse_problems(bench.SYNTHETIC.read_text(encoding="utf-8"), "synthetic")
    found = bench.errors(bench.usable(problems[:80]))
    assert next(iter(found)) == "expected value"
    assert found["cumulative prospect theory (fitted)"] < found["expected utility (fitted)"]
    assert found["psychological features (ours)"] < found["expected value"]
    assert found["noise floor"] < found["expected value, softmax"]


def test_the_noise_floor_is_a_sampling_variance(bench: Any) -> None:
    """People with own chances from a beta distribution, each asked five times."""
    draw = np.random.default_rng(0)
    people, problems, share = 16, 4000, 0.3
    own = draw.beta(share * bench.KAPPA, (1 - share) * bench.KAPPA, (problems, people))
    rates = draw.binomial(bench.REPEATS, own).mean(axis=1) / bench.REPEATS
    found = bench.noise_floor(rates, np.full(problems, float(people)))
    assert found == pytest.approx(100 * rates.var(), rel=0.05)
    assert np.isnan(bench.noise_floor(rates, np.full(problems, np.nan)))


def test_unusable_problems_are_left_out(bench: Any) -> None:
    sure = Gamble.sure(1)
    rated = [Problem(a=sure, b=Gamble.sure(2), rate=0.5, feedback=k % 2 == 0) for k in range(20)]
    others = [Problem(a=sure, b=sure), Problem(a=sure, b=sure, rate=0.5, ambiguous=True)]
    assert len(bench.usable([*rated, *others])) == 20
    assert len(bench.usable([*rated, *others], "yes")) == 10
    with pytest.raises(RequestError, match="0 of 2 problems have a rate"):
        bench.usable(others)


def test_a_file_with_missing_columns_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Ha,pHa,La,Hb\n1,1,1,2\n")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path / "p.csv")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    said = done.stderr.strip()
    assert said.startswith("p.csv, line 1: the columns pHb, Lb, LotShapeB, LotNumB are missing")
    assert "\n" not in said
