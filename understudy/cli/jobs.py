"""A run as a record: everything needed to start it, and to start it again the same way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .sources import PanelSource

if TYPE_CHECKING:
    from ..data.panel import Panel
    from ..surveys.fieldwork.display import Display
    from ..surveys.ledger.run import Run
    from ..surveys.questionnaire import Questionnaire
    from ..surveys.respondent import Respondent
    from ..surveys.respondents.beside import Beside
    from ..twins.twin import Twins

__all__ = ["Done", "Job", "People", "Staffed", "execute", "human_panel", "staff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Which people of the panel become twins.

    Attributes:
        where: Filter such as "age >= 30 and region == 2".
        n: How many, at random; all where None.
        repeats: Whether `n` may be more than there are: people are then drawn with replacement.
        quota: YAML file of quotas: counts, or with `n` shares.
        rake: YAML file of target margins; the weights it gives replace the panel's.
    """

    where: str = ""
    n: int | None = None
    repeats: bool = False
    quota: Path | None = None
    rake: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What `understudy run` was asked to do.

    Attributes:
        panel: The respondent file that makes the twins.
        joins: More files about the same people.
        questionnaire: Questionnaire file; without one the items in `ask` are asked.
        ask: Panel items to ask; without a questionnaire and without `ask`, the held-out items.
        holdout: Items, patterns and blocks that no twin may see, beyond those asked.
        respondent: Who answers, such as "statistical".
        learn_from: A human pilot that teaches items the panel never held.
        people: Which people become twins.
        seed: Seed of every random choice.
        replicates: How often each twin is interviewed.
        limit: Only the first so many interviews; arms are allocated as if all took place.
        echo: Whether a twin may repeat what its person recorded on an item that is asked.
        asking: Further options of the respondent, by the names its class gives them.
        order: "counterbalanced" or "written"; "" for counterbalanced if a language model answers.
        baseline: Whether the statistical respondent is run beside a language model.
        budget: US dollars that the run may spend.
    """

    panel: PanelSource
    joins: tuple[PanelSource, ...] = ()
    questionnaire: Path | None = None
    ask: tuple[str, ...] = ()
    holdout: tuple[str, ...] = ()
    respondent: str = "statistical"
    learn_from: PanelSource | None = None
    people: People = field(default_factory=People)
    seed: int = 0
    replicates: int = 1
    limit: int | None = None
    echo: bool = False
    asking: Mapping[str, Any] = field(default_factory=dict)
    order: str = ""
    baseline: bool = True
    budget: float | None = None

    @property
    def by_model(self) -> bool:
        """Whether a language model answers."""
        from ..surveys.respondents import voiced_by_model

        return voiced_by_model(self.respondent)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the run file."""
        plain: dict[str, Any] = {
            f.name: getattr(self, f.name)
            for f in dataclasses.fields(self)
            if f.name not in {"panel", "joins", "learn_from", "people", "questionnaire", "asking"}
        }
        plain["asking"] = dict(self.asking)
        plain["panel"] = self.panel.to_json()
        plain["joins"] = [source.to_json() for source in self.joins]
        plain["learn_from"] = self.learn_from.to_json() if self.learn_from else None
        plain["questionnaire"] = _absolute(self.questionnaire)
        plain["people"] = {
            "where": self.people.where,
            "n": self.people.n,
            "repeats": self.people.repeats,
            "quota": _absolute(self.people.quota),
            "rake": _absolute(self.people.rake),
        }
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Job:
        """Rebuild what `to_json` wrote."""
        people = dict(plain["people"])
        for key in ("quota", "rake"):
            people[key] = _path(people[key])
        return cls(
            panel=PanelSource.from_json(plain["panel"]),
            joins=tuple(PanelSource.from_json(source) for source in plain["joins"]),
            questionnaire=_path(plain["questionnaire"]),
            ask=tuple(plain["ask"]),
            holdout=tuple(plain["holdout"]),
            respondent=plain["respondent"],
            learn_from=PanelSource.from_json(plain["learn_from"]) if plain["learn_from"] else None,
            people=People(**people),
            seed=plain["seed"],
            replicates=plain["replicates"],
            limit=plain["limit"],
            echo=plain["echo"],
            asking=plain.get("asking", {}),
            order=plain.get("order", ""),
            baseline=plain.get("baseline", True),
            budget=plain.get("budget"),
        )


def _absolute(path: Path | None) -> str | None:
    return str(path.resolve()) if path else None


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def human_panel(job: Job) -> Panel:
    """Read everything the panel's people answered, held-out items included."""
    from ..data.join import join

    panel = job.panel.read()
    for source in job.joins:
        panel = join(panel, source.read(), block=source.path.stem)
    return panel


@dataclass(frozen=True, eq=False)
class Staffed:
    """A job with everything it needs at hand.

    Attributes:
        job: The job.
        panel: The panel, held-out items included.
        survey: What is asked.
        people: Who is asked.
        respondent: Who answers.
    """

    job: Job
    panel: Panel
    survey: Questionnaire
    people: Twins
    respondent: Respondent


class Done(NamedTuple):
    """What came of a job.

    Attributes:
        run: The run.
        people: The twins that were asked.
        beside: What was run beside a language model; None if none answered.
    """

    run: Run
    people: Twins
    beside: Beside | None


def staff(job: Job, display: Display) -> Staffed:
    """Read what a job names, and make twins and respondent."""
    from .. import notebook

    panel = human_panel(job)
    survey = _survey(job, panel)
    if job.order == "counterbalanced" or (job.by_model and not job.order):
        from ..surveys.counterbalance import counterbalanced

        survey = counterbalanced(survey)
    asked = () if job.echo else notebook.asked_items(survey, panel)
    people = notebook.twins(
        choose_people(panel, job.people, job.seed), holdout=[*job.holdout, *asked]
    )
    for sentence in (*giveaways(panel, people), *weighting(people)):
        display.message(sentence)
    respondent = notebook.respondent(
        job.respondent,
        learn=panel,
        learn_from=_learn_from(job),
        echo=job.echo,
        **job.asking,
    )
    return Staffed(job, panel, survey, people, respondent)


def execute(
    job: Job,
    output: Path | None,
    *,
    workers: int | None = None,
    display: Display,
    approve: Callable[[Staffed], None] | None = None,
) -> Done:
    """Carry out a job, or go on with it where `output` holds part of it already.

    Args:
        job: What is to be done.
        output: The run file.
        workers: Interviews going on at a time; None for as many as the respondent wants.
        display: Where progress is shown.
        approve: Called when everything is ready and nothing has been spent; raises to stop.
    """
    from .. import notebook

    staffed = staff(job, display)
    if approve is not None:
        approve(staffed)
    run = notebook.administer(
        staffed.survey,
        staffed.people,
        staffed.respondent,
        to=output,
        seed=job.seed,
        replicates=job.replicates,
        limit=job.limit,
        workers=workers,
        budget=job.budget,
        echo=job.echo,
        display=display,
        command=job.to_json(),
    )
    beside = None
    if job.by_model and job.baseline:
        from ..surveys.fieldwork.display import SilentDisplay
        from ..surveys.respondents.beside import run_beside

        beside = run_beside(
            run,
            staffed.survey,
            staffed.people,
            staffed.panel,
            learn_from=_learn_from(job),
            echo=job.echo,
            display=SilentDisplay(),
            command=job.to_json(),
        )
    return Done(run, staffed.people, beside)


def _learn_from(job: Job) -> Panel | None:
    return job.learn_from.read() if job.learn_from else None


GIVEAWAY_ROWS = 5_000
"""Rows looked at for columns that give a hidden item away; enough to tell |r| = .95."""


def giveaways(panel: Panel, people: Twins) -> list[str]:
    """Say which visible columns all but equal a hidden one, a sentence each."""
    from ..twins.suspects import suspects

    some = panel.take(range(min(len(panel), GIVEAWAY_ROWS)))
    return [
        f"{found.visible} is visible and correlates {found.r:.2f} with the hidden {found.hidden}; "
        "hold it out too if it was made from it"
        for found in suspects(some, people.holdout)
    ]


def weighting(people: Twins) -> list[str]:
    """Say how many equally weighted people the weighted ones are worth (Kish 1965)."""
    weights = people.weights()
    effective = weights.sum() ** 2 / (weights**2).sum()
    if effective > 0.999 * len(people):
        return []
    return [f"weighted: {len(people):,} people are worth {effective:,.0f} of equal weight"]


def _survey(job: Job, panel: Panel) -> Questionnaire:
    from .. import notebook
    from ..data.errors import RequestError

    if job.questionnaire is not None:
        survey = notebook.questionnaire(job.questionnaire)
        return survey if not job.ask else notebook.extended(survey, panel, job.ask)
    wanted = job.ask or job.holdout
    if not wanted:
        raise RequestError(
            "nothing to ask",
            remedy="name a questionnaire file, or panel items with --ask or --holdout",
        )
    return notebook.questionnaire(panel, items=wanted)


def choose_people(panel: Panel, people: People, seed: int) -> Panel:
    """Filter, sample, fill quotas or rake, in that order, as far as asked for."""
    from ..twins import population

    if people.where:
        panel = population.where(panel, people.where)
    if people.quota:
        panel = population.quota(panel, population.load_targets(people.quota), seed, n=people.n)
    elif people.n is not None:
        more = people.repeats and people.n > len(panel)
        panel = (population.draw if more else population.sample)(panel, people.n, seed)
    if people.rake:
        panel = population.rake(panel, population.load_targets(people.rake)).panel
    return panel
