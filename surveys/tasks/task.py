"""What a task is: a design from the literature that any respondent can be given.

A task is one file in this folder and one line in `TASKS` (`__init__.py`). Read top to bottom, the
file is a page of a methods section:

    '''Dictator game: how much of an endowment is given to a stranger. Citation.'''

    @dataclass(frozen=True, kw_only=True)
    class Dictator(Task):
        name = "dictator"; family = Family.SOCIAL; title = …; about = …; citation = …
        measures = (Measure(name="share", label="Share given", low=0, high=1),)
        references = (Reference(measure="share", statistic="mean", value=.283, …),)

        endowment: float = 10.0            # parameters: the published design as default

        def fault(self): …                 # impossible parameters → one clause
        def pages(self): …                 # what people read and decide
        def conditions(self): …            # between-person arms, if any
        def score(self, answers, arms): …  # answers → measures
        def decide(self, person, draws, arms): …  # how a parametric person decides
        def best(self, arms): …            # the payoff-maximising answers, if there are any
        def gambles(self): …               # answers that choose between gambles, if any do

Rules for authors:

- **Names are local.** In `pages`, `conditions`, `score`, `decide` and `best` a variable is called
  `give` and a condition `anchor`; in a questionnaire they are `dictator_give` and
  `anchoring_anchor`. Conditions (`show_if`), wordings and piped text use local names too
  (`Expression('arm(anchor) = "high"')`, `{give}`); `naming.py` puts the prefix in front. `arms`
  maps local conditions to arms.
- **Parameters** are plain: bool, int, float, str, `Literal`, tuples of these, optional (`| None`),
  or frozen dataclasses of these. `settings.py` reads them from YAML and checks their types;
  `fault` checks what they mean. Something read from a file is turned into a plain parameter by
  `from_files`, so that a questionnaire always holds its whole design.
- **Decisions are typed and bounded**: `required=True`, minimum, maximum and step in the question.
  Short, plain wording; your own words, the source's numbers. Braces in text are pipes: write `{{`.
- **`score` is pure** and never guesses: a measure that cannot be had from these answers is None.
  It returns every measure of `measured()`, whatever is missing from `answers`.
- **`decide` answers every variable that a page may show**, also of pages that depend on earlier
  answers, so that it must play the task to its end. All chance comes from `draws`:
  `draws.latent(person.standing("giving"))` is a standard normal score that holds trait, lasting
  and trial noise in human proportions (turn it into an answer with the published distribution);
  `draws.chooses(probability, …)` is a beta-binomial choice. Never call `random` or a numpy
  generator. It runs for thousands of people: about 20 µs for each decision; what depends on the
  task alone belongs into a `functools.cached_property`.
- **References are honest.** `mark` says whether the figure was read in the source (`verified`), in
  another text (`secondary`) or remembered (`recalled`); `margin=True` says that the interval is
  ours. A population of parametric people must land within every interval of a `target`. A figure
  that they cannot be expected to reproduce is `target=False`, not widened until it fits.
- **Its test is short**: `tests/surveys/tasks/conftest.py` has the harness that checks all of the
  above for every registered task; a task's own test is a scripted player and the score it gets.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ...data.codebook import Code, Variable
from ...data.errors import RequestError
from ..logic.syntax import is_plain_name
from ..questionnaire import Block, Condition, Loop
from .naming import Named, named
from .reference import Measure, Reference

if TYPE_CHECKING:
    from ..logic.expression import Expression
    from ..question import Question
    from ..respondents.cognition.draws import Draws
    from ..respondents.cognition.parameters import Parameters
    from .gambles import GamblePair

__all__ = ["Answers", "Arms", "Family", "Pages", "Scores", "Task"]

Answers = Mapping[str, Code | None]
"""Local variable → substantive answer, None where missing; variables not asked may be absent."""
Arms = Mapping[str, str]
"""Local condition → arm of the person."""
Scores = Mapping[str, float | None]
"""Measure → score, None where it cannot be had."""
Pages = Sequence[Sequence["Question"]]


class Family(StrEnum):
    """What kind of behaviour a task is about."""

    RISK = "risk"
    TIME = "time"
    SOCIAL = "social"
    STRATEGIC = "strategic"
    COGNITION = "cognition"
    BIASES = "biases"
    MARKET = "market"
    BELIEFS = "beliefs"


@dataclass(frozen=True, kw_only=True)
class Task(ABC):
    """Base of all tasks; see the module for how one is written.

    Class attributes:
        name: What questionnaires call it; also the file's name.
        family: What kind of behaviour it is about.
        title: Short name for people.
        about: What it measures, in a sentence or two.
        citation: The source of the design, in full.
        measures: What `score` returns.
        references: What people do in the published design.

    Attributes:
        prefix: Stands in front of the names of its variables and conditions, and is the name of
            its block; the task's name where empty.

    Raises:
        RequestError: The parameters make no sense (`fault`).
    """

    name: ClassVar[str]
    family: ClassVar[Family]
    title: ClassVar[str]
    about: ClassVar[str]
    citation: ClassVar[str]
    measures: ClassVar[tuple[Measure, ...]] = ()
    references: ClassVar[tuple[Reference, ...]] = ()

    prefix: str = ""

    def __post_init__(self) -> None:
        if not self.prefix:
            object.__setattr__(self, "prefix", self.name)
        wrong = self.fault()
        if not is_plain_name(self.prefix):
            wrong = f"{self.prefix!r} cannot stand in front of names of variables"
        if wrong:
            raise RequestError(wrong, where=f"task {self.prefix}", remedy="change the parameter")

    # --- written by the task ------------------------------------------------------------------

    @abstractmethod
    def pages(self) -> Pages:
        """Return what people read and decide, page by page, under local names."""

    def conditions(self) -> tuple[Condition, ...]:
        """Return the between-person arms, under local names."""
        return ()

    @abstractmethod
    def score(self, answers: Answers, arms: Arms) -> Scores:
        """Work out the measures from one person's answers; pure.

        Args:
            answers: Answers given, by local variable.
            arms: The person's arms, by local condition.
        """

    @abstractmethod
    def decide(self, person: Parameters, draws: Draws, arms: Arms) -> Mapping[str, Code]:
        """Decide as a parametric person does; returns a legal answer for every local variable.

        Args:
            person: Who decides.
            draws: The chance of this meeting of person and task.
            arms: The person's arms, by local condition.
        """

    def fault(self) -> str | None:
        """Say what makes the parameters impossible ("an endowment of 0 …"), or None."""
        return None

    def best(self, arms: Arms) -> Mapping[str, Code]:
        """The answers of somebody who cares for own expected payoff only; {} if none are best."""
        return {}

    def gambles(self) -> Sequence[GamblePair]:
        """The answers that choose between two described gambles, if any do; for tests of
        rationality, which pool them over tasks."""
        return ()

    def payoffs(self) -> Sequence[str]:
        """Say what answers pay, one sentence each; none where nothing is paid."""
        return ()

    def measured(self) -> tuple[Measure, ...]:
        """What `score` returns with these parameters."""
        return self.measures

    def people(self) -> tuple[Reference, ...]:
        """What people do with these parameters: the references, in the published design only."""
        return self.references if self.published else ()

    @classmethod
    def from_files(cls, given: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:  # noqa: ARG003
        """Replace parameters that name files by what the files hold.

        Args:
            given: Parameters as somebody wrote them.
            folder: Where relative paths start.

        Raises:
            FileError: A file cannot be used; the message names file and line.
        """
        return given

    # --- what everybody else uses -------------------------------------------------------------

    @property
    def published(self) -> bool:
        """Whether every parameter has its published value."""
        return all(
            getattr(self, f.name) == f.default
            for f in dataclasses.fields(self)
            if f.name != "prefix"
        )

    @cached_property
    def named(self) -> Named:
        """Pages and conditions under the names they have in a questionnaire."""
        return named(self.prefix, self.pages(), self.conditions())

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """The variables its answers fill, as a questionnaire names them."""
        return tuple(v for page in self.named.pages for q in page for v in q.variables())

    def block(
        self,
        *,
        title: str = "",
        show_if: Expression | None = None,
        loop: Loop | None = None,
        anchored: bool = False,
        pages: tuple[tuple[Question, ...], ...] = (),
    ) -> Block:
        """Return the task as a block of a questionnaire.

        Args:
            title: Heading for people.
            show_if: Given only where this holds.
            loop: Given once for each of several values.
            anchored: Keeps its place when the blocks of its group are shuffled.
            pages: Its questions in other words; they must fill the same variables.
        """
        return Block(
            name=self.prefix,
            title=title,
            pages=pages or self.named.pages,
            show_if=show_if,
            loop=loop,
            anchored=anchored,
            task=self,
        )

    def local(self, name: str) -> str:
        """The task's own name of a variable or condition of its questionnaire."""
        return name.removeprefix(f"{self.prefix}_")
