"""Two panels brought together, or refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from understudy.compare.align import align
from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.errors import ComparisonError, PanelError, UnderstudyError
from understudy.data.panel import Panel

NAN = np.nan
MakePanel = Callable[..., Panel]
MakeItem = Callable[..., Variable]


def sentence(error: pytest.ExceptionInfo[UnderstudyError]) -> str:
    text = str(error.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert "nan" not in text.casefold()
    return text


def test_people_and_items_are_joined_in_the_order_of_people_and_twins(
    make_panel: MakePanel, item: MakeItem
) -> None:
    human = make_panel({"a": [1, 2, 3], "b": [4, 5, NAN]}, persons=["x", "y", "z"])
    twin = make_panel({"b": [2, 3, 4], "new": [1, 1, 1], "a": [5, 5, 5]}, persons=["z", "x", "w"])
    aligned = align(twin, human)
    assert aligned.persons == ("x", "z")
    assert [i.name for i in aligned.items] == ["b", "a"]
    np.testing.assert_array_equal(aligned.human, [[4, 1], [NAN, 3]])
    np.testing.assert_array_equal(aligned.twin, [[3, 5], [2, 5]])
    assert any("1 twins have no person" in note for note in aligned.notes)
    assert any("1 people have no twin" in note for note in aligned.notes)
    assert any("not asked 'new'" in note for note in aligned.notes)


def test_missing_answers_are_counted_by_reason_among_the_people_in_common(
    make_panel: MakePanel, item: MakeItem
) -> None:
    missing = (MissingCode(-1.0, Reason.REFUSED), MissingCode(-2.0, Reason.UNPARSED))
    book = [item("a", missing=missing)]
    human = make_panel(
        {"a": [NAN, NAN, 3, 2]}, book, status={"a": np.array([1, 0, 0, 0], dtype=np.int16)}
    )
    twin = make_panel({"a": [1, NAN, 2]}, book, status={"a": np.array([0, 2, 0], dtype=np.int16)})
    (only,) = align(twin, human).items
    assert only.human_missing == {Reason.REFUSED: 1, Reason.NOT_RECORDED: 1}
    assert only.twin_missing == {Reason.UNPARSED: 1}


def test_the_human_codebook_decides_level_and_range(make_panel: MakePanel, item: MakeItem) -> None:
    human = make_panel({"a": [1, 2, 3]}, [item("a")])
    twin = make_panel({"a": [2, 2, 3]}, [Variable(name="a", level=Level.INTERVAL, range=(1, 3))])
    aligned = align(twin, human)
    scale = aligned.items[0].scale
    assert (scale.level, scale.low, scale.high) == (Level.ORDINAL, 1, 5)
    assert any("interval for the twins" in note for note in aligned.notes)
    assert any("declared as 1 to 5" in note for note in aligned.notes)


def test_a_scale_labelled_at_its_ends_has_the_points_between(make_panel: MakePanel) -> None:
    ends = Variable(
        name="a", level=Level.ORDINAL, labels=((1.0, "low"), (7.0, "high")), range=(1, 7)
    )
    human = make_panel({"a": [1, 4, 7]}, [ends])
    twin = make_panel({"a": [2, 4, 6]}, [ends])
    assert align(twin, human).items[0].scale.codes == tuple(float(k) for k in range(1, 8))


def test_text_codes_count_by_their_position(make_panel: MakePanel) -> None:
    book = [
        Variable(
            name="a",
            kind="text",
            level=Level.ORDINAL,
            labels=(("lo", "Low"), ("mid", "Middle"), ("hi", "High")),
        )
    ]
    aligned = align(
        make_panel({"a": ["hi", "lo", None]}, book), make_panel({"a": ["mid", "lo", "hi"]}, book)
    )
    np.testing.assert_array_equal(aligned.human[:, 0], [1, 0, 2])
    np.testing.assert_array_equal(aligned.twin[:, 0], [2, 0, NAN])
    assert (aligned.items[0].scale.low, aligned.items[0].scale.high) == (0, 2)


def test_a_retest_may_hold_some_people_and_items(make_panel: MakePanel) -> None:
    human = make_panel({"a": [1, 2, 3], "b": [1, 2, 3]})
    retest = make_panel({"b": [5, 4]}, persons=["p2", "p0"])
    aligned = align(human, human, retest)
    assert aligned.retest is not None
    assert aligned.retested is not None
    np.testing.assert_array_equal(aligned.retest, [[NAN, 4], [NAN, NAN], [NAN, 5]])
    np.testing.assert_array_equal(aligned.retested, [True, False, True])


def _replicated(name: str) -> Panel:
    rows = pd.DataFrame(
        {"a": [1.0, 2.0, 5.0, 4.0], name: [1.0, 1.0, 2.0, 2.0]},
        index=pd.Index(["p0", "p1", "p0", "p1"], name="person"),
    )
    book = Codebook(
        (
            Variable(name="a", level=Level.ORDINAL, range=(1, 5)),
            Variable(name=name, role=Role.WAVE),
        )
    )
    return Panel(frame=rows, codebook=book)


def test_the_first_replicate_is_scored_and_the_others_are_kept(make_panel: MakePanel) -> None:
    aligned = align(_replicated("replicate"), make_panel({"a": [1, 2]}))
    np.testing.assert_array_equal(aligned.twin[:, 0], [1, 2])
    np.testing.assert_array_equal(aligned.replicates[0][:, 0], [5, 4])


def test_several_waves_are_refused(make_panel: MakePanel) -> None:
    with pytest.raises(ComparisonError) as error:
        align(make_panel({"a": [1, 2]}), _replicated("year"))
    assert "the human panel holds 2 waves (1, 2); choose one" in sentence(error)


def test_survey_weights_have_mean_one_among_the_people_in_common(
    make_panel: MakePanel, item: MakeItem
) -> None:
    book = [item("a"), Variable(name="w", level=Level.INTERVAL, role=Role.WEIGHT)]
    human = make_panel({"a": [1, 2, 3], "w": [1, 3, 100]}, book)
    aligned = align(make_panel({"a": [1, 2]}), human)
    np.testing.assert_allclose(aligned.weights, [0.5, 1.5])
    ones = make_panel({"a": [1, 2, 3], "w": [1, 1, 1]}, book)
    np.testing.assert_array_equal(align(make_panel({"a": [1, 2]}), ones).weights, [1, 1])


@pytest.mark.parametrize(
    ("weights", "words"), [([0, 0, 1], "all have the survey weight 0"), ([1, -2, 1], "negative")]
)
def test_weights_of_nothing_are_refused(
    make_panel: MakePanel, item: MakeItem, weights: list[float], words: str
) -> None:
    book = [item("a"), Variable(name="w", level=Level.INTERVAL, role=Role.WEIGHT)]
    human = make_panel({"a": [1, 2, 3], "w": weights}, book)
    with pytest.raises((ComparisonError, PanelError)) as error:
        align(make_panel({"a": [1, 2]}), human)
    assert words in sentence(error)


def test_no_person_in_common(make_panel: MakePanel) -> None:
    human = make_panel({"a": [1, 2]}, persons=["007", "008"])
    with pytest.raises(ComparisonError) as error:
        align(make_panel({"a": [1, 2]}, persons=["x", "y"]), human)
    assert "no person is in both panels: the people are '007', '008'" in sentence(error)
    with pytest.raises(ComparisonError) as error:
        align(make_panel({"a": [1, 2]}, persons=["7.0", "8.0"]), human)
    assert "differ only in leading zeros" in sentence(error)


def test_no_item_in_common(make_panel: MakePanel) -> None:
    with pytest.raises(ComparisonError) as error:
        align(make_panel({"a": [1, 2]}), make_panel({"b": [1, 2]}))
    assert "no item is in both panels: the people have 'b', the twins 'a'" in sentence(error)


def test_open_text_is_not_scored(make_panel: MakePanel) -> None:
    text = [Variable(name="a", kind="text", level=Level.TEXT)]
    panel = make_panel({"a": ["yes", "no"]}, text)
    with pytest.raises(ComparisonError) as error:
        align(panel, panel)
    assert "open text or dates" in sentence(error)


def test_foreign_codes_are_named_and_mapped_by_their_labels(
    make_panel: MakePanel, item: MakeItem
) -> None:
    texts = [label.upper() for _, label in item("a").labels]
    codes = (11.0, 12.0, 13.0, 14.0, 15.0)
    other = item("a", labels=tuple(zip(codes, texts, strict=True)))
    with pytest.raises(ComparisonError) as error:
        align(make_panel({"a": [11, 15]}, [other]), make_panel({"a": [1, 2]}, [item("a")]))
    text = sentence(error)
    assert text.startswith("item a: the twins answer 11, 15, which is none of the people's codes")
    assert "11 → 1 (STRONGLY DISAGREE), 15 → 5 (STRONGLY AGREE)" in text


def test_foreign_codes_without_labels_are_named(make_panel: MakePanel, item: MakeItem) -> None:
    with pytest.raises(ComparisonError) as error:
        align(make_panel({"a": [3, 9]}), make_panel({"a": [1, 2]}))
    assert "the twins answer 9, which is none" in sentence(error)


def test_turned_labels_are_a_different_coding(make_panel: MakePanel, item: MakeItem) -> None:
    labels = item("a").labels
    codes = [code for code, _ in labels]
    texts = [label for _, label in labels]
    turned = item("a", labels=tuple(zip(codes, reversed(texts), strict=True)))
    with pytest.raises(ComparisonError) as error:
        align(make_panel({"a": [1, 2]}, [turned]), make_panel({"a": [1, 2]}, [item("a")]))
    text = sentence(error)
    assert "code 1 means 'Strongly disagree' for the people and 'Strongly agree' for the" in text
    assert "1 → 5 (Strongly agree)" in text


def test_another_range_that_is_used_is_a_different_coding(make_panel: MakePanel) -> None:
    ours = Variable(name="a", level=Level.INTERVAL, range=(0, 1))
    theirs = Variable(name="a", level=Level.INTERVAL, range=(0, 100))
    with pytest.raises(ComparisonError) as error:
        align(make_panel({"a": [55.5, 3]}, [theirs]), make_panel({"a": [0.5, 1]}, [ours]))
    assert "the twins answer on 0 to 100 and the people on 0 to 1" in sentence(error)


def test_numbers_against_text_are_refused(make_panel: MakePanel, item: MakeItem) -> None:
    text = [Variable(name="a", kind="text", level=Level.NOMINAL)]
    with pytest.raises(ComparisonError) as error:
        align(make_panel({"a": ["1", "2"]}, text), make_panel({"a": [1, 2]}))
    assert "the people's answers are number and the twins' are text" in sentence(error)


def test_a_retest_of_strangers_is_refused(make_panel: MakePanel) -> None:
    human = make_panel({"a": [1, 2]})
    with pytest.raises(ComparisonError) as error:
        align(human, human, make_panel({"a": [1, 2]}, persons=["x", "y"]))
    assert "the panel 'retest' has none of the 2 people compared" in sentence(error)
    with pytest.raises(ComparisonError) as error:
        align(human, human, make_panel({"b": [1, 2]}))
    assert "has none of the 1 items compared" in sentence(error)
