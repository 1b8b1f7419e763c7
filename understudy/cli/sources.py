"""Where a panel comes from: a file and how to read it, as options and as part of a run's record."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = ["PanelSource", "digest", "is_run", "panel_options", "reading"]

F = TypeVar("F", bound=Callable[..., Any])

SLOW_SECONDS = 2.0
"""A progress bar appears when reading takes longer than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelSource:
    """A respondent file and how to read it.

    Attributes:
        path: The file.
        person: Columns that together identify a person.
        wave: Column that tells the waves of a long file apart.
        wide: In a wide file, how each wave names its columns: "1={name}_w1".
        at: The wave to use, by code or label; the first where empty.
        weight: Column that holds the survey weight.
        codebook: Codebook file; one beside the data is found without it.
        keep_personal: Columns kept although they look like personal data.
        encoding: Text encoding; recognised where empty.
        sheet: Worksheet; the first where empty.
    """

    path: Path
    person: tuple[str, ...] = ()
    wave: str = ""
    wide: tuple[str, ...] = ()
    at: str = ""
    weight: str = ""
    codebook: Path | None = None
    keep_personal: tuple[str, ...] = ()
    encoding: str = ""
    sheet: str = ""

    def read(self) -> Panel:
        """Read the panel, one wave of it where the file holds several."""
        return self.choose(self.waves(), self.at)

    def waves(self) -> dict[str, Panel]:
        """Read the panel wave by wave; a file of one wave has one, named ""."""
        if not self.wide:
            return self.read_all().waves()
        from ..data.waves import split_wide

        return split_wide(self.read_all(), _patterns(self.wide))

    def choose(self, waves: Mapping[str, Panel], at: str) -> Panel:
        """Return the wave called `at`, or the first.

        Raises:
            RequestError: The file has no waves.
            UnknownNameError: It has no such wave.
        """
        from ..data.errors import RequestError, UnknownNameError

        if not at:
            return next(iter(waves.values()))
        if list(waves) == [""]:
            raise RequestError(
                f"wave {at!r} was asked for, but nothing says what the waves are",
                where=self.path.name,
                remedy="name the column with --wave, or the columns of a wide file with --wide",
            )
        if at not in waves:
            raise UnknownNameError("wave", at, waves, where=self.path.name)
        return waves[at]

    def read_all(self) -> Panel:
        """Read the file as it is; a run gives its answers, the first of each twin's replicates."""
        if is_run(self.path):
            from ..surveys.ledger.run import load_run

            return next(iter(load_run(self.path).panel.waves().values()))
        from ..data.read import read

        with reading(self.path) as progress:
            return read(
                self.path,
                person=self.person,
                wave=self.wave or None,
                weight=self.weight or None,
                codebook=self.codebook,
                keep_personal=self.keep_personal,
                encoding=self.encoding or None,
                sheet=self.sheet or None,
                progress=progress,
            )

    def replace(self, **changes: Any) -> PanelSource:
        """Return a copy with the given attributes changed."""
        return dataclasses.replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a run's record; paths are absolute, so that `resume` works anywhere."""
        plain: dict[str, Any] = {k: v for k, v in dataclasses.asdict(self).items() if v}
        for key in ("path", "codebook"):
            if key in plain:
                plain[key] = str(Path(plain[key]).resolve())
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> PanelSource:
        """Rebuild what `to_json` wrote."""
        fields = dict(plain)
        for key in ("path", "codebook"):
            if key in fields:
                fields[key] = Path(fields[key])
        for key in ("person", "keep_personal", "wide"):
            fields[key] = tuple(fields.get(key, ()))
        return cls(**fields)


def _patterns(texts: tuple[str, ...]) -> dict[str, str]:
    from ..data.errors import RequestError

    found = {}
    for text in texts:
        wave, _, pattern = text.partition("=")
        if not wave.strip() or "{name}" not in pattern:
            raise RequestError(
                f"--wide {text!r} does not say how a wave names its columns",
                remedy="write it as --wide '1={name}_w1'",
            )
        found[wave.strip()] = pattern.strip()
    return found


def panel_options(command: F) -> F:
    """Add the options that say how to read a respondent file."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option("--id", "person", metavar="COL[,COL]", help="Column(s) that identify a person."),
    click.option("--wave", default="", metavar="COL", help="Column that tells waves apart."),
    click.option(
        "--wide",
        multiple=True,
        metavar="WAVE=PATTERN",
        help="How a wave of a wide file names its columns, such as '1={name}_w1'; once per wave.",
    ),
    click.option("--at", default="", metavar="WAVE", help="The wave to use (default: the first)."),
    click.option("--weight", default="", metavar="COL", help="Column that holds survey weights."),
    click.option(
        "--codebook",
        type=click.Path(path_type=Path),
        help="Codebook (YAML or CSV); one beside the data is found by itself.",
    ),
    click.option(
        "--keep-personal",
        metavar="COL[,COL]",
        help="Keep these columns although they look like personal data.",
    ),
    click.option("--encoding", default="", help="Text encoding (default: recognised)."),
    click.option("--sheet", default="", help="Worksheet of an .xlsx file (default: the first)."),
)


def split_names(text: str | None) -> tuple[str, ...]:
    """Split "a, b" into names; None and "" give none."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def source_from(path: Path, options: Mapping[str, Any]) -> PanelSource:
    """Build a source from a path and the values of `panel_options`."""
    return PanelSource(
        path=path,
        person=split_names(options["person"]),
        wave=options["wave"],
        wide=options["wide"],
        at=options["at"],
        weight=options["weight"],
        codebook=options["codebook"],
        keep_personal=split_names(options["keep_personal"]),
        encoding=options["encoding"],
        sheet=options["sheet"],
    )


def is_run(path: Path) -> bool:
    """Whether `path` is a run file rather than a respondent file."""
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\x00"
    except OSError:
        return False


def digest(path: Path) -> str:
    """SHA-256 of a file's content, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def reading(path: Path) -> Iterator[Callable[[float], None]]:
    """Show a progress bar on stderr, but only once reading has taken over two seconds."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("Reading {task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task(path.name, total=1.0)
    began = time.monotonic()
    shown = False

    def advance(fraction: float) -> None:
        nonlocal shown
        if not shown and console.is_terminal and time.monotonic() - began > SLOW_SECONDS:
            bar.start()
            shown = True
        bar.update(task, completed=fraction)

    try:
        yield advance
    finally:
        if shown:
            bar.stop()
