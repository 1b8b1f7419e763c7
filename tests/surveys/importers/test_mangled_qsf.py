"""Damaged survey files: a questionnaire, or one sentence; never a traceback, never a hang."""

from __future__ import annotations

import copy
import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from understudy.data.errors import UnderstudyError
from understudy.surveys.files.reading import parse_questionnaire
from understudy.surveys.flow import Walk, allocate
from understudy.surveys.importers import import_questionnaire

ODD: list[Any] = [
    *(
        None,
        True,
        0,
        -1,
        1e308,
        3.5,
        "",
        " ",
        "None",
        "QID1",
        "x" * 5000,
        "${e://Field/x}",
        "{",
        "}}",
    ),
    *([], {}, [[]], {"1": None}, {"a": {"b": []}}, ["1", 2, None], "q://QID1/SelectableChoice/1"),
    *("\x1b[2J", "\ud800", "ENDOFSURVEY", "<b>", "2_QID1", "QID1#1", "1,2", "record", "a > b", "|"),
]


def places(value: Any, found: list[tuple[Any, Any]] | None = None) -> list[tuple[Any, Any]]:
    """Every (container, key) of plain data."""
    found = [] if found is None else found
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        found.append((value, key))
        places(value[key], found)
    return found


def mangled(survey: Any, chance: random.Random) -> Any:
    """A survey with one to four things replaced, taken out, swapped or repeated."""
    wrong = copy.deepcopy(survey)
    for _ in range(chance.randint(1, 4)):
        spots = places(wrong)
        if not spots:
            break
        container, key = chance.choice(spots)
        match chance.randint(0, 3):
            case 0:
                container[key] = copy.deepcopy(chance.choice(ODD))
            case 1:
                del container[key]
            case 2:
                other, there = chance.choice(spots)
                container[key] = copy.deepcopy(other[there])
            case 3:
                if isinstance(container, list):
                    container.append(copy.deepcopy(container[key]))
                else:
                    container[str(key) + "9"] = copy.deepcopy(container[key])
    return wrong


def outcome(path: Path) -> str:
    """Import a file; what comes of it is a questionnaire that can be walked, or a sentence."""
    began = time.perf_counter()
    try:
        survey = import_questionnaire(path).questionnaire
    except UnderstudyError as error:
        said = str(error)
        assert "\n" not in said
        assert len(said) < 2000
        return "sentence"
    assert parse_questionnaire(survey.to_yaml(), "again.yaml").to_dict() == survey.to_dict()
    dealt = {name: by["p"] for name, by in allocate(survey, ["p"], 1).items()}
    walk = Walk(survey, person="p", arms=dealt, seed=1)
    answers: dict[str, Any] = {}
    for _ in range(500):
        page = walk.next_page(answers)
        if page is None:
            break
        for one in page.questions:
            answers.update({v.name: v.codes[0] if v.codes else None for v in one.variables})
    assert time.perf_counter() - began < 5
    return "questionnaire"


@pytest.mark.parametrize("seed", range(8))
def test_mangled_surveys(tmp_path: Path, seed: int) -> None:
    files = sorted((Path(__file__).parent / "files").glob("*.qsf"))
    survey = json.loads(files[seed % len(files)].read_text(encoding="utf-8"))
    chance = random.Random(seed)
    path = tmp_path / "mangled.qsf"
    found = set()
    for _ in range(25):
        text = json.dumps(mangled(survey, chance))
        if chance.random() < 0.1:
            text = text[: chance.randint(0, len(text))]
        path.write_text(text or "?", encoding="utf-8")
        found.add(outcome(path))
    assert "questionnaire" in found


@pytest.mark.parametrize(
    "content",
    ["[" * 100_000, '{"a":' * 100_000, '"' + "x" * 3_000_000, "{" + '"a":1,' * 300_000 + '"b":2}'],
)
def test_bombs_are_refused_at_once(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bomb.qsf"
    path.write_text(content if content[0] == "{" else "{" + content, encoding="utf-8")
    began = time.perf_counter()
    assert outcome(path) == "sentence"
    assert time.perf_counter() - began < 2
