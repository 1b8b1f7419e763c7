"""Compare models of choice between two gambles on a problem file.

    python benchmarks/risky_choice.py [PROBLEMS.csv] [--feedback yes|no|any]
    python benchmarks/risky_choice.py --draw            # writes synthetic_problems.csv anew

The file has the form of choices13k (Peterson et al. 2021, Science 372, 1209–1214; see
`surveys/tasks/problem_file.py`) with the share of people who chose B in `bRate`. Ambiguous problems
and those without a rate are left out. Without a file, `synthetic_problems.csv` beside this one is
used: 240 problems answered by parametric people who follow cumulative prospect theory, each with
parameters of their own. It shows that everything runs and that the fits find what is there; it says
nothing about people.

Printed is the mean squared error of the predicted choice rate, times 100:

- expected value: B for sure where its expected value is higher, one half at ties;
- softmax: ln odds proportional to the difference in expected value;
- expected utility: power utility x^α, losses mirrored, and the slope of the ln odds fitted;
- Tversky & Kahneman 1992: their median parameters, the slope fitted;
- cumulative prospect theory: α, λ, γ, δ and the slope fitted;
- psychological features: the model of `risky_choice.json` as it ships, nothing fitted here. Its
  coefficients come from choices13k, so on that file its error is within the sample (1.06 in
  five folds).

Fitted models are fitted in five folds of problems and judged on the problems left out. The noise
floor is the sampling variance of the observed rates, for people who made each choice five times
(as in choices13k) with an intraclass correlation of .475.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from understudy.data.errors import RequestError, UnderstudyError
from understudy.data.seeds import generator
from understudy.surveys.respondents.cognition.draws import CONSISTENCY
from understudy.surveys.respondents.cognition.population import draw_person
from understudy.surveys.respondents.cognition.prospects import prospect_value
from understudy.surveys.respondents.cognition.risky_choice import chance_of_second
from understudy.surveys.tasks.gambles import Gamble
from understudy.surveys.tasks.problem_file import Problem, parse_problems, read_problems

FloatArray = npt.NDArray[np.float64]
SYNTHETIC = Path(__file__).with_name("synthetic_problems.csv")
FOLDS = 5
REPEATS = 5
COLUMNS = (
    *("Problem", "Feedback", "n", "Ha", "pHa", "La", "Hb", "pHb", "Lb"),
    *("LotShapeB", "LotNumB", "Amb", "Corr", "bRate"),
)


# --- gambles as arrays ------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """Many gambles: outcomes, lowest first, with probabilities; rows are filled up with zeros.

    Attributes:
        outcomes: Shape (gambles, most outcomes).
        chances: Shape (gambles, most outcomes).
    """

    outcomes: FloatArray
    chances: FloatArray

    @classmethod
    def of(cls, gambles: Sequence[Gamble]) -> Table:
        most = max(len(gamble.merged) for gamble in gambles)
        outcomes, chances = np.zeros((2, len(gambles), most))
        for row, gamble in enumerate(gambles):
            # A chance of zero at the highest outcome again keeps the order and changes nothing.
            outcomes[row] = gamble.high
            for place, (outcome, chance) in enumerate(gamble.merged):
                outcomes[row, place], chances[row, place] = outcome, chance
        return cls(outcomes, chances)

    def rows(self, chosen: npt.NDArray[np.bool_]) -> Table:
        """Some of the gambles."""
        return Table(self.outcomes[chosen], self.chances[chosen])


def weights(chances: FloatArray, gamma: float) -> FloatArray:
    """Decision weights of chances (Tversky & Kahneman 1992, equation 6), elementwise."""
    p = np.clip(chances, 0.0, 1.0)
    up, down = p**gamma, (1 - p) ** gamma
    return np.asarray(up / (up + down) ** (1 / gamma), dtype=np.float64)


def prospect_values(
    table: Table,
    exponent: float = 0.88,
    loss_aversion: float = 2.25,
    gamma: float = 0.61,
    delta: float = 0.69,
) -> FloatArray:
    """`prospects.prospect_value` of many gambles. Shape (gambles,)."""
    x, p = table.outcomes, table.chances
    through = np.cumsum(p, axis=1)
    below = weights(through, delta) - weights(through - p, delta)
    above = weights(1 - through + p, gamma) - weights(1 - through, gamma)
    size = np.abs(x) ** exponent
    part = np.where(x > 0, above * size, np.where(x < 0, -loss_aversion * below * size, 0.0))
    return np.asarray(part.sum(axis=1), dtype=np.float64)


def means(table: Table) -> FloatArray:
    """Expected values. Shape (gambles,)."""
    return np.asarray((table.outcomes * table.chances).sum(axis=1), dtype=np.float64)


# --- models -----------------------------------------------------------------------------------

Values = Callable[[Table, Sequence[float]], FloatArray]
"""What gambles are worth with the given parameters."""


@dataclass(frozen=True)
class Model:
    """A value for each gamble; ln odds of B are a slope times the difference of values.

    Attributes:
        name: Of the model.
        values: What gambles are worth.
        start: Parameters to begin with; empty where nothing but the slope is fitted.
        low: Their lowest values.
        high: Their highest values.
    """

    name: str
    values: Values
    start: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


MODELS: tuple[Model, ...] = (
    Model("expected value, softmax", lambda table, _: means(table)),
    Model(
        "expected utility (fitted)",
        lambda table, at: prospect_values(table, at[0], 1.0, 1.0, 1.0),
        (0.8,),
        (0.1,),
        (1.6,),
    ),
    Model("Tversky & Kahneman 1992", lambda table, _: prospect_values(table)),
    Model(
        "cumulative prospect theory (fitted)",
        lambda table, at: prospect_values(table, *at),
        (0.8, 1.3, 0.8, 0.8),
        (0.1, 0.3, 0.3, 0.3),
        (1.6, 6.0, 1.6, 1.6),
    ),
)


def predict(model: Model, parameters: Sequence[float], a: Table, b: Table) -> FloatArray:
    """Share of people who choose B; the last parameter is ln of the slope. Shape (problems,)."""
    *own, slope = parameters
    gap = model.values(b, own) - model.values(a, own)
    return np.asarray(1 / (1 + np.exp(-np.clip(np.exp(slope) * gap, -30, 30))), dtype=np.float64)


def fit(model: Model, a: Table, b: Table, rates: FloatArray) -> tuple[float, ...]:
    """Parameters with the least squared error, from three starting slopes."""
    from scipy.optimize import minimize

    def error(parameters: FloatArray) -> float:
        return float(np.mean((predict(model, parameters.tolist(), a, b) - rates) ** 2))

    bounds = [*zip(model.low, model.high, strict=True), (-8.0, 4.0)]
    found = [
        minimize(error, np.array([*model.start, slope]), method="L-BFGS-B", bounds=bounds)
        for slope in (-3.0, -1.5, 0.0)
    ]
    best = min(found, key=lambda one: float(one.fun))
    return tuple(float(value) for value in best.x)


def cross_fitted(model: Model, a: Table, b: Table, rates: FloatArray) -> FloatArray:
    """Predictions for problems that the model was not fitted on. Shape (problems,)."""
    fold = np.arange(len(rates)) % FOLDS
    fold = generator(0, "risky choice folds", len(rates)).permutation(fold)
    found = np.zeros(len(rates))
    for k in range(FOLDS):
        train, test = fold != k, fold == k
        parameters = fit(model, a.rows(train), b.rows(train), rates[train])
        found[test] = predict(model, parameters, a.rows(test), b.rows(test))
    return found


def noise_floor(rates: FloatArray, people: FloatArray) -> float:
    """Expected squared error of the true rates, times 100: the sampling variance of the observed.

    Args:
        rates: Observed shares. Shape (problems,).
        people: How many people are behind each, NaN where that is not known.
    """
    several = (1 + (REPEATS - 1) * CONSISTENCY) / REPEATS
    # p(1 − p) of an observed share is too small by its own sampling variance.
    variance = rates * (1 - rates) * several / (people - several)
    return 100 * float(np.nanmean(variance)) if not np.isnan(people).all() else float("nan")


def usable(problems: Sequence[Problem], feedback: str = "any") -> list[Problem]:
    """Problems with a rate and without ambiguity.

    Raises:
        RequestError: There are too few to fit and judge anything.
    """
    found = [
        p
        for p in problems
        if p.rate is not None
        and not p.ambiguous
        and (feedback == "any" or p.feedback == (feedback == "yes"))
    ]
    if len(found) < 2 * FOLDS:
        raise RequestError(
            f"{len(found)} of {len(problems):,} problems have a rate (bRate) and no ambiguity",
            remedy=f"give at least {2 * FOLDS}",
        )
    return found


def errors(problems: Sequence[Problem]) -> dict[str, float]:
    """MSE × 100 of every model, and the noise floor, by name."""
    a, b = Table.of([p.a for p in problems]), Table.of([p.b for p in problems])
    rates = np.array([p.rate for p in problems], dtype=np.float64)
    people = np.array([p.people or np.nan for p in problems], dtype=np.float64)
    gap = np.round(means(b) - means(a), 9)
    predicted = {"expected value": (np.sign(gap) + 1) / 2}
    for model in MODELS:
        predicted[model.name] = cross_fitted(model, a, b, rates)
    predicted["psychological features (ours)"] = np.array(
        [chance_of_second(p.a, p.b) for p in problems]
    )
    found = {name: 100 * float(np.mean((p - rates) ** 2)) for name, p in predicted.items()}
    return {**found, "noise floor": noise_floor(rates, people)}


# --- synthetic problems -----------------------------------------------------------------------

KAPPA = 1 / CONSISTENCY - 1
"""Beta-binomial: answers to the same problem have an intraclass correlation of .475."""
CHANCES = (0.01, 0.05, 0.1, 0.2, 0.25, 0.4, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95, 0.99, 1.0)


def synthetic(count: int = 240, people: int = 16, seed: int = 13) -> str:
    """Draw problems, and the answers of people who follow cumulative prospect theory.

    Gambles are drawn in the manner of Erev et al. (2017, Psychological Review 124, Appendix D):
    two expected values that differ little, and outcomes that spread around them. Every person has
    parameters of their own (`cognition/parameters.py`) and answers each problem five times.

    Returns:
        The text of a problem file.
    """
    draw = generator(seed, "synthetic problems")
    persons = [draw_person(seed, f"synthetic {number}") for number in range(people * 8)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number in range(1, count + 1):
        target = float(draw.integers(-10, 31))
        high_a, chance_a, low_a = _spread(draw, target, sure=0.4)
        mean_b = target + float(np.clip(np.round(draw.normal(0, 4)), -12, 12))
        high_b, chance_b, low_b = _spread(draw, mean_b, sure=0.0)
        shape = int(draw.choice([0, 0, 1, 2, 3]))
        size = int(draw.integers(2, 7)) if shape else 1
        row = [number, False, people, high_a, chance_a, low_a, high_b, chance_b, low_b]
        row += [shape, size, False, 0, 0]
        text = io.StringIO()
        csv.writer(text).writerows([COLUMNS, row])
        (problem,) = parse_problems(text.getvalue(), "synthetic")
        asked = draw.choice(len(persons), size=people, replace=False)
        chosen = 0
        for person in (persons[k] for k in asked):
            worth = [
                prospect_value(
                    gamble,
                    exponent=person.curvature,
                    loss_aversion=person.loss_aversion,
                    gamma=person.weighting,
                    delta=person.weighting_losses,
                )
                for gamble in (problem.a, problem.b)
            ]
            odds = 0.35 * person.precision * (worth[1] - worth[0])
            share = 1 / (1 + np.exp(-np.clip(odds, -20, 20)))
            own = draw.beta(share * KAPPA, (1 - share) * KAPPA)
            chosen += int(draw.binomial(REPEATS, own))
        row[-1] = round(chosen / (people * REPEATS), 4)
        writer.writerow(row)
    return out.getvalue()


def _spread(draw: np.random.Generator, mean: float, sure: float) -> tuple[float, float, float]:
    """Better outcome, its chance, and worse outcome of a gamble with about this mean."""
    if draw.random() < sure:
        return mean, 1.0, mean
    chance = float(draw.choice(CHANCES[:-1]))
    # Rounded draws only: the last digits of other functions differ between machines.
    reach = float(draw.integers(2, 60))
    high = float(round(mean + reach * (1 - chance)))
    low = float(round(mean - reach * chance))
    return (high, chance, low) if high > low else (high + 1, chance, low)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("problems", nargs="?", type=Path, help="a file in choices13k form")
    parser.add_argument("--feedback", choices=("yes", "no", "any"), default="any")
    parser.add_argument("--draw", action="store_true", help="write the synthetic file anew")
    given = parser.parse_args()
    if given.draw:
        SYNTHETIC.write_text(synthetic(), encoding="utf-8")
        print(f"wrote {SYNTHETIC.name}")
        return
    try:
        path = given.problems or SYNTHETIC
        problems = usable(read_problems(path), given.feedback)
        found = errors(problems)
    except UnderstudyError as error:
        raise SystemExit(str(error)) from None
    print(f"{path.name}: {len(problems):,} problems")
    print(f"{'MSE × 100':>46}")
    for name, value in found.items():
        print(f"{name:<36}{value:>10.2f}")


if __name__ == "__main__":
    main()
