from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Level, Role, Variable
from understudy.data.errors import PanelError, RequestError, UnderstudyError, UnknownNameError
from understudy.data.panel import Panel
from understudy.data.seeds import generator
from understudy.twins.population import draw, load_targets, original, quota, sample, where
from understudy.twins.twin import Twins

MakePanel = Callable[..., Panel]
GENDER = Variable(name="gender", labels=((1.0, "male"), (2.0, "female")))
REGION = Variable(name="region", labels=((1.0, "North"), (2.0, "South"), (3.0, "North West")))


@pytest.fixture
def town(make_panel: MakePanel) -> Panel:
    """120 people: gender and region cross in every combination, unevenly."""
    rng = generator("town")
    return make_panel(
        [
            (GENDER, rng.choice([1.0, 2.0], 120, p=[0.4, 0.6]).tolist()),
            (REGION, rng.choice([1.0, 2.0, 3.0], 120, p=[0.5, 0.3, 0.2]).tolist()),
            (Variable(name="age", level=Level.INTERVAL), rng.integers(18, 90, 120).tolist()),
        ]
    )


# --- at random ----------------------------------------------------------------------------------


def test_a_sample_is_people_in_panel_order_and_reproducible(town: Panel) -> None:
    chosen = sample(town, 40, seed=7)
    positions = [town.row_of(person) for person in chosen.persons]
    assert len(chosen) == len(set(positions)) == 40
    assert positions == sorted(positions)
    assert chosen.persons == sample(town, 40, seed=7).persons
    assert chosen.persons != sample(town, 40, seed=8).persons
    assert sample(town, 120).persons == town.persons


def test_too_many_and_too_few_are_refused(town: Panel) -> None:
    with pytest.raises(RequestError, match=r"121 people are asked for and there are 120; ask for"):
        sample(town, 121)
    with pytest.raises(RequestError, match="0 people are asked for; ask for at least 1"):
        sample(town, 0)
    with pytest.raises(RequestError, match="at least 1"):
        draw(town, 0)


# --- by weight ----------------------------------------------------------------------------------


def test_a_draw_is_proportional_to_weight_and_gives_unique_ids(village: Panel) -> None:
    drawn = draw(village, 8_000, seed=1)
    counts = Counter(original(person, village) for person in drawn.persons)
    assert len(set(drawn.persons)) == 8_000
    for person, expected in (("ann", 1_000), ("bob", 1_000), ("cat", 2_000), ("dan", 4_000)):
        assert abs(counts[person] - expected) < 200  # five standard errors
    assert drawn.persons[:2] == ["ann", "ann#2"]
    assert drawn.weights().tolist() == [1.0] * 8_000
    assert drawn.codebook["weight"].role is Role.PARADATA
    twins = Twins.from_panel(drawn)
    assert twins["bob#2"].facts == twins["bob"].facts
    assert twins["bob#3"].withheld[0].answer == "did not want to say"


def test_nobody_of_weight_zero_is_drawn(make_panel: MakePanel) -> None:
    weight = Variable(name="w", role=Role.WEIGHT, level=Level.INTERVAL)
    panel = make_panel([(weight, [0.0, 1.0, None]), (GENDER, [1.0, 2.0, 2.0])])
    assert {original(p, panel) for p in draw(panel, 50).persons} == {"2"}


def test_an_id_that_a_copy_needs_is_refused(make_panel: MakePanel) -> None:
    panel = make_panel([(GENDER, [1.0, 1.0])], ids=["a", "a#2"])
    with pytest.raises(PanelError, match="the id 'a#2' is needed for a copy of 'a'"):
        draw(panel, 20)


def test_originals(make_panel: MakePanel) -> None:
    panel = make_panel([(GENDER, [1.0, 1.0])], ids=["a", "b#7"])
    assert original("a#3", panel) == "a"
    assert original("b#7", panel) == "b#7"
    assert original("b#7#2", panel) == "b#7"
    with pytest.raises(UnknownNameError, match="no person 'c#2'"):
        original("c#2", panel)


# --- quotas -------------------------------------------------------------------------------------


def counts(panel: Panel, name: str) -> dict[float, int]:
    return dict(Counter(panel.frame[name].tolist()))


def test_a_quota_by_code_or_by_label(town: Panel) -> None:
    chosen = quota(town, {"gender": {1: 20, "female": 25}}, seed=3)
    assert counts(chosen, "gender") == {1.0: 20, 2.0: 25}
    assert chosen.persons == quota(town, {"gender": {1: 20, 2: 25}}, seed=3).persons
    assert chosen.persons != quota(town, {"gender": {1: 20, 2: 25}}, seed=4).persons
    positions = [town.row_of(person) for person in chosen.persons]
    assert positions == sorted(positions)


def test_independent_margins_are_all_met(town: Panel) -> None:
    chosen = quota(town, {"gender": {1: 25, 2: 25}, "region": {1: 20, 2: 20, 3: 10}}, seed=3)
    assert counts(chosen, "gender") == {1.0: 25, 2.0: 25}
    assert counts(chosen, "region") == {1.0: 20, 2.0: 20, 3.0: 10}


def test_margins_are_filled_evenly_across_combinations(make_panel: MakePanel) -> None:
    """Where gender and region are independent in the panel they stay so in the choice."""
    panel = make_panel([(GENDER, [1.0, 2.0] * 100), (REGION, [1.0] * 100 + [2.0] * 100)])
    chosen = quota(panel, {"gender": {1: 40, 2: 40}, "region": {1: 40, 2: 40}})
    cells = Counter(zip(chosen.frame["gender"], chosen.frame["region"], strict=True))
    assert set(cells.values()) == {20}


def test_cells_of_two_variables(town: Panel) -> None:
    chosen = quota(town, {"gender*region": {(1, "South"): 4, "female * 3": 6}})
    cells = Counter(zip(chosen.frame["gender"], chosen.frame["region"], strict=True))
    assert cells == {(1.0, 2.0): 4, (2.0, 3.0): 6}


def test_shares_become_whole_people_by_largest_remainder(town: Panel) -> None:
    chosen = quota(town, {"region": {1: 1, 2: 1, 3: 1}}, n=20)
    assert counts(chosen, "region") == {1.0: 7, 2.0: 7, 3.0: 6}
    chosen = quota(town, {"gender": {1: 0.375, 2: 0.625}}, n=40)
    assert counts(chosen, "gender") == {1.0: 15, 2.0: 25}


def test_people_without_an_answer_or_a_quota_are_not_chosen(make_panel: MakePanel) -> None:
    panel = make_panel([(REGION, [1.0, None, 2.0, 3.0, 1.0])])
    assert quota(panel, {"region": {1: 2, 2: 1}}).persons == ["1", "3", "5"]


def test_a_short_quota_names_the_category_and_by_how_much(make_panel: MakePanel) -> None:
    panel = make_panel([(GENDER, [1.0, 1.0, 2.0])])
    with pytest.raises(PanelError) as caught:
        quota(panel, {"gender": {1: 2, 2: 5}})
    assert str(caught.value) == (
        "quotas: there are too few people: gender = female is short by 4 (1 of 5); "
        "lower these quotas, or draw with replacement from a raked panel."
    )


def test_a_quota_short_only_in_combination_is_found_too(make_panel: MakePanel) -> None:
    # Enough women and enough Southerners, but every woman is from the North.
    panel = make_panel([(GENDER, [1.0] * 4 + [2.0] * 4), (REGION, [2.0] * 4 + [1.0] * 4)])
    with pytest.raises(PanelError, match=r"short by 4 .* once the other quotas are met"):
        quota(panel, {"gender": {2: 4}, "region": {2: 4}})
    with pytest.raises(PanelError, match="short by"):
        quota(panel, {"gender": {1: 1, 2: 3}, "region": {1: 1, 2: 3}})


@pytest.mark.parametrize(
    ("quotas", "n", "message"),
    [
        ({}, None, "there are no quotas"),
        (
            {"gender": {1: 5}, "region": {1: 6}},
            None,
            "add up to 5 people and those for 'region' to 6",
        ),
        ({"gender": {1: 0.5, 2: 0.5}}, None, "0.5 is no whole number of people; give counts"),
        ({"gender": {1: -1, 2: 2}}, None, "-1 is no number of people"),
        ({"gender": {1: True}}, None, "True is no number of people"),
        ({"gender": {1: 0}}, None, "add up to nobody"),
        ({"gender": {1: 1, "male": 1}}, None, "'male' is given twice"),
        ({"gender*region": {1: 1}}, None, "does not name an answer to each of gender, region"),
        (
            {"gender": {"mail": 1}},
            None,
            r"no answer to 'gender' called 'mail'; did you mean male or female\?",
        ),
        ({"gendr": {1: 1}}, None, r"no variable 'gendr'; did you mean gender\?"),
        ({"gender": {1: 1}}, 0, "0 people are asked for"),
    ],
)
def test_quotas_that_make_no_sense(
    town: Panel, quotas: dict[str, dict[object, float]], n: int | None, message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        quota(town, quotas, n=n)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(4, 30))
def test_quotas_taken_from_a_real_choice_can_always_be_met(seed: int, size: int) -> None:
    """Whatever people one picks by hand, their own margins are quotas that can be filled."""
    import pandas as pd

    from understudy.data.codebook import Codebook

    rng = generator("quota property", seed)
    names = ("a", "b", "c")
    cells = rng.integers(1, 4, (60, 3)).astype(float)
    panel = Panel(
        pd.DataFrame(cells, pd.Index([str(i) for i in range(60)], name="person"), list(names)),
        Codebook(tuple(Variable(name=n) for n in names)),
    )
    picked = cells[rng.choice(60, size, replace=False)]
    wanted = {n: dict(Counter(picked[:, j].tolist())) for j, n in enumerate(names)}
    chosen = quota(panel, wanted, seed)
    for name in names:
        assert counts(chosen, name) == wanted[name]


# --- conditions ---------------------------------------------------------------------------------


@pytest.fixture
def crowd(make_panel: MakePanel) -> Panel:
    school = ("none", "school", "college")
    return make_panel(
        [
            (GENDER, [1.0, 2.0, 2.0, None]),
            (REGION, [1.0, 2.0, 3.0, 3.0]),
            (Variable(name="age", level=Level.INTERVAL), [17.0, 30.0, None, 65.0]),
            (
                Variable(
                    name="school",
                    kind="text",
                    level=Level.ORDINAL,
                    labels=tuple((s, s.title()) for s in school),
                ),
                ["none", "school", "college", None],
            ),
            (
                Variable(name="born", kind="date", level=Level.INTERVAL),
                [
                    "2001-05-31",
                    "1990-01-01",
                    None,
                    "1955-12-24",
                ],
            ),
            (Variable(name="two words", level=Level.INTERVAL), [1.0, 2.0, 3.0, 4.0]),
        ],
        ids=["a", "b", "c", "d"],
    )


@pytest.mark.parametrize(
    ("expression", "people"),
    [
        ("age >= 30", "bd"),
        ("age>=30", "bd"),
        ("age = 30 or gender == male", "ab"),
        ("gender != 1", "bc"),
        ("not gender == 1", "bc"),
        ("not (gender == 1 or age > 60)", "b"),
        ("not (gender == 1 and age > 60)", "abc"),
        ("gender == 1 or gender == 2 and age < 40", "ab"),
        ("(gender == 1 or gender == 2) and age < 40", "ab"),
        ('region == "North West"', "cd"),
        ("region == north west and age is not missing", "d"),
        ("region in (South, 3)", "bcd"),
        ("not region in (South, 3)", "a"),
        ("age is missing", "c"),
        ("not age is missing", "abd"),
        ("AGE IS MISSING", None),
        ("school >= School", "bc"),
        ("school < college", "ab"),
        ("school == 'college'", "c"),
        ("born < 1990-01-02", "bd"),
        ("born == 2001-05-31", "a"),
        ("'two words' <= 2", "ab"),
        ("age > -5", "abd"),
        ("age > 1e1 AND age < 3.5e1", "ab"),
    ],
)
def test_conditions(crowd: Panel, expression: str, people: str | None) -> None:
    if people is None:
        with pytest.raises(UnknownNameError, match=r"did you mean age\?"):
            where(crowd, expression)
        return
    assert "".join(where(crowd, expression).persons) == people


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "the condition is empty"),
        ("age", "a comparison is expected after 'age' at 'the end'"),
        ("age >", "a value is expected at 'the end'"),
        ("age >= 30 and", "the name of a variable is expected at 'the end'"),
        ("(age >= 30", "a closing bracket is missing at 'the end'"),
        ("age >= 30)", r"the condition goes on where it should end at '\)'"),
        ("age == 'x", "cannot be read at"),
        ("age is old", "'missing' is expected after 'is' at 'old'"),
        ("age in 3", "an opening bracket is expected"),
        ("age in (3", "a comma or a closing bracket is expected at 'the end'"),
        ("age == old", "'age' holds numbers, and 'old' is none"),
        ("gender > male", "have no order"),
        ("gender == mal", r"no answer to 'gender' called 'mal'; did you mean male or female\?"),
        ("gendr == 1", r"no variable 'gendr'; did you mean gender\?"),
        ("born > yesterday", "holds dates; write one as 2024-05-31"),
        ("age > 200", "village.csv: nobody matches 'age > 200'; loosen the condition"),
        ("(" * 60 + "age > 1" + ")" * 60, "nested more than 50 deep"),
        ("not " * 60 + "age > 1", "nested more than 50 deep"),
        ("age > 1 or " * 2_000 + "age > 2", "longer than 10,000 characters"),
        ("__import__('os').system('true')", "."),
    ],
)
def test_conditions_that_cannot_be_met_or_read(crowd: Panel, expression: str, message: str) -> None:
    with pytest.raises(UnderstudyError, match=message) as caught:
        where(crowd, expression)
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(text=st.text(alphabet="age region gender<>=!()and or not in 'is missing\",13", max_size=40))
def test_no_text_makes_the_reader_of_conditions_fail(text: str) -> None:
    import pandas as pd

    from understudy.data.codebook import Codebook

    panel = Panel(
        pd.DataFrame({"age": [1.0], "gender": [1.0]}, index=pd.Index(["a"], name="person")),
        Codebook((Variable(name="age", level=Level.INTERVAL), GENDER)),
    )
    try:
        persons = where(panel, text).persons
    except UnderstudyError:
        persons = ["a"]
    assert persons == ["a"]


# --- target files -------------------------------------------------------------------------------


def test_targets_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "census.yaml"
    path.write_text("gender: {1: 49, female: 51}\nregion:\n  North: .5\n  2: .5\n")
    assert load_targets(path) == {
        "gender": {1: 49.0, "female": 51.0},
        "region": {"North": 0.5, 2: 0.5},
    }


def test_targets_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "census.csv"
    path.write_text(
        "\ufeffAnswer,Share,Variable\nmale,49,gender\n\n2,51,gender\n", encoding="utf-8"
    )
    assert load_targets(path) == {"gender": {"male": 49.0, "2": 51.0}}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.yaml", "", "there are no targets"),
        ("t.yaml", "[1, 2]", "there are no targets"),
        ("t.yaml", "gender: 5", "the targets of 'gender' are no mapping"),
        ("t.yaml", "gender: {true: 5}", "True is no answer; put labels in quotes"),
        ("t.yaml", "gender: {male: lots}", "gender, male: 'lots' is no share"),
        ("t.yaml", "gender: {male: -1}", "-1 is no share"),
        ("t.csv", "", "the column 'variable' is missing"),
        ("t.csv", "variable,answer\n", "the column 'share' is missing"),
        ("t.csv", "variable,answer,share\n", "there are no targets"),
        ("t.csv", "variable,answer,share\ngender,male\n", "row 2: the row is too short"),
        ("t.csv", "variable,answer,share\ngender,male,x\n", "row 2: 'x' is no share"),
        ("t.csv", "variable,answer,share\n,male,1\n", "row 2: a variable or an answer is missing"),
        ("t.csv", "variable,answer,share\ng,m,1\ng,m,2\n", "row 3: 'm' of 'g' is given twice"),
    ],
)
def test_target_files_that_cannot_be_used(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UnderstudyError, match=message) as caught:
        load_targets(path)
    assert name in str(caught.value)


@pytest.mark.parametrize("name", ["none.yaml", "none.csv"])
def test_a_target_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnderstudyError, match="there is no such file"):
        load_targets(tmp_path / name)


def test_a_share_of_four_hundred_digits_is_no_share(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(f"sex: {{m: {'9' * 390}, f: 1}}\n")
    with pytest.raises(UnderstudyError, match="is no share; give a number, 0 or more"):
        load_targets(path)


def test_a_binary_target_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(UnderstudyError, match="is not a CSV file in UTF-8"):
        load_targets(path)


def test_choosing_keeps_statuses_with_their_people(village: Panel) -> None:
    bob = where(village, "gender == female and age is missing")
    assert bob.persons == ["bob"]
    assert np.array_equal(bob.status["age"], [1])
