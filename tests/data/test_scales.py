"""Scale scores: keys, minima, gaps, what is refused, and α against figures worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.errors import PanelError
from understudy.data.panel import Panel
from understudy.data.scale_report import cronbach_alpha, scale_report, summaries
from understudy.data.scale_scores import keyed, scored, with_scores, without_scores
from understudy.data.scales import Mark, Norm, Scale, scale_faults, scored_from

FloatArray = npt.NDArray[np.float64]
POINTS = tuple((float(k), str(k)) for k in range(1, 6))


def item(name: str, **changes: Any) -> Variable:
    return Variable(name=name, level=Level.ORDINAL, labels=POINTS, question=f"{name}?").replace(
        **changes
    )


def panel(
    rows: Sequence[Sequence[float | None]],
    variables: Sequence[Variable] = (),
    status: dict[str, Sequence[int]] | None = None,
) -> Panel:
    values = np.array([[np.nan if x is None else x for x in row] for row in rows], dtype=float)
    book = tuple(variables) or tuple(item(f"i{k}") for k in range(values.shape[1]))
    index = pd.Index([f"p{k}" for k in range(len(values))], name="person")
    return Panel(
        frame=pd.DataFrame(values, index=index, columns=[v.name for v in book]),
        codebook=Codebook(book),
        status={k: np.array(v, dtype=np.int16) for k, v in (status or {}).items()},
        source="people.csv",
    )


def scale(count: int, **changes: Any) -> Scale:
    return replace(Scale(name="s", items=tuple(f"i{k}" for k in range(count))), **changes)


answers = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(2, 6)),
    elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, math.nan]),
)
BOUNDS = (1.0, 5.0)


@given(answers, st.data())
def test_reversing_twice_is_doing_nothing(data: FloatArray, draw: st.DataObject) -> None:
    one = scale(data.shape[1])
    turned = replace(one, reverse=tuple(draw.draw(st.sets(st.sampled_from(one.items)))))
    ends = [BOUNDS] * data.shape[1]
    np.testing.assert_array_equal(keyed(keyed(data, turned, ends), turned, ends), data)


@given(answers, st.randoms(use_true_random=False), st.sampled_from(["mean", "sum"]))
def test_order_of_items_does_not_matter(data: FloatArray, shuffle: Any, score: str) -> None:
    order = list(range(data.shape[1]))
    shuffle.shuffle(order)
    one = scale(data.shape[1], score=score, minimum=1, reverse=("i0",))
    ends = [BOUNDS] * data.shape[1]
    first = scored(keyed(data, one, ends), one)
    other = replace(one, items=tuple(one.items[k] for k in order))
    np.testing.assert_allclose(scored(keyed(data[:, order], other, ends), other), first, rtol=1e-12)


@given(answers, st.data())
def test_minimum_is_kept_and_scores_stay_in_range(data: FloatArray, draw: st.DataObject) -> None:
    count = data.shape[1]
    least = draw.draw(st.integers(1, count))
    for score, times in (("mean", 1), ("sum", count)):
        one = scale(count, score=score, minimum=least, reverse=("i1",))
        values = scored(keyed(data, one, [BOUNDS] * count), one)
        np.testing.assert_array_equal(
            np.isnan(values), (~np.isnan(data)).sum(axis=1) < least, strict=True
        )
        known = values[~np.isnan(values)]
        assert ((known >= times * 1 - 1e-9) & (known <= times * 5 + 1e-9)).all()


@given(answers)
def test_turning_the_whole_scale_over_mirrors_the_score(data: FloatArray) -> None:
    count = data.shape[1]
    one, ends = scale(count, minimum=1), [BOUNDS] * count
    over = replace(one, reverse=one.items)
    np.testing.assert_allclose(
        scored(keyed(data, over, ends), over), 6 - scored(keyed(data, one, ends), one)
    )


def test_mean_and_sum_by_hand() -> None:
    people = panel([[1, 5, 3], [2, None, 4], [None, None, 5]])
    mean = with_scores(people, [scale(3, reverse=("i1",), minimum=2, label="Warmth")])
    assert mean.numbers("s")[:2].tolist() == [pytest.approx(5 / 3), 3.0]
    assert mean.reasons("s") == [None, None, Reason.NOT_RECORDED]
    total = with_scores(people, [scale(3, score="sum", minimum=2)])
    assert total.numbers("s")[:2].tolist() == [9.0, 9.0]
    assert total.codebook["s"].range == (3.0, 15.0)
    variable = mean.codebook["s"]
    assert (variable.label, variable.block, variable.range) == ("Warmth", "s", (1.0, 5.0))
    assert (variable.role, variable.level) == (Role.ITEM, Level.INTERVAL)
    assert scored_from(variable) == ("i0", "i1", "i2")
    assert scored_from(mean.codebook["i0"]) == ()


def test_a_gap_has_the_reason_that_most_items_have() -> None:
    missing = (MissingCode(-9.0, Reason.REFUSED), MissingCode(-8.0, Reason.NOT_ASKED))
    book = [item(f"i{k}", missing=missing) for k in range(3)]
    people = panel(
        [[None, None, None], [None, None, 3], [1, 2, None], [1, 2, 3]],
        book,
        {"i0": [1, 2, 0, 0], "i1": [2, 2, 0, 0], "i2": [2, 0, 1, 0]},
    )
    found = with_scores(people, [scale(3)])
    assert found.reasons("s") == [Reason.NOT_ASKED, Reason.NOT_ASKED, Reason.REFUSED, None]
    assert found.missing_counts("s") == {Reason.NOT_ASKED: 2, Reason.REFUSED: 1}


def test_missing_codes_are_no_possible_score() -> None:
    low = [item(f"i{k}", labels=(), range=(-200.0, 200.0)) for k in range(3)]
    found = with_scores(panel([[1, None, None]], low), [scale(3, score="sum")])
    variable = found.codebook["s"]
    assert variable.range == (-600.0, 600.0)
    assert all(isinstance(m.code, float) and m.code < -600 for m in variable.missing)


def test_scores_are_taken_anew_and_taken_off() -> None:
    people = panel([[1, 2, 3], [4, 5, 5]])
    once = with_scores(people, [scale(3)])
    again = with_scores(once, [scale(3, reverse=("i0", "i1", "i2"))])
    assert again.names == ("i0", "i1", "i2", "s")
    np.testing.assert_allclose(again.numbers("s"), 6 - once.numbers("s"))
    assert without_scores(again).names == ("i0", "i1", "i2")
    assert without_scores(again, ["i0"]).names == ("i1", "i2")
    assert without_scores(people) is people
    assert with_scores(people, []) is people


FAULTS: list[tuple[Scale, list[Variable], str]] = [
    (scale(2, items=()), [], "the scale has no items"),
    (scale(2, items=("i0", "i0")), [item("i0")], "'i0' is listed twice"),
    (scale(2), [item("i0"), item("i_1")], "there is no variable 'i1'"),
    (scale(2, reverse=("i3",)), [item("i0"), item("i1")], "'i3' is not one of its items"),
    (
        scale(2, reverse=("i1",)),
        [item("i0", labels=()), item("i1", labels=())],
        "'i1' has no declared range to be reversed by",
    ),
    (
        scale(2),
        [item("i0"), item("i1", labels=(), range=(0.0, 10.0))],
        "'i1' is answered on 0 to 10 and 'i0' on 1 to 5",
    ),
    (scale(2, minimum=3), [item("i0"), item("i1")], "3 of its items cannot be answered"),
    (scale(2, minimum=0), [item("i0"), item("i1")], "0 of its items cannot be answered"),
    (scale(2), [item("i0"), item("i1", level=Level.NOMINAL)], "'i1' has no order"),
    (
        scale(2),
        [item("i0"), item("i1", kind="text", labels=(("a", "A"), ("b", "B")))],
        "the codes of 'i1' are no numbers",
    ),
    (scale(2, score="theta"), [item("i0"), item("i1")], "theta needs at least 3 items, not 2"),
    (
        scale(3, score="theta"),
        [item("i0"), item("i1"), item("i2", labels=(), range=(0.0, 100.0))],
        "'i2' has no short list of answers",
    ),
    (
        scale(3, score="theta", norms=Norm(mean=3.0)),
        [item(f"i{k}") for k in range(3)],
        "theta has no norms",
    ),
]


@pytest.mark.parametrize(("bad", "book", "what"), FAULTS)
def test_a_scale_that_cannot_be_scored_is_one_sentence(
    bad: Scale, book: list[Variable], what: str
) -> None:
    found = [fault.what for fault in scale_faults(bad, {v.name: v for v in book})]
    assert len(found) == 1
    assert found[0].startswith(what)
    cells = {v.name: pd.Series([1.0] if v.kind == "number" else ["a"]) for v in book}
    frame = pd.DataFrame(cells, index=pd.Index(["p"], name="person") if not book else None)
    frame.index = pd.Index(["p"], name="person")
    with pytest.raises(PanelError, match=r"^x\.csv, scale s: ") as refused:
        with_scores(Panel(frame, Codebook(tuple(book)), source="x.csv"), [bad])
    assert str(refused.value).count("\n") == 0


def test_a_scale_may_not_take_the_name_of_a_variable() -> None:
    with pytest.raises(PanelError, match="the scale 'i0' has the name of a variable"):
        with_scores(panel([[1, 2]]), [scale(2, name="i0")])


def test_alpha_by_hand() -> None:
    # Variances 2/3 and 2/3, of the sum 8/3 · … : identical items have α = 1.
    assert cronbach_alpha([[1, 1], [2, 2], [3, 3]]) == pytest.approx(1.0)
    # Independent items: the variance of the sum is the sum of the variances.
    assert cronbach_alpha([[1, 1], [1, 2], [2, 1], [2, 2]]) == pytest.approx(0.0, abs=1e-12)
    # r = .5 with equal variances: Spearman–Brown, 2 · .5 / 1.5.
    data = np.array([[1, 1], [2, 3], [3, 2]], dtype=float)
    assert np.corrcoef(data.T)[0, 1] == pytest.approx(0.5)
    assert cronbach_alpha(data) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "data", [[[1.0], [2.0]], [[1.0, 2.0]], [[3.1, 3.1]] * 4, [[1.0, math.nan]]]
)
def test_alpha_is_undefined_rather_than_invented(data: list[list[float]]) -> None:
    assert math.isnan(cronbach_alpha(data))


@settings(deadline=None)
@given(answers, st.data())
def test_a_weight_counts_as_so_many_people(data: FloatArray, draw: st.DataObject) -> None:
    times = np.array(draw.draw(st.lists(st.integers(0, 3), min_size=len(data), max_size=len(data))))
    weighted = cronbach_alpha(data, times.astype(float))
    repeated = cronbach_alpha(np.repeat(data, times, axis=0))
    if (times[~np.isnan(data).any(axis=1)] > 0).sum() < 2:
        assert math.isnan(weighted)
    else:
        assert weighted == pytest.approx(repeated, rel=1e-9, abs=1e-9, nan_ok=True)
        assert math.isnan(weighted) or weighted <= 1 + 1e-9


def test_report_has_alpha_and_norms() -> None:
    rng = np.random.default_rng(5)
    trait = rng.normal(size=(400, 1))
    data = np.clip(np.round(3 + trait + rng.normal(size=(400, 4))), 1, 5)
    norm = Norm(mean=3.1, sd=0.9, n=50, source="A Study (2020)", mark=Mark.VERIFIED)
    scales = [scale(4, norms=norm), scale(4, name="t", score="sum")]
    people = panel(data.tolist())
    table = scale_report(people, scales)
    assert table.index.tolist() == ["s", "t"]
    assert table.loc["s", "mean"] == pytest.approx(data.mean())
    assert table.loc["s", "sd"] == pytest.approx(data.mean(axis=1).std(ddof=1))
    covariance = np.cov(data.T)
    assert table.loc["s", "alpha"] == pytest.approx(
        4 / 3 * (1 - np.trace(covariance) / covariance.sum())
    )
    assert table.loc["t", "mean"] == pytest.approx(4 * data.mean())
    assert (table.loc["s", "norm_mean"], table.loc["s", "norm_mark"]) == (3.1, "verified")
    assert table["norm_mean"].isna().tolist() == [False, True]
    assert scale_report(people, []).empty
    weight = Variable(name="w", level=Level.INTERVAL, role=Role.WEIGHT)
    heavy = panel([[1, 1, 3], [5, 5, 1]], [item("i0"), item("i1"), weight])
    assert summaries(heavy, [scale(2)])[0].mean == pytest.approx(2.0)
