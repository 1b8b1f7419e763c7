"""Importers of questionnaires, one module for each format.

An importer is a module with `recognises(path, head) -> bool` (whether the file, of which `head` is
the first 4,096 bytes, is of this format) and `read(path, language) -> Imported`. To add one, write
the module and name it in `FORMATS`; packages of others name theirs as an entry point of
`understudy.importers` that loads to a `Format`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...data.errors import RequestError, UnreadableFileError
from ...data.existing import require_file

if TYPE_CHECKING:
    from .imported import Imported

__all__ = [
    "FORMATS",
    "Format",
    "format_of",
    "formats",
    "import_questionnaire",
    "is_foreign",
]

HEAD = 4096
"""How many bytes of a file an importer sees to tell whether it is its own."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be imported.

    Attributes:
        title: What people call it.
        suffixes: Endings of its files, in lower case.
        module: The module that reads it; relative to this package where it begins with a point.
    """

    title: str
    suffixes: tuple[str, ...]
    module: str

    def load(self) -> Any:
        """Import the module."""
        return importlib.import_module(self.module, __package__)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "qsf": Format("Qualtrics survey", (".qsf",), ".qsf"),
    }
)
"""The formats that ship."""


@functools.cache
def formats() -> Mapping[str, Format]:
    """All formats by name: those that ship, then entry points of `understudy.importers`.

    Raises:
        RequestError: An entry point takes a name that is in use, or is no `Format`.
    """
    found = dict(FORMATS)
    for point in importlib.metadata.entry_points(group="understudy.importers"):
        where = f"entry point {point.name} of understudy.importers"
        if point.name in found:
            raise RequestError(
                f"the format {point.name!r} exists already", where=where, remedy="rename it"
            )
        kind = point.load()
        if not isinstance(kind, Format):
            raise RequestError("this is no importer's Format", where=where)
        found[point.name] = kind
    return MappingProxyType(found)


def is_foreign(path: Path) -> bool:
    """Whether a file's ending is one that an importer reads."""
    return any(path.suffix.lower() in kind.suffixes for kind in formats().values())


def format_of(path: Path) -> str | None:
    """Name of the format that a file is of, by its ending and its first bytes; None if of none."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    fitting = [
        (name, kind) for name, kind in formats().items() if path.suffix.lower() in kind.suffixes
    ]
    for name, kind in fitting:
        if kind.load().recognises(path, head):
            return name
    return None


def import_questionnaire(
    path: str | Path,
    *,
    language: str = "",
    format: str = "",  # what people call it
) -> Imported:
    """Read a questionnaire that other software wrote.

    Args:
        path: The file.
        language: Language to take the texts from, where the file has several; its own by default.
        format: Name of the format, where neither ending nor content tell it.

    Raises:
        UnreadableFileError: The file is damaged, or of no format that is known.
        RequestError: There is no such format or language.
    """
    place = Path(path)
    require_file(place)
    known = formats()
    if format and format not in known:
        raise RequestError(f"there is no format {format!r}", remedy=f"there are {', '.join(known)}")
    name = format or format_of(place)
    if name is None and is_foreign(place):
        titles = [k.title for k in known.values() if place.suffix.lower() in k.suffixes]
        raise UnreadableFileError(
            f"the name says {' or '.join(titles)}, and the content is something else",
            where=place.name,
            remedy="export it again, or say what it is with --format",
        )
    if name is None:
        endings = ", ".join(dict.fromkeys(s for kind in known.values() for s in kind.suffixes))
        raise UnreadableFileError(
            "no importer knows this file", where=place.name, remedy=f"there are ones for {endings}"
        )
    found: Imported = known[name].load().read(place, language)
    return found
