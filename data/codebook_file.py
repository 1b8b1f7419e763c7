"""The codebook beside a data file: found by its name, read, written, and as table rows.

`docs/codebook.md` describes the YAML and the CSV form.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from .codebook import Codebook
from .codebook_apply import apply_codebook
from .codebook_rows import from_rows, to_rows
from .codebook_yaml import from_yaml, to_yaml
from .errors import CodebookError, RequestError
from .existing import require_file
from .legible import legible_codebook
from .yaml_safe import load_file

__all__ = [
    "apply_codebook",
    "dump_codebook",
    "find_beside",
    "from_rows",
    "load_codebook",
    "table_rows",
    "to_rows",
]

_ENDINGS = (
    *(".codebook.yaml", ".codebook.yml", ".codebook.csv"),
    *("_codebook.yaml", "_codebook.yml", "_codebook.csv"),
    *(".dictionary.csv", "_dictionary.csv"),
)


def find_beside(path: Path) -> Path | None:
    """The codebook of a data file, by name: `wave1.codebook.yaml` for `wave1.csv`; or None.

    Also found are .codebook.yml, .codebook.csv, the same after `_codebook`, and .dictionary.csv.
    """
    stem = path.name.removesuffix(path.suffix)
    for ending in _ENDINGS:
        beside = path.with_name(stem + ending)
        if beside != path and beside.is_file():
            return beside
    return None


def load_codebook(path: Path) -> Codebook:
    """Read a codebook from YAML (.yaml, .yml) or from a table (.csv, .tsv, .txt).

    A variable of which the file leaves the level open carries `codebook_words.LEVEL_OPEN` among
    its inferences, and is completed from the data by `apply_codebook` and `inference.complete`.

    Raises:
        CodebookError: The file is no codebook, or contradicts itself.
        UnreadableFileError: The file cannot be read at all.
    """
    ending = path.suffix.lower()
    if ending in (".yaml", ".yml"):
        return legible_codebook(from_yaml(load_file(path, error=CodebookError)))
    if ending in (".csv", ".tsv", ".txt"):
        return legible_codebook(from_rows(table_rows(path), path.name))
    raise RequestError(
        f"a codebook does not end in {ending or 'nothing'}",
        where=path.name,
        remedy="give a .yaml or .csv file",
    )


def table_rows(path: Path) -> list[dict[str, str]]:
    """Read a table (.csv, .tsv, .txt) as one mapping of header to cell per row.

    Raises:
        CodebookError: A column is there twice, or a cell cannot be read.
        UnreadableFileError: The file cannot be read at all.
    """
    from .readers.encoding import to_utf8
    from .readers.layout import lay_out, sniff_delimiter
    from .readers.signatures import check_signature

    require_file(path)
    try:
        check_signature(path, path.suffix.lower())
        raw = path.read_bytes()
    except OSError as failure:
        raise CodebookError(
            f"the file cannot be read ({failure.strerror or failure})",
            where=path.name,
            remedy="copy or download it again",
        ) from failure
    data = to_utf8(raw, path.name).data
    delimiter = sniff_delimiter(data, tabs_first=path.suffix.lower() == ".tsv")
    lay_out(data, delimiter, path.name)
    reader = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter)
    try:
        header, *rows = [row for row in reader if row]
    except csv.Error as failure:
        raise CodebookError(
            f"a cell is longer than {csv.field_size_limit():,} characters",
            where=f"{path.name}, line {reader.line_num}",
            remedy="shorten it; a quotation mark may be left open there",
        ) from failure
    names = [name.strip() for name in header]
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise CodebookError(
            f"two columns are called {twice!r}", where=path.name, remedy="keep one of them"
        )
    return [dict(zip(names, row, strict=True)) for row in rows]


def dump_codebook(book: Codebook, path: Path) -> None:
    """Write a codebook as YAML or CSV, by the file's ending; `load_codebook` reads it back equal.

    CSV has no place for the codebook's title and notes.

    Raises:
        RequestError: The ending is neither .yaml, .yml nor .csv.
    """
    ending = path.suffix.lower()
    if ending in (".yaml", ".yml"):
        text = to_yaml(book)
    elif ending == ".csv":
        rows = to_rows(book)
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, list(rows[0]) if rows else ["name"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        text = out.getvalue()
    else:
        raise RequestError(
            f"a codebook cannot be written as {ending or 'a file without ending'}",
            where=path.name,
            remedy="end the name in .yaml or .csv",
        )
    path.write_bytes(text.encode())
