"""The codebook beside a CSV: written, found, read back equal, and applied to columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.codebook import Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.codebook_file import (
    apply_codebook,
    dump_codebook,
    find_beside,
    from_rows,
    load_codebook,
    to_rows,
)
from understudy.data.codebook_words import LEVEL_OPEN
from understudy.data.codebook_yaml import from_yaml, to_yaml
from understudy.data.errors import CodebookError, FileError, RequestError
from understudy.data.table import Table
from understudy.data.yaml_safe import load_with_lines

EXAMPLE = """\
title: Pilot panel
notes: [synthetic]
scales:
  agree5: [Disagree strongly, Disagree, Neither, Agree, Agree strongly]
missing: {-99: refused}
variables:
  pid: {person: true}
  age: {label: Age, level: interval, range: [18, 99], role: demographic}
  w: {weight: true, level: interval}
  trust:
    question: Most people can be trusted.
    level: ordinal
    labels: agree5
    range: 1..5
    missing:
      -99: prefer not to say
      -88: {reason: don't know, label: Can't choose}
    block: trust
    group: matrix1
    siblings: [trust2]
  trust2: Trust, second wording
  vote: {level: nominal, labels: {"m": Yes, "f": No, 3: Other}}
"""


def book_of(text: str) -> Codebook:
    return from_yaml(load_with_lines(text, "book.yaml", error=CodebookError))


def table_of(**columns: list[object]) -> Table:
    frame = pd.DataFrame(columns)
    variables = tuple(
        Variable(name=n, kind="number" if frame[n].dtype.kind == "f" else "text")
        for n in frame.columns
    )
    return Table(frame=frame, variables=variables)


def test_the_documented_example() -> None:
    book = book_of(EXAMPLE)
    assert book.title == "Pilot panel"
    assert book.notes == ("synthetic",)
    assert book["pid"].role is Role.ID
    assert book["w"].role is Role.WEIGHT
    trust = book["trust"]
    assert trust.labels[3] == (4.0, "Agree")
    assert trust.range == (1.0, 5.0)
    assert trust.siblings == ("trust2",)
    assert trust.missing == (
        MissingCode(-99.0, Reason.REFUSED, "prefer not to say"),
        MissingCode(-88.0, Reason.DONT_KNOW, "Can't choose"),
    )
    assert trust.inferred == ()
    assert book["trust2"].label == "Trust, second wording"
    assert book["trust2"].inferred == (LEVEL_OPEN,)
    assert book["trust2"].missing == (MissingCode(-99.0, Reason.REFUSED),)
    assert book["vote"].labels == (("m", "Yes"), ("f", "No"), (3.0, "Other"))


@pytest.mark.parametrize(
    "text, part",
    [
        (
            "variables: {q: {lables: {1: a}}}",
            "line 1, variable q: the entry 'lables' is unknown",
        ),
        ("variables:\n  q:\n    level: ordinl\n", "line 3"),
        ("variables:\n  q: {labels: agre}\nscales: {agree: [a, b]}", "did you mean agree"),
        ("variables: {q: {range: [7, 1]}}", "empty"),
        ("variables: {q: {range: [a, 1]}}", "is no range"),
        ("variables: {q: {range: wide}}", "is no range"),
        ("variables: {q: {labels: {1: a}, missing: {1: refused}}}", "both an answer and a missing"),
        ("variables: {q: {missing: {-9: brokeof}}}", "did you mean 'broke off'?"),
        ("variables: {q: {missing: {-9: {why: x}}}}", "unknown"),
        ("variables: {q: {labels: {true: a}}}", "is no code"),
        ("variables: {q: {labels: 5}}", "'labels' is not"),
        ("variables: {q: {person: yes}}", "either true or left out"),
        ("variables: {q: {person: true, role: id}}", "two things"),
        ("variables: {q: {kind: nubmer}}", "is no kind"),
        ("variables: {q: {label: [a]}}", "is not a text"),
        ("variables: [q]", "is not a list of name: value entries"),
        ("just words", "the codebook is not"),
        ("variables: {}", "no variables"),
        ("varaibles: {q: x}", "did you mean variables"),
        ("{1: a", "not valid YAML"),
    ],
)
def test_bad_yaml_is_one_sentence(text: str, part: str) -> None:
    with pytest.raises(CodebookError) as caught:
        book_of(text)
    message = str(caught.value)
    assert part in message
    assert message.startswith("book.yaml, line ")
    assert "\n" not in message


def test_rows_under_foreign_headers() -> None:
    rows = [
        {"rownames": "A1", "ItemLabel": "q_146", "Item": "Am indifferent.", "Big6": "Agreeable"},
        {"rownames": "sex", "ItemLabel": "sex", "Item": "males=1, females=2", "Big6": ""},
    ]
    book = from_rows(rows, "bfi.dictionary.csv")
    assert book["A1"].question == "Am indifferent."
    assert book["A1"].block == "Agreeable"
    assert book["A1"].inferred == (LEVEL_OPEN,)
    assert book["sex"].labels == ((1.0, "males"), (2.0, "females"))
    assert book["sex"].question == ""


@pytest.mark.parametrize(
    "row, part",
    [
        ({"name": "q", "labels": "Yes"}, "row 2, variable q: 'Yes' is no entry"),
        ({"name": "q", "lables": "1=a"}, "call it labels"),
        ({"name": "", "label": "x"}, "row 2: the variable has no name"),
        ({"name": "q", "range": "7..1"}, "row 2, variable q: the declared range"),
        ({"name": "q", "level": "?"}, "is no measure level"),
        ({"name": "q", "role": "boss"}, "is no role"),
        ({"name": "q", "kind": "x"}, "is no kind"),
        ({"name": "q", "missing": "-9=gone"}, "is no reason"),
        ({"name": "q", "labels": "1=a; 1=b"}, "a code has two labels"),
    ],
)
def test_bad_rows_are_one_sentence(row: dict[str, str], part: str) -> None:
    with pytest.raises(CodebookError) as caught:
        from_rows([row], "book.csv")
    assert part in str(caught.value)
    assert str(caught.value).startswith("book.csv")


def test_a_variable_described_twice_and_no_rows() -> None:
    with pytest.raises(CodebookError, match="row 3: the variable 'q' is described twice"):
        from_rows([{"name": "q"}, {"name": "q"}], "b.csv")
    with pytest.raises(CodebookError, match="no rows"):
        from_rows([], "b.csv")


# --- round trips ------------------------------------------------------------------------------

plain = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"])
words = st.text(plain, max_size=12).map(lambda text: " ".join(text.split()))
labels_text = st.text(plain | st.sampled_from([" ", ";", "=", "\\", "\n", ":"]), max_size=10)
numbers = st.integers(-999, 10**6).map(float) | st.floats(allow_nan=False, allow_infinity=False)
codes = numbers | st.text(plain, max_size=5)


@st.composite
def variables(draw: st.DrawFn, name: str) -> Variable:
    every = draw(st.lists(codes, unique=True, max_size=6))
    cut = draw(st.integers(0, len(every)))
    bounds = draw(st.none() | st.tuples(numbers, numbers).filter(lambda pair: pair[0] < pair[1]))
    level_open = draw(st.booleans())
    return Variable(
        name=name,
        label=draw(words),
        question=draw(words),
        level=Level.NOMINAL if level_open else draw(st.sampled_from(Level)),
        labels=tuple((code, draw(labels_text)) for code in every[:cut]),
        range=bounds,
        missing=tuple(
            MissingCode(code, draw(st.sampled_from(Reason)), draw(labels_text))
            for code in every[cut:]
        ),
        kind=draw(st.sampled_from(["number", "text", "date"])),
        role=draw(st.sampled_from(Role)),
        block=draw(words),
        group=draw(words),
        siblings=tuple(draw(st.lists(words.filter(bool), max_size=2))),
        personal=draw(words),
        inferred=(
            *draw(st.lists(words.filter(lambda t: bool(t) and t != LEVEL_OPEN), max_size=2)),
            *((LEVEL_OPEN,) if level_open else ()),
        ),
        format=draw(words),
    )


@st.composite
def books(draw: st.DrawFn) -> Codebook:
    names = draw(st.lists(words.filter(bool), unique=True, min_size=1, max_size=4))
    return Codebook(
        tuple(draw(variables(name)) for name in names),
        title=draw(words),
        notes=tuple(draw(st.lists(words.filter(bool), max_size=2))),
    )


@settings(max_examples=150, deadline=None)
@given(books())
def test_yaml_round_trip(book: Codebook) -> None:
    assert book_of(to_yaml(book)) == book


@settings(max_examples=150, deadline=None)
@given(books())
def test_rows_round_trip(book: Codebook) -> None:
    assert from_rows(to_rows(book), "sheet").variables == book.variables


def test_scales_that_several_variables_share_are_written_once() -> None:
    labels = ((1.0, "No"), (2.0, "Yes"))
    book = Codebook(tuple(Variable(name=n, labels=labels) for n in "abc"))
    text = to_yaml(book)
    assert text.count("Yes") == 1
    assert book_of(text) == book


def test_files(tmp_path: Path) -> None:
    book = book_of(EXAMPLE)
    data = tmp_path / "wave.csv"
    assert find_beside(data) is None
    dump_codebook(book, tmp_path / "wave.codebook.csv")
    assert find_beside(data) == tmp_path / "wave.codebook.csv"
    assert load_codebook(tmp_path / "wave.codebook.csv").variables == book.variables
    dump_codebook(book, tmp_path / "wave.codebook.yaml")
    assert find_beside(data) == tmp_path / "wave.codebook.yaml"
    assert load_codebook(tmp_path / "wave.codebook.yaml") == book
    (tmp_path / "bfi.dictionary.csv").write_text("rownames;Item\nA1;Am kind.\n")
    assert find_beside(tmp_path / "bfi.csv") == tmp_path / "bfi.dictionary.csv"
    assert find_beside(tmp_path / "bfi.dictionary.csv") is None
    assert load_codebook(tmp_path / "bfi.dictionary.csv")["A1"].question == "Am kind."
    with pytest.raises(RequestError, match=r"end the name in \.yaml or \.csv"):
        dump_codebook(book, tmp_path / "book.sav")
    with pytest.raises(RequestError):
        load_codebook(tmp_path / "book.sav")


@pytest.mark.parametrize(
    "name, text",
    [
        ("b.codebook.csv", "name,label\nq"),
        ("b.codebook.csv", "name,name\nq,r"),
        ("b.codebook.csv", "name,label\n"),
        ("b.codebook.csv", ""),
        ("b.codebook.yaml", ""),
        ("b.codebook.yaml", "a: *b"),
    ],
)
def test_bad_files_are_one_sentence(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(FileError) as caught:
        load_codebook(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


# --- applied ----------------------------------------------------------------------------------


def test_missing_codes_become_statuses() -> None:
    table = table_of(trust=[1.0, -99.0, np.nan, -88.0, 9.0], x=[1.0] * 5)
    done = apply_codebook(table, book_of(EXAMPLE), "book.yaml")
    assert np.array_equal(
        done.frame["trust"].to_numpy(), [1.0, np.nan, np.nan, np.nan, 9.0], equal_nan=True
    )
    assert done.status["trust"].tolist() == [0, 1, 0, 2, 0]
    assert done.declared == {"trust"}
    assert done.title == "Pilot panel"
    assert "trust: 1 values lie outside the range 1 to 5: 9 (1 times)" in done.notes
    assert any("describes 5 variables that the file does not have: pid" in n for n in done.notes)
    assert "book.yaml says nothing about x" in done.notes


def test_labels_in_the_file_become_codes() -> None:
    table = table_of(trust=["Agree", "disagree ", None, "prefer not to say", "3"])
    done = apply_codebook(table, book_of(EXAMPLE), "book.yaml")
    assert np.array_equal(
        done.frame["trust"].to_numpy(), [4.0, 2.0, np.nan, np.nan, 3.0], equal_nan=True
    )
    assert done.status["trust"].tolist() == [0, 0, 0, 1, 0]
    assert done.variables[0].kind == "number"
    assert "trust: the file stores labels, read as the codes of the codebook" in done.notes


def test_a_value_that_fits_nothing_is_kept_and_noted() -> None:
    table = table_of(trust=["Agree", "Maybe", None, "Maybe", "prefer not to say"])
    done = apply_codebook(table, book_of(EXAMPLE), "book.yaml")
    trust = done.variables[0]
    assert done.frame["trust"].tolist()[:2] == ["Agree", "Maybe"]
    assert trust.kind == "text"
    assert trust.level is Level.ORDINAL
    assert trust.codes[:2] == ("Disagree strongly", "Disagree")
    assert done.status["trust"].tolist() == [0, 0, 0, 0, 1]
    assert any("2 values such as 'Maybe' are neither codes nor labels" in n for n in done.notes)
    assert any("1 values have no label: Maybe (2 times)" in n for n in done.notes)


def test_text_codes_and_lettered_missing_codes() -> None:
    book = book_of(
        """
variables:
  party: {level: nominal, labels: {"1": Left, "2": Right}, missing: {".a": refused}}
  score: {level: interval, missing: {.a: refused, -9: don't know}}
  open: {level: text, missing: {-99: no answer}}
"""
    )
    table = table_of(
        party=[1.0, 2.0, np.nan], score=["1.5", ".a", "-9"], open=["hello", "-99", None]
    )
    done = apply_codebook(table, book, "book.yaml")
    assert done.frame["party"].tolist()[:2] == ["1", "2"]
    assert done.frame["score"].tolist()[0] == 1.5
    assert done.status["score"].tolist() == [0, 1, 2]
    assert done.frame["open"].isna().tolist() == [False, True, True]
    assert done.status["open"].tolist() == [0, 1, 0]
    assert [v.kind for v in done.variables] == ["text", "number", "text"]


def test_statuses_the_reader_found_are_kept() -> None:
    found = Variable(name="q", missing=(MissingCode(-99.0, Reason.NO_ANSWER),))
    table = Table(
        frame=pd.DataFrame({"q": [1.0, np.nan, -8.0]}),
        variables=(found,),
        status={"q": np.array([0, 1, 0], dtype=np.int16)},
    )
    book = book_of("variables: {q: {missing: {-8: don't know}}}")
    done = apply_codebook(table, book, "book.yaml")
    assert [m.reason for m in done.variables[0].missing] == [Reason.DONT_KNOW, Reason.NO_ANSWER]
    assert done.status["q"].tolist() == [0, 2, 1]
    assert done.declared == frozenset()
    assert done.variables[0].inferred == ()


def test_the_examples_in_the_documentation(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "codebook.md"
    text = page.read_text(encoding="utf-8")
    book = book_of(text.split("```yaml\n")[1].split("```")[0])
    assert book["trust"].labels[4] == (5.0, "Agree strongly")
    assert book["trust"].missing[0].reason is Reason.REFUSED
    assert book["feeling"].range == (0.0, 100.0)
    assert book["remarks"].label == "Anything else?"
    (tmp_path / "b.csv").write_text(text.split("```csv\n")[1].split("```")[0], encoding="utf-8")
    rows = load_codebook(tmp_path / "b.csv")
    assert rows["pid"].role is Role.ID
    assert rows["trust"].missing[0] == MissingCode(-99.0, Reason.REFUSED, "Rather not say")
    assert rows["trust"].labels == ((1.0, "No"), (2.0, "It depends"), (3.0, "Yes"))


def test_a_cell_too_long_for_a_codebook_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text(f"name,label\nx,{'z' * 200_000}\n")
    with pytest.raises(CodebookError, match=r"book\.csv, line 2: a cell is longer than 131,072"):
        load_codebook(path)
