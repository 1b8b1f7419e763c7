"""Twins in tasks beside people: figures, effects, flags, renderings."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from understudy.compare.task_card import TaskReport
from understudy.compare.task_render import print_tasks, tasks_to_html, tasks_to_markdown
from understudy.compare.task_report import task_report
from understudy.compare.task_stats import (
    difference,
    effect_size,
    figure,
    mean_figure,
    share_figure,
)
from understudy.data.codebook import Level, Variable
from understudy.data.errors import ComparisonError
from understudy.data.references import Measure, Reference
from understudy.data.task_facts import TaskFacts

MakePanel = Callable[..., Any]
GIVING = Reference(
    measure="share",
    statistic="mean",
    value=0.28,
    interval=(0.26, 0.30),
    source="Somebody 2011, A Journal 14",
    n=20813,
    mark="secondary",
)
NOTHING = Reference(
    measure="share",
    statistic="share",
    at=(0, 0),
    value=0.36,
    interval=(0.32, 0.40),
    source="Somebody 2011, A Journal 14",
    mark="recalled",
)
EFFECT = Reference(
    measure="price",
    statistic="d",
    arm="high",
    against="low",
    value=0.6,
    interval=(0.4, 0.8),
    source="Others 2014",
    mark="verified",
)
GAME = TaskFacts(
    name="gift",
    title="A gift",
    family="social",
    citation="Somebody (2011).",
    measures=(
        Measure(name="share", label="Share given", low=0, high=1),
        Measure(name="consistent", label="Switches once", low=0, high=1),
    ),
    references=(GIVING, NOTHING),
    best="gift_best_share",
)
ARMS = TaskFacts(
    name="anchor",
    title="An anchor",
    family="biases",
    citation="Others (2014).",
    measures=(Measure(name="price", label="Price"),),
    references=(EFFECT,),
    arms={"arm_anchor": ("low", "high")},
)


def interval(name: str, **changes: Any) -> Variable:
    return Variable(name=name, label=name, level=Level.INTERVAL, **changes)


def scores(make_panel: MakePanel, **columns: Any) -> Any:
    """A panel of scores; a column named arm_… holds 1 for low and 2 for high."""
    variables = [
        Variable(name=n, label=n, level=Level.NOMINAL, labels=((1.0, "low"), (2.0, "high")))
        if n.startswith("arm_")
        else interval(n)
        for n in columns
    ]
    return make_panel({n: np.asarray(v, dtype=float) for n, v in columns.items()}, variables)


def gifts(make_panel: MakePanel, shares: Any, *, best: Any = None, consistent: Any = None) -> Any:
    shares = np.asarray(shares, dtype=float)
    return scores(
        make_panel,
        gift_share=shares,
        gift_consistent=np.ones(len(shares)) if consistent is None else consistent,
        gift_best_share=(shares == 0).astype(float) if best is None else best,
    )


HUMAN_SHARES = np.repeat([0.0, 0.1, 0.3, 0.5, 1.0], [36, 15, 20, 24, 5])


def kinds(report: TaskReport) -> list[str]:
    return [flag.kind for flag in report.flags]


# --- figures --------------------------------------------------------------------------------------


def test_means_and_shares_beside_published_figures(make_panel: MakePanel) -> None:
    shares = np.repeat([0.0, 0.28, 0.56], [100, 100, 100])
    report = task_report([GAME], gifts(make_panel, shares))
    mean, nothing, consistent = report.tasks[0].figures
    assert mean.twins.value == pytest.approx(0.28)
    assert mean.verdict == "as people"
    assert nothing.twins.value == pytest.approx(1 / 3)
    assert nothing.published is not None
    assert nothing.published.mark == "recalled"
    assert nothing.verdict == "as people"
    assert consistent.published is None
    assert consistent.verdict == ""
    assert report.tasks[0].twins == 300


def test_verdicts(make_panel: MakePanel) -> None:
    generous = task_report([GAME], gifts(make_panel, np.tile([0.5, 0.6], 100)))
    assert generous.tasks[0].figures[0].verdict == "above"
    assert generous.tasks[0].figures[1].verdict == "below"
    few = task_report([GAME], gifts(make_panel, [0.0, 0.2, 0.9, 0.4]))
    assert few.tasks[0].figures[0].verdict == "unclear"
    assert generous.counts() == {"above": 1, "below": 1}


def test_people_at_hand_come_before_published_ones(make_panel: MakePanel) -> None:
    twins = gifts(make_panel, np.tile([0.5, 0.6], 100))
    people = gifts(make_panel, np.tile([0.4, 0.7], 100))
    row = task_report([GAME], twins, people).tasks[0].figures[0]
    assert row.people.value == pytest.approx(0.55)
    assert row.verdict == "as people"


def test_a_handful_of_people_is_no_comparison(make_panel: MakePanel) -> None:
    twins = gifts(make_panel, np.tile([0.5, 0.6], 100))
    report = task_report([GAME], twins, gifts(make_panel, [0.5] * 5))
    assert report.tasks[0].people == 0
    assert report.tasks[0].figures[0].verdict == "above"


def test_a_task_without_answers(make_panel: MakePanel) -> None:
    report = task_report([GAME], scores(make_panel, other=np.zeros(20)))
    assert report.tasks[0].twins == 0
    assert not report.tasks[0].figures[0].twins.known
    assert report.flags == ()


# --- effects --------------------------------------------------------------------------------------


def priced(make_panel: MakePanel, gap: float, spread: float, size: int = 200) -> Any:
    chance = np.random.default_rng(3)
    arm = np.tile([1.0, 2.0], size)
    price = 10 + gap * (arm == 2) + spread * chance.normal(size=2 * size)
    return scores(make_panel, anchor_price=price, arm_anchor=arm)


def test_effects_are_raw_and_standardised(make_panel: MakePanel) -> None:
    """The same raw effect with a third of the spread has three times the d."""
    wide, narrow = priced(make_panel, 2.0, 3.0), priced(make_panel, 2.0, 1.0)
    (effect,) = task_report([ARMS], narrow, wide).tasks[0].effects
    assert (effect.arm, effect.against) == ("high", "low")
    assert effect.raw.value == pytest.approx(2.0, abs=0.3)
    assert effect.people_raw.value == pytest.approx(2.0, abs=0.7)
    assert effect.d.value == pytest.approx(2.0, abs=0.3)
    assert effect.people_d.value == pytest.approx(0.67, abs=0.2)
    assert effect.verdict == "above"
    (alone,) = task_report([ARMS], wide).tasks[0].effects
    assert alone.verdict == "as people"
    assert alone.raw.interval[0] < alone.raw.value < alone.raw.interval[1]


def test_effects_without_a_published_one(make_panel: MakePanel) -> None:
    import dataclasses

    bare = dataclasses.replace(ARMS, references=())
    (effect,) = task_report([bare], priced(make_panel, 2.0, 3.0)).tasks[0].effects
    assert effect.published is None
    assert effect.verdict == ""
    assert (effect.arm, effect.against) == ("high", "low")


def test_arms_that_nobody_is_in_have_no_effect(make_panel: MakePanel) -> None:
    panel = scores(make_panel, anchor_price=np.arange(40.0))
    assert task_report([ARMS], panel).tasks[0].effects == ()


# --- flags ----------------------------------------------------------------------------------------


def test_people_raise_no_flags(make_panel: MakePanel) -> None:
    people = gifts(make_panel, HUMAN_SHARES)
    other = gifts(make_panel, np.random.default_rng(1).permutation(HUMAN_SHARES))
    assert task_report([GAME], other, people).flags == ()
    assert task_report([GAME], other).flags == ()


def test_too_rational(make_panel: MakePanel) -> None:
    selfish = gifts(make_panel, np.repeat([0.0, 0.1, 0.5], [180, 10, 10]))
    report = task_report([GAME], selfish, gifts(make_panel, HUMAN_SHARES))
    assert "too rational" in kinds(report)
    assert "90% of the answers pay most; of people's, 36%" in [f.text for f in report.flags]
    assert "too rational" not in kinds(task_report([GAME], selfish))
    always = gifts(make_panel, np.repeat([0.0, 0.5], [199, 1]))
    assert "too rational" in kinds(task_report([GAME], always))


def test_no_variance(make_panel: MakePanel) -> None:
    same = gifts(make_panel, np.full(100, 0.3), best=np.zeros(100))
    assert kinds(task_report([GAME], same)).count("no variance") == 1
    near = gifts(make_panel, np.tile([0.28, 0.32], 50), best=np.zeros(100))
    report = task_report([GAME], near, gifts(make_panel, HUMAN_SHARES))
    flag = next(flag for flag in report.flags if flag.kind == "no variance")
    assert flag.task == "gift"
    assert "Share given: the twins' SD is" in flag.text


def test_no_variance_is_sought_within_arms(make_panel: MakePanel) -> None:
    flat = priced(make_panel, 2.0, 0.0)
    assert kinds(task_report([ARMS], flat)) == ["no variance"]
    assert kinds(task_report([ARMS], priced(make_panel, 2.0, 1.0))) == []


def test_focal_answers(make_panel: MakePanel) -> None:
    fair = np.repeat([0.5, 0.1, 0.3], [150, 25, 25])
    people = gifts(make_panel, HUMAN_SHARES)
    report = task_report([GAME], gifts(make_panel, fair), people)
    assert kinds(report) == ["focal answer"]
    assert report.flags[0].text == "Share given: 75% of the twins score 0.5, 24% of the people"
    # Alone, a share of people who do the same must be published; of a half, none is.
    assert kinds(task_report([GAME], gifts(make_panel, fair))) == []
    keeping = np.repeat([0.0, 0.1, 0.3], [160, 20, 20])
    alone = task_report([GAME], gifts(make_panel, keeping, best=np.zeros(200)))
    assert alone.flags[0].text == "Share given: 80% of the twins score 0, 36% of people elsewhere"


@pytest.mark.parametrize(
    ("twins", "people", "said"),
    [(0.5, 0.9, "inconsistent"), (1.0, 0.7, "too consistent"), (0.9, 0.9, "")],
)
def test_consistency(make_panel: MakePanel, twins: float, people: float, said: str) -> None:
    def side(share: float) -> Any:
        # Neither side may be constant, which is another flag.
        steady = np.repeat([1.0, 0.0], [round(200 * share), 200 - round(200 * share)])
        return gifts(make_panel, np.repeat(HUMAN_SHARES, 2), consistent=steady)

    found = kinds(task_report([GAME], side(twins), side(people)))
    assert [kind for kind in found if "consistent" in kind] == ([said] if said else [])
    if said == "inconsistent":
        assert said in kinds(task_report([GAME], side(twins)))


# --- intervals ------------------------------------------------------------------------------------


def test_intervals_by_hand() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    mean = mean_figure(values)
    # t(3) at .975 is 3.182; the standard error is 1.291 / 2.
    assert mean.interval == pytest.approx((2.5 - 2.054, 2.5 + 2.054), abs=0.001)
    # Wilson's for 2 of 10, as in Newcombe 1998.
    assert share_figure(2, 10).interval == pytest.approx((0.0567, 0.5098), abs=0.0005)
    gap = difference(np.array([2.0, 4, 6]), np.array([1.0, 2, 3]))
    assert gap.value == 2
    d = effect_size(np.array([2.0, 4, 6]), np.array([1.0, 2, 3]))
    assert d.value == pytest.approx(2 / math.sqrt(2.5))
    half = 1.96 * math.sqrt(6 / 9 + d.value**2 / 12)
    assert d.interval == pytest.approx((d.value - half, d.value + half), abs=0.001)


def test_nothing_gives_nothing() -> None:
    empty = np.array([np.nan, np.nan])
    assert not mean_figure(empty).known
    assert not share_figure(0, 0).known
    assert not difference(empty, np.array([1.0, 2.0])).known
    assert not effect_size(np.ones(5), np.zeros(5)).known
    assert not figure(GIVING, empty, {}).known


@pytest.mark.parametrize("statistic", ["mean", "median", "sd", "share"])
def test_intervals_hold_their_estimate(statistic: Any) -> None:
    at = (0.0, 0.5) if statistic == "share" else None
    reference = Reference(
        measure="x",
        statistic=statistic,
        value=1,
        interval=(0, 2),
        source="S",
        mark="recalled",
        at=at,
    )

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.floats(-5, 5, width=32), min_size=10, max_size=60))
    def check(values: list[float]) -> None:
        found = figure(reference, np.array(values), {})
        low, high = found.interval
        assert low - 1e-9 <= found.value <= high + 1e-9

    check()


def test_coverage_of_the_intervals() -> None:
    chance = np.random.default_rng(5)
    hits = np.zeros(3)
    for _ in range(400):
        one, other = chance.normal(0.5, 1, 40), chance.normal(0, 1, 60)
        for k, (found, truth) in enumerate(
            [
                (mean_figure(one), 0.5),
                (difference(one, other), 0.5),
                (effect_size(one, other), 0.5),
            ]
        ):
            hits[k] += found.interval[0] <= truth <= found.interval[1]
    assert (np.abs(hits / 400 - 0.95) < 0.035).all()


# --- bad input and renderings ---------------------------------------------------------------------


def test_nothing_to_report(make_panel: MakePanel) -> None:
    with pytest.raises(ComparisonError, match="there is no task to report on"):
        task_report([], gifts(make_panel, [0.5]))
    with pytest.raises(ComparisonError, match="the interval level is 95"):
        task_report([GAME], gifts(make_panel, [0.5]), level=95)


@pytest.fixture
def report(make_panel: MakePanel) -> TaskReport:
    selfish = gifts(make_panel, np.repeat([0.0, 0.5], [180, 20]))
    return task_report([GAME], selfish, gifts(make_panel, HUMAN_SHARES))


def test_it_is_printed(report: TaskReport) -> None:
    out = io.StringIO()
    print_tasks(report, Console(file=out, width=100))
    text = out.getvalue()
    assert "Twins in tasks: 1 task, 200 twins beside 100 people" in text
    assert "A gift, too rational: 90% of the answers pay most" in text
    assert "Share given, share at 0" in text
    assert ".36″" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("width", [60, 80, 140])
def test_it_fits_the_screen(report: TaskReport, width: int) -> None:
    out = io.StringIO()
    print_tasks(report, Console(file=out, width=width), everything=True)
    assert max(map(len, out.getvalue().splitlines())) <= width


def test_other_forms(report: TaskReport) -> None:
    text = tasks_to_markdown(report)
    assert text.startswith("# Twins in tasks")
    assert "- **Flag:** A gift, too rational" in text
    assert "A gift: Somebody 2011, A Journal 14" in text
    page = tasks_to_html(report)
    assert page.startswith("<div>")
    assert "<script" not in page
    assert report._repr_html_() == page
    assert repr(report).startswith("<TaskReport 1 task, ")
    again = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert again["tasks"][0]["figures"][0]["twins"]["value"] == pytest.approx(0.05)
    assert again["tasks"][0]["figures"][2]["published"] is None
