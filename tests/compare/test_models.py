"""Scorecards of a language model: unusable answers, baseline, fusion, repeats, cost."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from rich.console import Console

from understudy.compare.layout import answers_line, facts_line, headline_grid
from understudy.compare.references import BEST_GUESS, guess_of, is_guess
from understudy.compare.render import print_scorecard, to_html, to_markdown
from understudy.compare.report import render_report
from understudy.compare.scorecard import Scorecard, compare
from understudy.compare.verdict import UNUSABLE_REASONS, percent
from understudy.data.codebook import MissingCode, Reason, Role, Variable
from understudy.data.panel import Panel

NAN = np.nan
FloatArray = npt.NDArray[np.float64]
MakePanel = Callable[..., Panel]
MakeItem = Callable[..., Variable]
quick = partial(compare, bootstrap=100, splits=10)
PEOPLE, ITEMS = 300, 4


def printed(card: Scorecard, width: int = 100) -> str:
    out = io.StringIO()
    print_scorecard(card, Console(file=out, width=width, color_system=None))
    return out.getvalue()


def everywhere(card: Scorecard) -> list[str]:
    return [printed(card, 200), to_markdown(card), to_html(card), render_report(card)]


class Wave:
    """People, a model that knows a bit of them, a record that knows another bit, and both."""

    def __init__(self, make_panel: MakePanel, item: MakeItem) -> None:
        rng = np.random.default_rng(11)
        self.make_panel, self.item = make_panel, item
        one, two = rng.normal(size=(2, PEOPLE, ITEMS))

        def noise(size: float) -> FloatArray:
            return size * rng.normal(size=(PEOPLE, ITEMS))

        self.human = self.panel(one + two + noise(0.7))
        self.again = self.panel(one + two + noise(0.7))
        self.model = self.panel(one + noise(1.2))
        self.repeated = self.panel(one + noise(1.2))
        self.nothing = self.panel(noise(1.4))
        self.record = self.panel(two + noise(1.2))
        self.record_guess = self.panel(0.8 * two)
        self.fused = self.panel(one + two + noise(1.0))
        self.fused_guess = self.panel(one + two)

    def panel(self, latent: FloatArray) -> Panel:
        answers = np.clip(np.round(3 + latent), 1, 5)
        return self.make_panel({f"q{k}": answers[:, k] for k in range(ITEMS)})

    def references(self) -> dict[str, Panel]:
        return {
            "statistical": self.record,
            guess_of("statistical"): self.record_guess,
            "fused": self.fused,
            guess_of("fused"): self.fused_guess,
        }

    def replicated(self) -> Panel:
        frames = [self.model.frame, self.repeated.frame]
        columns = {name: np.concatenate([f[name] for f in frames]) for name in frames[0]}
        columns["replicate"] = np.repeat([1.0, 2.0], PEOPLE)
        wave = Variable(name="replicate", role=Role.WAVE)
        book = [*(self.item(f"q{k}") for k in range(ITEMS)), wave]
        return self.make_panel(columns, book, persons=self.model.persons * 2)


@pytest.fixture
def wave(make_panel: MakePanel, item: MakeItem) -> Wave:
    return Wave(make_panel, item)


def line(card: Scorecard, words: str) -> str:
    (found,) = (said for said in card.verdict if words in said)
    return found


# --- the baseline and fusion ------------------------------------------------------------------


def test_a_model_that_fails_to_beat_the_free_baseline_is_told_so_first(wave: Wave) -> None:
    card = quick(wave.nothing, wave.human, references=wave.references())
    said = line(card, "do not beat the statistical respondent")
    assert said.endswith(", against its best guess; it needs no model and costs nothing")
    assert card.verdict.index(said) == 1


def test_a_model_that_beats_it_is_not_told_what_the_baseline_costs(wave: Wave) -> None:
    card = quick(wave.fused, wave.human, references={"statistical": wave.record})
    said = line(card, "Twins beat the statistical respondent")
    assert "costs nothing" not in said
    assert "best guess" not in said


def test_best_guess_is_held_against_best_guess(wave: Wave) -> None:
    references = {**wave.references(), BEST_GUESS: wave.fused_guess}
    card = quick(wave.model, wave.human, references=references)
    assert ", best guess against best guess" in line(card, "the statistical respondent: r")
    gaps = {(d.of, d.reference): d for d in card.differences if d.metric == "pearson"}
    own, theirs = wave.fused_guess, wave.record_guess
    expected = (
        quick(own, wave.human).headline("pearson").estimate
        - quick(theirs, wave.human).headline("pearson").estimate
    )
    assert gaps[BEST_GUESS, guess_of("statistical")].estimate == pytest.approx(expected)
    assert ("twins", guess_of("statistical")) not in gaps


def test_what_fusion_adds_is_said(wave: Wave) -> None:
    card = quick(wave.model, wave.human, references=wave.references())
    assert line(card, "Fusion").startswith("Fusion: the twins' answers improve the statistical")
    gap = next(d for d in card.differences if d.of == guess_of("fused") and d.metric == "pearson")
    assert gap.reference == guess_of("statistical")
    assert gap.interval[0] > 0
    same = {**wave.references(), "fused": wave.record, guess_of("fused"): wave.record_guess}
    none = quick(wave.model, wave.human, references=same)
    assert "do not improve the statistical respondent's" in line(none, "Fusion")
    assert not any("fused respondent" in said for said in card.verdict)


def test_without_best_guesses_fusion_is_judged_by_what_was_drawn(wave: Wave) -> None:
    references = {"statistical": wave.record, "fused": wave.fused}
    card = quick(wave.model, wave.human, references=references)
    gap = next(d for d in card.differences if d.of == "fused" and d.metric == "accuracy")
    assert gap.reference == "statistical"
    assert "improve" in line(card, "Fusion")


def test_drawn_and_guess_of_baselines_share_a_heading(wave: Wave) -> None:
    card = quick(wave.replicated(), wave.human, retest=wave.again, references=wave.references())
    columns = [(c.over, c.heading) for c in headline_grid(card).columns]
    for name in ("Statistical", "Fused"):
        place = columns.index((name, "Drawn"))
        assert columns[place + 1] == (name, "Guess")
    assert not any(is_guess(heading) for _, heading in columns)
    for text in everywhere(card):
        assert "Statistical" in text
        assert "Fused" in text
    for width in (60, 80, 100, 140):
        lines = printed(card, width).splitlines()
        assert max(len(one) for one in lines) <= width
        head = next(one for one in lines if "Statistical" in one)
        assert "Fused" in head
    assert "Again" in printed(card, 80)


# --- unusable answers -------------------------------------------------------------------------


def flawed(wave: Wave, share: float, reasons: tuple[Reason, ...]) -> Panel:
    """The model's answers with a share of every item's missing, for each reason as often."""
    missing = tuple(MissingCode(-1.0 - k, reason) for k, reason in enumerate(reasons))
    book = [wave.item(f"q{k}", missing=missing) for k in range(ITEMS)]
    gone = np.arange(PEOPLE) < share * PEOPLE
    kinds = np.where(gone, 1 + np.arange(PEOPLE) % len(reasons), 0).astype(np.int16)
    columns = {v.name: np.where(gone, NAN, wave.model.numbers(v.name)) for v in book}
    return wave.make_panel(columns, book, status={v.name: kinds for v in book})


@pytest.mark.parametrize("reason", UNUSABLE_REASONS)
def test_every_kind_of_unusable_answer_counts(wave: Wave, reason: Reason) -> None:
    card = quick(flawed(wave, 0.06, (reason,)), wave.human)
    said = f"6.0% of the twins' answers failed or could not be read (6.0% {reason.value}); "
    assert card.verdict[0].startswith(said)
    card = quick(flawed(wave, 0.05, (reason,)), wave.human)
    assert not any("could not be read" in said for said in card.verdict)
    assert card.dispositions == pytest.approx({"answered": 0.95, reason.value: 0.05})


def test_kinds_add_up_and_each_share_is_said(wave: Wave) -> None:
    kinds = (Reason.UNPARSED, Reason.MODEL_REFUSED, Reason.WRONG_LANGUAGE)
    card = quick(flawed(wave, 0.12, kinds), wave.human)
    assert card.verdict[0].startswith(
        "12% of the twins' answers failed or could not be read "
        "(4.0% unparsed, 4.0% model refused, 4.0% wrong language); "
    )
    assert sum(card.dispositions.values()) == pytest.approx(1)
    shares = "4.0% model refused, 4.0% unparsed, 4.0% wrong language"
    assert answers_line(card) == f"Of what the twins were asked: 88% answered, {shares}"
    for text in everywhere(card):
        assert shares in text
    plain = json.loads(json.dumps(card.to_json()))
    assert plain["dispositions"]["unparsed"] == pytest.approx(0.04)


def test_what_people_too_leave_unanswered_is_no_fault(wave: Wave) -> None:
    kinds = (Reason.REFUSED, Reason.DONT_KNOW, Reason.NO_ANSWER)
    card = quick(flawed(wave, 0.3, kinds), wave.human)
    assert not any("could not be read" in said for said in card.verdict)
    assert card.dispositions["refused"] == pytest.approx(0.1)


def test_what_twins_were_not_asked_is_not_in_the_shares(wave: Wave) -> None:
    card = quick(flawed(wave, 0.5, (Reason.NOT_ASKED, Reason.NOT_APPLICABLE)), wave.human)
    assert card.dispositions == {"answered": 1.0}
    assert answers_line(card) == ""


def test_shares_are_written_shortly() -> None:
    assert [percent(p) for p in (0.0, 0.003, 0.042, 0.0949, 0.1, 0.256)] == [
        *("0%", "0.3%", "4.2%", "9.5%", "10%", "26%"),
    ]


# --- repeats ----------------------------------------------------------------------------------


def test_the_twins_repeats_stand_beside_the_peoples(wave: Wave) -> None:
    card = quick(wave.replicated(), wave.human, retest=wave.again)
    own = quick(wave.repeated, wave.model)
    row = card.headline("pearson")
    assert row.twin_retest == pytest.approx(own.headline("pearson").estimate)
    assert row.retest > 0
    assert line(card, "Repeats").startswith("Repeats: twins asked again repeat their own answers")
    assert "; people asked again repeat theirs at r ." in line(card, "Repeats")
    assert card["q0"].twin_retest["accuracy"] == pytest.approx(own["q0"].accuracy)
    frame = card.to_pandas()
    assert frame.loc["q0", "pearson_twin_retest"] == pytest.approx(own["q0"].pearson)
    for text in everywhere(card):
        assert "Again" in text or "again" in text
        assert "Retest" in text or "retest" in text
        assert f"{row.twin_retest:.3f}".removeprefix("0") in text


def test_the_twins_repeats_need_no_human_retest(wave: Wave) -> None:
    card = quick(wave.replicated(), wave.human)
    said = line(card, "Repeats")
    assert "people" not in said
    columns = [(c.over, c.heading) for c in headline_grid(card).columns]
    assert ("Twins", "Again") in columns
    assert ("People", "Retest") not in columns
    once = quick(wave.model, wave.human)
    assert not any("Repeats" in said for said in once.verdict)
    assert once["q0"].twin_retest == {}


# --- cost -------------------------------------------------------------------------------------


def test_what_it_took_is_shown_wherever_the_card_is(wave: Wave) -> None:
    facts: dict[str, Any] = {"model": "openai:<x>", "cost": "$1.20 ($0.60 per 1,000 answers)"}
    plain = quick(wave.model, wave.human)
    assert facts_line(plain) == ""
    card = dataclasses.replace(plain, facts=facts)
    assert facts_line(card) == "Model openai:<x>; cost $1.20 ($0.60 per 1,000 answers)"
    for text in everywhere(card):
        assert "cost $1.20 ($0.60 per 1,000 answers)" in text
    assert "&lt;x&gt;" in to_html(card)
    assert card.to_json()["facts"] == facts
