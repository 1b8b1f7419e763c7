"""Panels and files that the tests of readers and writers share; everything is made here."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from understudy.data import sandbox
from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.panel import Panel
from understudy.data.readers.options import ReadOptions
from understudy.data.table import Table

NAN = float("nan")


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse without a child process: a hundred times faster, and all that most tests need."""

    def read(reader: str, path: Path, options: ReadOptions, limits: Any = None) -> Table:
        module, _, function = reader.partition(":")
        table: Table = getattr(importlib.import_module(module), function)(path, options)
        return table

    monkeypatch.setattr(sandbox, "read_in_child", read)


@pytest.fixture
def panel() -> Panel:
    """Five people, one variable of every sort."""
    book = Codebook(
        (
            Variable(
                name="trust",
                label="Trust in people",
                question="Generally speaking, can most people be trusted?",
                level=Level.ORDINAL,
                labels=((1.0, "Never"), (2.0, "Sometimes"), (3.0, "Always")),
                missing=(
                    MissingCode(-99.0, Reason.REFUSED, "Refused"),
                    MissingCode(-98.0, Reason.DONT_KNOW, "Don't know"),
                    MissingCode(-97.0, Reason.NOT_ASKED, "Not asked"),
                ),
                range=(1.0, 3.0),
                block="attitudes",
            ),
            Variable(name="age", label="Age in years", level=Level.INTERVAL, role=Role.DEMOGRAPHIC),
            Variable(
                name="spent",
                level=Level.INTERVAL,
                missing=(MissingCode(-9.0, Reason.NOT_APPLICABLE, "No income: does not apply"),),
            ),
            Variable(name="colour", level=Level.NOMINAL, labels=((1.0, "Red"), (2.0, "Blue"))),
            Variable(
                name="area",
                level=Level.NOMINAL,
                kind="text",
                labels=(("N", "North"), ("S", "South")),
                missing=(MissingCode("X", Reason.REFUSED, "refused"),),
            ),
            Variable(name="comment", label="Comments", level=Level.TEXT, kind="text"),
            Variable(name="day", level=Level.INTERVAL, kind="date"),
            Variable(name="moment", level=Level.INTERVAL, kind="date"),
            Variable(
                name="news_tv",
                level=Level.MULTIPLE,
                labels=((0.0, "no"), (1.0, "yes")),
                group="news",
            ),
        ),
        title="A small panel",
        notes=("Synthetic.", "A long note " + "that goes on and on " * 8 + "to its end."),
    )
    frame = pd.DataFrame(
        {
            "trust": [1.0, NAN, NAN, NAN, NAN],
            "age": [20.0, 30.0, NAN, 55.0, 1 / 3],
            "spent": [1000.5, NAN, -5.0, 1e6, NAN],
            "colour": [1.0, 2.0, 2.0, NAN, 1.0],
            "area": pd.Series(["N", None, "S", "N", None], dtype=object),
            "comment": pd.Series(
                ["=1+1", 'naïve, "quoted"\nline two', None, "007", "-5"], dtype=object
            ),
            "day": np.array(
                ["2020-02-29", "1899-05-01", "NaT", "2024-12-31", "1970-01-01"],
                dtype="datetime64[us]",
            ),
            "moment": np.array(
                ["2020-02-29T12:34:56", "NaT", "2001-01-01T00:00:01", "2024-12-31", "1970-01-01"],
                dtype="datetime64[us]",
            ),
            "news_tv": [1.0, 0.0, 0.0, 1.0, NAN],
        }
    )
    frame.index = pd.Index(["MAPS:1", "MAPS:2", "007", "x y", "5"], dtype=object, name="person")
    return Panel(
        frame,
        book,
        status={
            "trust": np.array([0, 1, 2, 3, 0], dtype=np.int16),
            "spent": np.array([0, 1, 0, 0, 0], dtype=np.int16),
            "area": np.array([0, 1, 0, 0, 0], dtype=np.int16),
        },
        source="made",
    )


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write columns with pyreadstat: `save("a.sav", {"q": [1.0]}, variable_measure=…)`."""
    import pyreadstat

    def write(name: str, columns: dict[str, Any], **details: Any) -> Path:
        path = tmp_path / name
        writers: dict[str, Callable[..., None]] = {
            ".sav": pyreadstat.write_sav,
            ".dta": pyreadstat.write_dta,
            ".xpt": pyreadstat.write_xport,
            ".por": pyreadstat.write_por,
        }
        writers[path.suffix](pd.DataFrame(columns), str(path), **details)
        return path

    return write
