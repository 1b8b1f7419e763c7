"""From a respondent file to a run: reading, twins, questionnaires, respondents, fieldwork."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.errors import RequestError

if TYPE_CHECKING:
    from ..data.panel import Panel
    from ..surveys.fieldwork.display import Display
    from ..surveys.ledger.run import Run
    from ..surveys.questionnaire import Questionnaire
    from ..surveys.respondent import Respondent
    from ..surveys.respondents.llm.estimate import Estimate
    from ..twins.twin import Twins

__all__ = [
    "aadminister",
    "administer",
    "asked_items",
    "estimate",
    "extended",
    "load",
    "questionnaire",
    "read",
    "respondent",
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
    from ..data.read import read as read_panel

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
    from ..data.write import write as write_panel

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
    from ..twins.twin import Twins

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
    from ..data.observed import with_observed_codes
    from ..surveys.files.reading import read_questionnaire
    from ..surveys.questionnaire import Questionnaire
    from ..twins.holdout import resolve_holdout

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
    from ..surveys.respondents import make_respondent

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
    from ..surveys.fieldwork import administer as engine

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
    from ..surveys.fieldwork import administer as engine

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
    from ..surveys.respondents import make_respondent

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
    from ..surveys.respondents import make_respondent, voiced_by_model
    from ..surveys.respondents.llm.estimate import estimate as estimated
    from ..surveys.respondents.llm.respondent import LanguageModelRespondent

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
    from ..surveys.fieldwork.display import choose_display

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


def load(path: str | Path) -> Run:
    """Open a run file.

    Raises:
        LedgerError: The file is no run, or of another version.
    """
    from ..surveys.ledger.run import load_run

    return load_run(Path(path))
