"""YAML from strangers: plain data, bounded, every refusal one sentence with a line."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.errors import FileError, QuestionnaireError, UnreadableFileError
from understudy.data.yaml_safe import load_file, load_with_lines, load_yaml

DOCUMENT = """\
title: Pilot
blocks:
  - name: trust
    questions:
      - id: q1
        type: likert
      - id: q2

        type: number
scale: &agree
  1: Disagree
  2: Agree
other: *agree
"""


def test_lines_of_paths() -> None:
    node = load_with_lines(DOCUMENT, "pilot.yaml")
    assert node.line() == 1
    assert node.line("blocks", 0, "questions", 1, "type") == 9
    assert node.line("blocks", 0, "questions", 0) == 5
    assert node.line("blocks", 0, "questions", 0, "nothing", 3) == 5
    assert node.line("scale", 2) == 12
    assert node.line("other") == 13
    assert node.line("other", 2) == 12, "inside an alias, the line is where the value is written"
    assert node.place("blocks") == "pilot.yaml, line 2"
    assert node.value["other"] == {1: "Disagree", 2: "Agree"}
    assert node.value["other"] is not node.value["scale"]


@pytest.mark.parametrize(
    "text, value",
    [
        ("Yes", "Yes"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-99", -99),
        ("+3", 3),
        ("007", "007"),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.50", 1.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2024-05-01", "2024-05-01"),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("-.inf", -math.inf),
        ("[1, a, {b: null}]", [1, "a", {"b": None}]),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_scalars_are_read_as_their_authors_mean_them(text: str, value: object) -> None:
    read = load_yaml(text)
    assert read == value
    assert type(read) is type(value)


def test_nan() -> None:
    assert math.isnan(load_yaml(".nan"))


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text, part",
    [
        (bomb(), "expand to more than"),
        ("a: &a [1]\nb: [" + "*a, " * 3000 + "1]", "aliases"),
        ("a: &a [*a]", "itself"),
        ("a: *nowhere", "nowhere"),
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' appears twice (first on line 1)"),
        ("{1: a, 1.0: b}", "appears twice"),
        ("[" * 100 + "]" * 100, "deep"),
        ("[" * 100_000, "deep"),
        ("x: &x0 [1]\n" + "\n".join(f"k{i}: &x{i} [*x{i - 1}]" for i in range(1, 200)), "deep"),
        ("!!python/object:os.system x", "not allowed"),
        ("a: !!python/object/apply:os.system ['id']", "'!!python/object/apply:os.system'"),
        ("a: !local [1]", "not allowed"),
        ("a: !!binary aGk=", "not allowed"),
        ("? [1, 2]\n: 3", "key"),
        ("? {a: 1}\n: 3", "key"),
        ("a: &l [1]\n*l : 3", "key"),
        ("<<: {a: 1}", "merge"),
        ("a: 1\n---\nb: 2", "line 2: a second document"),
        ("a: [1, 2\nb: 3", "not valid YAML"),
        ("a: 'open", "not valid YAML"),
        ("a:\n\t- 1", "line 2"),
        ("a: \x00", "not valid YAML"),
        ("9" * 500, "too many digits"),
    ],
)
def test_refusals_are_one_sentence(text: str, part: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        load_with_lines(text, "q.yaml")
    message = str(caught.value)
    assert part in message
    assert message.startswith("q.yaml")
    assert "\n" not in message
    assert message.endswith(".")


def test_the_caller_chooses_the_error() -> None:
    with pytest.raises(QuestionnaireError, match=r"q\.yaml, line 2"):
        load_with_lines("a: 1\na: 2", "q.yaml", error=QuestionnaireError)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    path.write_bytes("﻿name: Zoë".encode())
    assert load_yaml(path) == {"name": "Zoë"}
    path.write_bytes("name: Zoë".encode("utf-16"))
    assert load_file(path).value == {"name": "Zoë"}
    path.write_bytes(b"a: 1\nname: Zo\xeb")
    with pytest.raises(UnreadableFileError, match=r"book\.yaml, line 2: .* not valid UTF-8"):
        load_file(path)
    with pytest.raises(FileError, match=r"there is no such file; did you mean book\.yaml\?"):
        load_file(tmp_path / "booc.yaml")
    with pytest.raises(FileError, match="this is a folder"):
        load_file(tmp_path)
    path.write_bytes("name: Zoë".encode("utf-16-le"))
    with pytest.raises(UnreadableFileError, match=r"book\.yaml: the file holds NUL bytes"):
        load_file(path)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as out:
        out.truncate(30_000_000)
    with pytest.raises(UnreadableFileError, match="larger than 20 MB"):
        load_file(path)


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
values = st.recursive(
    texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(alphabet="abcxyz019 -_~", max_size=6), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(values)
def test_what_is_quoted_comes_back_as_it_was(value: object) -> None:
    assert load_yaml(yaml.safe_dump(value, default_style='"', allow_unicode=True)) == value


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_sentence(text: str) -> None:
    problem = ""
    try:
        load_yaml(text)
    except UnreadableFileError as error:
        problem = str(error)
    assert "\n" not in problem
