"""`understudy backstories`: interviews that give twins a life; written, shown, listed, exported."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .jobs import People, choose_people
from .money import ASK_ABOVE
from .output import json_option, print_json, say, stdout, warn
from .sources import panel_options, source_from, split_names

if TYPE_CHECKING:
    from ..backstories.commission import Commission
    from ..backstories.estimate import Estimate
    from ..backstories.store import Backstories

__all__ = ["command"]

PARTIAL = 3


class _Writes(click.Group):
    """A group whose first argument is a file to write backstories for, unless it is a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "write", self.commands["write"], args

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Options of `write` may come first: `understudy backstories --mode free …`.
        if args and args[0].startswith("-") and args[0] not in ("-h", "--help"):
            args = ["write", *args]
        return super().parse_args(ctx, args)


@click.group("backstories", cls=_Writes, invoke_without_command=False)
def command() -> None:
    """Interview twins about their lives; what they tell is a backstory to answer from.

    Without a subcommand backstories are written: a PANEL, a protocol, and who answers. Without
    --model the embedded interviewee composes plain answers from the record alone.

    \b
    Examples:
      understudy backstories wave1.sav --protocol three -o wave1.backstories
      understudy backstories wave1.sav --protocol ten --model anthropic:claude-haiku-5-5 \\
          --holdout trust --budget 5 -o wave1.backstories
      understudy backstories wave1.sav --transcripts interviews/ -o real.backstories
      understudy backstories --mode free --n 100 --model openai:gpt-6-luna -o free.backstories
      understudy backstories show wave1.backstories S0001
      understudy backstories list wave1.backstories
      understudy backstories export wave1.backstories -o stories/ --format docx
      understudy backstories critic --calibrate
    """


@command.command("write")
@click.argument("panel", required=False, type=click.Path(path_type=Path))
@click.option(
    "--protocol", default="ten", show_default=True, metavar="NAME|FILE", help="What is asked."
)
@click.option(
    "--model",
    default="template",
    show_default=True,
    metavar="SPEC",
    help="Who answers: template (from the record alone, no key), anthropic:NAME, openai:NAME, ….",
)
@click.option(
    "--interviewer",
    default="same",
    show_default=True,
    metavar="SPEC",
    help="Who asks follow-ups: same, a model, or none to ask the protocol as written.",
)
@click.option(
    "--critic",
    default="none",
    show_default=True,
    metavar="SPEC",
    help="A second reader besides the rules: same, a model, or none.",
)
@click.option(
    "--mode",
    type=click.Choice(["record", "demographics", "free"]),
    default="record",
    show_default=True,
    help="What backstories rest on; free makes people up.",
)
@click.option(
    "--transcripts",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="Import real interviews instead (.txt, .md, .docx, .json); a file is named after the id.",
)
@click.option(
    "--speakers",
    metavar="INTERVIEWER,PERSON",
    help="With --transcripts: what the speakers are called.",
)
@click.option(
    "--holdout",
    multiple=True,
    metavar="ITEM[,ITEM]",
    help="Items, patterns or blocks that no interview may touch, nor their category.",
)
@click.option("--where", default="", metavar="FILTER", help='Such as "age >= 30 and region == 2".')
@click.option("--n", type=click.IntRange(min=1), help="So many people, at random.")
@click.option("--quota", type=click.Path(path_type=Path), help="Quotas to fill (YAML).")
@click.option("--seed", default=0, show_default=True, help="Seed of every random choice.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many people.")
@click.option(
    "--tries",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Answers to a question before a backstory is given up.",
)
@click.option("--retry-failed", is_flag=True, help="Try those again that failed.")
@click.option("--date", metavar="YYYY-MM-DD", help="The day of the interview.")
@click.option("--temperature", type=float, help="For models that take one.")
@click.option("--concurrency", type=click.IntRange(min=1), default=64, help="Most at a time (64).")
@click.option("--no-cache", is_flag=True, help="Neither use nor fill the response cache.")
@click.option("--budget", type=float, metavar="DOLLARS", help="Stop before more is spent.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before money is spent.")
@click.option(
    "--ask-above",
    type=float,
    default=ASK_ABOVE,
    show_default=True,
    metavar="DOLLARS",
    help="Ask before writing that may cost more.",
)
@click.option("--estimate", "only_estimate", is_flag=True, help="Say what it would cost, and stop.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="File to write or go on with."
)
@panel_options
@json_option
def write(
    panel: Path | None,
    output: Path | None,
    transcripts: tuple[Path, ...],
    speakers: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Write backstories for the people of PANEL; running it again goes on where it stopped.

    Every request is on record before it is sent, and every accepted answer is kept whatever
    happens. An answer that the critic rejects is asked for again with the reason; a backstory whose
    answer is rejected --tries times is marked failed.

    \b
    Examples:
      understudy backstories wave1.sav --protocol three -o wave1.backstories
      understudy backstories write wave1.sav --protocol life.yaml --model anthropic:NAME --estimate
    """
    if transcripts:
        return _import(panel, output, transcripts, speakers, as_json, options)
    if speakers:
        raise click.UsageError("--speakers goes with --transcripts")
    what = _commission(panel, options)
    if output is None:
        output = Path(f"{panel.stem if panel else 'free'}.backstories")
    if options["only_estimate"]:
        return _print_estimate(what, options["limit"], as_json)
    if not what.manner.template:
        from ..backstories.estimate import estimate

        found = estimate(what, limit=options["limit"])
        whole = "all of them: " if output.exists() else ""
        say(f"{whole}{'; '.join(_lines(found, what))}.")
        _agree(found.cost.high if found.cost else None, options)
    return _write(what, output, options, as_json)


def _commission(panel: Path | None, options: dict[str, Any]) -> Commission:
    from ..backstories.allowed import Mode
    from ..backstories.commission import Manner, commission
    from ..backstories.protocol_file import load_protocol

    mode = Mode(options["mode"])
    if panel is None and mode is not Mode.FREE:
        raise click.UsageError("name the PANEL whose people are interviewed")
    manner = Manner(
        mode=mode,
        model=options["model"],
        interviewer=_spec(options["interviewer"]),
        critic=_spec(options["critic"]),
        seed=options["seed"],
        tries=options["tries"],
        date=_date(options["date"]),
        temperature=options["temperature"],
        concurrency=options["concurrency"],
        cache=not options["no_cache"],
    )
    people = None
    if panel is not None:
        whole = source_from(panel, options).read()
        count = None if mode is Mode.FREE else options["n"]
        chosen = People(where=options["where"], n=count, quota=options["quota"])
        people = choose_people(whole, chosen, options["seed"])
    return commission(
        load_protocol(options["protocol"]),
        people,
        manner,
        holdout=[name for text in options["holdout"] for name in split_names(text)],
        count=options["n"],
    )


def _spec(text: str) -> str:
    return "" if text == "none" else text


def _date(text: str | None) -> datetime.date | None:
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is not a date; write it as 2026-11-23") from None


def _lines(found: Estimate, what: Commission) -> list[str]:
    """An estimate in words."""
    if what.manner.template:
        return ["the embedded interviewee costs nothing"]
    lines = [
        f"{found.backstories:,} backstories by {what.manner.model}: about "
        f"{found.turns.likely:,.0f} turns, {found.calls.likely:,.0f} calls",
        f"{found.input_tokens.low:,.0f} to {found.input_tokens.high:,.0f} input tokens, "
        f"{found.output_tokens.low:,.0f} to {found.output_tokens.high:,.0f} output tokens",
    ]
    if found.cost is None:
        lines.append(
            f"no price is known for {', '.join(found.unpriced)}; add it to models.toml to see "
            "costs and to keep a budget"
        )
    else:
        lines.append(
            f"about {_dollars(found.cost.likely)} "
            f"({_dollars(found.cost.low)} to {_dollars(found.cost.high)})"
        )
    return lines


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 0.1 or not amount else f"${amount:,.4f}"


def _print_estimate(what: Commission, limit: int | None, as_json: bool) -> int:
    import dataclasses

    from ..backstories.estimate import estimate

    found = estimate(what, limit=limit)
    if as_json:
        print_json(dataclasses.asdict(found))
    else:
        for line in _lines(found, what):
            click.echo(line)
    return 0


def _agree(high: float | None, options: dict[str, Any]) -> None:
    """Ask whether to go on if it may cost much."""
    import sys

    from ..data.errors import RequestError

    if options["yes"] or options["budget"] is not None or high is None:
        return
    if high <= options["ask_above"]:
        return
    if not sys.stdin.isatty():
        raise RequestError(
            f"this may cost {_dollars(high)}, and there is nobody to ask",
            remedy="add --yes, or a limit with --budget",
        )
    click.confirm("Go on?", abort=True, err=True)


def _write(what: Commission, output: Path, options: dict[str, Any], as_json: bool) -> int:
    from ..backstories.writing import write_backstories
    from ..data.display import choose_display
    from ..data.errors import BudgetReachedError, ProviderError

    again = "run the same command again to go on"
    try:
        found = write_backstories(
            what,
            output,
            limit=options["limit"],
            budget=options["budget"],
            retry_failed=options["retry_failed"],
            display=choose_display(unit="backstories"),
            command={"arguments": list(click.get_current_context().find_root().obj or ())},
        )
    except KeyboardInterrupt:
        say(f"Interrupted; every accepted answer is kept. {again[:1].upper()}{again[1:]}.")
        return 130
    except (BudgetReachedError, ProviderError) as error:
        say(f"{error} {again[:1].upper()}{again[1:]}.")
        return error.exit_code
    ids = what.ids[: options["limit"]]
    return _told(found, ids, output, as_json)


def _told(found: Backstories, ids: tuple[str, ...], output: Path, as_json: bool) -> int:
    """Print what came of it; return the exit code."""
    from ..backstories.backstory import Status

    statuses = [found[twin].status for twin in ids]
    failed = statuses.count(Status.FAILED)
    if as_json:
        print_json(_summary(found))
    else:
        _print_summary(found, output)
    if failed:
        warn(
            [
                f"{failed:,} of {len(ids):,} backstories failed and are not used; why: understudy "
                f"backstories list {output} --status failed; again: --retry-failed"
            ]
        )
    if Status.OPEN in statuses:
        return PARTIAL
    return 1 if ids and failed == len(ids) else 0


def _summary(found: Backstories) -> dict[str, Any]:
    done = found.finished.values()
    words = [story.words for story in done]
    return {
        "file": str(found.path),
        "protocol": found.meta["protocol"]["name"],
        "mode": found.meta["mode"],
        "model": found.meta["model"],
        "backstories": found.counts(),
        "turns": sum(len(story.turns) for story in found.by_twin.values()),
        "mean_words": sum(words) / len(words) if words else None,
        "rejections": dict(found.rejections),
        "requests": found.requests,
        "maybe_billed": found.unended,
        "cost": found.cost,
        "holdout": dict(found.meta["holdout"]),
        "left_out": dict(found.meta["left_out"]),
    }


def _print_summary(found: Backstories, output: Path) -> None:
    plain = _summary(found)
    console = stdout()
    counts = ", ".join(f"{n:,} {status}" for status, n in plain["backstories"].items() if n)
    console.print(
        f"[bold]{plain['model']}[/bold] after protocol {plain['protocol']} ({plain['mode']}): "
        f"{counts} → {output}",
        soft_wrap=True,
    )
    if plain["mean_words"]:
        console.print(f"{plain['turns']:,} turns; {plain['mean_words']:,.0f} words on average")
    for fault, count in plain["rejections"].items():
        console.print(f"rejected and asked again: {fault}: {count:,}")
    if plain["requests"]:
        console.print(f"{plain['requests']:,} requests, {_dollars(plain['cost'])}")
    first = next(iter(found.finished), None)
    if first is not None:
        say(f"Next: understudy backstories show {output} {first}")


def _import(
    panel: Path | None,
    output: Path | None,
    transcripts: tuple[Path, ...],
    speakers: str | None,
    as_json: bool,
    options: dict[str, Any],
) -> int:
    from ..backstories.importing import import_transcripts

    if options["model"] != "template":
        raise click.UsageError("--transcripts are what real people said; --model has no part in it")
    people = source_from(panel, options).read() if panel is not None else None
    names = split_names(speakers)
    if speakers and len(names) != 2:
        raise click.UsageError("--speakers wants two names: INTERVIEWER,PERSON")
    if output is None:
        output = Path(f"{panel.stem if panel else 'transcripts'}.backstories")
    found, notices = import_transcripts(
        transcripts,
        output,
        people,
        holdout=[name for text in options["holdout"] for name in split_names(text)],
        speakers=(names[0], names[1]) if names else None,
        command={"arguments": list(click.get_current_context().find_root().obj or ())},
    )
    warn(notices)
    return _told(found, tuple(found), output, as_json)


@command.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("twin", required=False)
@click.option("--notes", is_flag=True, help="The interviewer's notes too.")
@json_option
def show(file: Path, twin: str | None, notes: bool, as_json: bool) -> None:
    """Show how FILE's backstories were made, or the interview with one TWIN."""
    from ..backstories.export import as_plain, to_markdown
    from ..backstories.store import load_backstories

    found = load_backstories(file)
    if twin is None:
        if as_json:
            print_json(_summary(found))
        else:
            _print_summary(found, file)
        return
    story = found[twin]
    if as_json:
        print_json(as_plain(story))
    else:
        click.echo(to_markdown(story, notes=notes))


@command.command("list")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--status", type=click.Choice(["open", "finished", "failed"]), help="Only these.")
@json_option
def list_(file: Path | None, status: str | None, as_json: bool) -> None:
    """List FILE's backstories; without a FILE, the interview protocols that ship."""
    from rich.table import Table

    if file is None:
        _list_protocols(as_json)
        return
    from ..backstories.store import load_backstories

    found = load_backstories(file)
    rows = [
        {
            "twin": story.twin,
            "status": str(story.status),
            "turns": len(story.turns),
            "words": story.words,
            "tries": sum(turn.tries for turn in story.turns),
            "reason": story.reason,
        }
        for story in found.by_twin.values()
        if status is None or story.status == status
    ]
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("twin", "status", "turns", "words", "tries", "reason"):
        table.add_column(name, justify="right" if name in ("turns", "words", "tries") else "left")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    stdout().print(table)


def _list_protocols(as_json: bool) -> None:
    from rich.table import Table

    from ..backstories.protocol_file import load_protocol, protocol_names

    protocols = [load_protocol(name) for name in protocol_names()]
    if as_json:
        print_json(
            [
                {"protocol": p.name, "questions": len(p), "turns": p.most_turns, "words": p.words}
                for p in protocols
            ]
        )
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("protocol", "questions", "turns at most", "words", "title"):
        table.add_column(name, justify="left" if name in ("protocol", "title") else "right")
    for p in protocols:
        table.add_row(p.name, str(len(p)), str(p.most_turns), f"{p.words:,}", p.title)
    stdout().print(table)


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "json", "docx"]),
    help="By default that of the output's name, else md.",
)
@click.option("--twin", "twins", multiple=True, metavar="ID[,ID]", help="Only these.")
@click.option("--all", "everything", is_flag=True, help="Failed and open ones too.")
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    help="A file for all (.md, .json, .docx), or a folder for one file each.",
)
def export(
    file: Path, form: str | None, twins: tuple[str, ...], everything: bool, output: Path
) -> None:
    """Write FILE's finished backstories as Markdown, JSON or .docx."""
    from ..backstories.export import export_backstories
    from ..backstories.store import load_backstories

    found = load_backstories(file)
    ids = [name for text in twins for name in split_names(text)]
    chosen = [found[twin] for twin in ids] if ids else list(found.by_twin.values())
    stories = [story for story in chosen if everything or ids or story.finished]
    written = export_backstories(stories, output, form or "")
    say(
        f"{len(stories):,} backstories → {', '.join(map(str, written[:3]))}"
        f"{f' and {len(written) - 3:,} more files' if len(written) > 3 else ''}"
    )


@command.command("critic")
@click.option("--calibrate", is_flag=True, help="Try the rules on the planted faults that ship.")
@click.option(
    "--planted", type=click.Path(path_type=Path), help="Planted faults of your own (YAML)."
)
@click.option("--model", "spec", metavar="SPEC", help="Have a model read too, as --critic does.")
@click.option("--missed", is_flag=True, help="Show what was missed and what was taken wrongly.")
@json_option
def critic(
    calibrate: bool, planted: Path | None, spec: str | None, missed: bool, as_json: bool
) -> None:
    """Say how well the critic finds planted faults: its sensitivity and specificity, by fault."""
    from rich.table import Table

    from ..backstories.critic.calibration import calibrate as run_calibration

    if not (calibrate or planted):
        raise click.UsageError("say --calibrate, or name --planted FILE")
    found = run_calibration(planted, spec)
    if as_json:
        print_json(found.to_json())
        return
    console = stdout()
    console.print(
        f"{found.examples:,} planted answers, {found.clean:,} of them clean; read by {found.by}"
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("fault", "planted", "found", "sensitivity", "clean of it", "specificity"):
        table.add_column(name, justify="left" if name == "fault" else "right")
    for row in found.rows:
        table.add_row(
            row.fault,
            str(row.planted),
            str(row.found),
            _share(row.sensitivity, row.sensitivity_interval),
            str(row.clean),
            _share(row.specificity, row.specificity_interval),
        )
    console.print(table)
    if missed:
        for line in found.misses:
            console.print(line, soft_wrap=True, markup=False)


def _share(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None or interval is None:
        return "–"
    return f"{value:.2f} ({interval[0]:.2f}–{interval[1]:.2f})"
