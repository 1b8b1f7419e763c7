"""Interviews with a scripted model: turns, rejections, resuming, and what is on record."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.backstories import (
    Author,
    Fault,
    Manner,
    Mode,
    Status,
    commission,
    load_backstories,
    load_protocol,
    write_backstories,
)
from understudy.backstories.estimate import estimate
from understudy.backstories.protocol_file import parse_protocol
from understudy.data.errors import BudgetReachedError, LedgerError, RequestError, UnknownNameError
from understudy.twins.llm.chat import Completion, Stop

Spoken = Callable[..., str]


def rows(path: Path, query: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_every_twin_gets_its_own_story_in_order(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    found = write_backstories(world.made(spoken(), 4), tmp_path / "x.bs")
    assert found.counts() == {"open": 0, "finished": 4, "failed": 0}
    asked = [q.text for q in load_protocol("three").questions]
    for number, (twin, story) in enumerate(found.by_twin.items()):
        assert twin == f"person-{number:04d}"
        assert [turn.asked for turn in story.turns] == asked
        whom = f"- Badge number: {number}"
        assert [turn.answer for turn in story.turns] == [world.answer(whom, q) for q in asked]
        assert story.text == "\n\n".join(turn.answer for turn in story.turns)
        assert {turn.author for turn in story.turns} == {Author.MODEL}
        assert story.turns[0].model.startswith("scripted:")
        assert story.meta["protocol"]["name"] == "three"
    assert len({story.text for story in found.by_twin.values()}) == 4


def test_each_turn_sees_all_earlier_ones_and_only_its_facts(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    seen: list[Any] = []

    def speak(request: Any) -> str:
        seen.append(request)
        return str(world.speak(request))

    protocol = parse_protocol(
        "protocol: p\nquestions:\n- {id: a, text: 'Who are you?', facts: [demographics]}\n"
        "- {id: b, text: 'What do you like?', facts: [story]}\n"
        "- {id: c, text: 'And the garden?', facts: [garden], avoid: [story]}\n"
        "- {id: d, text: 'Anything else?', facts: [none]}\n"
    )
    what = commission(
        protocol, world.panel(1), Manner(model=spoken(speak), interviewer="", cache=False)
    )
    write_backstories(what, tmp_path / "x.bs")
    assert [len(request.turns) for request in seen] == [1, 3, 5, 7]
    last = [request.turns[-1].text for request in seen]
    assert "How old are you? 20" in last[0]
    assert "I like apples" not in last[0]
    assert "<said>I like apples</said>" in last[1]
    assert "Hardly ever" in last[2]
    assert "I like apples" not in last[2]
    assert "draw on" not in last[3]
    for before, after in itertools.pairwise(seen):
        assert after.turns[: len(before.turns) - 1] == before.turns[:-1]
        assert after.turns[-2].text == world.speak(before)


def test_the_interviewer_follows_up_with_notes_and_the_last_stretch(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    asked: list[str] = []

    def speak(request: Any) -> str:
        if request.head.instructions.startswith("You are holding"):
            asked.append(request.turns[-1].text)
            assert request.head.persona == ""
        return str(world.speak(request))

    found = write_backstories(
        world.made(spoken(speak), 2, interviewer="same", concurrency=1), tmp_path / "x.bs"
    )
    assert found.counts()["finished"] == 2
    story = found["person-0001"]
    assert [(t.question, t.follow_up) for t in story.turns] == [
        *(("past", 0), ("present", 0), ("present", 1), ("outlook", 0), ("outlook", 1)),
    ]
    assert story.turns[2].asked.startswith("How did the ")
    assert story.turns[1].notes.startswith("Speaks of ")
    assert len(asked) == 4
    assert "You have no notes yet." in asked[0]
    assert "- present: Speaks of" in asked[1]
    assert f"<said>{found['person-0000'].turns[0].answer}</said>" in asked[0]
    assert all(len(text) < 7_000 for text in asked)


def test_a_rejected_answer_is_asked_again_with_the_reason(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    asked: list[str] = []

    def speak(request: Any) -> str:
        text = request.turns[-1].text
        asked.append(text)
        if "could not be kept" not in text:
            return "```python\nprint('hello')\n```"
        return str(world.speak(request))

    path = tmp_path / "x.bs"
    found = write_backstories(world.made(spoken(speak), 1), path)
    story = found["person-0000"]
    assert story.finished
    assert [turn.tries for turn in story.turns] == [2, 2, 2]
    assert found.rejections == {"code": 3}
    assert sum("it contained code or markup" in text for text in asked) == 3
    # Nothing is thrown away: the rejected answers are on record with what was wrong with them.
    kept = rows(path, "SELECT x.text, t.verdict FROM tries t JOIN texts x ON x.id = t.answer")
    assert sum("print" in text and '"fault": "code"' in verdict for text, verdict in kept) == 3


def test_after_the_last_try_the_backstory_has_failed(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    good = [False]

    def speak(request: Any) -> str:
        if "1" in request.head.persona and len(request.turns) == 3 and not good[0]:
            return "He is a quiet man. The participant lives by the lake."
        return str(world.speak(request))

    path = tmp_path / "x.bs"
    what = world.made(spoken(speak), 2, tries=2)
    found = write_backstories(what, path)
    failed = found["person-0001"]
    assert failed.status is Status.FAILED
    assert failed.reason == "question present: third person or not human"
    assert len(failed.turns) == 1
    assert found["person-0000"].finished
    assert found.rejections == {"third person or not human": 2}
    assert set(found.finished) == {"person-0000"}
    # Running it again asks nothing: a failure is not retried by itself.
    before = found.requests
    assert write_backstories(what, path).requests == before
    good[0] = True
    found = write_backstories(what, path, retry_failed=True)
    assert found["person-0001"].finished
    assert found["person-0001"].turns[1].tries == 3
    assert found.requests == before + 2


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (Completion(text="", stop=Stop.REFUSED), Fault.REFUSED),
        (Completion(text="", stop=Stop.FILTERED), Fault.REFUSED),
        (Completion(text="I was born in a", stop=Stop.LENGTH), Fault.TRUNCATED),
        ("", Fault.EMPTY),
        ("As an AI language model, I do not have a life story.", Fault.NOT_A_PERSON),
        ("I'm sorry, but I can't assist with that request.", Fault.REFUSED),
        (
            "Ich bin auf dem Land aufgewachsen und habe dann in der Stadt gelernt, weil mein Vater "
            "das so wollte und ich nicht wusste, was ich sonst machen sollte.",
            Fault.LANGUAGE,
        ),
    ],
)
def test_a_model_that_cannot_do_it_is_a_recorded_failure(
    world: ModuleType, spoken: Spoken, tmp_path: Path, said: Any, fault: Fault
) -> None:
    found = write_backstories(world.made(spoken(lambda _: said), 1, tries=2), tmp_path / "x.bs")
    story = found["person-0000"]
    assert story.status is Status.FAILED
    assert str(fault) in story.reason
    assert found.rejections[str(fault)] == 2


def test_a_limit_can_be_raised_and_nothing_is_asked_twice(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    asked: Counter[tuple[str, int]] = Counter()

    def speak(request: Any) -> str:
        asked[request.head.persona, len(request.turns)] += 1
        return str(world.speak(request))

    path, what = tmp_path / "x.bs", world.made(spoken(speak), 6)
    assert write_backstories(what, path, limit=2).counts()["finished"] == 2
    assert write_backstories(what, path, limit=2).requests == 6
    found = write_backstories(what, path)
    assert found.counts()["finished"] == 6
    assert found.requests == 18
    assert set(asked.values()) == {1}


def test_it_goes_on_at_the_next_turn_that_is_not_accepted(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    stop = [True]

    def speak(request: Any) -> Any:
        # What is no text stops everything, in the middle of a call.
        return 3 if stop[0] and len(request.turns) == 5 else world.speak(request)

    path, what = tmp_path / "x.bs", world.made(spoken(speak), 3)
    with pytest.raises(RequestError, match="the function returned int"):
        write_backstories(what, path)
    partial = load_backstories(path)
    assert partial.counts()["open"] == 3
    before = {twin: story.turns for twin, story in partial.by_twin.items()}
    assert any(len(turns) == 2 for turns in before.values())
    stop[0] = False
    found = write_backstories(what, path)
    assert found.counts()["finished"] == 3
    for twin, turns in before.items():
        assert found[twin].turns[: len(turns)] == turns


def test_a_file_is_continued_only_as_it_was_begun(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    path, spec = tmp_path / "x.bs", spoken()
    write_backstories(world.made(spec, 2), path, limit=1)
    for other, said in (
        (world.made(spec, 2, protocol="one"), "the protocol three is another"),
        (world.made(spec, 3), "the people are others"),
        (world.made(spec, 2, seed=9), "the seed was none and is now 9"),
        (world.made(spec, 2, tries=5), "tries was 3 and is now 5"),
        (world.made(spoken(), 2), "the model was"),
    ):
        with pytest.raises(LedgerError, match="begun otherwise") as caught:
            write_backstories(other, path)
        assert said in str(caught.value)
    (tmp_path / "other").write_text("not a database at all, but text " * 10)
    with pytest.raises(LedgerError, match="not a backstory file"):
        load_backstories(tmp_path / "other")


def test_turns_and_tries_can_be_neither_changed_nor_removed(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    path = tmp_path / "x.bs"
    write_backstories(world.made(spoken(), 1), path)
    for table in ("turns", "tries"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET answer = 0"):
            with (
                contextlib.closing(sqlite3.connect(path)) as connection,
                pytest.raises(sqlite3.IntegrityError, match="stays"),
            ):
                connection.execute(statement)


def test_every_request_is_on_record_with_what_was_sent(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    path = tmp_path / "x.bs"
    found = write_backstories(world.made(spoken(), 2, interviewer="same", critic="same"), path)
    assert found.counts()["finished"] == 2
    roles = Counter(role for (role,) in rows(path, "SELECT role FROM attempts"))
    assert roles == {"interviewee": 10, "critic": 10, "interviewer": 4}
    assert found.requests == 24
    assert rows(path, "SELECT count(*) FROM attempts WHERE outcome != 'answered'") == [(0,)]
    texts = dict(rows(path, "SELECT id, text FROM texts"))
    for (prompt,) in rows(path, "SELECT prompt FROM attempts"):
        assert all(number in texts for number in json.loads(prompt))
    by_attempt = dict(rows(path, "SELECT id, role FROM attempts"))
    for story in found.by_twin.values():
        assert all(by_attempt[turn.attempt] == "interviewee" for turn in story.turns)


def test_the_embedded_interviewee_invents_nothing(world: ModuleType, tmp_path: Path) -> None:
    what = commission(load_protocol("ten"), world.panel(5), Manner(), holdout=["police"])
    found = write_backstories(what, tmp_path / "x.bs")
    assert found.counts()["finished"] == 5
    assert found.requests == 0
    for number, story in enumerate(found.by_twin.values()):
        assert {turn.author for turn in story.turns} == {Author.TEMPLATE}
        assert f"{20 + number}" in story.text
        told = [w for w in world.WORDS if w in story.text.split()]
        assert told in ([], [world.WORDS[number]])
        assert story.text.count("How old are you?") == 1
        assert world.MARK not in story.dialogue
    again = write_backstories(what, tmp_path / "y.bs")
    assert [s.text for s in again.by_twin.values()] == [s.text for s in found.by_twin.values()]


def test_free_backstories_are_of_made_up_people(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    seen: list[str] = []

    def speak(request: Any) -> str:
        seen.append(f"{request.head.persona}{request.turns[-1].text}")
        return str(world.answer(request.draw, request.turns[-1].text))

    manner = Manner(mode=Mode.FREE, model=spoken(speak), interviewer="", cache=False)
    found = write_backstories(
        commission(load_protocol("three"), None, manner, count=3), tmp_path / "x.bs"
    )
    assert list(found) == ["free-000001", "free-000002", "free-000003"]
    assert found.counts()["finished"] == 3
    assert len({story.text for story in found.by_twin.values()}) == 3
    assert not any("draw on" in text or "About you" in text for text in seen)


def test_demographics_mode_tells_demographics_alone(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    seen: list[str] = []

    def speak(request: Any) -> str:
        seen.append(request.head.persona + request.turns[-1].text)
        return str(world.speak(request))

    write_backstories(
        world.made(spoken(speak), 2, protocol="one", mode=Mode.DEMOGRAPHICS), tmp_path / "x.bs"
    )
    assert all("Badge number" in text for text in seen)
    assert not any("garden" in text or "I like" in text for text in seen)


def test_money_is_kept_to(
    world: ModuleType, spoken: Spoken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from understudy.twins.llm.cards import Prices
    from understudy.twins.llm.providers import scripted

    dear = Prices(input=100, output=100, cache_write=0, cache_read=0)
    card = scripted.ScriptedModel.card.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(
        scripted.ScriptedModel,
        "card",
        property(lambda self: dataclasses.replace(card(self), prices=dear)),
    )
    path, what = tmp_path / "x.bs", world.made(spoken(), 6)
    said = estimate(what)
    assert said.cost is not None
    with pytest.raises(BudgetReachedError):
        write_backstories(what, path, budget=0.5)
    partial = load_backstories(path)
    assert 0 < partial.cost <= 0.55
    found = write_backstories(what, path, budget=50.0)
    assert found.counts()["finished"] == 6
    assert said.calls.low <= found.requests <= said.calls.high
    assert found.cost < said.cost.high


def test_nothing_that_could_be_used_is_said_before_anything_is_asked(world: ModuleType) -> None:
    only = parse_protocol("protocol: p\nquestions:\n- {id: a, text: Hm?, facts: [garden]}\n", "p")
    with pytest.raises(RequestError, match="no question of the protocol p may use anything"):
        commission(only, world.panel(2), Manner(mode=Mode.DEMOGRAPHICS))
    typo = parse_protocol("protocol: p\nquestions:\n- {id: a, text: Hm?, facts: [gardn]}\n", "p")
    with pytest.raises(UnknownNameError, match="p, line 3, question a: there is no variable"):
        commission(typo, world.panel(2), Manner())
    with pytest.raises(RequestError, match="makes nobody up"):
        Manner(mode=Mode.FREE)


def test_somebody_without_a_record_fails_with_that_reason(
    world: ModuleType, spoken: Spoken, tmp_path: Path
) -> None:
    import numpy as np

    panel = world.panel(2)
    frame = panel.frame.copy()
    frame.iloc[1, :] = np.nan
    what = commission(
        load_protocol("one"),
        dataclasses.replace(panel, frame=frame),
        Manner(model=spoken(), interviewer="", cache=False),
    )
    found = write_backstories(what, tmp_path / "x.bs")
    assert found["person-0000"].finished
    assert found["person-0001"].reason == "the record holds nothing that may be used"
