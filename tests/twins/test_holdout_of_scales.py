"""Held-out items hide the scales scored from them; scales themselves are never asked."""

from __future__ import annotations

from understudy.data.codebook import Codebook, Level, Role, Variable
from understudy.data.scales import SCORES
from understudy.twins.holdout import resolve_holdout


def likert(name: str, question: str, **rest: str) -> Variable:
    points = tuple((float(k), str(k)) for k in range(1, 6))
    return Variable(name=name, question=question, level=Level.ORDINAL, labels=points, **rest)  # type: ignore[arg-type]


def score(name: str, *items: str, label: str = "") -> Variable:
    return Variable(
        name=name,
        label=label or name,
        level=Level.INTERVAL,
        block=name,
        group=SCORES,
        siblings=items,
    )


BOOK = Codebook(
    (
        likert("e_1", "I like parties.", block="traits"),
        likert("e_2", "I keep in the background.", block="traits"),
        likert("e_3", "Strangers soon become friends of mine.", block="traits"),
        likert("c_1", "My desk is tidy.", block="traits"),
        Variable(name="age", label="Age", level=Level.INTERVAL, role=Role.DEMOGRAPHIC),
        score("e_total", "e_1", "e_2", "e_3"),
        score("liveliness", "e_2", "c_1", label="I like parties."),
        score("tidy", "c_1"),
    )
)


def test_an_item_hides_its_scores_and_not_their_other_items() -> None:
    found = resolve_holdout(BOOK, ["e_1"])
    assert found.reasons == {"e_1": "named", "e_total": "scored from e_1"}
    assert found.asked == ("e_1",)
    both = resolve_holdout(BOOK, ["e_2"])
    assert both.names == ("e_2", "e_total", "liveliness")


def test_a_score_that_is_named_stands_for_its_items() -> None:
    found = resolve_holdout(BOOK, ["liveliness"])
    assert found.asked == ("e_2", "c_1")
    assert found.reasons == {
        "e_2": "item of the scale liveliness",
        "c_1": "item of the scale liveliness",
        "e_total": "scored from e_2",
        "liveliness": "scored from e_2",
        "tidy": "scored from c_1",
    }
    assert resolve_holdout(BOOK, ["block:tidy"]).asked == ("c_1",)


def test_patterns_and_blocks_pass_scores_over() -> None:
    assert resolve_holdout(BOOK, ["e_*"]).asked == ("e_1", "e_2", "e_3")
    assert "e_total" in resolve_holdout(BOOK, ["e_*"])
    assert resolve_holdout(BOOK, ["block:traits"]).asked == ("e_1", "e_2", "e_3", "c_1")


def test_a_score_without_its_items_is_a_variable_like_any_other() -> None:
    alone = Codebook((score("e_total", "e_1"), BOOK["age"]))
    assert resolve_holdout(alone, ["e_total"]).reasons == {"e_total": "named"}


def test_scores_of_another_wave_go_with_their_items() -> None:
    waves = Codebook(
        (
            likert("calm_w1", "I keep calm."),
            likert("calm_w2", "I keep calm."),
            likert("tidy_w2", "My desk is tidy."),
            score("poise_w2", "calm_w2", "tidy_w2"),
        )
    )
    assert resolve_holdout(waves, ["calm_w1"]).names == ("calm_w1", "calm_w2", "poise_w2")
