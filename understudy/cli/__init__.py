"""Batch commands, one module each; a command's module is imported when it is called.

Results go to stdout, progress and messages to stderr. Exit codes: 0 ok, 1 failure, 2 usage,
3 partial and resumable, 4 budget reached, 130 interrupted.
"""

from __future__ import annotations

import gc
import importlib
import sys
from typing import NamedTuple

import click

__all__ = ["main"]


class _Entry(NamedTuple):
    module: str
    summary: str


COMMANDS: dict[str, _Entry] = {
    "demo": _Entry("demo", "Run the main job on the bundled synthetic sample."),
    "inspect": _Entry("inspect", "Show who and what is in a respondent file."),
    "import": _Entry("import_", "Make a questionnaire of one from other survey software."),
    "replay": _Entry("replay", "Walk real people through a questionnaire with their answers."),
    "check": _Entry("check", "Validate a questionnaire before anyone answers it."),
    "twins": _Entry("twins", "Build twins from a respondent file and look at them."),
    "backstories": _Entry(
        "backstories", "Interview twins about their lives, or import interviews."
    ),
    "estimate": _Entry("estimate", "Say what a run with a language model would cost."),
    "tasks": _Entry("tasks", "List behavioural-economics tasks and show one."),
    "run": _Entry("run", "Administer a questionnaire to twins."),
    "resume": _Entry("resume", "Go on with a run that was stopped or killed."),
    "compare": _Entry("compare", "Score simulated answers against human answers."),
    "export": _Entry("export", "Write a run's answers as .sav, .dta, .csv, .xlsx or .parquet."),
    "instruments": _Entry("instruments", "List trait questionnaires, or import one by its keys."),
    "models": _Entry("models", "List the language models that are known, with their prices."),
    "cache": _Entry("cache", "Look at the cache of model responses, or clear it."),
    "completion": _Entry("completion", "Print the shell completion script."),
}


class _LazyGroup(click.Group):
    """Lists every command without importing any, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f".{entry.module}", __name__)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from ..data.errors import nearest

            hints = nearest(args[0], COMMANDS)
            hint = f"; did you mean {' or '.join(hints)}?" if hints else "; see understudy --help."
            raise click.UsageError(f"there is no command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: understudy demo",
)
@click.version_option(package_name="understudy", message="understudy %(version)s")
def cli() -> None:
    """Digital twins of survey respondents.

    Turn a respondent file into twins, ask them a questionnaire, and see how far their answers
    can be trusted.

    \b
    Examples:
      understudy demo
      understudy inspect wave1.sav
      understudy run --panel wave1.sav --holdout trust -o trust.run
      understudy compare trust.run --human wave1.sav --html report.html
    """


def main(args: list[str] | None = None) -> None:
    """Entry point of the `understudy` command; exits with one of the documented codes."""
    code = _run(args)
    # Looking for cycles in everything that was imported takes a second when a process ends.
    gc.freeze()
    sys.exit(code)


def _run(args: list[str] | None) -> int:
    from ..data.errors import UnderstudyError

    try:
        given = sys.argv[1:] if args is None else args
        # Reports state the exact command; nested contexts find it on the root.
        code = cli.main(
            args=list(given), prog_name="understudy", standalone_mode=False, obj=tuple(given)
        )
    except click.exceptions.Abort:
        return _interrupted()
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except UnderstudyError as error:
        click.echo(f"{click.style('Error:', fg='red', bold=True)} {error}", err=True)
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to tell it, nothing to flush.
        sys.stdout = None
        return 0
    except OSError as error:
        click.echo(
            f"{click.style('Error:', fg='red', bold=True)} "
            f"{error.filename or 'file system'}: {error.strerror or error}; "
            "check the path and your rights to it.",
            err=True,
        )
        return 1
    return code if isinstance(code, int) else 0


def _interrupted() -> int:
    click.echo("Interrupted.", err=True)
    return 130
