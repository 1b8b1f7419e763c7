"""Variables and codebooks: codes, bounds, and contradictions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.codebook import (
    Codebook,
    Level,
    MissingCode,
    Reason,
    Role,
    Variable,
    code_text,
)
from understudy.data.errors import CodebookError, UnknownNameError


def test_bounds_prefer_the_declared_range() -> None:
    labels = ((1.0, "a"), (2.0, "b"), (5.0, "c"))
    ordinal = Variable(name="x", level=Level.ORDINAL, labels=labels)
    assert ordinal.bounds == (1.0, 5.0)
    assert ordinal.replace(range=(0.0, 10.0)).bounds == (0.0, 10.0)
    assert ordinal.replace(level=Level.NOMINAL).bounds is None
    assert Variable(name="m", level=Level.MULTIPLE).bounds == (0.0, 1.0)
    assert Variable(name="i", level=Level.INTERVAL).bounds is None


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"labels": ((1.0, "a"), (1.0, "b"))}, "a code has two labels"),
        (
            {"labels": ((9.0, "a"),), "missing": (MissingCode(9.0, Reason.REFUSED),)},
            "code 9 is both an answer and a missing code",
        ),
        ({"range": (5.0, 1.0)}, "the declared range 5 to 1 is empty"),
        ({"range": (0.0, float("inf"))}, "the declared range has no end; codes and bounds are"),
        ({"range": (float("nan"), 1.0)}, "the declared range has no end"),
        ({"labels": ((float("inf"), "a"),)}, "inf is no code; codes and bounds are finite"),
        ({"missing": (MissingCode(float("nan"), Reason.REFUSED),)}, "nan is no code"),
    ],
)
def test_contradictions_are_refused(attributes: dict[str, object], message: str) -> None:
    with pytest.raises(CodebookError, match=message):
        Variable(name="x", **attributes)  # type: ignore[arg-type]


def test_codebook_is_an_ordered_mapping_of_unique_names() -> None:
    book = Codebook((Variable(name="b", block="B"), Variable(name="a", role=Role.WEIGHT)))
    assert book.names == ("b", "a")
    assert book.name_of_role(Role.WEIGHT) == "a"
    assert book.blocks() == {"B": ("b",)}
    assert book.select(["a"]).names == ("a",)
    with pytest.raises(UnknownNameError):
        book["c"]
    with pytest.raises(CodebookError, match="used by two variables"):
        Codebook((Variable(name="a"), Variable(name="a")))


def test_with_variables_replaces_in_place_and_appends() -> None:
    book = Codebook((Variable(name="a"), Variable(name="b")))
    merged = book.with_variables([Variable(name="c"), Variable(name="a", label="new")])
    assert merged.names == ("a", "b", "c")
    assert merged["a"].label == "new"


@given(st.integers(-(10**9), 10**9))
def test_whole_numbers_are_written_without_a_point(number: int) -> None:
    assert code_text(float(number)) == str(number)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_code_text_loses_no_digit(number: float) -> None:
    assert float(code_text(number)) == number
