from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Code, Codebook, Level, Role, Variable
from understudy.data.errors import PanelError, RequestError, UnderstudyError
from understudy.data.panel import Panel
from understudy.data.seeds import generator
from understudy.twins.population import design_effect, effective_size, rake

MakePanel = Callable[..., Panel]
GENDER = Variable(name="gender", labels=((1.0, "male"), (2.0, "female")))
REGION = Variable(name="region", labels=((1.0, "North"), (2.0, "South")))


@pytest.fixture
def table(make_panel: MakePanel) -> Panel:
    """Counts by gender and region: 40, 20 / 10, 30."""
    cells = [(1.0, 1.0)] * 40 + [(1.0, 2.0)] * 20 + [(2.0, 1.0)] * 10 + [(2.0, 2.0)] * 30
    return make_panel([(GENDER, [g for g, _ in cells]), (REGION, [r for _, r in cells])])


def test_one_margin_by_hand(table: Panel) -> None:
    raking = rake(table, {"gender": {"male": 50, "female": 50}})
    assert raking.weights[:60] == pytest.approx(50 / 60)
    assert raking.weights[60:] == pytest.approx(50 / 40)
    # (Σw)² / Σw² = 100² / (60 (5/6)² + 40 (5/4)²) = 10,000 / 104.1667
    assert raking.effective_n == pytest.approx(96.0)
    assert raking.design_effect == pytest.approx(100 / 96)
    assert raking.converged
    assert raking.iterations == 1


def test_two_margins_by_hand(table: Panel) -> None:
    """Margins 50/50 both ways keep the table's odds ratio of 40·30 / (20·10) = 6.

    With x the share of Northern men, x² / (.5 − x)² = 6, so x = .5 √6 / (1 + √6).
    """
    raking = rake(table, {"gender": {1: 0.5, 2: 0.5}, "region": {1: 0.5, 2: 0.5}}, tolerance=1e-12)
    x = 0.5 * np.sqrt(6) / (1 + np.sqrt(6))
    for rows, share in (
        (slice(0, 40), x),
        (slice(40, 60), 0.5 - x),
        (slice(60, 70), 0.5 - x),
        (slice(70, 100), x),
    ):
        assert raking.weights[rows].sum() / 100 == pytest.approx(share)
    assert raking.converged
    assert raking.worst <= 1e-12


def test_the_margins_say_what_was_before_and_after(table: Panel) -> None:
    north, south = rake(table, {"region": {"North": 1, "South": 3}}).margins
    assert (north.variable, north.code, north.label, north.people) == ("region", 1.0, "North", 50)
    assert (north.target, north.before) == (0.25, 0.5)
    assert north.achieved == pytest.approx(0.25)
    assert south.achieved == pytest.approx(0.75)


def test_raking_starts_from_the_weights_that_are_there(make_panel: MakePanel) -> None:
    weight = Variable(name="w", role=Role.WEIGHT, level=Level.INTERVAL)
    panel = make_panel([(weight, [1, 3, 2, 2]), (GENDER, [1.0, 1.0, 2.0, 2.0])])
    raking = rake(panel, {"gender": {1: 0.75, 2: 0.25}})
    assert raking.weights.tolist() == pytest.approx([0.75, 2.25, 0.5, 0.5])
    assert raking.base.tolist() == [0.5, 1.5, 1.0, 1.0]


def test_somebody_without_an_answer_keeps_their_weight(make_panel: MakePanel) -> None:
    panel = make_panel([(GENDER, [1.0, 1.0, 1.0, 2.0, None])])
    raking = rake(panel, {"gender": {1: 0.5, 2: 0.5}})
    assert raking.weights.tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2.0, 1.0])
    assert [m.achieved for m in raking.margins] == pytest.approx([0.5, 0.5])


def test_the_raked_panel_has_one_weight_and_keeps_the_old_as_paradata(village: Panel) -> None:
    panel = rake(village, {"gender": {"male": 50, "female": 50}}).panel
    assert panel.weight_variable == "rake_weight"
    assert panel.codebook["weight"].role is Role.PARADATA
    assert panel.weights().mean() == pytest.approx(1.0)
    assert panel.names == (*village.names, "rake_weight")
    again = rake(panel, {"gender": {1: 1, 2: 3}}).panel
    assert again.names == panel.names
    assert again.codebook.of_role(Role.WEIGHT)[0].name == "rake_weight"
    assert rake(village, {"gender": {1: 1, 2: 1}}, name="w2").panel.weight_variable == "w2"


def test_trimming_caps_weights_and_says_what_it_cost(make_panel: MakePanel) -> None:
    panel = make_panel([(GENDER, [1.0] * 95 + [2.0] * 5)])
    free = rake(panel, {"gender": {1: 0.5, 2: 0.5}})
    assert free.weights.max() == pytest.approx(10.0)
    capped = rake(panel, {"gender": {1: 0.5, 2: 0.5}}, trim=4)
    assert capped.weights.max() == pytest.approx(4.0)
    assert capped.weights.mean() == pytest.approx(1.0)
    assert not capped.converged
    assert capped.margins[1].achieved == pytest.approx(0.2)
    assert capped.effective_n > free.effective_n
    loose = rake(panel, {"gender": {1: 0.5, 2: 0.5}}, trim=20)
    assert loose.converged
    assert np.array_equal(loose.weights, free.weights)


def test_margins_that_contradict_each_other_do_not_converge(make_panel: MakePanel) -> None:
    panel = make_panel([(GENDER, [1.0, 1.0, 2.0, 2.0]), (REGION, [1.0, 1.0, 2.0, 2.0])])
    raking = rake(panel, {"gender": {1: 3, 2: 1}, "region": {1: 1, 2: 3}}, max_iterations=30)
    assert not raking.converged
    assert raking.iterations == 30
    assert raking.worst == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (
            {"region": {"North": 1, "South": 1, 3: 1}},
            "target for 'region': there is no answer to 'region' called '3'",
        ),
        (
            {"party": {"Red": 1, "Blue": 1, "Green": 2}},
            r"target for 'party': 3 \(Green\) is to be 50.0% and has nobody in the panel; merge it",
        ),
        (
            {"party": {"Red": 1}},
            r"2 \(Blue\) has 50 people and no target; give it one, or leave these people out first",
        ),
        ({"party": {"Red": 1, "Blue": 0}}, r"2 \(Blue\) is to be 0 and has 50 people; leave"),
        ({"party": {"Red": 1, 1: 1}}, "1 is given twice, by code and by label"),
        ({"party": {"Red": float("nan"), "Blue": 1}}, "'Red': nan is no share; give 0 or more"),
        ({"party": {"Red": -1, "Blue": 1}}, "-1 is no share"),
        ({"party": {"Red": True, "Blue": 1}}, "True is no share"),
        ({"party": {"Red": 0, "Blue": 0}}, "the targets add up to nothing"),
        ({"partie": {"Red": 1}}, r"no variable 'partie'; did you mean party\?"),
        ({}, "there are no targets to rake to"),
    ],
)
def test_impossible_targets_are_one_sentence(
    table: Panel, targets: Mapping[str, Mapping[Code, float]], message: str
) -> None:
    party = Variable(name="party", labels=((1.0, "Red"), (2.0, "Blue"), (3.0, "Green")))
    panel = dataclasses.replace(
        table,
        frame=table.frame.assign(party=table.frame["region"]),
        codebook=table.codebook.with_variables([party]),
    )
    with pytest.raises(UnderstudyError, match=message) as caught:
        rake(panel, targets)
    assert "\n" not in str(caught.value)


def test_a_category_of_zero_and_nobody_in_it_may_be_listed(table: Panel) -> None:
    party = Variable(name="region", labels=((1.0, "North"), (2.0, "South"), (3.0, "Sea")))
    panel = table.with_codebook([party])
    raking = rake(panel, {"region": {"North": 1, "South": 1, "Sea": 0}})
    assert [m.label for m in raking.margins] == ["North", "South"]


def test_settings_that_make_no_sense(table: Panel) -> None:
    targets: dict[str, dict[Code, float]] = {"gender": {1: 1, 2: 1}}
    with pytest.raises(RequestError, match="weights cannot be trimmed at 1 times their mean"):
        rake(table, targets, trim=1)
    with pytest.raises(RequestError, match="at least one iteration"):
        rake(table, targets, max_iterations=0)
    with pytest.raises(RequestError, match="already has a variable 'gender'"):
        rake(table, targets, name="gender")


def test_people_of_weight_zero_stay_at_zero(make_panel: MakePanel) -> None:
    weight = Variable(name="w", role=Role.WEIGHT, level=Level.INTERVAL)
    panel = make_panel([(weight, [0.0, 1.0, 1.0]), (GENDER, [1.0, 1.0, 2.0])])
    assert rake(panel, {"gender": {1: 1, 2: 3}}).weights.tolist() == [0.0, 0.75, 2.25]
    with pytest.raises(PanelError, match="has only people of weight 0"):
        rake(panel.take(np.array([0, 2])), {"gender": {1: 1, 2: 1}})


def test_kish() -> None:
    weights = np.array([1.0, 1.0, 2.0])
    assert effective_size(weights) == pytest.approx(16 / 6)
    cv = weights.std() / weights.mean()
    assert design_effect(weights) == pytest.approx(1 + cv**2)
    assert effective_size(np.zeros(3)) == 0.0
    assert np.isnan(design_effect(np.zeros(3)))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(20, 120),
    missing=st.floats(0, 0.3),
    trim=st.one_of(st.none(), st.floats(1.5, 6)),
)
def test_properties_of_raked_weights(
    seed: int, people: int, missing: float, trim: float | None
) -> None:
    rng = generator("raking property", seed)
    cells = rng.integers(1, 4, (people, 3)).astype(float)
    cells[rng.random(cells.shape) < missing] = np.nan
    cells[:3] = [[1, 2, 3], [2, 3, 1], [3, 1, 2]]  # nobody's category is empty
    names = ("a", "b", "c")
    panel = Panel(
        pd.DataFrame(cells, pd.Index([str(i) for i in range(people)], name="person"), list(names)),
        Codebook(tuple(Variable(name=n) for n in names)),
    )
    targets: dict[str, dict[Code, float]] = {
        n: {float(k): 0.2 + rng.random() for k in (1, 2, 3)} for n in names
    }
    raking = rake(panel, targets, trim=trim)
    assert raking.weights.shape == (people,)
    assert raking.weights.mean() == pytest.approx(1.0)
    assert (raking.weights > 0).all()
    assert 0 < raking.effective_n <= people * (1 + 1e-12)
    assert raking.design_effect >= 1 - 1e-12
    assert raking.converged == (raking.worst <= 1e-6)
    if trim is not None:
        assert raking.weights.max() <= trim * (1 + 1e-9)
    if raking.converged:
        for margin in raking.margins:
            assert margin.achieved == pytest.approx(margin.target, abs=1e-6)
    assert np.array_equal(rake(panel, targets, trim=trim).weights, raking.weights)
