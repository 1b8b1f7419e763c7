"""Settings from a notebook or a command: what makes no sense is one sentence."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from understudy.data.errors import RequestError
from understudy.surveys.respondents.llm.settings import PER_PAGE, Settings


def test_plain_data_becomes_settings() -> None:
    found = Settings.parse({"per_call": "page", "date": "2024-05-12", "voice": "third"})
    assert found.per_call == PER_PAGE
    assert found.date == datetime.date(2024, 5, 12)
    assert found.voice == "third-person"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"per_call": "1"}, "per_call is a whole number, not '1'"),
        ({"per_call": -1}, "per_call must be at least 0"),
        ({"samples": 1}, "samples must be at least 2"),
        ({"facts": True}, "facts is a whole number, not True"),
        ({"date": "May"}, "'May' is not a date"),
        ({"temperature": 3.0}, "a temperature is from 0 to 2"),
        ({"voice": "second"}, "there is no voice 'second'"),
        ({"elicit": "choise"}, "did you mean choice"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        Settings.parse(options)
