"""A Panel becomes a respondent file."""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .errors import FileError, RequestError
from .panel import Panel
from .writers import FORMATS
from .writers.losses import Losses

__all__ = ["replacing", "write"]

_DRAFT = 40
"""Characters of a file's name that its draft takes over; with all of them it could be too long."""


def write(panel: Panel, path: str | Path) -> tuple[str, ...]:
    """Write a panel as .sav, .zsav, .dta, .csv, .tsv, .xlsx or .parquet.

    Missing codes stand in the file where the panel has a status, so that reading the file gives
    the reasons back. A .csv or .tsv file gets its codebook beside it (NAME.codebook.yaml). Person
    ids are the first column, "person", unless an id column holds them already.

    The file is written under another name and renamed: what was there before stays whole until
    the new file is complete.

    Args:
        panel: What to write.
        path: The file; its suffix says which format.

    Returns:
        What the format could not hold, one sentence each; empty when nothing was lost.

    Raises:
        RequestError: No writer knows the suffix, or the panel is too large for the format.
        FileError: The file cannot be written.
        MissingExtraError: The format needs a package that is not installed.
    """
    place = Path(path)
    suffix = place.suffix.lower()
    known = FORMATS.get(suffix)
    if known is None:
        raise RequestError(
            f"files ending in {suffix!r} cannot be written"
            if suffix
            else "the file name has no ending",
            where=place.name,
            remedy=f"use one of {', '.join(FORMATS)}",
        )
    if not panel.names:
        raise RequestError("the panel has no variables to write", where=place.name)
    module, _, function = known.writer.partition(":")
    writer: Callable[..., None]
    writer = getattr(importlib.import_module(f".writers{module}", __package__), function)
    losses = Losses()
    places = [place]
    if known.codebook_beside:
        places.append(place.with_suffix(".codebook.yaml"))
    with replacing(places) as drafts:
        writer(panel, drafts[0], losses, *drafts[1:])
    return losses.told()


@contextlib.contextmanager
def replacing(places: Sequence[Path]) -> Iterator[list[Path]]:
    """Paths to write to; on success they become `places`, on failure nothing is left of them.

    Raises:
        FileError: A file cannot be written; whatever stood at `places` stands there still.
    """
    drafts: list[Path] = []
    try:
        for place in places:
            handle, name = tempfile.mkstemp(
                dir=place.parent, prefix=f".{place.stem[:_DRAFT]}-", suffix=place.suffix.lower()
            )
            os.close(handle)
            drafts.append(Path(name))
        yield drafts
        for draft, place in zip(drafts, places, strict=True):
            with draft.open("rb+") as file:
                os.fsync(file.fileno())
            draft.chmod(_mode_of(place))
        for draft, place in zip(drafts, places, strict=True):
            draft.replace(place)
    except FileError as error:
        if error.where:
            raise
        raise FileError(error.what, where=str(places[0]), remedy=error.remedy) from error
    except OSError as error:
        raise FileError(
            f"the file cannot be written ({error.strerror or error})",
            where=str(places[0]),
            remedy="check the folder, its permissions and the space left"
            if places[0].parent.is_dir()
            else f"make the folder {str(places[0].parent)!r} first",
        ) from error
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)


def _mode_of(path: Path) -> int:
    """Permissions of the file that is replaced, or those a new file would get."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
