"""Panels as CSV or tab-separated text, with the codebook beside in YAML."""

from __future__ import annotations

import csv
from pathlib import Path

from ..panel import Panel
from .cells import cell_texts, note_blank_texts, note_dates
from .content import settled_codes, with_person_column
from .losses import Losses

__all__ = ["FORMULA_STARTS", "write_delimited"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet program that opens a text file runs texts that begin like this."""


def write_delimited(panel: Panel, path: Path, losses: Losses, codebook: Path) -> None:
    """Write a .csv (comma) or .tsv (tab) file in UTF-8, and its codebook.

    Texts are written exactly as they are, so that they come back exactly; `losses` warns when some
    begin like a formula, and names the workbook as the safe form.

    Args:
        panel: What to write.
        path: The data file to write.
        losses: Receives what text cannot hold.
        codebook: The codebook file to write, ending in .yaml.
    """
    from ..codebook_file import dump_codebook

    panel = settled_codes(with_person_column(panel, roles_kept=True), losses, letters=True)
    note_dates(panel, losses)
    columns = []
    for variable in panel.codebook:
        texts = cell_texts(panel, variable)
        columns.append(texts)
        if variable.kind != "text":
            continue
        note_blank_texts(panel, variable, losses)
        if any(text.startswith(FORMULA_STARTS) for text in texts):
            losses.add(
                "a spreadsheet program would run texts that begin with = + - @ as formulas; "
                "give it the .xlsx form instead",
                variable.name,
            )
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(panel.names)
        writer.writerows(zip(*columns, strict=True))
    dump_codebook(panel.codebook, codebook)
