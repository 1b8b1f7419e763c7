"""The notebook API: from a respondent file to a scorecard in a few calls.

import understudy as us
panel  = us.read("wave1.sav")
people = us.twins(panel, holdout=["trust"])
survey = us.questionnaire(panel, items=["trust"])
run    = us.administer(survey, people, us.respondent("statistical", learn=panel))
card   = us.compare(run.panel, panel)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .data.errors import RequestError

if TYPE_CHECKING:
    from .compare.scorecard import Scorecard
    from .compare.stated import Paradata, Stated
    from .compare.task_card import TaskReport
    from .data.panel import Panel
    from .data.scales import Scale
    from .surveys.fieldwork.display import Display
    from .surveys.ledger.run import Run
    from .surveys.questionnaire import Questionnaire
    from .surveys.respondent import Respondent
    from .surveys.respondents.llm.estimate import Estimate
    from .twins.twin import Twins

__all__ = [
    "aadminister",
    "administer",
    "asked_items",
    "compare",
    "estimate",
    "extended",
    "load",
    "questionnaire",
    "read",
    "respondent",
    "score_tasks",
    "task_report",
    "twins",
    "write",
]


def read(
    path: str | Path,
    *,
    person: Sequence[str] = (),
    wave: str | None = None,
    weight: str | None = None,
    codebook: str | Path | None = None,
    keep_personal: Sequence[str] = (),
) -> Panel:
    """Read a respondent file: .sav .zsav .por .dta .sas7bdat .xpt .csv .tsv .xlsx .parquet.

    Args:
        path: The file; Qualtrics' three-header CSV export is recognised by itself.
        person: Columns that together identify a person.
        wave: Column that tells the waves of a long file apart.
        weight: Column that holds the survey weight.
        codebook: Codebook (YAML or CSV); one beside the data is found without it.
        keep_personal: Columns kept although they look like personal data.

    Raises:
        FileError: The file cannot be read; one sentence says why.
        PanelError: People are not told apart by their ids.
    """
    from .data.read import read as read_panel

    return read_panel(
        Path(path),
        person=person,
        wave=wave,
        weight=weight,
        codebook=Path(codebook) if codebook else None,
        keep_personal=keep_personal,
    )


def write(panel: Panel, path: str | Path) -> tuple[str, ...]:
    """Write a panel as .sav, .dta, .csv, .xlsx or .parquet; return what the format cannot hold."""
    from .data.write import write as write_panel

    return write_panel(panel, Path(path))


def twins(panel: Panel, holdout: Sequence[str] = ()) -> Twins:
    """Make a twin of everybody in `panel`.

    Args:
        panel: The people's records.
        holdout: Items, patterns (`trust_*`) or blocks (`block:politics`) no twin may see; declared
            siblings and items of the same wording are hidden with them.

    Raises:
        UnknownNameError: An item to hold out does not exist.
    """
    from .twins.twin import Twins

    return Twins.from_panel(panel, holdout)


def questionnaire(source: str | Path | Panel, items: Sequence[str] = ()) -> Questionnaire:
    """Read a questionnaire file, or make one that asks `items` of a panel as they were asked.

    Args:
        source: A questionnaire file, "instrument:NAME" for one that ships (see
            `understudy instruments list`), or a panel.
        items: With a panel: the items, patterns or blocks to ask.

    Raises:
        QuestionnaireError: The file cannot be administered; file, line and question are named.
        UnknownNameError: An item is not in the panel.
    """
    from .data.observed import with_observed_codes
    from .surveys.files.reading import read_questionnaire
    from .surveys.questionnaire import Questionnaire
    from .twins.holdout import resolve_holdout

    if isinstance(source, (str, Path)):
        if items:
            raise RequestError("items= goes with a panel, not with a questionnaire file")
        return read_questionnaire(Path(source))
    names = resolve_holdout(source.codebook, items).asked
    return Questionnaire.from_codebook(with_observed_codes(source, names), names)


def extended(survey: Questionnaire, panel: Panel, items: Sequence[str]) -> Questionnaire:
    """Return `survey` with panel `items` asked before it, where no experiment has begun yet."""
    import dataclasses

    more = questionnaire(panel, items)
    return dataclasses.replace(survey, blocks=more.blocks + survey.blocks)


def asked_items(survey: Questionnaire, panel: Panel) -> tuple[str, ...]:
    """Names of the panel variables that `survey` asks again."""
    asked = {name for question in survey.questions() for name in question.panel_names().values()}
    return tuple(name for name in panel.names if name in asked)


def respondent(
    spec: str = "statistical",
    *,
    learn: Panel | None = None,
    learn_from: Panel | None = None,
    echo: bool = False,
    **options: Any,
) -> Respondent:
    """Make whoever answers for the twins.

    Args:
        spec: "statistical", "anthropic:NAME", "openai:NAME", "openai:NAME@URL", "scripted:FILE".
        learn: The panel whose people the statistical respondent learns from. It holds the
            held-out answers; a twin's own are never used for that twin.
        learn_from: A human pilot that teaches items the panel never held.
        echo: Whether a recorded answer may simply be repeated.
        options: How a language model is asked (`persona`, `elicit`, `per_call`, `remember`,
            `reasoning`, `voice`, `date`, `samples`, `temperature`: see `surveys.respondents.llm.
            settings.Settings`) and reached (`concurrency`, `cache`, `batch`, `wait`).

    Raises:
        UnknownNameError: There is no such respondent or option.
        RequestError: There is no key for a language model, or an option makes no sense.
    """
    from .surveys.respondents import make_respondent

    return make_respondent(spec, learn=learn, learn_from=learn_from, echo=echo, **options)


def administer(
    survey: Questionnaire,
    people: Twins,
    respondent: Respondent | str,
    *,
    to: str | Path | None = None,
    seed: int = 0,
    replicates: int = 1,
    limit: int | None = None,
    workers: int | None = None,
    budget: float | None = None,
    echo: bool = False,
    display: Display | None = None,
    command: Mapping[str, Any] | None = None,
) -> Run:
    """Administer `survey` to `people`; works inside and outside a running event loop.

    Args:
        survey: What is asked.
        people: Who is asked.
        respondent: Who answers for them: a respondent, or the name of a language model, such as
            "anthropic:NAME" (see `respondent`).
        to: Run file. An existing one of the same run is resumed. Without it the run is kept in a
            temporary file that lives as long as the result.
        seed: Seed of every random choice.
        replicates: How often each twin is interviewed.
        limit: Only the first so many interviews.
        workers: Interviews going on at a time; changes speed, never answers. By default what the
            respondent wants.
        budget: US dollars that the run may spend, over all its starts.
        echo: Allow items that the twins' records show.
        display: Where progress is shown; by default a bar, lines or a notebook output, whichever
            fits. `surveys.fieldwork.display.SilentDisplay()` shows nothing.
        command: Plain data kept in the run file.

    Raises:
        RequestError: An asked item stands in the twins' records and `echo` is False.
        BudgetReachedError: The budget is spent; call again with a higher one to go on.
        LedgerError: `to` holds a different run.
    """
    from .surveys.fieldwork import administer as engine

    _refuse_leak(survey, people, echo=echo)
    return engine.administer(
        survey,
        people,
        _named(respondent),
        seed=seed,
        replicates=replicates,
        limit=limit,
        workers=workers,
        budget=budget,
        **_kept_and_shown(people, to, display, command),
    )


async def aadminister(
    survey: Questionnaire,
    people: Twins,
    respondent: Respondent | str,
    *,
    to: str | Path | None = None,
    seed: int = 0,
    replicates: int = 1,
    limit: int | None = None,
    workers: int | None = None,
    budget: float | None = None,
    echo: bool = False,
    display: Display | None = None,
    command: Mapping[str, Any] | None = None,
) -> Run:
    """Administer `survey` from async code; see `administer`."""
    from .surveys.fieldwork import administer as engine

    _refuse_leak(survey, people, echo=echo)
    return await engine.aadminister(
        survey,
        people,
        _named(respondent),
        seed=seed,
        replicates=replicates,
        limit=limit,
        workers=workers,
        budget=budget,
        **_kept_and_shown(people, to, display, command),
    )


def _named(respondent: Respondent | str) -> Respondent:
    """A respondent from its name, for those that need nothing but a name."""
    if not isinstance(respondent, str):
        return respondent
    from .surveys.respondents import make_respondent

    return make_respondent(respondent)


def estimate(
    survey: Questionnaire,
    people: Twins,
    respondent: Respondent | str,
    *,
    seed: int = 0,
    replicates: int = 1,
    limit: int | None = None,
) -> Estimate:
    """Say what `administer` would ask a language model and cost; nothing is sent to be answered.

    Args:
        survey: What is asked.
        people: Who is asked.
        respondent: Who answers for them; its name will do, and no key is needed then.
        seed: Seed of the run.
        replicates: How often each twin is interviewed.
        limit: Only the first so many twins.

    Raises:
        RequestError: The respondent is no language model and costs nothing.
    """
    from .surveys.respondents import make_respondent, voiced_by_model
    from .surveys.respondents.llm.estimate import estimate as estimated
    from .surveys.respondents.llm.respondent import LanguageModelRespondent

    if isinstance(respondent, str):
        # Without a key, too, everything but the provider's own counter can be had.
        keyless: dict[str, Any] = {"key_needed": False} if voiced_by_model(respondent) else {}
        respondent = make_respondent(respondent, **keyless)
    if not isinstance(respondent, LanguageModelRespondent):
        raise RequestError(
            f"the {respondent.spec} respondent costs nothing",
            remedy='estimate is for language models, such as "anthropic:NAME"',
        )
    return estimated(survey, people, respondent, seed=seed, replicates=replicates, limit=limit)


def _kept_and_shown(
    people: Twins,
    to: str | Path | None,
    display: Display | None,
    command: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Where a run is kept, with what (how it was asked for, and notes on the people), and shown."""
    from .surveys.fieldwork.display import choose_display

    return {
        "ledger": Path(to) if to else None,
        "display": display or choose_display(),
        "command": {"panel_notes": list(people.panel.codebook.notes), **(command or {})},
    }


def _refuse_leak(survey: Questionnaire, people: Twins, *, echo: bool) -> None:
    shown = asked_items(survey, people.panel)
    if shown and not echo:
        raise RequestError(
            f"the questionnaire asks {shown[0]!r}"
            + (f" and {len(shown) - 1} more" if shown[1:] else "")
            + ", whose recorded answers the twins know",
            remedy="hold them out when making twins, or pass echo=True",
        )


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

    from .compare.references import BEST_GUESS
    from .compare.scorecard import compare as score
    from .data.panel import Panel
    from .surveys.ledger.best_guess import best_guess

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
    from .data.panel import Panel
    from .surveys.tasks.facts import recorded_tasks
    from .surveys.tasks.scoring import score_tasks as scored

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
    from .compare.stated import Paradata, Stated
    from .surveys.ledger import provenance

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
    from .compare.task_report import task_report as report
    from .surveys.scales import with_run_scores
    from .surveys.tasks.facts import recorded_tasks, task_facts, task_scores

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
    from .surveys.respondents.beside import load_sibling, siblings

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
    from .data.panel import Panel

    found: dict[str, Panel] = {}
    for name, reference in references.items():
        found |= {name: reference} if isinstance(reference, Panel) else _guessed(name, reference)
    return found


def _guessed(name: str, run: Run) -> dict[str, Panel]:
    """A run as a reference called `name`, and its best guess, if it has one, as another."""
    from .compare.references import guess_of
    from .surveys.ledger.best_guess import best_guess

    guess = best_guess(run)
    found = {name: _first(run.panel)}
    return found if guess is None else found | {guess_of(name): _first(guess)}


def _first(panel: Panel) -> Panel:
    """The first of several replicates, which is the one that is scored."""
    return next(iter(panel.waves().values()))


def load(path: str | Path) -> Run:
    """Open a run file.

    Raises:
        LedgerError: The file is no run, or of another version.
    """
    from .surveys.ledger.run import load_run

    return load_run(Path(path))
