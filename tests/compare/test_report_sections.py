"""What a report shows beside items: effects, subgroups, fairness, quality, structure, forecasts."""

from __future__ import annotations

import dataclasses
import html
import html.parser
import math
import re
from functools import partial
from typing import Protocol

import numpy as np
import pytest

from understudy.compare.card import Scorecard
from understudy.compare.card_sections import (
    CalibrationBin,
    Contrast,
    ContrastSide,
    Effects,
    FairnessScore,
    ForecastItem,
    Forecasts,
    QualityScore,
    StructureScore,
    TestCount,
)
from understudy.compare.heat import heat_map, tint
from understudy.compare.report import render_report
from understudy.compare.scorecard import compare
from understudy.compare.section_grids import (
    contrast_grid,
    effects_lines,
    quality_grid,
    section_grids,
)
from understudy.compare.square import calibration_square, effects_square
from understudy.compare.task_card import Flag, TaskFigure, TaskReport, TaskScore
from understudy.compare.task_stats import Figure
from understudy.data.errors import ComparisonError
from understudy.data.panel import Panel

quick = partial(compare, bootstrap=50, splits=5)
EVIL = "<i>evil</i> & co"


class Study(Protocol):
    human: Panel
    retest: Panel
    twin: Panel
    other: Panel


def contrast(label: str, human: float, twin: float, half: float = 0.15) -> Contrast:
    sides = [
        ContrastSide(
            n=200, delta=d, d=d, d_interval=(d - half, d + half), interval=(d - half, d + half)
        )
        for d in (human, twin)
    ]
    clear = [abs(d) > half for d in (human, twin)]
    same = clear == [True, True] and human * twin > 0
    return Contrast(
        item="q1",
        label=label,
        condition="frame",
        arm="loss",
        against="gain",
        human=sides[0],
        twin=sides[1],
        same_sign=human * twin > 0,
        same_verdict=same or not any(clear),
        ratio=twin / human,
    )


EFFECTS = Effects(
    contrasts=(
        contrast("Support", 0.42, 0.91),
        contrast(EVIL, 0.12, 0.35),
        contrast("Worry", -0.25, 0.22),
        contrast("Trust", -0.02, 0.05),
    ),
    same_sign=0.5,
    same_verdict=0.5,
    correlation=0.71,
    correlation_interval=(0.2, 0.9),
    slope=1.6,
    slope_interval=(0.9, 2.4),
    inflation=1.9,
    delta_inflation=1.1,
    moderation=0.12,
    other_arm=0.48,
)

SECTIONS = {
    "effects": EFFECTS,
    "quality": (
        QualityScore(
            check="straight_lining",
            label="Straight-lining",
            meaning="share of people who give one answer to a whole battery",
            human=0.041,
            human_interval=(0.03, 0.06),
            twin=0.31,
            twin_interval=(0.27, 0.35),
            gap=0.269,
            gap_interval=(0.23, 0.31),
            flag="31% of the twins give one answer to a whole battery, 4% of the people do",
        ),
        QualityScore(
            check="acquiescence",
            label="Acquiescence",
            meaning="mean agreement with items keyed both ways",
            human=0.02,
            twin=0.03,
            gap=0.01,
        ),
    ),
    "fairness": (
        FairnessScore(
            variable="region",
            metric="accuracy",
            label="Accuracy",
            best="North",
            best_score=0.81,
            best_interval=(0.79, 0.83),
            best_n=120,
            worst="South",
            worst_score=0.74,
            worst_interval=(0.7, 0.78),
            worst_n=80,
            gap=0.07,
            gap_interval=(0.03, 0.11),
            chance_gap=0.031,
            p=0.01,
            small=("Islands",),
        ),
    ),
    "structure": (
        StructureScore(
            block="",
            items=("q1", "q2", "q3"),
            n=200,
            frobenius=1.2,
            rms=0.2,
            rms_floor=0.09,
            distance=0.1,
            strength_human=0.21,
            strength_twin=0.43,
        ),
    ),
    "forecasts": Forecasts(
        items=(
            ForecastItem(
                name="q1", label="q1", n=10, scores={"rps": 0.1}, marginal={"rps": 0.2}, skill=0.5
            ),
        ),
        scores={"rps": 0.112, "brier": 0.6, "ece": 0.084},
        intervals={"rps": (0.1, 0.12)},
        marginal={"rps": 0.131, "brier": 0.65},
        skill=0.145,
        skill_interval=(0.1, 0.19),
        bins=(
            CalibrationBin(low=0.2, high=0.4, count=300, stated=0.33, observed=0.3),
            CalibrationBin(low=0.8, high=1.0, count=60, stated=0.9, observed=0.62),
        ),
    ),
    "tests": (TestCount(name="mean", label="Means differ", n_items=8, raw=5, holm=3, bh=4),),
    "facts": {"model": "scripted:", "cost": "$1.20", "requests": "800"},
}


@pytest.fixture(scope="module")
def bare(study: Study) -> Scorecard:
    return quick(study.twin, study.human, by=["group"])


@pytest.fixture(scope="module")
def full(bare: Scorecard) -> Scorecard:
    return dataclasses.replace(bare, **SECTIONS)  # type: ignore[arg-type]


def test_every_section_stands_in_the_report_after_the_words(full: Scorecard) -> None:
    text = render_report(full)
    places = [
        text.index(f">{part}<")
        for part in (
            "What it comes to",
            "Over all items",
            "Effects: twins against people",
            "Effects of the arms, people beside twins",
            "By subgroup",
            "Where twins are off, by subgroup",
            "Best and worst served",
            "Data quality, people beside twins",
            "How items hang together",
            "Calibration of stated probabilities",
            "How this was made",
        )
    ]
    assert places == sorted(places)


def test_what_is_wrong_with_the_answers_is_said_with_the_verdict(full: Scorecard) -> None:
    text = render_report(full)
    flag = "Data quality: 31% of the twins give one answer to a whole battery, 4% of the people do "
    flag += "(twins .31, people .04)."
    assert text.index("What it comes to") < text.index(flag) < text.index("Over all items")


def test_sections_that_are_not_there_leave_nothing_behind(bare: Scorecard) -> None:
    plain = dataclasses.replace(
        bare, effects=None, quality=(), fairness=(), structure=(), forecasts=None, tests=()
    )
    text = render_report(plain)
    for part in ("Effects", "Data quality", "Best and worst", "hang together", "Calibration"):
        assert f">{part}" not in text
    assert section_grids(plain, everything=True) == []


def test_labels_are_text_in_every_figure(full: Scorecard) -> None:
    text = render_report(full)
    assert "<i>evil" not in text
    assert html.escape(EVIL) in text


def test_the_effects_figure_says_in_words_what_it_shows() -> None:
    figure = effects_square(EFFECTS)
    assert figure is not None
    label = html.unescape(re.findall(r'aria-label="([^"]*)"', figure.picture)[0])
    assert label.startswith("Effects of 4 contrasts, people against twins: correlation 0.71")
    assert "1 Support: loss − gain: people 0.42, twins 0.91" in label
    # Support and Trust are judged as people's are, the others are not.
    assert figure.picture.count('fill="white"') == 2


def test_points_lie_where_their_values_are() -> None:
    square = effects_square(
        Effects(contrasts=(contrast("a", 0.4, 0.4, 0.05), contrast("b", -0.4, 0.0, 0.05)))
    )
    assert square is not None
    marks = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', square.picture)
    (ax, ay), (bx, by) = ((float(x), float(y)) for x, y in marks)
    # The identity line runs from corner to corner: a lies on it, b half-way up at the left.
    middle_x, middle_y = (ax + bx) / 2, by
    assert ax - middle_x == pytest.approx(middle_y - ay, abs=0.2)


def test_effects_in_words() -> None:
    lines = effects_lines(EFFECTS)
    assert lines[0] == "Of 4 contrasts, 50% have the people's sign and 50% the people's verdict"
    assert "slope 1.60 [.90, 2.40]" in lines[1]
    assert "(the rest is their low variance)" in lines[2]
    assert "48% of the twins were in another arm" in lines[-1]
    assert effects_lines(None) == ()
    grid = contrast_grid(EFFECTS)
    assert grid is not None
    assert [row[-1] for row in grid.rows] == ["same", "differs", "other sign", "same"]


def test_only_what_is_flagged_is_shown_where_room_is_short(full: Scorecard) -> None:
    grid = quality_grid(full, everything=False)
    assert grid is not None
    assert [row[0] for row in grid.rows] == ["Straight-lining"]
    titles = [found.title for found in section_grids(full)]
    assert titles == [
        "Effects of the arms, people beside twins",
        "Data quality, people beside twins",
    ]
    assert len(section_grids(full, everything=True)) == 5


def test_calibration_without_answers_is_no_figure() -> None:
    none = dataclasses.replace(SECTIONS["forecasts"], bins=())  # type: ignore[type-var]
    assert calibration_square(none) is None  # type: ignore[arg-type]
    assert calibration_square(None) is None
    assert effects_square(None) is None


def test_the_heat_map_holds_shifts_of_means_in_sds(bare: Scorecard, study: Study) -> None:
    found = heat_map(bare)
    assert found is not None
    assert [label for label, _ in found.columns] == ["Everybody", "A", "B *"]
    rows = dict(found.rows)
    human, twin = study.human.numbers("q0"), study.twin.numbers("q0")
    some = study.human.numbers("group") == 1.0
    spread = math.sqrt(float(human[human == human].var()))
    known = [float(side[some & (side == side)].mean()) for side in (twin, human)]
    shift = (known[0] - known[1]) / spread
    text = f"{abs(shift):.2f}".removeprefix("0")
    assert rows["Item q0"][1].text.lstrip("+−") == text
    assert bare.groups[0].shifts["q0"] == pytest.approx(shift)
    # Nominal items have no mean.
    assert "party" not in rows


def test_colours_tell_up_from_down_and_stay_light_enough_to_read() -> None:
    assert tint(0.0) == "#ffffff"
    for value in (-2.0, -1.0, 0.5, 1.0, 9.0):
        red, green, blue = (int(tint(value)[k : k + 2], 16) / 255 for k in (1, 3, 5))
        assert (red > blue) is (value > 0)
        light = [
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
        ]
        luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
        # WCAG 2, contrast of text in #1a1a1a; 4.5 is what small text needs.
        assert (luminance + 0.05) / (0.0103 + 0.05) > 4.5


def test_every_figure_of_a_full_report_has_words(full: Scorecard) -> None:
    text = render_report(full)
    pictures = re.findall(r"<svg [^>]*>", re.sub(r'<p class="key".*?</p>', "", text, flags=re.S))
    spoken = [tag for tag in pictures if 'aria-label="' in tag or 'aria-hidden="true"' in tag]
    nested = [tag for tag in pictures if 'overflow="visible"' in tag and " x=" in tag]
    assert len(spoken) + len(nested) == len(pictures)


def test_cost_and_model_are_in_the_method_notes(full: Scorecard) -> None:
    text = render_report(full, context={"Respondent": "scripted:"})
    method = text[text.index("How this was made") :]
    for part in ("<dt>Cost</dt><dd>$1.20</dd>", "<dt>Requests</dt>", "Means differ: on 5 of 8"):
        assert part in method


def test_effects_are_drawn_with_the_identity_line(full: Scorecard, bare: Scorecard) -> None:
    from matplotlib import pyplot

    axes = full.plot(kind="effects")
    line = next(found for found in axes.lines if found.get_label() == "twins = people")
    assert list(np.asarray(line.get_xdata())) == list(np.asarray(line.get_ydata()))
    drawn = [
        tuple(point) for found in axes.collections for point in np.asarray(found.get_offsets())
    ]
    assert sorted(drawn) == sorted((c.human.d, c.twin.d) for c in EFFECTS.contrasts)
    pyplot.close("all")
    with pytest.raises(ComparisonError, match="no effects of experimental arms"):
        dataclasses.replace(bare, effects=None).plot(kind="effects")


def test_tasks_stand_in_the_report_under_their_own_heading(bare: Scorecard) -> None:
    flag = Flag(kind="no variance", task="game", text="everybody gives 5")
    game = TaskScore(
        name="game",
        title="A game",
        family="social",
        citation="Somebody (1999)",
        twins=10,
        people=0,
        figures=(
            TaskFigure(measure="given", label="Given", statistic="mean", twins=Figure(0.5, n=10)),
        ),
        effects=(),
        flags=(flag,),
    )
    card = dataclasses.replace(bare, tasks=TaskReport(tasks=(game,)))
    text = render_report(card)
    assert "Twins in tasks: 1 task, 10 twins" in text
    assert "A game, no variance: everybody gives 5." in text
    # The row that names the task spans the table.
    assert re.search(r'<th scope="rowgroup" colspan="\d">A game', text)
