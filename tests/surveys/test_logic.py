"""The language of conditions: what parses, what it means, what is missing, what is refused."""

from __future__ import annotations

import pickle
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.codebook import Code
from understudy.data.errors import QuestionnaireError
from understudy.surveys.logic import syntax as s
from understudy.surveys.logic.expression import Expression
from understudy.surveys.logic.grammar import parse
from understudy.surveys.logic.pattern import Pattern, PatternError

ANSWERS: dict[str, Code | None] = {
    "age": 30.0,
    "sex": 2.0,
    "b_1": 1.0,
    "b_2": 0.0,
    "job": "Teacher",
    "gone": None,
}
ARMS = {"framing": "loss", "price": "100"}
FACTS: dict[str, Code | None] = {"region": 3.0, "Q 1": 7.0, "lost": None}


@pytest.mark.parametrize(
    ("source", "truth"),
    [
        ("age = 30", True),
        ("age == 30.0", True),
        ("age != 30", False),
        ("age > 18 and age < 65", True),
        ("age < 18 or sex = 2", True),
        ("not age < 18", True),
        ("not (age > 18) or sex = 1", False),
        ("age in [29, 30]", True),
        ("age not in [29, 30]", False),
        ("job = 'Teacher'", True),
        ("age = '30'", True),
        ("age + 2 * 5 - 10 / 2 = 35", True),
        ("-(age) = -30", True),
        ("age / 0 = 1", False),
        ("not age / 0 = 1", False),
        ("selected(b, 1)", True),
        ("selected(b, 2)", False),
        ("selected(b, 2, 1)", True),
        ("selected(sex, 2)", True),
        ("answered(age) and not answered(gone)", True),
        ("contains(job, 'TEACH')", True),
        ("matches(job, '^Tea.*r$')", True),
        ("arm(framing) = 'loss'", True),
        ("framing = 'gain'", False),
        ("price = 100", True),
        ("record.region = 3", True),
        ("record.`Q 1` > 6", True),
        ("shown(age)", True),
        ("shown(sex)", False),
        ("true", True),
        ("false or not false", True),
        ("job < 'Z'", True),
    ],
)
def test_meaning(source: str, truth: bool) -> None:
    assert Expression(source).holds(ANSWERS, ARMS, FACTS, {"age"}) is truth


@pytest.mark.parametrize(
    "source",
    [
        "gone = 1",
        "gone != 1",
        "not gone = 1",
        "gone in [1]",
        "gone not in [1]",
        "gone + 1 > 0",
        "count(gone) = 0",
        "contains(gone, 'a')",
        "not contains(gone, 'a')",
        "record.lost = 1",
        "arm(nothing) = 'x'",
        "not arm(nothing) = 'x'",
        "gone = 1 and age = 30",
        "gone = 1 or age = 31",
        "age < 'thirty'",
    ],
)
def test_unknown_never_holds(source: str) -> None:
    assert Expression(source).holds(ANSWERS, ARMS, FACTS) is False


def test_unknown_gives_way_to_what_is_known() -> None:
    assert Expression("gone = 1 or age = 30").holds(ANSWERS)
    assert Expression("not (gone = 1 and age = 31)").holds(ANSWERS)
    assert Expression("not selected(gone, 1)").holds(ANSWERS), "selected() is never unknown"


def test_names() -> None:
    expression = Expression("a > 1 and selected(b, 2) or arm(c) = 'x' and record.d = 1")
    assert expression.names == {"a", "b", "c"}
    assert expression.conditions == {"c"}
    assert expression.record == {"d"}


def test_expressions_are_their_source() -> None:
    one, other = Expression(" a = 1 "), Expression("a = 1")
    assert one == other
    assert hash(one) == hash(other)
    assert one != Expression("a  = 1")
    assert pickle.loads(pickle.dumps(one)) == one
    assert repr(one) == "Expression('a = 1')"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "the condition is empty"),
        ("age", "character 1: 'age' is a value, not a condition; compare it, as in age = 1"),
        ("age >", "character 6: a value is expected here, not the end"),
        ("age = = 1", "character 7: a value is expected here, not '='"),
        ("1 < age < 3", "comparisons cannot be chained; join two of them with 'and'"),
        ("answerd(age)", "no function 'answerd'; the nearest is answered()"),
        ("(age = 1", "')' is expected here, not the end"),
        ("age = 'x", "the ' has no end; close the quote"),
        ("age @ 1", "character 5: '@' means nothing in a condition"),
        ("(age = 1) = 1", "a condition stands where a value is expected"),
        ("age in []", "the list is empty"),
        ("age in [b]", "a number or a text in quotes is expected here, not 'b'"),
        ("selected(b)", "selected() needs a code; as in selected(b, 1)"),
        ("matches(job, '(?=a)')", "look-around"),
        ("matches(job, 'a(')", "a ( without its )"),
        ("age.x = 1", "'age' has no parts; only record.NAME is written so"),
        ("record = 1", "name a fact: record.NAME"),
        ("__import__('os').system('x') = 1", "there is no function '__import__'"),
        pytest.param("(" * 5000 + "a = 1", "nested more than", id="parentheses"),
        pytest.param("not " * 4000 + "a = 1", "nested more than", id="negations"),
        pytest.param("a" + " + 1" * 4000 + " = 1", "nested more than", id="sums"),
        pytest.param("a = 1 or " * 4000 + "a = 1", "longer than 20,000", id="length"),
        ("a = 1e999", "the number is too large"),
        ("a = 1 b", "'and', 'or' or the end is expected here, not 'b'"),
    ],
)
def test_refusals(source: str, said: str) -> None:
    with pytest.raises(QuestionnaireError, match=re.escape(said)):
        Expression(source)


def test_many_parts_are_no_nesting() -> None:
    source = " or ".join(f"q{i} = {i}" for i in range(900))
    assert Expression(source).holds({"q899": 899.0})


# --- properties -------------------------------------------------------------------------------

CODES = st.one_of(
    st.integers(-99, 99).map(float), st.floats(0, 1e6), st.text(max_size=5).filter(str.isprintable)
)
NAMES = st.one_of(
    st.sampled_from(["age", "b", "x_1", "été"]),
    st.text("ab c.-1", min_size=1, max_size=6).filter(str.strip),
)
VALUES = st.recursive(
    st.one_of(
        CODES.map(s.Literal),
        NAMES.map(s.Name),
        NAMES.map(s.Record),
        NAMES.map(s.ArmOf),
        st.builds(s.Count, NAMES, st.lists(CODES, max_size=2).map(tuple)),
    ),
    lambda inner: st.builds(s.Arith, st.sampled_from("+-*/"), inner, inner),
    max_leaves=4,
)
TESTS = st.recursive(
    st.one_of(
        st.booleans().map(s.Const),
        st.builds(s.Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), VALUES, VALUES),
        st.builds(s.In, VALUES, st.lists(CODES, min_size=1, max_size=3).map(tuple), st.booleans()),
        NAMES.map(s.Answered),
        NAMES.map(s.WasShown),
        st.builds(s.Selected, NAMES, st.lists(CODES, min_size=1, max_size=2).map(tuple)),
        st.builds(s.Contains, VALUES, st.text(max_size=5)),
    ),
    lambda inner: st.one_of(
        inner.map(s.Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: s.And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: s.Or(tuple(parts))),
    ),
    max_leaves=6,
)


@given(TESTS)
def test_what_is_written_reads_back(node: s.Test) -> None:
    assert parse(s.unparse(node)) == node


PIECES = "age 1 'x' = < ( ) [ ] , and or not in selected contains matches record . - + / ` count("
PIECES += ' answered( true " 1e9 in['


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from(PIECES.split(" ")), max_size=15).map(" ".join),
    )
)
def test_garbage_is_a_condition_or_a_refusal(source: str) -> None:
    said = ""
    try:
        expression = Expression(source)
    except QuestionnaireError as refusal:
        said = str(refusal)
    assert said.endswith(".") or expression.holds(ANSWERS, ARMS, FACTS) in (True, False)


# --- patterns ---------------------------------------------------------------------------------


PARTS = r"a b [ab] [^a] . (a|b) (ab) a* b+ a? (ab){2} a{1,2} b{0} (a*|b)+ a{2,} (?:b|ab)?"
PARTS += r" \w \d ^ $ \b"


@given(
    st.lists(st.sampled_from(PARTS.split(" ")), max_size=6).map("".join),
    st.text("abc1 ", max_size=10),
)
def test_patterns_match_as_the_standard_library_does(pattern: str, text: str) -> None:
    assert Pattern(pattern).search(text) == (re.search(pattern, text) is not None)


def test_patterns_cannot_hang() -> None:
    begin = time.perf_counter()
    assert not Pattern("^(a+)+$").search("a" * 5000 + "b")
    assert Pattern("(a?){50}a{50}").search("a" * 60)
    assert time.perf_counter() - begin < 5


def test_patterns_ignore_case_on_request() -> None:
    assert Pattern("(?i)straße").search("STRAßE")
    assert not Pattern("x").search("X")


@given(st.text("ab()[]{}*+?|\\^$.,-123:=!<", max_size=20))
def test_any_pattern_compiles_or_is_refused(source: str) -> None:
    said = ""
    try:
        Pattern(source).search("ab12")
    except PatternError as refusal:
        said = str(refusal)
    assert not said or "pattern" in said
