"""Interview protocols: what ships, what a file may say, and one sentence where it may not."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from understudy.backstories import load_protocol, protocol_names
from understudy.backstories.protocol_file import parse_protocol, protocol_schema
from understudy.data.errors import ProtocolError, UnknownNameError
from understudy.data.yaml_safe import load_with_lines

TWO = "protocol: p\nquestions:\n- {id: a, text: First?}\n- {id: b, text: Second?}\n"


def test_four_ship_and_are_of_the_lengths_promised() -> None:
    sizes = {name: len(load_protocol(name)) for name in protocol_names()}
    assert sizes == {"one": 1, "three": 3, "ten": 10, "life": 40}
    life = load_protocol("life")
    assert life.most_turns > 60
    assert all(question.objective and question.words for question in life.questions)


@pytest.mark.parametrize("name", ["one", "three", "ten", "life"])
def test_what_ships_follows_the_schema(name: str) -> None:
    text = resources.files("understudy.backstories.protocols").joinpath(f"{name}.yaml").read_text()
    jsonschema.validate(load_with_lines(text, name).value, protocol_schema())
    assert load_protocol(name).source


def test_the_schema_on_disk_is_the_one_the_reader_has() -> None:
    file = resources.files("understudy.backstories").joinpath("protocol.schema.json")
    assert json.loads(file.read_text()) == protocol_schema()


def test_everything_a_question_may_say_is_read() -> None:
    protocol = parse_protocol(
        "protocol: p\nversion: 2.1\ntitle: T\nsource: me\nlanguage: de\nquestions:\n"
        "- id: a\n  text: >-\n    Wie\n    geht es?\n  objective: Stimmung\n  words: 80\n"
        "  follow_ups: 2\n  facts: [age, 'block:life', 'trust_*']\n  most_facts: 5\n"
        "  avoid: income\n"
    )
    (question,) = protocol.questions
    assert (protocol.version, protocol.language) == ("2.1", "de")
    assert question.text == "Wie geht es?"
    assert question.facts == ("age", "block:life", "trust_*")
    assert (question.words, question.follow_ups, question.most_facts) == (80, 2, 5)
    assert question.avoid == ("income",)
    assert question.line == 7


def test_one_protocol_extends_another_and_places_its_questions(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(TWO)
    (tmp_path / "more.yaml").write_text(
        "protocol: more\nextends: base.yaml\nquestions:\n- {id: c, text: Third?}\n"
        "- {id: d, text: Between?, after: a}\n- {id: e, text: Behind it?, after: d}\n"
    )
    protocol = load_protocol(tmp_path / "more.yaml")
    assert [q.id for q in protocol.questions] == ["a", "d", "e", "b", "c"]
    (tmp_path / "shipped.yaml").write_text("protocol: shipped\nextends: three\n")
    assert len(load_protocol(tmp_path / "shipped.yaml")) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "p.yaml, line 1: the protocol is empty"),
        ("protocol: p\nquestions: []", "needs at least one question"),
        ("protocol: p\nquestion: []", "line 2: the key 'question' means nothing here; the nearest"),
        ("protocol: p\nquestions:\n- {id: a, txt: x}", "line 3: the key 'txt' means nothing here"),
        ("protocol: p\nquestions:\n- {id: a}", "line 3, question a: the question has no text"),
        ("protocol: p\nquestions:\n- {text: x}", "line 3: a question has an id"),
        ("protocol: a b\nquestions:\n- {id: a, text: x}", "line 1: a protocol has a name"),
        (TWO + "- {id: a, text: Again?}", "line 5, question a: this id is in use already (line 3)"),
        (
            "protocol: p\nquestions:\n- {id: a, text: x, words: 0}",
            "line 3, question a: 'words' is a whole number from 1 to 3,000",
        ),
        (
            "protocol: p\nquestions:\n- {id: a, text: x, follow_ups: 1.5}",
            "'follow_ups' is a whole number",
        ),
        ("protocol: p\nlanguage: 12!\nquestions:\n- {id: a, text: x}", "no language tag"),
        (
            "protocol: p\nquestions:\n- {id: a, text: x, after: b}\n- {id: b, text: y, after: a}",
            "question a: the order goes round in a loop (a after b after a)",
        ),
        (
            "protocol: p\nquestions:\n- {id: a, text: x, after: bb}\n- {id: bbb, text: y}",
            "there is no question 'bb'; did you mean bbb",
        ),
        ("protocol: p\nextends: fife", "there is no interview protocol 'fife'; did you mean"),
        ("protocol: p\nquestions: &q\n- *q", "the alias *q refers to nothing before it"),
        ("protocol: p\nquestions:\n- {id: a, text: [x]}", "a list stands where text is expected"),
        ("protocol: p\nquestions: [{id: a, text: 'x\x1b[2J'}]", "p.yaml"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(text, "p.yaml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_extend_each_other_are_a_loop(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("protocol: a\nextends: b.yaml\n")
    (tmp_path / "b.yaml").write_text("protocol: b\nextends: a.yaml\n")
    with pytest.raises(ProtocolError, match=r"a\.yaml → b\.yaml → a\.yaml"):
        load_protocol(tmp_path / "a.yaml")
    (tmp_path / "self.yaml").write_text("protocol: s\nextends: self.yaml\n")
    with pytest.raises(ProtocolError, match="line 2: the protocol extends itself"):
        load_protocol(tmp_path / "self.yaml")


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean three"):
        load_protocol("thre")


def test_file_and_line_do_not_change_what_a_protocol_is() -> None:
    first = parse_protocol(TWO, "a.yaml")
    second = parse_protocol("# the same\n" + TWO, "b.yaml")
    assert first.fingerprint == second.fingerprint
    assert parse_protocol(TWO.replace("First", "Erst")).fingerprint != first.fingerprint
