"""Panels as Parquet files, with the codebook in the file's metadata."""

from __future__ import annotations

from pathlib import Path

from ..codebook_json import to_json
from ..errors import MissingExtraError
from ..panel import Panel
from .cells import note_dates
from .content import coded_column, settled_codes, with_person_column
from .losses import Losses

__all__ = ["CODEBOOK_KEY", "write_parquet"]

CODEBOOK_KEY = b"understudy.codebook"
"""Key of the schema metadata that holds the codebook as JSON."""


def write_parquet(panel: Panel, path: Path, losses: Losses) -> None:
    """Write a .parquet file.

    Numbers are float64 and texts strings, missing codes in place, nulls for blanks; dates are
    timestamps in microseconds.

    Args:
        panel: What to write.
        path: The file to write.
        losses: Receives what Parquet cannot hold.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet", "writing .parquet files") from None

    panel = settled_codes(with_person_column(panel, roles_kept=True), losses)
    note_dates(panel, losses)
    types = {"number": pa.float64(), "text": pa.string(), "date": pa.timestamp("us")}
    schema = pa.schema(
        [(v.name, types[v.kind]) for v in panel.codebook],
        metadata={CODEBOOK_KEY: to_json(panel.codebook).encode()},
    )
    arrays = [
        pa.array(coded_column(panel, v), type=types[v.kind], from_pandas=True)
        for v in panel.codebook
    ]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), str(path), compression="zstd")
