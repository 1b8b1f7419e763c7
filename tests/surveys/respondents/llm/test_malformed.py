"""Whatever a model says, every variable gets one reply: a legal typed value or a reason."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Reason
from understudy.surveys.fieldwork.replies import checked
from understudy.surveys.question import Shown
from understudy.surveys.respondent import Page
from understudy.surveys.respondents.llm.asked import Asked, ask
from understudy.surveys.respondents.llm.asking import Asking, Context, Mode, Strictness
from understudy.surveys.respondents.llm.reading import (
    Reading,
    read_page,
    repair_text,
    repaired,
)
from understudy.twins.llm.chat import Completion, Stop

CONTEXT = Context(seed=3, twin="t", replicate=1, attempt=1)
ASKINGS = [
    Asking(),
    Asking(strictness=Strictness.ROWS),
    Asking(mode=Mode.PROBABILITIES, nonresponse=False),
    Asking(strictness=Strictness.NONE, reasoning=True, language="de"),
]


def sound(asked: Asked, page: Sequence[Shown], reading: Reading, raw: str) -> None:
    """Assert everything that holds of every reading."""
    replies = list(reading.replies)
    variables = [variable for one in page for variable in one.variables]
    assert [reply.variable for reply in replies] == [variable.name for variable in variables]
    for reply, variable in zip(replies, variables, strict=True):
        assert reply.raw == raw
        if reply.value is None:
            assert type(reply.reason) is Reason
            assert reply.probabilities == ()
        else:
            assert type(reply.value) is (float if variable.kind == "number" else str)
        if reply.probabilities:
            assert sum(share for _, share in reply.probabilities) == pytest.approx(1)
            assert reply.value in dict(reply.probabilities)
    assert checked(Page(1, tuple(page)), replies) == replies
    troubled = [name for problem in reading.problems for name in problem.variables]
    assert set(troubled) <= {variable.name for variable in variables}
    assert repair_text(reading.problems)
    assert repaired(reading, reading).replies == reading.replies


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1", "[2]", "A", "no_answer", "-8", "50", "Agree", "2020-02-30", "1e999"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("asking", ASKINGS)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_any_json_under_the_right_keys(pages: ModuleType, asking: Asking, data: Any) -> None:
    page = [pages.shown(question) for question in pages.EVERY]
    asked = ask(page, asking)
    keys = [
        f"{key}{part.suffix}"
        for field, key in zip(asked.fields, asked.keys, strict=True)
        for part in field.parts
    ]
    chosen = data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=12))
    text = json.dumps({key: data.draw(VALUES) for key in chosen})
    sound(asked, page, read_page(asked, Completion(text=text), CONTEXT), text)


@given(text=st.text(max_size=200), stop=st.sampled_from(Stop))
@settings(max_examples=100, deadline=None)
def test_any_text_and_any_stop(pages: ModuleType, text: str, stop: Stop) -> None:
    page = [pages.shown(question) for question in pages.EVERY]
    asked = ask(page, Asking())
    sound(asked, page, read_page(asked, Completion(text=text, stop=stop), CONTEXT), text)


SPLICED = (
    *('"', "'", "{", "}", "[", "]", ":", ",", "\\", "null", "NaN", "-Infinity", "1e999", "true"),
    *("\ud800", "\\ud800", "\x00", "\u202e", "９", "no_answer", "[3]", "3 or 4", '{"q1": "2"}'),
    *("9" * 5000, "1,234", "I'm sorry, but I can't assist with that.", "As an AI model, I", "```"),
    *('"q2": "1", "q2": "3",', "A" * 3000, '{"1": 300, "2": -5}', "three", "\n\n", "0x1F", "½"),
)


def mangled(text: str, rng: random.Random) -> str:
    """A text with one to four things done to it."""
    for _ in range(rng.randint(1, 4)):
        at, other = sorted(rng.randint(0, len(text)) for _ in range(2))
        match rng.randint(0, 5):
            case 0:
                text = text[:at] + text[other:]
            case 1:
                text = text[:at] + rng.choice(SPLICED) + text[at:]
            case 2:
                text = text[:at] + rng.choice(SPLICED) + text[at + 1 :]
            case 3:
                text = text[:at]
            case 4:
                text = re.sub(r'"[^"]*"', lambda m: rng.choice((m[0], m[0], "[]", "7")), text)
            case _:
                text = rng.choice(("Sure! ", "```json\n", "[", "")) + text + rng.choice("]} `x")
    return text


@pytest.mark.parametrize("asking", ASKINGS)
def test_ten_thousand_mangled_replies(pages: ModuleType, asking: Asking) -> None:
    rng = random.Random(20240512)
    found: Counter[str] = Counter()
    for _ in range(2500):
        questions = rng.sample(pages.EVERY, 3)
        page = [pages.shuffled(question, rng) for question in questions]
        asked = ask(page, asking)
        wanted = {name: code for one in page for name, code in pages.legal(one, rng).items()}
        text = mangled(pages.perfect(asked, wanted), rng)
        stop = rng.choice((Stop.COMPLETE, Stop.COMPLETE, Stop.LENGTH))
        reading = read_page(asked, Completion(text=text, stop=stop), CONTEXT)
        sound(asked, page, reading, text)
        found.update(str(reply.reason) for reply in reading.replies)
    # The mangling is neither so mild nor so wild that nothing is tested.
    assert found["None"] > 1000
    for reason in (Reason.UNPARSED, Reason.OUT_OF_RANGE, Reason.TRUNCATED, Reason.MODEL_REFUSED):
        assert found[reason] > 0, reason


BOMBS = {
    "nested objects": '{"q1":' * 100_000,
    "nested arrays": '{"q1": ' + "[" * 100_000,
    "closed nesting": '{"q1": ' + "[" * 50_000 + "]" * 50_000 + "}",
    "braces": "{" * 1_000_000,
    "objects": "{}" * 200_000,
    "a megabyte": json.dumps({"q1": "x" * 1_000_000, "q2": "1"}),
    "spaces": '{"q1": "' + " " * 1_000_000 + '3"}',
    "many digits": '{"q1": ' + "9" * 1_000_000 + "}",
    "many keys": json.dumps({f"k{n}": n for n in range(100_000)}),
    "many codes": json.dumps({"q1": ["1"] * 200_000}),
    "brackets": '{"q1": "' + "[" * 500_000 + '"}',
    "no end": '{"q1": "' + "a" * 1_000_000,
    "half a pair": '{"q1": "\ud800", "q2": "\\udfff"}',
    "nothing": "",
    "zero bytes": "\x00" * 1000,
    "an array": '["1", "2"]',
    "a number": "3",
    "words": "i can't i cannot as an ai " * 20_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("stop", [Stop.COMPLETE, Stop.LENGTH])
def test_bombs_fizzle(pages: ModuleType, bomb: str, stop: Stop) -> None:
    kinds = ("colour", "media", "rank", "why", "age", "day", "sum")
    for kind in kinds:
        question = next(q for q in pages.EVERY if q.name == kind)
        page = [pages.shown(question)]
        asked = ask(page, Asking())
        reading = read_page(asked, Completion(text=BOMBS[bomb], stop=stop), CONTEXT)
        sound(asked, page, reading, BOMBS[bomb])
        assert len(repair_text(reading.problems)) < 2_000
