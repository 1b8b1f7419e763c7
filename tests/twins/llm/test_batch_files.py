"""Files of JSON lines: what providers' batches are made of, and what comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.twins.llm.batch_files import json_lines, spooled
from understudy.twins.llm.failures import CallError, Failure


def parsed(chunks: list[bytes]) -> list[Any]:
    async def pieces() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def read() -> list[Any]:
        return [line async for line in json_lines(pieces())]

    return asyncio.run(read())


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), max_size=6),
    st.integers(1, 40),
    st.booleans(),
)
def test_lines_come_out_whole_wherever_they_are_cut(
    lines: list[dict[str, str]], size: int, windows: bool
) -> None:
    end = b"\r\n" if windows else b"\n"
    text = b"".join(json.dumps(line, ensure_ascii=False).encode("utf-8") + end for line in lines)
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    assert parsed(chunks) == lines
    assert parsed([text.rstrip()]) == lines


def test_a_garbled_line_is_passed_over_and_a_cut_one_is_an_error() -> None:
    assert parsed([b'{"a": 1}\nnonsense\n[1]\n\n{"b": 2}\n']) == [{"a": 1}, {"b": 2}]
    with pytest.raises(CallError) as caught:
        parsed([b'{"a": 1}\n{"b": '])
    assert caught.value.kind is Failure.DROPPED


def test_a_batch_is_put_together_without_holding_it() -> None:
    file, length = spooled((b"x" * 1_000_000 for _ in range(12)), 20_000_000)
    with file:
        assert length == 12_000_000
        assert len(file.read()) == length
    with pytest.raises(CallError, match="12 MB") as caught:
        spooled((b"x" * 1_000_000 for _ in range(14)), 12_600_000)
    assert caught.value.kind is Failure.TOO_LONG
