"""An instrument from its items and keys: a table in the form of psych's bfi.dictionary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from understudy.data.errors import CodebookError, RequestError, UnderstudyError, UnknownNameError
from understudy.data.read import read
from understudy.data.scale_report import scale_report, summaries
from understudy.surveys.checks.check import check
from understudy.surveys.instruments.from_csv import scales_from_csv

REAL = Path(__file__).parents[4] / "shared" / "data" / "retest"

# The columns of the real table, with sentences of our own.
DICTIONARY = """\
rownames,ItemLabel,Item,Giant3,Big6,Little12,Keying,IPIP100
W1,q_1,Walk past people who are crying.,Cohesion,Warmth,Care,-1,B5:W
W2,q_2,"Ask {others} how they are, and wait.",Cohesion,Warmth,Care,1,B5:W
W3,q_3,Cook for the sick.,Cohesion,Warmth,Help,1,B5:W
W4,q_4,Carry other people's bags.,Cohesion,Warmth,Help,1,B5:W
S1,q_5,Shout at the radio.,Stability,Steady Mood,Calm,-1,B5:S
S2,q_6,Wake up worried.,Stability,Steady Mood,Calm,-1,B5:S
S3,q_7,Cry at small things.,Stability,Steady Mood,Poise,-1,B5:S
gender,gender,"males=1, females=2",,,,,
age,age,age in years,,,,,
"""


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    path = tmp_path / "twin.dictionary.csv"
    path.write_text(DICTIONARY, encoding="utf-8")
    return path


@pytest.fixture
def people(tmp_path: Path) -> pd.DataFrame:
    """Answers on 1 to 6 with gaps, written beside the dictionary as the real file is."""
    rng = np.random.default_rng(12)
    warmth, unrest = rng.normal(size=(2, 900, 1))
    warm = np.clip(np.round(4.2 + warmth + rng.normal(size=(900, 4))), 1, 6)
    warm[:, 0] = 7 - warm[:, 0]
    restless = np.clip(np.round(3.1 + unrest + rng.normal(size=(900, 3))), 1, 6)
    data = np.hstack([warm, restless])
    data[rng.random(data.shape) < 0.02] = np.nan
    frame = pd.DataFrame(data, columns=["W1", "W2", "W3", "W4", "S1", "S2", "S3"])
    frame["gender"], frame["age"] = rng.integers(1, 3, 900), rng.integers(18, 80, 900)
    frame.to_csv(tmp_path / "twin.csv")
    return frame


def test_items_scales_and_keys(dictionary: Path) -> None:
    found = scales_from_csv(dictionary)
    warmth, mood = found.scales
    assert (warmth.name, warmth.items, warmth.reverse) == (
        "warmth",
        ("W1", "W2", "W3", "W4"),
        ("W1",),
    )
    assert (mood.name, mood.label) == ("steady_mood", "Steady Mood")
    assert mood.reverse == mood.items
    assert [item.key for item in found.items] == [-1, 1, 1, 1, -1, -1, -1]
    assert found.items[2].variable.question == "Cook for the sick."
    assert found.remarks == (
        "Scales are those of the column Big6, keys those of Keying.",
        "Other columns that could name scales: Giant3, Little12, IPIP100.",
        "In no scale, and left out: gender, age.",
        "All items of Steady Mood are keyed −1: a high score is little of what they say.",
    )


def test_scores_of_a_table_as_it_is(dictionary: Path, people: pd.DataFrame, tmp_path: Path) -> None:
    panel = read(tmp_path / "twin.csv")
    found = scales_from_csv(dictionary, flip={"Steady Mood": "Unrest"}, minimum=1)
    table = scale_report(panel, found.scales)
    warm = people[["W1", "W2", "W3", "W4"]].assign(W1=7 - people["W1"])
    restless = people[["S1", "S2", "S3"]]
    for name, answers in (("warmth", warm), ("unrest", restless)):
        scores = answers.mean(axis=1)
        assert table.loc[name, "mean"] == pytest.approx(scores.mean())
        assert table.loc[name, "sd"] == pytest.approx(scores.std())
        c = answers.dropna().cov().to_numpy()
        k = len(c)
        assert table.loc[name, "alpha"] == pytest.approx(k / (k - 1) * (1 - np.trace(c) / c.sum()))
    (unrest,) = summaries(panel, found.scales[1:])
    (steady,) = summaries(panel, scales_from_csv(dictionary, minimum=1).scales[1:])
    assert steady.mean == pytest.approx(7 - unrest.mean)
    assert steady.alpha == pytest.approx(unrest.alpha)


def test_a_questionnaire_that_can_be_administered(dictionary: Path) -> None:
    found = scales_from_csv(dictionary, scale="Little12", minimum=1)
    assert [scale.name for scale in found.scales] == ["care", "help", "calm", "poise"]
    survey = found.questionnaire((1, 6), ["Never", "Always"], title="Sentences")
    assert check(survey).problems == ()
    first = survey.questions()[0]
    assert [option.label for option in first.options] == ["Never", "2", "3", "4", "5", "Always"]
    assert survey.questions()[1].text == "Ask {{others}} how they are, and wait."
    assert survey.codebook()["W2"].question == "Ask {others} how they are, and wait."
    full = found.questionnaire((0, 2), ["No", "Somewhat", "Yes"])
    assert [option.code for option in full.questions()[0].options] == [0.0, 1.0, 2.0]


def test_labels_of_the_table_are_used(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "name,wording,scale,reverse,labels\n"
        "a,I hum.,Cheer,,1=No; 2=Sometimes; 3=Yes\n"
        "b,I sulk.,Cheer,x,1=No; 2=Sometimes; 3=Yes\n"
    )
    found = scales_from_csv(path)
    assert found.scales[0].reverse == ("b",)
    options = found.questionnaire().questions()[0].options
    assert [(option.code, option.label) for option in options] == [
        (1.0, "No"),
        (2.0, "Sometimes"),
        (3.0, "Yes"),
    ]


def test_a_scale_does_not_take_the_name_of_an_item(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("name,item,scale,key\ncheer,I hum.,Cheer,1\nb,I sulk.,Cheer,-1\n")
    (scale,) = scales_from_csv(path).scales
    assert (scale.name, scale.label) == ("cheer_score", "Cheer")


BAD = [
    ("a,I hum.,Cheer,\n", "own.csv, row 2, variable a: the item has no key; write 1 or -1."),
    ("a,I hum.,Cheer,maybe\n", "own.csv, row 2, variable a: 'maybe' is no key; write 1 or -1."),
    ("a,I hum.,,1\n", "own.csv: the column 'scale' is empty."),
    (
        "a,I hum.,Cheer,1\na,I sing.,Cheer,1\n",
        "own.csv, row 3: the variable 'a' is described twice; keep one row.",
    ),
]


@pytest.mark.parametrize(("rows", "said"), BAD)
def test_a_bad_row_is_named(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text("name,item,scale,key\n" + rows)
    with pytest.raises(CodebookError) as refused:
        scales_from_csv(path)
    assert str(refused.value) == said


def test_what_cannot_be_is_refused_in_one_sentence(tmp_path: Path, dictionary: Path) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_text("name,item,remark\na,I hum.,1\n")
    with pytest.raises(CodebookError, match="no column says what the scale of an item is"):
        scales_from_csv(plain)
    with pytest.raises(CodebookError, match="no column says what the key of an item is"):
        scales_from_csv(plain, scale="remark")
    with pytest.raises(UnknownNameError, match="there is no column 'Big7'; did you mean Big6"):
        scales_from_csv(dictionary, scale="Big7")
    with pytest.raises(UnknownNameError, match="there is no scale 'Steady'"):
        scales_from_csv(dictionary, flip={"Steady": "Unrest"})
    with pytest.raises(RequestError, match="minimum of items answered is 4, and 'Steady Mood' has"):
        scales_from_csv(dictionary, minimum=4)
    with pytest.raises(RequestError, match="a score is one of mean, sum, theta, not 'median'"):
        scales_from_csv(dictionary, score="median")
    found = scales_from_csv(dictionary)
    with pytest.raises(RequestError, match="nothing says which answers can be given"):
        found.questionnaire()
    with pytest.raises(RequestError, match="there are 3 labels for 6 points"):
        found.questionnaire((1, 6), ["a", "b", "c"])
    with pytest.raises(UnderstudyError):
        scales_from_csv(tmp_path / "nowhere.csv")


@pytest.mark.skipif(not (REAL / "bfi.csv").is_file(), reason="psych's bfi is not here")
def test_reference_figures_of_the_real_table() -> None:
    # psych's scoreItems prints these means, standard deviations and α of 2,800 people.
    found = scales_from_csv(
        REAL / "bfi.dictionary.csv", flip={"Emotional Stability": "Neuroticism"}, minimum=1
    )
    table = scale_report(read(REAL / "bfi.csv"), found.scales)
    expected = {
        "agreeableness": (4.65, 0.90, 0.70),
        "conscientiousness": (4.27, 0.95, 0.73),
        "extraversion": (4.15, 1.06, 0.76),
        "neuroticism": (3.16, 1.20, 0.81),
        "openness": (4.59, 0.81, 0.60),
    }
    rounded = table[["mean", "sd", "alpha"]].round(2).to_dict("index")
    assert {name: tuple(row.values()) for name, row in rounded.items()} == expected
    assert table["n"].tolist() == [2800] * 5
    theta = scale_report(
        read(REAL / "bfi.csv"), [replace(scale, score="theta") for scale in found.scales]
    )
    assert theta["mean"].abs().max() < 0.01
