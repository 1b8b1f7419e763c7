"""`understudy tasks`: the library of behavioural-economics tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .output import json_option, print_json, say, stdout
from .tasks_run import command as run_command

if TYPE_CHECKING:
    from rich.console import Console

    from ..surveys.question import Question
    from ..surveys.tasks.reference import Reference
    from ..surveys.tasks.task import Task

__all__ = ["command"]


@click.group("tasks", invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List behavioural-economics tasks, show what one asks, pays and finds, and give them.

    A task stands in a questionnaire as "- task: NAME"; `understudy run` gives it to anyone.

    \b
    Examples:
      understudy tasks
      understudy tasks --json
      understudy tasks show dictator
      understudy tasks show holt_laury --json
      understudy tasks run --all --panel wave1.sav --n 2000 -o battery.run
    """
    if context.invoked_subcommand is not None:
        return
    from ..surveys.tasks import task_names, task_type
    from ..surveys.tasks.task import Family

    kinds = [task_type(name) for name in task_names()]
    if as_json:
        print_json([_listed(kind) for kind in kinds])
        return
    console = stdout()
    for family in Family:
        members = [kind for kind in kinds if kind.family is family]
        if members:
            console.print(f"[bold]{family}[/bold]")
        for kind in members:
            console.print(f"  [cyan]{kind.name}[/cyan]  {_plain(kind.title)}")
            console.print(f"      [dim]{_plain(kind.citation)}[/dim]", soft_wrap=True)
    say(f"{len(kinds)} tasks. Next: understudy tasks show NAME")


command.add_command(run_command)


@command.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show NAME as people read it, what it pays, how it is scored and what people do.

    \b
    Examples:
      understudy tasks show dictator
      understudy tasks show kirby --json
    """
    from ..surveys.tasks import make_task

    task = make_task(name)
    if as_json:
        print_json(_described(task))
        return
    console = stdout()
    console.print(f"[bold]{_plain(task.title)}[/bold]  ({task.family})", soft_wrap=True)
    console.print(_plain(task.about), soft_wrap=True)
    console.print(f"[dim]{_plain(task.citation)}[/dim]", soft_wrap=True)
    _print_parameters(console, task)
    _print_wording(console, task)
    payoffs = task.payoffs()
    if payoffs:
        console.print("\n[bold]Payoffs[/bold]")
        for line in payoffs:
            console.print(f"  {_plain(line)}", soft_wrap=True)
    console.print("\n[bold]Scoring[/bold]")
    for measure in task.measured():
        bounds = f", {measure.low:g} to {measure.high:g}" if _bounded(measure) else ""
        unit = (
            f" ({measure.unit}{bounds})" if measure.unit else f" ({bounds[2:]})" if bounds else ""
        )
        meaning = f"; {measure.meaning}" if measure.meaning else ""
        said = _plain(measure.label + unit + meaning)
        console.print(
            f"  [cyan]{task.prefix}_{measure.name}[/cyan]  {said}",
            soft_wrap=True,
        )
    _print_people(console, task.people())
    say(f"In a questionnaire: - task: {task.name}")


def _bounded(measure: Any) -> bool:
    return measure.low is not None and measure.high is not None


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _print_parameters(console: Console, task: Task) -> None:
    from ..surveys.tasks.settings import setting_names

    names = setting_names(type(task))
    if names:
        console.print("\n[bold]Parameters[/bold], with the published design")
    for name in names:
        value = getattr(task, name)
        text = f"{len(value)} of them" if isinstance(value, tuple) and len(value) > 4 else value
        console.print(f"  [cyan]{name}[/cyan]: {_plain(str(text))}", soft_wrap=True)


def _print_wording(console: Console, task: Task) -> None:
    console.print("\n[bold]As people read it[/bold]")
    for condition in task.named.conditions:
        console.print(
            f"  [dim]between persons, {condition.name}: {', '.join(condition.arms)}[/dim]"
        )
    for number, page in enumerate(task.named.pages, 1):
        if number > 1:
            console.print("  [dim]next page[/dim]")
        for question in page:
            for line in _wording(question):
                console.print(f"  {_plain(line)}", soft_wrap=True)


def _wording(question: Question) -> list[str]:
    """A question as lines of text."""
    said = [(f"({w.arm}) ", w.text) for w in question.wordings] or [("", question.text)]
    lines = [f"{arm}{line}" if line else "" for arm, text in said for line in text.split("\n")]
    if question.show_if is not None:
        lines.insert(0, f"(where {question.show_if.source})")
    lines += [f"    – {item.label}" for item in question.items]
    lines += [f"    ○ {option.label}" for option in question.options]
    low, high = getattr(question, "minimum", None), getattr(question, "maximum", None)
    if low is not None or high is not None:
        unit = getattr(question, "unit", "")
        ends = f"{'' if low is None else f'{low:,g}'} … {'' if high is None else f'{high:,g}'}"
        lines.append(f"    [{ends.strip()}{f' {unit}' if unit else ''}]")
    return lines


def _print_people(console: Console, references: tuple[Reference, ...]) -> None:
    from rich.table import Table

    if not references:
        console.print("\nThere are no human figures for this design.")
        return
    console.print("\n[bold]What people do[/bold]")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column, justify in (("measure", "left"), ("", "left"), ("people", "right")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]  # rich's own literals
    table.add_column("interval", justify="right", no_wrap=True)
    table.add_column("n", justify="right")
    table.add_column("known")
    table.add_column("source")
    for one in references:
        low, high = one.interval
        table.add_row(
            one.measure,
            one.wording,
            f"{one.value:.3g}",
            f"{low:.3g} … {high:.3g}{'*' if one.margin else ''}",
            f"{one.n:,}" if one.n else "",
            one.mark,
            _plain(f"{one.source}{f' ({one.note})' if one.note else ''}"),
        )
    console.print(table)
    if any(one.margin for one in references):
        console.print("[dim]* a margin chosen here, not the source's interval[/dim]")


# --- plain data -------------------------------------------------------------------------------


def _listed(kind: type[Task]) -> dict[str, Any]:
    return {
        "name": kind.name,
        "family": str(kind.family),
        "title": kind.title,
        "about": kind.about,
        "citation": kind.citation,
    }


def _described(task: Task) -> dict[str, Any]:
    import dataclasses

    from ..surveys.files.writing import questionnaire_dict
    from ..surveys.questionnaire import Questionnaire
    from ..surveys.tasks.settings import setting_names

    whole = questionnaire_dict(Questionnaire(name=task.name, blocks=(task.block(),)), in_full=True)
    return {
        **_listed(type(task)),
        "parameters": {name: _value(getattr(task, name)) for name in setting_names(type(task))},
        "conditions": {c.name: list(c.arms) for c in task.named.conditions},
        "questions": whole["blocks"][0]["questions"],
        "payoffs": list(task.payoffs()),
        "measures": [dataclasses.asdict(measure) for measure in task.measured()],
        "references": [dataclasses.asdict(reference) for reference in task.people()],
    }


def _value(value: Any) -> Any:
    import dataclasses

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, tuple):
        return [_value(part) for part in value]
    return value
