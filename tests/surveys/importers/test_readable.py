"""HTML as text people can read."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.surveys.importers.readable import readable


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain", "plain"),
        ("two\nlines", "two\nlines"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>tail", "One\nTwo\ntail"),
        ("a<br>b<br><br>c<br></div>", "a\nb\n\nc"),
        ("Tom &amp; Jerry&nbsp;&lt;3", "Tom & Jerry <3"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<ol><li>a<li>b<ul><li>c</ul></ol>", "1. a\n2. b\n  - c"),
        ("<table><tr><th>x</th><td>1</td></tr><tr><td>y</td></tr></table>", "x | 1\ny"),
        ("so <b>very </b>good, <em>really</em>", "so **very** good, *really*"),
        ("<strong>All of it</strong>", "All of it"),
        ("<b></b><i> </i>x", "x"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("a<!-- hidden -->b", "ab"),
        ("a<style>p{}</style>b<script>evil()</script>c", "abc"),
        ("x<unknown y='>'>z", "xz"),
    ],
)
def test_what_html_becomes(source: str, text: str) -> None:
    assert readable(source).text == text


def test_labels_stand_on_one_line_without_emphasis() -> None:
    assert readable("<b>Not&nbsp;at all</b><br>1", plain=True).text == "Not at all 1"


def test_pictures_leave_their_alternative_text_and_are_named() -> None:
    found = readable('<img src="https://x/y.png" alt="two wardrobes"><video src="v"></video>')
    assert found.text == "[image: two wardrobes][video]"
    assert found.media == ("image “two wardrobes”", "video")
    assert readable('<img alt="IMG_1.png">').text == "[image]"


def test_scripts_are_noticed() -> None:
    assert readable("<p>a<script>b</script>").scripted
    assert not readable("<p>a").scripted


def test_no_control_character_comes_through() -> None:
    assert "\x1b" not in readable("<p>&#27;[2J\x1b[2J\x01\x02\x03</p>").text


@pytest.mark.parametrize("piece", ["<a '", "<!--", "<", "<a ", "<b>", "&#", "<a \"'>", "<td><"])
def test_hostile_html_takes_no_time(piece: str) -> None:
    began = time.perf_counter()
    readable(piece * (400_000 // len(piece)) + ">")
    assert time.perf_counter() - began < 3


@given(st.text(alphabet="<>/bi&;!-\"'= \n*pulo", max_size=80))
def test_anything_becomes_text(source: str) -> None:
    for plain in (True, False):
        found = readable(source, plain=plain)
        assert not {"\x01", "\x02", "\x03", "\x04"} & set(found.text)
        assert found.text == found.text.strip()
