"""Wason selection task: which cards must be turned to find out whether a rule is broken.

Wason, P. C. (1968). Reasoning about a rule. Quarterly Journal of Experimental Psychology 20,
273–281; the rule of conduct after Griggs, R. A., & Cox, J. R. (1982). The elusive thematic-
materials effect in Wason's selection task. British Journal of Psychology 73, 407–420.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code
from ..question import Option
from ..questions import Multiple
from ..respondents.cognition.distributions import Shares
from .reference import Measure, Reference
from .task import Answers, Arms, Family, Pages, Scores, Task

if TYPE_CHECKING:
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters

__all__ = ["Wason"]

_PATTERNS = "Johnson-Laird & Wason 1970, Cognitive Psychology 1, 134–148 (four experiments)"
_RULE = "Griggs & Cox 1982, British Journal of Psychology 73, 407–420"
P, NOT_P, Q, NOT_Q = 1.0, 2.0, 3.0, 4.0
CARDS = (P, NOT_P, Q, NOT_Q)
RIGHT = frozenset({P, NOT_Q})

CHOSEN: tuple[tuple[frozenset[float], int], ...] = (
    (frozenset({P, NOT_P, Q, NOT_Q}), 5),
    (frozenset({Q}), 5),
    (frozenset({P, Q}), 46),
    (frozenset({P}), 33),
    (frozenset({P, Q, NOT_Q}), 7),
    (RIGHT, 4),
)
"""Cards turned with the abstract rule, and percentages of people (recalled); what Johnson-Laird and
Wason call other choices (10 %) is split. In the order of insight."""
_ABSTRACT = Shares({float(k): share for k, (_, share) in enumerate(CHOSEN)})
_CONTRACT = 0.74
"""Share of people who turn the right cards with a rule of conduct."""
_LOADING = 0.5
"""Correlation of solving it with reflection; chosen."""


@dataclass(frozen=True, kw_only=True)
class Wason(Task):
    """The same logic twice: an abstract rule, then a rule of conduct.

    Attributes:
        versions: Which are asked: "abstract", "contract".
    """

    name = "wason"
    family = Family.COGNITION
    title = "Wason selection task"
    about = "Looking for what would refute a rule, with an abstract rule and a rule of conduct."
    citation = (
        "Wason (1968). Reasoning about a rule. Quarterly Journal of Experimental Psychology 20, "
        "273–281; Griggs & Cox (1982). The elusive thematic-materials effect in Wason's selection "
        "task. British Journal of Psychology 73, 407–420."
    )
    measures = (
        Measure(name="abstract", label="Right cards, abstract rule", low=0, high=1),
        Measure(name="matching", label="The two cards named in the abstract rule", low=0, high=1),
        Measure(
            name="decisions", label="Right decisions on the four abstract cards", low=0, high=4
        ),
        Measure(name="contract", label="Right cards, rule of conduct", low=0, high=1),
    )
    references = (
        Reference(
            measure="abstract",
            statistic="mean",
            value=0.04,
            interval=(0.02, 0.08),
            source=_PATTERNS,
            n=128,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="matching",
            statistic="mean",
            value=0.46,
            interval=(0.39, 0.53),
            source=_PATTERNS,
            n=128,
            mark="recalled",
            margin=True,
        ),
        Reference(
            measure="contract",
            statistic="mean",
            value=0.74,
            interval=(0.67, 0.80),
            source=_RULE,
            n=40,
            mark="recalled",
            margin=True,
            note="drinking age; about 75 % in textbooks",
        ),
        Reference(
            measure="decisions",
            statistic="mean",
            value=2.317,
            interval=(2.287, 2.346),
            source="Twin-2K-500 (Toubia et al. 2025, arXiv 2505.17479), own computation",
            n=2058,
            mark="verified",
            target=False,
            note="4 % had all four right",
        ),
    )

    versions: tuple[str, ...] = ("abstract", "contract")

    def fault(self) -> str | None:
        if not self.versions:
            return "there is no rule to test"
        for version in self.versions:
            if version not in ("abstract", "contract"):
                return f"there is no version {version!r}; there are abstract, contract"
        if len(set(self.versions)) < len(self.versions):
            return "a version is asked twice"
        return None

    def measured(self) -> tuple[Measure, ...]:
        return tuple(m for m in self.measures if self._version(m.name) in self.versions)

    @staticmethod
    def _version(measure: str) -> str:
        return "contract" if measure == "contract" else "abstract"

    def pages(self) -> Pages:
        return [[_QUESTIONS[version]] for version in self.versions]

    def score(self, answers: Answers, arms: Arms) -> Scores:
        found: dict[str, float | None] = dict.fromkeys(m.name for m in self.measured())
        for version in self.versions:
            stem = "cards" if version == "abstract" else "people"
            given = {card: answers.get(f"{stem}_{card:g}") for card in CARDS}
            if None in given.values():
                continue
            turned = {card for card, one in given.items() if one == 1}
            found[version] = float(turned == RIGHT)
            if version == "abstract":
                found["matching"] = float(turned == {P, Q})
                found["decisions"] = float(sum((c in turned) == (c in RIGHT) for c in CARDS))
        return found

    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        insight = person.standing("reflection")
        abstract = CHOSEN[int(_ABSTRACT(draws.latent(insight, loading=_LOADING)))][0]
        solves = draws.chooses(_CONTRACT, insight, loading=_LOADING)
        contract = RIGHT if solves else frozenset({P, Q})
        turned = {"abstract": ("cards", abstract), "contract": ("people", contract)}
        return {
            f"{stem}_{card:g}": float(card in cards)
            for stem, cards in (turned[version] for version in self.versions)
            for card in CARDS
        }

    def best(self, arms: Arms) -> Mapping[str, Code]:
        stems = ["cards" if version == "abstract" else "people" for version in self.versions]
        return {f"{stem}_{card:g}": float(card in RIGHT) for stem in stems for card in CARDS}


_QUESTIONS = {
    "abstract": Multiple(
        name="cards",
        label="Cards turned, abstract rule",
        text="Each of four cards has a colour on one side and a shape on the other. You see one "
        "side of each. Somebody says: if a card is green on one side, there is a star on its other "
        "side.\n\nWhich cards must be turned over to find out whether this is true of the four "
        "cards? Choose all that must be turned, and no others.",
        options=(
            Option(code=P, label="Green"),
            Option(code=NOT_P, label="Grey"),
            Option(code=Q, label="Star"),
            Option(code=NOT_Q, label="Circle"),
        ),
        least=1,
        required=True,
    ),
    "contract": Multiple(
        name="people",
        label="People checked, rule of conduct",
        text="A pool has a rule: whoever goes down the high slide must be at least 12 years "
        "old. You are to see that nobody breaks it. Each of four cards stands for one person, with "
        "what he or she does on one side and the age on the other. You see one side of each.\n\n"
        "Which cards must be turned over to find out whether one of the four breaks the rule? "
        "Choose all that must be turned, and no others.",
        options=(
            Option(code=P, label="Goes down the high slide"),
            Option(code=NOT_P, label="Swims in the pool"),
            Option(code=Q, label="15 years old"),
            Option(code=NOT_Q, label="9 years old"),
        ),
        least=1,
        required=True,
    ),
}
