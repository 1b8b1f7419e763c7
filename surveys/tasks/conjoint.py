"""Choice-based conjoint: choices between products that differ in several attributes at once.

Louviere, J. J., & Woodworth, G. (1983). Design and analysis of simulated consumer choice or
allocation experiments. Journal of Marketing Research 20, 350–367. The repeated choice: Clayton, K.,
Horiuchi, Y., Kaufman, A. R., King, G., & Komisarchik, M. (2023). Correcting measurement error bias
in conjoint survey experiments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...data.codebook import Code
from ..logic.syntax import is_plain_name
from ..question import Option
from ..questions import Single
from .choice_design import FloatArray, IntArray, balanced_design, coded, contrasts, part_worths
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..question import Question
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Attribute", "Conjoint"]

_PREFERENCE = 0.9
"""Mean utility between neighbouring levels where people agree on what is better; chosen."""
_TASTE = 0.8
"""SD over people of the utility of a level; chosen."""
_NOISE = 0.9
"""Scale of the noise of a choice; chosen so that repeated choices agree as published."""
_THRIFT = 0.35
"""How far ln sensitivity to price falls with each SD of spending; chosen."""
_RIDGE = 1.0
"""Precision of the prior on a person's part-worths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """What alternatives differ in.

    Attributes:
        name: In the names of measures.
        label: For people.
        levels: What it can be.
        better: Which end of the levels everybody prefers, if one is.
    """

    name: str
    label: str
    levels: tuple[str, ...]
    better: Literal["neither", "first", "last"] = "neither"


COFFEE: tuple[Attribute, ...] = (
    Attribute(name="price", label="Price", levels=("$8", "$11", "$14"), better="first"),
    Attribute(name="roast", label="Roast", levels=("Light", "Medium", "Dark")),
    Attribute(name="label", label="Label", levels=("None", "Organic", "Fair trade")),
)


@dataclass(frozen=True, kw_only=True)
class Conjoint(Task):
    """Choices between alternatives of a balanced design; the first comes again, sides swapped.

    Part-worths are estimated for each person by a conditional logit with a ridge
    (`choice_design.part_worths`), which needs nobody else's answers; they add up to 0 within each
    attribute. With few choices they are drawn towards 0: compare people and groups, not absolute
    sizes. Pooled part-worths come from the same function with all choices stacked.

    Attributes:
        product: What is chosen, in the plural.
        attributes: In what the alternatives differ.
        choices: Number of choices in the design.
        alternatives: Number of alternatives in a choice.
        luck: Seeds the design; the same for everybody.
    """

    name = "conjoint"
    family = Family.MARKET
    title = "Choice-based conjoint"
    about = "What each feature of a product is worth, from choices between whole products."
    citation = (
        "Louviere & Woodworth (1983). Design and analysis of simulated consumer choice or "
        "allocation experiments. Journal of Marketing Research 20, 350–367."
    )
    references = (
        Reference(
            measure="same",
            statistic="mean",
            value=0.77,
            interval=(0.70, 0.84),
            source="Clayton, Horiuchi, Kaufman, King & Komisarchik 2023, Correcting measurement "
            "error bias in conjoint survey experiments (eight studies)",
            mark="recalled",
            margin=True,
            note="other attributes; two alternatives",
        ),
    )

    product: str = "bags of ground coffee (12 ounces)"
    attributes: tuple[Attribute, ...] = COFFEE
    choices: int = 12
    alternatives: int = 2
    luck: int = 0

    def fault(self) -> str | None:
        if not 2 <= len(self.attributes) <= 10:
            return f"{len(self.attributes)} attributes are not between 2 and 10"
        names = [attribute.name for attribute in self.attributes]
        if len(set(names)) < len(names):
            return "two attributes have the same name"
        for attribute in self.attributes:
            if not is_plain_name(attribute.name):
                return f"{attribute.name!r} cannot stand in names of measures"
            if not 2 <= len(attribute.levels) <= 12:
                return f"{attribute.name!r} has {len(attribute.levels)} levels, not 2 to 12"
            if len(set(attribute.levels)) < len(attribute.levels):
                return f"{attribute.name!r} has the same level twice"
        if not 2 <= self.alternatives <= 6:
            return f"{self.alternatives} alternatives are not between 2 and 6"
        size = sum(len(attribute.levels) - 1 for attribute in self.attributes)
        if not size <= self.choices <= 60:
            return (
                f"{self.choices} choices cannot be: {size} part-worths need at least as many, and "
                "60 are the most"
            )
        return None

    @cached_property
    def _levels(self) -> tuple[int, ...]:
        return tuple(len(attribute.levels) for attribute in self.attributes)

    @cached_property
    def design(self) -> IntArray:
        """Level of each attribute, from 0. Shape (choices, alternatives, attributes)."""
        return balanced_design(self._levels, self.choices, self.alternatives, self.luck)

    @cached_property
    def _coded(self) -> FloatArray:
        return coded(self.design, self._levels)

    @cached_property
    def _shown(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """The design as plain numbers, the first choice again at the end with its sides swapped."""
        sets = [tuple(tuple(map(int, one)) for one in shown) for shown in self.design]
        return (*sets, sets[0][::-1])

    def measured(self) -> tuple[Measure, ...]:
        found = [Measure(name="same", label="Chooses the same when asked again", low=0, high=1)]
        for one in self.attributes:
            found.append(
                Measure(
                    name=f"weight_{one.name}",
                    label=f"Importance of {one.label}",
                    low=0,
                    high=1,
                    meaning="its range of part-worths over the sum of ranges",
                )
            )
            found += [
                Measure(name=f"{one.name}_{number}", label=f"Part-worth of {one.label}: {level}")
                for number, level in enumerate(one.levels, 1)
            ]
        return tuple(found)

    def pages(self) -> Pages:
        pages: list[list[Question]] = []
        for number, shown in enumerate(self._shown, 1):
            lead = (
                f"The next pages show {self.product} that differ in some respects and are the same "
                "in all others. "
                if number == 1
                else ""
            )
            lines = [
                f"{place}: "
                + "; ".join(
                    f"{one.label}: {one.levels[level]}"
                    for one, level in zip(self.attributes, levels, strict=True)
                )
                + "."
                for place, levels in enumerate(shown, 1)
            ]
            pages.append(
                [
                    Single(
                        name=f"c{number}",
                        label=f"Product chosen, choice {number}",
                        text=_literal(
                            f"{lead}Which of these would you buy?\n\n" + "\n".join(lines)
                        ),
                        options=tuple(
                            Option(code=float(place), label=f"Product {place}")
                            for place in range(1, self.alternatives + 1)
                        ),
                        required=True,
                    )
                ]
            )
        return pages

    def score(self, answers: Answers, arms: Arms) -> Scores:
        found: dict[str, float | None] = dict.fromkeys(m.name for m in self.measured())
        given = [answers.get(f"c{number}") for number in range(1, self.choices + 2)]
        if None in given:
            return found
        chosen = [int(choice) - 1 for choice in given if choice is not None]
        found["same"] = float(chosen[0] == self.alternatives - 1 - chosen[-1])
        coefficients = part_worths(self._coded, chosen[:-1], _RIDGE)
        ranges: dict[str, float] = {}
        start = 0
        for one in self.attributes:
            size = len(one.levels) - 1
            own = (contrasts(size + 1) @ coefficients[start : start + size]).tolist()
            start += size
            found.update({f"{one.name}_{number}": value for number, value in enumerate(own, 1)})
            ranges[one.name] = max(own) - min(own)
        total = sum(ranges.values())
        for name, range_ in ranges.items():
            found[f"weight_{name}"] = range_ / total if total > 0 else None
        return found

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        utilities = []
        thrift = math.exp(-_THRIFT * person.standing("spending"))
        for one in self.attributes:
            middle = (len(one.levels) - 1) / 2
            slope = {"first": -_PREFERENCE, "last": _PREFERENCE, "neither": 0.0}[one.better]
            if one.name == "price":
                slope *= thrift
            taste = 0.0 if slope else _TASTE
            utilities.append(
                [
                    slope * (level - middle) + taste * draws.lasting.normal()
                    for level in range(len(one.levels))
                ]
            )
        noise = _NOISE / person.precision
        chosen: dict[str, Code] = {}
        for number, shown in enumerate(self._shown, 1):
            worth = [
                sum(own[level] for own, level in zip(utilities, levels, strict=True))
                # Standard Gumbel noise makes a conditional logit.
                - noise * math.log(-math.log(draws.trial.uniform()))
                for levels in shown
            ]
            chosen[f"c{number}"] = float(int(np.argmax(worth)) + 1)
        return chosen


def _literal(text: str) -> str:
    """Text in which braces are no pipes."""
    return text.replace("{", "{{").replace("}", "}}")
