"""Held-out answers are planted as unmistakable markers; no rendering may show one."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from understudy.data.codebook import Level, Role, Variable
from understudy.data.panel import Panel
from understudy.twins import persona
from understudy.twins.persona import PersonaRequest, register, rendering_names
from understudy.twins.twin import Twin, Twins

MARK = "ZEBRAFISH"
PEOPLE = 12


@pytest.fixture
def planted(make_panel: Callable[..., Panel]) -> Panel:
    """Everything that must be hidden with `trust`, `reads_sun` and block "politics" says so."""

    def marked(name: str, question: str, **rest: object) -> tuple[Variable, list[object]]:
        labels = ((1.0, f"{MARK} yes {name}"), (2.0, f"{MARK} no {name}"))
        variable = Variable(
            name=name,
            question=question,
            level=Level.ORDINAL,
            labels=labels,
            **rest,  # type: ignore[arg-type]
        )
        return variable, [1.0 + i % 2 for i in range(PEOPLE)]

    def open_text(
        name: str, question: str, text: str, **rest: object
    ) -> tuple[Variable, list[object]]:
        variable = Variable(
            name=name,
            question=question,
            level=Level.TEXT,
            kind="text",
            **rest,  # type: ignore[arg-type]
        )
        return variable, [f"{text} {i}" for i in range(PEOPLE)]

    def number(
        name: str, question: str, code: float, **rest: object
    ) -> tuple[Variable, list[object]]:
        variable = Variable(name=name, question=question, level=Level.INTERVAL, **rest)  # type: ignore[arg-type]
        return variable, [code + i for i in range(PEOPLE)]

    trust = "Generally speaking, would you say that most people can be trusted?"
    visible = [
        (
            Variable(
                name="gender",
                label="Gender",
                labels=((1.0, "male"), (2.0, "female")),
                role=Role.DEMOGRAPHIC,
            ),
            [1.0 + i % 2 for i in range(PEOPLE)],
        ),
        number("age", "How old are you?", 20.0, role=Role.DEMOGRAPHIC),
        number("mood", "How is your mood?", 3.0, block="Feelings"),
        number("zest", "How much zest do you have?", 4.0, block="Feelings"),
        open_text("hobby", "What do you do in your free time?", "knitting"),
    ]
    hidden = [
        marked("trust", trust),
        marked("trust_again", f"Q9. {trust.upper()}"),
        marked("trust_w2", ""),
        marked("trust_near", "Do you think most people can be trusted?"),
        marked("cousin", "Are strangers decent?", siblings=("trust",)),
        marked("reads_sun", "Which papers do you read? Sun", group="papers"),
        open_text("reads_other", "Which papers do you read? Other", MARK, group="papers"),
        (
            Variable(
                name="reads_times",
                question="Which papers do you read? Times",
                level=Level.MULTIPLE,
                group="papers",
                labels=((0.0, f"{MARK} 0"), (1.0, f"{MARK} 1")),
            ),
            [float(i % 2) for i in range(PEOPLE)],
        ),
        marked("vote", "Whom did you vote for?", block="politics"),
        open_text("why_vote", "Why?", MARK, block="politics"),
        number("income", "What do you earn?", 987_654_321.0, block="politics"),
        open_text("mail", "Your address", f"{MARK}@example.org", personal="e-mail address"),
        number("weight", "", 987_654_400.0, role=Role.WEIGHT),
        number("seconds", "", 987_654_500.0, role=Role.PARADATA),
    ]
    mixed = [pair for couple in zip(hidden, visible, strict=False) for pair in couple]
    return make_panel([*mixed, *hidden[len(visible) :]])


@pytest.fixture
def twins(planted: Panel) -> Twins:
    return Twins.from_panel(planted, ["trust", "reads_sun", "block:politics"])


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.setattr(persona, "_RENDERINGS", dict(persona._RENDERINGS))
    return register


def leaks(text: str) -> bool:
    return MARK in text.upper() or "98765" in text.replace(",", "")


def test_the_markers_do_show_when_nothing_is_held_out(planted: Panel) -> None:
    open_twins = Twins.from_panel(planted)
    assert leaks(open_twins["1"].persona("full record"))
    assert leaks(open_twins["1"].persona("retrieved", question="Can people be trusted?"))


def test_no_rendering_shows_a_held_out_answer(twins: Twins, planted: Panel) -> None:
    questions = ["", *(v.wording for v in planted.codebook), MARK]
    for name in rendering_names():
        for twin in twins:
            for question in questions if name == "retrieved" else questions[:2]:
                for style in ("second-person", "third-person"):
                    for withheld in (False, True):
                        text = twin.persona(
                            name,
                            question=question,
                            k=50,
                            style=style,
                            withheld=withheld,
                        )
                        assert not leaks(text), (name, question, text)


def test_what_may_be_seen_is_still_shown(twins: Twins) -> None:
    text = twins["3"].persona("full record")
    assert "- How old are you? 22" in text.splitlines()
    assert "<said>knitting 2</said>" in text
    assert twins.panel.names == ("gender", "age", "mood", "zest", "hobby")


def test_a_rendering_from_elsewhere_finds_nothing_to_leak(
    twins: Twins, registered: Callable[..., None]
) -> None:
    def dig(twin: Twin, request: PersonaRequest) -> str:
        """Reads everything within reach, private parts included."""
        shared = twin._shared
        panel = shared.panel
        return repr(
            [
                twin.facts,
                twin.withheld,
                panel.frame.to_dict(),
                panel.codebook,
                dict(panel.status),
                vars(shared),
            ]
        )

    registered("dig", dig)
    for twin in twins:
        assert not leaks(twin.persona("dig"))


def test_hidden_answers_are_not_in_the_object_at_all(twins: Twins) -> None:
    frame = pickle.dumps(twins.panel.frame)
    assert MARK.encode() not in frame
    assert set(twins.holdout.names) & set(twins.panel.names) == set()
    assert set(twins.holdout.names) == {
        *("trust", "trust_again", "trust_w2", "trust_near", "cousin"),
        *("reads_sun", "reads_other", "reads_times", "vote", "why_vote", "income"),
    }


def test_a_bug_in_one_rendering_cannot_undo_the_holdout(twins: Twins) -> None:
    for name in twins.holdout.names:
        with pytest.raises(KeyError):
            twins["1"]._shared.panel.frame[name]


def test_personal_columns_are_shown_only_when_named(planted: Panel) -> None:
    kept = Twins.from_panel(planted, ["trust"], keep_personal=["mail"])
    assert "mail" in kept.panel.names
    assert "mail" not in Twins.from_panel(planted, ["trust"]).panel.names
