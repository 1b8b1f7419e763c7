"""Options that say what is asked, of whom and by whom; shared by `run` and `estimate`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from .jobs import Job, People
from .sources import PanelSource, panel_options, source_from, split_names

__all__ = ["job_from", "job_options", "joined"]

F = TypeVar("F", bound=Callable[..., Any])

_ASKED = (
    click.argument("questionnaire", required=False, type=click.Path(path_type=Path)),
    click.option(
        "--panel",
        required=True,
        type=click.Path(path_type=Path),
        help="File whose people are twinned.",
    ),
    click.option(
        "--join",
        "joins",
        multiple=True,
        metavar="FILE[@ID]",
        help="Another file about these people.",
    ),
    click.option(
        "--holdout",
        multiple=True,
        metavar="ITEM[,ITEM]",
        help="Items, patterns (trust_*) or blocks (block:politics) no twin may see. "
        "Without QUESTIONNAIRE these are asked.",
    ),
    click.option("--ask", multiple=True, metavar="ITEM[,ITEM]", help="Panel items to ask as well."),
    click.option(
        "--respondent",
        default="statistical",
        show_default=True,
        metavar="SPEC",
        help="Who answers: statistical, anthropic:NAME, openai:NAME, openai:NAME@URL, "
        "scripted:FILE.",
    ),
    click.option(
        "--learn-from",
        type=click.Path(path_type=Path),
        help="Human pilot that teaches items the panel never held.",
    ),
    click.option(
        "--where", default="", metavar="FILTER", help='Such as "age >= 30 and region == 2".'
    ),
    click.option("--n", type=click.IntRange(min=1), help="So many people, at random."),
    click.option("--quota", type=click.Path(path_type=Path), help="Quotas to fill (YAML)."),
    click.option("--rake", type=click.Path(path_type=Path), help="Margins to rake to (YAML)."),
    click.option("--seed", default=0, show_default=True, help="Seed of every random choice."),
    click.option(
        "--replicates",
        default=1,
        type=click.IntRange(min=1),
        help="Interviews per twin (test-retest).",
    ),
    click.option("--limit", type=click.IntRange(min=1), help="Stop after so many interviews."),
    click.option("--echo", is_flag=True, help="Let twins repeat recorded answers to asked items."),
)

_MODEL = (
    click.option(
        "--persona",
        metavar="NAME",
        help="What a model is told of a twin: full-record (default), summary, demographics, "
        "retrieved, empty.",
    ),
    click.option("--facts", type=int, help="Facts shown by --persona retrieved (20)."),
    click.option(
        "--elicit",
        metavar="FORM",
        help="choice (default), probabilities, samples, logprobs or decisions.",
    ),
    click.option(
        "--per-call",
        metavar="page|N",
        help="Questions in one call: page (default), 1 (fidelity), or up to N across pages (cost).",
    ),
    click.option("--remember", is_flag=True, help="Tell earlier answers of the interview again."),
    click.option("--reasoning", is_flag=True, help="Have reasons written before each answer."),
    click.option(
        "--voice",
        metavar="first|third",
        help="Answer as the person (default), or predict the person.",
    ),
    click.option("--date", metavar="YYYY-MM-DD", help="The day the study takes place."),
    click.option("--samples", type=int, help="Answers per question with --elicit samples (5)."),
    click.option("--temperature", type=float, help="For models that take one."),
    click.option(
        "--order",
        type=click.Choice(["counterbalanced", "written"]),
        help="Whether half of the twins see options reversed (default for models).",
    ),
    click.option("--concurrency", type=click.IntRange(min=1), help="Most requests at a time (64)."),
    click.option("--batch", is_flag=True, help="Use the provider's batch API: cheaper, slower."),
    click.option("--no-wait", is_flag=True, help="With --batch: submit, and collect by `resume`."),
    click.option("--no-cache", is_flag=True, help="Neither use nor fill the response cache."),
    click.option(
        "--no-baseline",
        is_flag=True,
        help="Do not run the statistical respondent beside a model.",
    ),
)

_SETTINGS = (
    "persona",
    "facts",
    "elicit",
    "per_call",
    "remember",
    "reasoning",
    "voice",
    "date",
    "samples",
    "temperature",
    "concurrency",
    "batch",
    "no_wait",
    "no_cache",
)


def job_options(function: F) -> F:
    """Add the options to a command; `job_from` makes the job of them."""
    for option in reversed((*_ASKED, *_MODEL)):
        function = option(function)
    return panel_options(function)


def job_from(options: dict[str, Any]) -> Job:
    """Take the job out of a command's options; what is left is the command's own.

    Raises:
        UsageError: An option makes no sense.
    """
    take = options.pop
    asking = {name: take(name) for name in _SETTINGS}
    order = take("order")
    baseline = not take("no_baseline")
    ask, holdout = (
        tuple(item for text in take(name) for item in split_names(text))
        for name in ("ask", "holdout")
    )
    learn_from = take("learn_from")
    panel = take("panel")
    return Job(
        joins=tuple(joined(text) for text in take("joins")),
        questionnaire=take("questionnaire"),
        respondent=take("respondent"),
        learn_from=PanelSource(path=learn_from) if learn_from else None,
        people=People(where=take("where"), n=take("n"), quota=take("quota"), rake=take("rake")),
        seed=take("seed"),
        replicates=take("replicates"),
        limit=take("limit"),
        echo=take("echo"),
        asking=_asking(asking),
        order=order or "",
        baseline=baseline,
        ask=ask,
        holdout=holdout,
        panel=source_from(panel, options),
    )


def _asking(given: dict[str, Any]) -> dict[str, Any]:
    """What was said, in the respondent's terms."""
    found = {
        name: value for name, value in given.items() if value is not None and value is not False
    }
    per_call = found.get("per_call")
    if per_call is not None:
        if per_call == "page":
            found["per_call"] = 0
        elif per_call.isdecimal() and int(per_call) > 0:
            found["per_call"] = int(per_call)
        else:
            raise click.UsageError(f"--per-call wants page or a number, not {per_call!r}")
    if found.pop("no_cache", False):
        found["cache"] = False
    if found.pop("no_wait", False):
        if not found.get("batch"):
            raise click.UsageError("--no-wait goes with --batch")
        found["wait"] = False
    return found


def joined(text: str) -> PanelSource:
    """A file that is joined, with the column that identifies people: "FILE[@ID]"."""
    path, _, column = text.rpartition("@")
    return (
        PanelSource(path=Path(path), person=split_names(column))
        if path
        else PanelSource(path=Path(text))
    )
