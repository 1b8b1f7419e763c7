"""The summary behind `inspect`."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.describe import describe, sparkline
from understudy.data.panel import Panel, Withheld

AGREE = ((1.0, "No"), (2.0, "So so"), (3.0, "Yes"))


@pytest.fixture
def panel() -> Panel:
    frame = pd.DataFrame(
        {
            "trust": [1.0, 1.0, np.nan, 3.0, np.nan, 9.0],
            "age": [20.0, 30.0, 40.0, 50.0, 60.0, np.nan],
            "open": pd.Series(["a", None, "b", "c", "d", "e"], dtype=object),
            "when": pd.to_datetime(pd.Series(["2024-05-01", None] + ["2024-05-03"] * 4)),
            "w": [2.0, 1.0, 1.0, 1.0, 1.0, 0.0],
            "wave": [1.0, 1.0, 1.0, 2.0, 2.0, 2.0],
            "none": [np.nan] * 6,
        }
    )
    frame.index = pd.Index(["p1", "p2", "p3", "p1", "p2", "p4"], name="person", dtype=object)
    book = Codebook(
        (
            Variable(
                name="trust",
                label="Trust",
                question="Do you?",
                level=Level.ORDINAL,
                labels=AGREE,
                range=(1.0, 3.0),
                missing=(MissingCode(-9.0, Reason.REFUSED),),
                inferred=("a guess",),
            ),
            Variable(name="age", level=Level.INTERVAL),
            Variable(name="open", level=Level.TEXT, kind="text"),
            Variable(name="when", level=Level.INTERVAL, kind="date"),
            Variable(name="w", role=Role.WEIGHT, level=Level.INTERVAL),
            Variable(name="wave", role=Role.WAVE, labels=((1.0, "first"), (2.0, "second"))),
            Variable(name="none"),
        ),
        title="Pilot",
        notes=("synthetic",),
    )
    return Panel(
        frame=frame,
        codebook=book,
        status={"trust": np.array([0, 0, 1, 0, 0, 0], dtype=np.int16)},
        source="pilot.csv",
        withheld=(Withheld("email", "e-mail address", "column name"),),
    )


def test_the_panel_as_a_whole(panel: Panel) -> None:
    found = describe(panel)
    assert (found.people, found.rows) == (4, 6)
    assert (found.source, found.title, found.notes) == ("pilot.csv", "Pilot", ("synthetic",))
    assert found.waves == {"first": 3, "second": 3}
    assert found.weight == "w"
    assert found.withheld[0].name == "email"
    assert [v.name for v in found.variables] == list(panel.names)


def test_answers_and_absences(panel: Panel) -> None:
    trust = describe(panel).variables[0]
    assert trust.answered == 4
    assert trust.answered_share == pytest.approx(4 / 6)
    assert trust.missing == {Reason.REFUSED: 1, Reason.NOT_RECORDED: 1}
    assert trust.missing_share[Reason.REFUSED] == pytest.approx(1 / 6)
    assert [(a.label, a.count, a.declared) for a in trust.labels] == [
        ("No", 2, True),
        ("So so", 0, True),
        ("Yes", 1, True),
        ("9", 1, False),
    ]
    assert [a.share for a in trust.labels] == pytest.approx([0.5, 0.0, 0.25, 0.25])
    assert [a.weighted_share for a in trust.labels] == pytest.approx([0.75, 0.0, 0.25, 0.0])
    assert trust.sparkline == "█ ▃ "
    assert trust.inferred == ("a guess",)
    assert trust.range == (1.0, 3.0)


def test_numbers_are_summed_up(panel: Panel) -> None:
    age = describe(panel).variables[1]
    assert age.numbers is not None
    assert age.numbers.mean == pytest.approx((2 * 20 + 30 + 40 + 50 + 60) / 6)
    spread = np.repeat([20.0, 30.0, 40.0, 50.0, 60.0], [2, 1, 1, 1, 1]).std()
    assert age.numbers.sd == pytest.approx(spread)
    assert (age.numbers.minimum, age.numbers.median, age.numbers.maximum) == (20.0, 40.0, 60.0)
    assert age.numbers.distinct == 5
    assert len(age.labels) == 5


def test_texts_dates_and_nothing(panel: Panel) -> None:
    _, _, text, date, *_, none = describe(panel).variables
    assert text.examples == ("a", "b", "c")
    assert (text.labels, text.numbers, text.sparkline) == ((), None, "")
    assert text.distinct == 5
    assert date.examples[0].startswith("2024-05-01")
    assert date.examples[1].startswith("2024-05-03")
    assert none.answered == 0
    assert (none.labels, none.numbers, none.examples, none.sparkline) == ((), None, (), "")


def test_json_holds_people_and_one_object_per_variable(panel: Panel) -> None:
    found = json.loads(json.dumps(describe(panel).to_json(), allow_nan=False))
    assert found["people"] == 4
    assert len(found["variables"]) == 7
    trust = found["variables"][0]
    assert trust["missing"] == {"refused": 1, "not recorded": 1}
    assert trust["labels"][0] == {
        "code": 1.0,
        "label": "No",
        "count": 2,
        "share": 0.5,
        "weighted_share": 0.75,
        "declared": True,
    }
    assert found["withheld"] == [{"name": "email", "kind": "e-mail address", "why": "column name"}]


def test_shares_of_nobody_are_not_numbers(panel: Panel) -> None:
    gone = panel.take(np.array([2, 4])).drop(["w"])
    trust = describe(gone).variables[0]
    assert all(math.isnan(a.share) for a in trust.labels)
    assert json.dumps(describe(gone).to_json(), allow_nan=False)


def test_sparkline_tells_rare_from_none() -> None:
    assert sparkline([0, 0.001, 1]) == " ▁█"
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "  "
