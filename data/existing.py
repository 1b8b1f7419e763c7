"""Whether a file is there to be read, for every kind of file."""

from __future__ import annotations

from pathlib import Path

from .errors import FileError, UnreadableFileError, nearest

__all__ = ["require_file"]


def require_file(path: Path, *, blank: bool = False) -> None:
    """Make sure that a path names a regular file that may be read.

    Args:
        path: The path.
        blank: Whether the file may be empty.

    Raises:
        FileError: There is no such file, it is a folder, a pipe or a device, or it may not be read.
        UnreadableFileError: The file is empty.
    """
    try:
        if path.is_dir():
            raise FileError("this is a folder", where=str(path), remedy="name a file in it")
        if not path.exists():
            raise _absent(path)
        if not path.is_file():
            # A pipe would wait for a writer that may never come.
            raise FileError(
                "this is no file but a pipe or a device",
                where=str(path),
                remedy="save its content as a file first",
            )
        if not blank and path.stat().st_size == 0:
            raise UnreadableFileError(
                "the file is empty", where=path.name, remedy="export or download it again"
            )
        with path.open("rb"):
            pass
    except OSError as failure:
        raise FileError(
            f"the file cannot be opened ({failure.strerror or failure})",
            where=str(path),
            remedy="check the name, the folder and your rights to them",
        ) from failure


def _absent(path: Path) -> FileError:
    if path.is_symlink():
        return FileError(
            "this link points to no file", where=str(path), remedy="name the file itself"
        )
    if not path.parent.is_dir():
        return FileError(
            f"there is no folder {str(path.parent)!r}", where=str(path), remedy="check its name"
        )
    similar = nearest(path.name, [p.name for p in path.parent.iterdir()], count=1)
    return FileError(
        "there is no such file",
        where=str(path),
        remedy=f"did you mean {similar[0]}?" if similar else "check the name and folder",
    )
