"""Choice between two gambles, from description or with feedback.

Peterson, J. C., Bourgin, D. D., Agrawal, M., Reichman, D., & Griffiths, T. L. (2021). Using
large-scale experiments and machine learning to discover theories of human decision-making. Science
372, 1209–1214; problem space of Erev et al. (2017), Psychological Review 124, 369–409.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.codebook import Code
from ...data.errors import RequestError
from ...data.seeds import generator
from ..question import Option
from ..questions import Display, Single
from ..respondents.cognition.risky_choice import chance_of_second
from .gambles import Gamble, GamblePair, amount
from .problem_file import Problem, read_problems
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..question import Question
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["TwoGambleChoice"]

_SOURCE = "choices13k (Peterson et al. 2021, Science 372, 1209–1214)"
A, B = 1.0, 2.0
_MODEL_ERROR = math.sqrt(0.0106)
"""Root mean squared error of the model on new problems, the sampling error of observed rates
included (`risky_choice.json`)."""
MOST = 200
"""Most problems that one questionnaire asks."""
_LOADING = 0.4
"""Correlation of a riskier choice's probability with risk tolerance; chosen."""
_AMBIGUITY = 0.5
"""How far ln odds of an ambiguous gamble move with each SD of ambiguity aversion; chosen."""

FIRST: tuple[Problem, ...] = (
    Problem(
        name="5",
        a=Gamble.sure(26),
        b=Gamble(
            (
                (-36, 0.25),
                (41, 0.375),
                (43, 0.1875),
                (47, 0.09375),
                (55, 0.046875),
                (71, 0.046875),
            )
        ),
        rate=0.587,
        people=15,
    ),
    Problem(
        name="7",
        a=Gamble.sure(-6),
        b=Gamble(((-5, 0.8), (23.5, 0.1), (24.5, 0.1))),
        rate=0.867,
        people=15,
    ),
    Problem(name="8", a=Gamble.sure(27), b=Gamble(((-24, 0.5), (89, 0.5))), rate=0.453, people=15),
    Problem(
        name="17",
        a=Gamble.sure(-5),
        b=Gamble(
            (
                (-13, 0.99),
                (20.5, 0.0003125),
                (21.5, 0.0015625),
                (22.5, 0.003125),
                (23.5, 0.003125),
                (24.5, 0.0015625),
                (25.5, 0.0003125),
            )
        ),
        rate=0.325,
        people=16,
    ),
    Problem(
        name="20", a=Gamble.sure(0), b=Gamble(((-27, 0.75), (63, 0.25))), rate=0.575, people=16
    ),
    Problem(
        name="27",
        a=Gamble(((-3, 0.2), (-12, 0.8))),
        b=Gamble(((-18, 0.4), (-6.5, 0.075), (-5.5, 0.225), (-4.5, 0.225), (-3.5, 0.075))),
        rate=0.475,
        people=16,
    ),
)
"""The first six problems of the data set that were asked without feedback and without ambiguity."""


@dataclass(frozen=True, kw_only=True)
class TwoGambleChoice(Task):
    """One choice between gambles A and B per problem and round.

    In a questionnaire file, `file: problems.csv` reads the problems from a file in choices13k form
    and `rows: [1, 20]` takes some of them.

    Attributes:
        problems: The choices.
        rounds: How often each is asked, one round after the other.
        feedback: Whether people learn after each choice what both gambles paid.
        unit: Of the outcomes.
        luck: Seeds what the gambles pay in each round; the same for everybody.
    """

    name = "two_gamble_choice"
    family = Family.RISK
    title = "Choice between two gambles"
    about = "Which of two described gambles people prefer."
    citation = (
        "Peterson, Bourgin, Agrawal, Reichman & Griffiths (2021). Using large-scale experiments "
        "and machine learning to discover theories of human decision-making. Science 372, "
        "1209–1214."
    )

    problems: tuple[Problem, ...] = FIRST
    rounds: int = 1
    feedback: bool = False
    unit: str = "points"
    luck: int = 0

    @classmethod
    def from_files(cls, given: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
        found = dict(given)
        rows = found.pop("rows", None)
        if "file" in found:
            if "problems" in found:
                raise RequestError("'file' and 'problems' are both given", where=f"task {cls.name}")
            problems: Sequence[Any] = read_problems(folder / str(found.pop("file")))
            if rows is not None:
                if not (isinstance(rows, (list, tuple)) and len(rows) == 2) or not all(
                    isinstance(row, int) and not isinstance(row, bool) for row in rows
                ):
                    raise RequestError(
                        "'rows' is the first and the last problem, such as [1, 20]",
                        where=f"task {cls.name}",
                    )
                first, last = rows
                if not 1 <= first <= last <= len(problems):
                    raise RequestError(
                        f"'rows' {first} to {last} are not among the {len(problems):,} problems "
                        "of the file",
                        where=f"task {cls.name}",
                    )
                problems = problems[first - 1 : last]
            found["problems"] = tuple(problems)
        elif rows is not None:
            raise RequestError("'rows' means nothing without 'file'", where=f"task {cls.name}")
        return found

    def fault(self) -> str | None:
        if not 1 <= len(self.problems) <= MOST:
            return (
                f"{len(self.problems):,} problems cannot be asked; take up to {MOST} with "
                "rows: [FIRST, LAST]"
            )
        if not 1 <= self.rounds <= 25:
            return f"{self.rounds} rounds are not between 1 and 25"
        for number, problem in enumerate(self.problems, 1):
            wrong = problem.a.fault() or problem.b.fault()
            if wrong:
                return f"problem {problem.name or number}: {wrong}"
            if problem.correlation not in (-1, 0, 1):
                return f"problem {problem.name or number}: a correlation is −1, 0 or 1"
        return None

    def measured(self) -> tuple[Measure, ...]:
        return (
            Measure(
                name="best_mean",
                label="Choices of the higher expected value",
                unit="share",
                low=0,
                high=1,
                meaning="of the choices in which expected values differ",
            ),
            Measure(
                name="riskier", label="Choices of the riskier gamble", unit="share", low=0, high=1
            ),
            *(
                Measure(
                    name=f"b{number}",
                    label=f"Gamble B in problem {p.name or number}",
                    low=0,
                    high=1,
                )
                for number, p in enumerate(self.problems, 1)
            ),
        )

    def people(self) -> tuple[Reference, ...]:
        """The choice rates of the problems that have one, with their sampling error."""
        found = []
        for number, problem in enumerate(self.problems, 1):
            if problem.rate is None or not problem.people or problem.feedback != self.feedback:
                continue
            half = 2 * _MODEL_ERROR
            found.append(
                Reference(
                    measure=f"b{number}",
                    statistic="mean",
                    value=problem.rate,
                    interval=(max(0.0, problem.rate - half), min(1.0, problem.rate + half)),
                    source=_SOURCE if self.published else "the problem file",
                    n=problem.people,
                    mark="verified" if self.published else "secondary",
                    margin=True,
                )
            )
        return tuple(found)

    def pages(self) -> Pages:
        pages: list[list[Question]] = []
        for number, problem in enumerate(self.problems, 1):
            for turn in range(1, self.rounds + 1):
                name = self._variable(number, turn)
                again = f"Round {turn} of {self.rounds}. " if self.rounds > 1 else ""
                pages.append(
                    [
                        Single(
                            name=name,
                            label=f"Gambles {problem.name or number}"
                            + (f", round {turn}" if self.rounds > 1 else ""),
                            text=f"{again}Here are two gambles. Which one do you want to play?\n\n"
                            f"A: {problem.a.text(self.unit)}.\n"
                            f"B: {problem.b.text(self.unit, chances=not problem.ambiguous)}.",
                            options=(
                                Option(code=A, label="Gamble A"),
                                Option(code=B, label="Gamble B"),
                            ),
                            required=True,
                        )
                    ]
                )
                if self.feedback:
                    paid = [amount(x, self.unit) for x in self._paid(number, turn)]
                    pages.append(
                        [
                            Display(
                                name=f"{name}_paid",
                                text=f"You chose {{{name}}}. This time gamble A paid {paid[0]} and "
                                f"gamble B paid {paid[1]}.",
                            )
                        ]
                    )
        return pages

    def payoffs(self) -> Sequence[str]:
        return ("The gamble that was chosen is played out; its outcome is yours.",)

    def score(self, answers: Answers, arms: Arms) -> Scores:
        found: dict[str, float | None] = {}
        best: list[bool] = []
        riskier: list[bool] = []
        for number, problem in enumerate(self.problems, 1):
            names = [self._variable(number, turn) for turn in range(1, self.rounds + 1)]
            chosen = [answers[name] == B for name in names if answers.get(name) is not None]
            found[f"b{number}"] = sum(chosen) / len(chosen) if chosen else None
            gap = problem.b.mean - problem.a.mean
            if abs(gap) > 1e-9:
                best += [b == (gap > 0) for b in chosen]
            spread = problem.b.sd - problem.a.sd
            if abs(spread) > 1e-9:
                riskier += [b == (spread > 0) for b in chosen]
        found["best_mean"] = sum(best) / len(best) if best else None
        found["riskier"] = sum(riskier) / len(riskier) if riskier else None
        return found

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        tolerance = -person.standing("risk_aversion")
        chosen: dict[str, Code] = {}
        for number, (problem, chance, sign) in enumerate(self._chances, 1):
            if problem.ambiguous:
                odds = math.log(chance / (1 - chance))
                odds -= _AMBIGUITY * person.standing("ambiguity_aversion")
                chance = 1 / (1 + math.exp(-odds))
            own = draws.own_chance(chance, tolerance, loading=sign * _LOADING)
            for turn in range(1, self.rounds + 1):
                chosen[self._variable(number, turn)] = B if draws.trial.chance(own) else A
        return chosen

    def best(self, arms: Arms) -> Mapping[str, Code]:
        return {
            self._variable(number, turn): B if problem.b.mean > problem.a.mean else A
            for number, problem in enumerate(self.problems, 1)
            for turn in range(1, self.rounds + 1)
        }

    def gambles(self) -> Sequence[GamblePair]:
        """Choices in the first round; later ones know what was paid, ambiguous ones less."""
        return tuple(
            GamblePair(
                name=f"problem {problem.name or number}",
                variable=self._variable(number, 1),
                first=A,
                second=B,
                a=problem.a,
                b=problem.b,
                sampled=True,
            )
            for number, problem in enumerate(self.problems, 1)
            if not problem.ambiguous
        )

    @cached_property
    def _chances(self) -> tuple[tuple[Problem, float, int], ...]:
        """Each problem, the share of people who choose B, and 1 if B is riskier, −1 if A is."""
        return tuple(
            (p, chance_of_second(p.a, _as_read(p)), 1 if p.b.sd >= p.a.sd else -1)
            for p in self.problems
        )

    def _variable(self, number: int, turn: int) -> str:
        return f"p{number}_{turn}" if self.rounds > 1 else f"p{number}"

    def _paid(self, number: int, turn: int) -> tuple[float, float]:
        """What both gambles pay in one round."""
        problem = self.problems[number - 1]
        one, other = generator(self.luck, self.name, number, turn).random(2).tolist()
        if problem.correlation:
            other = one if problem.correlation > 0 else 1 - one
        return problem.a.at(one), problem.b.at(other)


def _as_read(problem: Problem) -> Gamble:
    """Gamble B as people take it: with unknown chances, every outcome as likely as the others."""
    if not problem.ambiguous:
        return problem.b
    outcomes = [outcome for outcome, _ in problem.b.merged]
    return Gamble(tuple((outcome, 1 / len(outcomes)) for outcome in outcomes))
