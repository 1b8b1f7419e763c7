"""Scale scores of twins beside people's: one definition for both sides, shown compactly."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
import pytest
from rich.console import Console

from understudy.compare.render import print_scorecard, to_html, to_markdown
from understudy.compare.report import render_report
from understudy.compare.scale_grid import scale_grid
from understudy.compare.scorecard import Scorecard, compare
from understudy.data.panel import Panel
from understudy.data.scale_report import cronbach_alpha
from understudy.data.scale_scores import with_scores
from understudy.data.scales import Mark, Norm, Scale

MakePanel = Callable[..., Panel]

WARMTH = Scale(
    name="warmth",
    items=("q0", "q1", "q2", "q3"),
    reverse=("q1",),
    minimum=3,
    label="Warmth",
    norms=Norm(mean=3.3, sd=0.7, n=1200, source="A Study (2020)", mark=Mark.SECONDARY),
)
TOTAL = Scale(name="total", items=("q0", "q2", "q4"), score="sum")


class Study(Protocol):
    human: Panel
    retest: Panel
    twin: Panel


@pytest.fixture(scope="module")
def card(study: Study) -> Scorecard:
    twin = with_scores(study.twin, [WARMTH, TOTAL])
    return compare(
        twin, study.human, retest=study.retest, scales=(WARMTH, TOTAL), bootstrap=200, splits=20
    )


def keyed(panel: Panel, scale: Scale) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.column_stack(
        [
            6 - panel.numbers(name) if name in scale.reverse else panel.numbers(name)
            for name in scale.items
        ]
    )


def test_both_sides_are_scored_by_one_definition(study: Study, card: Scorecard) -> None:
    warmth, total = card.scales
    human, twin = keyed(study.human, WARMTH), keyed(study.twin, WARMTH)
    enough = [(~np.isnan(side)).sum(axis=1) >= 3 for side in (human, twin)]
    ours = np.where(enough[0], np.nanmean(human, axis=1), np.nan)
    theirs = np.where(enough[1], np.nanmean(twin, axis=1), np.nan)
    assert warmth.people.mean == pytest.approx(np.nanmean(ours))
    assert warmth.twins.sd == pytest.approx(np.nanstd(theirs, ddof=1))
    assert warmth.people.alpha == pytest.approx(cronbach_alpha(human))
    both = enough[0] & enough[1]
    assert warmth.n == both.sum()
    r = np.corrcoef(ours[both], theirs[both])[0, 1]
    assert warmth.pearson == pytest.approx(r)
    assert warmth.interval[0] < r < warmth.interval[1]
    assert warmth.retest > warmth.pearson
    assert warmth.difference == pytest.approx(
        (warmth.twins.mean - warmth.people.mean) / warmth.people.sd
    )
    assert total.people.mean == pytest.approx(
        np.nanmean(keyed(study.human, TOTAL).sum(axis=1)), rel=1e-12
    )


def test_scores_are_no_items(study: Study, card: Scorecard) -> None:
    assert "warmth" not in [item.name for item in card.items]
    plain = compare(study.twin, study.human, retest=study.retest, bootstrap=200, splits=20)
    assert plain.to_json()["overall"] == card.to_json()["overall"]
    assert plain.scales == ()
    assert not any("warmth" in note for note in card.notes)


def test_a_scale_that_people_cannot_be_scored_on_is_said(study: Study) -> None:
    lacking = Scale(name="lacking", items=("q0", "q9", "q8"))
    mixed = Scale(name="mixed", items=("q0", "give"))
    card = compare(study.twin, study.human, scales=(lacking, mixed), bootstrap=0, splits=0)
    assert card.scales == ()
    assert "scales not compared, for want of items: lacking (q9 and 1 more)" in card.notes
    assert (
        "the scale mixed is not compared: 'give' is answered on 0 to 100 and 'q0' on 1 to 5"
        in card.notes
    )


def test_answers_that_rest_on_nothing_have_no_r(study: Study) -> None:
    card = compare(
        study.twin, study.human, scales=(WARMTH,), aggregate_only=("q2",), bootstrap=50, splits=0
    )
    (warmth,) = card.scales
    assert math.isnan(warmth.pearson)
    assert not math.isnan(warmth.twins.mean)


def test_theta_puts_both_sides_on_the_people_s_footing(study: Study) -> None:
    names = tuple(f"q{k}" for k in range(6))
    theta = Scale(name="theta", items=names, score="theta", minimum=4)
    shifted = study.twin.frame.copy()
    shifted[list(names)] = np.minimum(shifted[list(names)] + 1, 5)
    higher = replace(study.twin, frame=shifted)
    (low,) = compare(study.twin, study.human, scales=(theta,), bootstrap=0, splits=0).scales
    (high,) = compare(higher, study.human, scales=(theta,), bootstrap=0, splits=0).scales
    assert low.people == high.people
    assert low.people.mean == pytest.approx(0.0, abs=0.05)
    assert high.twins.mean > low.twins.mean + 0.4
    few = study.human.take(np.arange(60))
    card = compare(study.twin, few, scales=(theta,), bootstrap=0, splits=0)
    assert card.scales[0].people.n == 0
    assert any("too few to fit theta to" in note for note in card.notes)


def test_it_is_shown_everywhere(card: Scorecard) -> None:
    grid = scale_grid(card)
    assert grid is not None
    assert grid.note == "norms: A Study (2020) (n = 1,200, secondary)"
    shown = io.StringIO()
    print_scorecard(card, Console(file=shown, width=100))
    markdown, cell, report = to_markdown(card), to_html(card), render_report(card)
    for text in (shown.getvalue(), markdown, cell, report):
        assert "By scale" in text
        assert "Warmth" in text
        assert "3.30 (.70)" in text
    assert all(len(line.rstrip()) <= 100 for line in shown.getvalue().splitlines())
    plain = card.to_json()["scales"]
    assert plain[0]["norms"]["mark"] == "secondary"
    assert plain[0]["people"]["alpha"] == pytest.approx(card.scales[0].people.alpha)
    assert plain[1]["norms"] is None


def test_without_scales_nothing_is_shown(study: Study) -> None:
    card = compare(study.twin, study.human, bootstrap=0, splits=0)
    assert scale_grid(card) is None
    assert "By scale" not in render_report(card) + to_markdown(card)


def test_a_survey_weight_weighs_scores(make_panel: MakePanel) -> None:
    from understudy.data.codebook import Level, Role, Variable

    answers = {"q0": [1.0, 5.0, 3.0], "q1": [1.0, 5.0, 2.0]}
    twin = make_panel(answers)
    weight = Variable(name="w", level=Level.INTERVAL, role=Role.WEIGHT)
    heavy = {**answers, "w": [2.0, 1.0, 0.0]}
    human = make_panel(heavy, [*twin.codebook, weight])
    scale = Scale(name="s", items=("q0", "q1"))
    (found,) = compare(twin, human, scales=(scale,), bootstrap=0, splits=0).scales
    assert found.people.mean == pytest.approx(7 / 3)
