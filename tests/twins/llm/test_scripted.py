from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from understudy.data.errors import RequestError, UnderstudyError
from understudy.twins.llm.chat import ChoiceQuestion, Completion, Format, Head, Request, Stop, Turn
from understudy.twins.llm.failures import CallError, Failure
from understudy.twins.llm.specs import make_model

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "trust": {"type": "string", "enum": ["1", "2", "3"]},
        "age": {"type": "integer", "minimum": 18, "maximum": 99},
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "why": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "said": {"type": "array", "items": {"$ref": "#/$defs/word"}, "minItems": 2},
        "sure": {"type": ["boolean"]},
        "fixed": {"const": 7},
    },
    "required": ["trust", "age", "share", "why", "said", "sure", "fixed"],
    "additionalProperties": False,
    "$defs": {"word": {"type": "string"}},
}


def request(text: str = "Do you trust people?", *, draw: str = "", **changes: Any) -> Request:
    turns = (Turn("user", text),)
    return Request(head=Head("Answer.", "I am 61."), turns=turns, draw=draw).replace(**changes)


def ask(spec: str, *requests: Request, **options: Any) -> list[Completion]:
    async def run() -> list[Completion]:
        model = make_model(spec, **options)
        return [await model.complete(one) for one in requests]

    return asyncio.run(run())


def test_with_no_script_every_answer_is_valid_and_differs_by_draw() -> None:
    schema = Format("page", SCHEMA)
    requests = [request(draw=str(i), format=schema) for i in range(200)]

    answers = [json.loads(c.text) for c in ask("scripted:", *requests)]

    for answer in answers:
        jsonschema.validate(answer, SCHEMA)
    assert set(Counter(a["trust"] for a in answers)) == {"1", "2", "3"}
    assert min(Counter(a["trust"] for a in answers).values()) > 30
    assert ask("scripted:", requests[0]) == ask("scripted:", requests[0])


def test_with_no_script_questions_get_probabilities() -> None:
    question = ChoiceQuestion("trust", "?", (("1", "Yes"), ("2", "No")))

    completion = ask("scripted:", request(choices=(question,)))[0]

    shares = json.loads(completion.text)["trust"]
    assert set(shares) == {"1", "2"}
    assert sum(shares.values()) == pytest.approx(1, abs=1e-5)


def test_it_costs_nothing_and_counts_its_tokens() -> None:
    model = make_model("scripted:")

    completion = asyncio.run(model.complete(request()))

    assert completion.usage.input > 0
    assert completion.usage.input == asyncio.run(model.count(request()))
    assert completion.usage.output > 0
    assert model.card.prices is not None
    assert model.card.prices.cost(completion.usage) == 0
    assert model.spec == "scripted:"


def test_the_first_rule_that_fits_answers(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        """
rules:
  - match: "(?i)TRUST"
    persona: "7[0-9]"
    reply: "for the old"
  - match: "(?i)TRUST"
    reply: { answer: "2", why: "ä" }
  - match: "income"
    weights: { high: 1, low: 3 }
  - match: "secret"
    reply: ""
    stop: refused
default: "don't know"
""",
        encoding="utf-8",
    )
    spec = f"scripted:{path}"

    trust, unknown, refused = ask(spec, request(), request("weather?"), request("a secret"))
    drawn = Counter(
        c.text for c in ask(spec, *(request("income?", draw=str(i)) for i in range(400)))
    )

    assert json.loads(trust.text) == {"answer": "2", "why": "ä"}
    assert unknown.text == "don't know"
    assert (refused.stop, refused.text) == (Stop.REFUSED, "")
    assert set(drawn) == {"high", "low"}
    assert 0.66 < drawn["low"] / 400 < 0.84


def test_json_rules_and_no_default_answer_by_chance(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text('{"rules": [{"match": "x", "reply": "y"}]}', encoding="utf-8")

    completion = ask(f"scripted:{path}", request(format=Format("page", SCHEMA)))[0]

    jsonschema.validate(json.loads(completion.text), SCHEMA)


def test_a_delay_longer_than_the_timeout_is_a_timeout(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("rules: [{match: '', reply: a, delay: 9}]", encoding="utf-8")

    with pytest.raises(CallError) as caught:
        ask(f"scripted:{path}", request(), timeout=0.01)

    assert caught.value.kind is Failure.TIMEOUT


def test_recorded_replies_are_found_by_digest(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    lines = [
        {"request": request().digest.hex(), "text": "one"},
        {"request": request("two").digest.hex().upper(), "text": {"a": 1}, "stop": "length"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n", encoding="utf-8")
    spec = f"scripted:{path}"

    one, two = ask(spec, request(), request("two"))

    assert one.text == "one"
    assert (two.text, two.stop) == ('{"a": 1}', Stop.LENGTH)
    with pytest.raises(CallError, match="is recorded") as caught:
        ask(spec, request("three"))
    assert caught.value.kind is Failure.REJECTED


CODE = """
from understudy.twins.llm.chat import Completion
def plain(request): return request.turns[-1].text.upper()
def mapping(request): return {"trust": "1"}
async def slow(request): return Completion(text="whole")
def wrong(request): return 3
def broken(request): raise KeyError("sk")
not_callable = 1
"""


@pytest.fixture
def code(tmp_path: Path) -> str:
    path = tmp_path / "voices.py"
    path.write_text(CODE, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        ("plain", "DO YOU TRUST PEOPLE?"),
        ("mapping", '{"trust": "1"}'),
        ("slow", "whole"),
    ],
)
def test_functions_answer(code: str, function: str, text: str) -> None:
    assert ask(f"scripted:{code}:{function}", request())[0].text == text


def test_functions_that_fail_are_failures_of_the_call(code: str) -> None:
    with pytest.raises(CallError, match="raised KeyError"):
        ask(f"scripted:{code}:broken", request())
    with pytest.raises(RequestError, match="returned int; return text"):
        ask(f"scripted:{code}:wrong", request())


def test_functions_of_modules_answer(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(code).parent))

    assert ask("scripted:voices:mapping", request())[0].text == '{"trust": "1"}'


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.yaml", None, "there is no file"),
        ("a.yaml", "rules: [", "it is not YAML"),
        ("a.yaml", "", "it is empty"),
        ("a.yaml", "rule: []", "it holds more than `rules` and `default`"),
        ("a.yaml", "rules: 3", "`rules` is no list"),
        ("a.yaml", "rules: [3]", "rule 1: a rule is a mapping"),
        ("a.yaml", "rules: [{mach: a}]", "rule 1: there is no key 'mach'; did you mean match?"),
        ("a.yaml", "rules: [{match: '('}]", "rule 1: '(' is no regular expression"),
        ("a.yaml", "rules: [{delay: -1}]", "rule 1: -1 is no number of seconds"),
        ("a.yaml", "rules: [{stop: now}]", "rule 1: there is no stop 'now'"),
        ("a.yaml", "rules: [{weights: {a: x}}]", "rule 1: `weights` are replies with numbers"),
        ("a.yaml", "rules: [{weights: {a: 0}}]", "rule 1: all weights are 0"),
        ("a.json", "{", "it is not JSON"),
        ("a.jsonl", "", "it holds no replies"),
        ("a.jsonl", "{", "line 1: it is not JSON"),
        ("a.jsonl", '{"request": "12", "text": "a"}', "line 1: there is no `request`"),
        ("a.jsonl", '{"request": "%s"}' % ("0" * 32), "line 1: there is no `text`"),
        ("a.txt", "x", "is no script; name a"),
        ("no.such.module:f", None, "cannot be imported"),
        ("none.py:f", None, "there is no file"),
        ("json:dums", None, "json: there is no function 'dums'; did you mean dumps"),
        ("json:__all__", None, "is no function"),
    ],
)
def test_what_is_wrong_with_a_script_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str | None, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path(name).write_text(text, encoding="utf-8")

    with pytest.raises(UnderstudyError) as caught:
        make_model(f"scripted:{name}")

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
