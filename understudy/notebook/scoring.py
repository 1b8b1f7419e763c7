"""From a run to a scorecard: comparison with people, task scores, task reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..data.errors import RequestError

if TYPE_CHECKING:
    from ..compare.scorecard import Scorecard
    from ..compare.stated import Paradata, Stated
    from ..compare.task_card import TaskReport
    from ..data.panel import Panel
    from ..data.scales import Scale
    from ..surveys.ledger.run import Run
    from ..surveys.questionnaire import Questionnaire

__all__ = ["compare", "score_tasks", "task_report"]


def compare(
    simulated: Panel | Run,
    human: Panel,
    *,
    retest: Panel | None = None,
    by: Sequence[str] = (),
    references: Mapping[str, Panel | Run] | None = None,
    scales: Sequence[Scale] = (),
    baseline: bool = True,
    traits: Sequence[str] = (),
    arms: Sequence[str] = (),
    seed: int = 0,
) -> Scorecard:
    """Score simulated answers against human answers to the same items by the same people.

    Args:
        simulated: A run or a panel of simulated answers. The best guess behind a run's draws
            stands beside them.
        human: What the people themselves answered.
        retest: What the same people answered on a second occasion: the ceiling.
        by: Variables of the human panel to split by.
        references: Further panels or runs to stand beside the scores, such as another
            respondent's; a run brings its best guess along.
        scales: Scales to score on both sides, besides those of a run's questionnaire.
        baseline: Whether the runs that lie beside a run's file (`pilot.statistical.run`,
            `pilot.fused.run`) stand beside its scores.
        traits: Variables that hold self-reports, to be correlated with what was done in the tasks
            of a run; see `task_report`.
        arms: Variables of both sides that hold the arm of an experiment somebody was in; without
            them those called "arm_…", as runs have them.
        seed: Seed of reference draws, splits and resampling.

    Raises:
        ComparisonError: No people or items in common, or items coded differently.
    """
    import dataclasses

    from ..compare.references import BEST_GUESS
    from ..compare.scorecard import compare as score
    from ..data.panel import Panel
    from ..surveys.ledger.best_guess import best_guess

    beside = _beside(references or {})
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, str] = {}
    aggregate_only: tuple[str, ...] = ()
    stated, paradata = None, None
    if isinstance(simulated, Panel):
        panel = simulated
    else:
        stated, paradata = _behind(simulated, human)
        panel = simulated.panel
        aggregate_only = simulated.aggregate_only()
        declared = {scale.name for scale in simulated.scales}
        scales = (*simulated.scales, *(scale for scale in scales if scale.name not in declared))
        guess = best_guess(simulated)
        if guess is not None:
            beside.setdefault(BEST_GUESS, _first(guess))
        facts = simulated.usage().facts(str(simulated.meta["respondent"]))
        if baseline:
            found, warnings = _baselines(simulated)
            beside = {**found, **beside}
    card = score(
        panel,
        human,
        retest=retest,
        by=by,
        references=beside,
        aggregate_only=aggregate_only,
        scales=scales,
        arms=arms,
        stated=stated,
        paradata=paradata,
        seed=seed,
    )
    tasks = None
    if not isinstance(simulated, Panel):
        tasks = task_report(simulated, human, traits=traits)
    return dataclasses.replace(card, facts=facts, warnings=(*card.warnings, *warnings), tasks=tasks)


def score_tasks(answers: Run | Panel, survey: Questionnaire | None = None) -> Panel:
    """Score the tasks in some answers: one row per person, one variable per task and measure.

    Args:
        answers: A run, or a panel of people's answers under the names of the questionnaire.
        survey: The questionnaire with the tasks; a run brings its own.

    Raises:
        RequestError: There are no tasks, or nothing says which.
    """
    from ..data.panel import Panel
    from ..surveys.tasks.facts import recorded_tasks
    from ..surveys.tasks.scoring import score_tasks as scored

    if isinstance(answers, Panel):
        if survey is None:
            raise RequestError(
                "a panel does not say which tasks its answers are from",
                remedy="give the questionnaire as survey=",
            )
        panel = answers
    else:
        panel = answers.panel
        survey = survey if survey is not None else recorded_tasks(answers.meta)
    if survey is None or not survey.tasks:
        raise RequestError("there are no tasks in the questionnaire", remedy="understudy tasks")
    return scored(survey, panel)


DURATIONS = ("Duration (in seconds)", "duration_seconds", "duration", "interview_seconds")
"""What files call the seconds an interview took."""


def _behind(run: Run, human: Panel) -> tuple[Stated | None, Paradata]:
    """Probabilities behind a run's answers, and how they came about."""
    from ..compare.stated import Paradata, Stated
    from ..surveys.ledger import provenance

    found = provenance.stated_probabilities(run)
    open_ended = [v.name for v in run.codebook if v.level == "text" and v.kind == "text"]
    shared = [name for name in open_ended if name in human.codebook]
    first = _first(run.panel)
    took = next((n for n in DURATIONS if n in human.codebook), None)
    seconds: Mapping[str, float] = {}
    if took is not None and human.codebook[took].kind == "number" and not human.wave_variable:
        seconds = dict(zip(human.persons, human.numbers(took).tolist(), strict=True))
    return Stated(*found) if found is not None else None, Paradata(
        tries=provenance.answer_tries(run),
        positions=provenance.answer_places(run),
        options=provenance.shuffled_choices(run),
        human_seconds=seconds,
        texts=first.frame[open_ended] if open_ended else None,
        human_texts=human.frame[shared] if shared and not human.wave_variable else None,
    )


def task_report(
    run: Run, human: Panel | None = None, *, traits: Sequence[str] = ()
) -> TaskReport | None:
    """Report on the tasks of a run: twins beside published figures, and beside people's answers.

    Args:
        run: The run.
        human: What people answered in the same tasks, under the same names.
        traits: Variables that hold self-reports, besides the scales of the questionnaire; those of
            the human panel are the twins' too.

    Returns:
        The report, or None where the run holds no tasks.
    """
    from ..compare.task_report import task_report as report
    from ..surveys.scales import with_run_scores
    from ..surveys.tasks.facts import recorded_tasks, task_facts, task_scores

    survey = recorded_tasks(run.meta)
    if survey is None:
        return None
    keep = (*(scale.name for scale in run.scales), *traits)
    people = None
    if human is not None:
        people = task_scores(survey, with_run_scores(human, run.scales), keep)
    return report(task_facts(survey), task_scores(survey, run.panel, keep), people, traits=keep)


def _baselines(run: Run) -> tuple[dict[str, Panel], tuple[str, ...]]:
    """The runs beside a run, and their best guesses, as references; and why others are not used."""
    from ..surveys.respondents.beside import load_sibling, siblings

    found: dict[str, Panel] = {}
    warnings = []
    for name, path in siblings(run.path).items():
        sibling, why = load_sibling(run, name, path)
        if sibling is None:
            warnings.append(why)
            continue
        found |= _guessed(name, sibling)
    return found, tuple(warnings)


def _beside(references: Mapping[str, Panel | Run]) -> dict[str, Panel]:
    """Panels of references, with the best guesses of those that are runs."""
    from ..data.panel import Panel

    found: dict[str, Panel] = {}
    for name, reference in references.items():
        found |= {name: reference} if isinstance(reference, Panel) else _guessed(name, reference)
    return found


def _guessed(name: str, run: Run) -> dict[str, Panel]:
    """A run as a reference called `name`, and its best guess, if it has one, as another."""
    from ..compare.references import guess_of
    from ..surveys.ledger.best_guess import best_guess

    guess = best_guess(run)
    found = {name: _first(run.panel)}
    return found if guess is None else found | {guess_of(name): _first(guess)}


def _first(panel: Panel) -> Panel:
    """The first of several replicates, which is the one that is scored."""
    return next(iter(panel.waves().values()))
