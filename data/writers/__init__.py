"""Panels into respondent files: one writer per format.

A writer is a function `(panel: Panel, path: Path, losses: Losses) -> None`; it notes in `losses`
what its format cannot hold. The writer of delimited text takes the path of the codebook beside it
as well.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FORMATS", "Format"]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Attributes:
        writer: Its writer, as "module:function"; the module is relative to this package.
        codebook_beside: Whether the codebook goes into a file of its own.
    """

    writer: str
    codebook_beside: bool = False


FORMATS: dict[str, Format] = {
    ".sav": Format(".spss:write_spss"),
    ".zsav": Format(".spss:write_spss"),
    ".dta": Format(".stata:write_stata"),
    ".xlsx": Format(".excel:write_excel"),
    ".parquet": Format(".parquet:write_parquet"),
    ".csv": Format(".delimited:write_delimited", codebook_beside=True),
    ".tsv": Format(".delimited:write_delimited", codebook_beside=True),
}
