"""The response cache: what it serves, and whose files it refuses."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.errors import FileError, UnreadableFileError
from understudy.twins.llm.cache_file import default_path, remove
from understudy.twins.llm.catalogue import ModelCard
from understudy.twins.llm.chat import Completion, Format, Head, Limits, Request, Stop, Turn, Usage
from understudy.twins.llm.response_cache import ResponseCache, Shelf


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "responses.sqlite"


@pytest.fixture
def cache(path: Path) -> Iterator[ResponseCache]:
    cache = ResponseCache(path)
    yield cache
    cache.close()


def model(name: str = "one", endpoint: str = "https://there/v1", **card: Any) -> Any:
    card = {"provider": "openai", "name": name, **card}
    return SimpleNamespace(card=ModelCard(**card), endpoint=endpoint, spec=f"openai:{name}")


def ask(text: str = "Q", **more: Any) -> Request:
    return Request(head=Head("Answer.", "Age: 44."), turns=(Turn("user", text),), **more)


def said(text: str = "3", **more: Any) -> Completion:
    return Completion(text=text, **{"usage": Usage(input=10, output=2), "model": "m", **more})


def filled(path: Path, count: int = 3) -> None:
    with closing(ResponseCache(path)) as cache:
        for i in range(count):
            cache.shelf(model()).put(ask(f"Q{i}"), said(str(i)))


def read_all(path: Path, count: int) -> None:
    with closing(ResponseCache(path)) as cache:
        for i in range(count):
            cache.shelf(model()).get(ask(f"Q{i}"))


def execute(path: Path, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql, values)
        connection.commit()


# Serving


def test_serves_at_once_from_memory_and_later_from_the_file(
    cache: ResponseCache, path: Path
) -> None:
    shelf = cache.shelf(model())
    full = Completion(
        text='{"q": "größer \ud83d"}',
        usage=Usage(input=9, cache_read=1, cache_write=2, output=3, thinking=1),
        model="one-2026",
        first_token=(("3", -0.1), ("4", float("-inf"))),
        note="a note",
    )
    assert shelf.get(ask()) is None
    assert shelf.put(ask(), full)
    assert shelf.get(ask()) == full
    cache.flush()
    assert shelf.get(ask()) == full
    assert cache.hits == 2
    with closing(ResponseCache(path)) as again:
        assert again.shelf(model()).get(ask()) == full


@settings(deadline=None, max_examples=50)
@given(
    text=st.text(),
    note=st.text(),
    first=st.lists(st.tuples(st.text(), st.floats(allow_nan=False))),
    tokens=st.lists(st.integers(0, 2**40), min_size=5, max_size=5),
)
def test_gives_back_what_was_put(
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    note: str,
    first: list[tuple[str, float]],
    tokens: list[int],
) -> None:
    path = tmp_path_factory.getbasetemp() / "given" / "responses.sqlite"
    names = ("input", "cache_read", "cache_write", "output", "thinking")
    usage = Usage(**dict(zip(names, tokens, strict=True)))
    put = Completion(text=text, note=note, first_token=tuple(first), usage=usage, model="m")
    request = ask(repr((text, note, first, tokens)))
    with closing(ResponseCache(path)) as cache:
        cache.shelf(model()).put(request, put)
        cache.flush()
        assert cache.shelf(model()).get(request) == put


def test_what_names_a_call_stays_out_of_the_file(cache: ResponseCache) -> None:
    shelf = cache.shelf(model())
    shelf.put(ask(), said(request_id="req-17", limits=Limits(requests=3)))
    cache.flush()
    assert shelf.get(ask()) == said()


@pytest.mark.parametrize("stop", [stop for stop in Stop if stop is not Stop.COMPLETE])
def test_refusals_and_fragments_are_not_kept(cache: ResponseCache, stop: Stop) -> None:
    shelf = cache.shelf(model())
    assert not shelf.put(ask(), said(stop=stop))
    assert shelf.get(ask()) is None


@pytest.mark.parametrize(
    "other",
    [
        ask("R"),
        ask(draw="2"),
        ask(max_tokens=7),
        ask(temperature=1.0),
        ask(top_logprobs=3),
        ask(format=Format("f", {"type": "object"})),
        Request(head=Head("Answer.", "Age: 45."), turns=(Turn("user", "Q"),)),
    ],
)
def test_another_request_is_never_served(cache: ResponseCache, other: Request) -> None:
    shelf = cache.shelf(model())
    shelf.put(ask(), said())
    assert shelf.get(other) is None
    cache.flush()
    assert shelf.get(other) is None
    assert shelf.get(ask(mark=True)) == said()


@pytest.mark.parametrize(
    "other",
    [
        model("two"),
        model(endpoint="http://localhost:11434/v1"),
        model(provider="azure"),
        model(thinking="low"),
    ],
)
def test_another_model_is_never_served(cache: ResponseCache, other: Any) -> None:
    cache.shelf(model()).put(ask(), said())
    assert cache.shelf(other).get(ask()) is None


def test_the_first_answer_stays(cache: ResponseCache) -> None:
    shelf = cache.shelf(model())
    shelf.put(ask(), said("first"))
    cache.flush()
    shelf.put(ask(), said("second"))
    cache.flush()
    found = shelf.get(ask())
    assert found is not None
    assert found.text == "first"


def test_is_on_disk_soon_without_being_asked(cache: ResponseCache, path: Path) -> None:
    cache.shelf(model()).put(ask(), said())
    deadline = time.monotonic() + 5.0
    count = 0
    with closing(sqlite3.connect(path)) as connection:
        while not count and time.monotonic() < deadline:
            (count,) = connection.execute("SELECT count(*) FROM responses").fetchone()
    assert count == 1


def test_outlives_being_killed(path: Path) -> None:
    program = f"""
import os, pathlib
from types import SimpleNamespace
from understudy.twins.llm.catalogue import ModelCard
from understudy.twins.llm.chat import Completion, Head, Request, Turn
from understudy.twins.llm.response_cache import ResponseCache
cache = ResponseCache(pathlib.Path({str(path)!r}))
model = SimpleNamespace(card=ModelCard(provider="openai", name="one"), endpoint="https://there/v1")
shelf = cache.shelf(model)
for i in range(50):
    request = Request(head=Head("Answer.", "Age: 44."), turns=(Turn("user", f"Q{{i}}"),))
    shelf.put(request, Completion(text=str(i)))
cache.flush()
os.kill(os.getpid(), 9)
"""
    ended = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert ended.returncode == -9
    with closing(ResponseCache(path)) as cache:
        found = [cache.shelf(model()).get(ask(f"Q{i}")) for i in range(50)]
    assert [one.text for one in found if one] == [str(i) for i in range(50)]


def test_processes_share_it(path: Path) -> None:
    program = f"""
import pathlib, sys
from types import SimpleNamespace
from understudy.twins.llm.catalogue import ModelCard
from understudy.twins.llm.chat import Completion, Head, Request, Turn
from understudy.twins.llm.response_cache import ResponseCache
cache = ResponseCache(pathlib.Path({str(path)!r}))
model = SimpleNamespace(card=ModelCard(provider="openai", name="one"), endpoint="https://there/v1")
shelf = cache.shelf(model)
for i in range(300):
    who = sys.argv[1] if i % 2 else "all"
    request = Request(head=Head("Answer.", "Age: 44."), turns=(Turn("user", f"{{who}} {{i}}"),))
    shelf.put(request, Completion(text=who))
    if i % 100 == 0:
        cache.flush()
cache.close()
assert cache.problem is None and cache.dropped == 0, (cache.problem, cache.dropped)
"""
    started = [subprocess.Popen([sys.executable, "-c", program, name]) for name in "abc"]
    assert [one.wait(timeout=60) for one in started] == [0, 0, 0]
    with closing(ResponseCache(path)) as cache:
        assert cache.stats().entries == 150 + 3 * 150
        assert cache.shelf(model()).get(ask("b 151")) is not None


def test_within_one_turn_of_the_loop_nothing_put_is_ever_missed(path: Path) -> None:
    async def work() -> int:
        missed = 0
        with closing(ResponseCache(path)) as cache, closing(ResponseCache(path)) as other:
            shelf = cache.shelf(model())
            for i in range(300):
                shelf.put(ask(f"Q{i}"), said())
                # Reading takes a snapshot of the file, which must not hide what is committed next.
                assert shelf.get(ask("absent")) is None
                cache.flush()
                missed += shelf.get(ask(f"Q{i}")) is None
                if i % 50 == 0:
                    await asyncio.sleep(0)
            # Other processes are heard of when the loop has gone round.
            other.shelf(model()).put(ask("theirs"), said())
            other.flush()
            await asyncio.sleep(0)
            missed += shelf.get(ask("theirs")) is None
            assert cache.clear() == 301
        return missed

    assert asyncio.run(work()) == 0


# Refusing


def refused(path: Path, words: str) -> None:
    with pytest.raises(FileError, match=words) as caught:
        ResponseCache(path)
    assert str(caught.value).count("\n") == 0
    assert str(path.parent) in str(caught.value)


def test_a_file_of_something_else_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 10)
    before = path.read_bytes()
    refused(path, "not a response cache")
    execute(other := path.with_name("other.sqlite"), "CREATE TABLE t (x)")
    before_other = other.read_bytes()
    refused(other, "not a response cache")
    assert path.read_bytes() == before
    assert other.read_bytes() == before_other
    assert sorted(p.name for p in path.parent.iterdir()) == ["other.sqlite", "responses.sqlite"]
    with pytest.raises(UnreadableFileError):
        remove(path)
    assert path.exists()


def test_a_folder_and_an_unwritable_place_are_refused(path: Path, tmp_path: Path) -> None:
    path.mkdir(parents=True)
    refused(path, "not a file")
    (tmp_path / "file").write_text("")
    refused(tmp_path / "file" / "responses.sqlite", "cannot be kept there")


def test_an_empty_file_is_made_a_cache(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    filled(path)
    with closing(ResponseCache(path)) as cache:
        assert cache.stats().entries == 3


def test_another_format_is_refused(path: Path) -> None:
    filled(path)
    execute(path, "PRAGMA user_version = 99")
    refused(path, "format 99")


def test_a_cache_copied_from_somebody_else_is_refused(path: Path, tmp_path: Path) -> None:
    filled(path)
    mine = tmp_path / "mine" / "responses.sqlite"
    mine.parent.mkdir()
    shutil.copy(path, mine)
    refused(mine, "not written by you")
    # Nor does a secret of one's own make it one's own.
    mine.unlink()
    filled(mine)
    shutil.copy(path, mine)
    refused(mine, "not written by you")


def test_a_secret_that_others_may_read_is_refused(path: Path) -> None:
    filled(path)
    secret = path.with_name("responses.sqlite.secret")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret.chmod(0o644)
    refused(path, "chmod 600")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_secret_is_refused(path: Path, content: bytes) -> None:
    filled(path)
    path.with_name("responses.sqlite.secret").write_bytes(content)
    refused(path, "not written by you")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE responses SET value = replace(value, '\"1\"', '\"5\"')",
        "UPDATE responses SET value = CAST(value AS TEXT)",
        "UPDATE responses SET value = 7",
        "UPDATE responses SET seal = zeroblob(16)",
        "UPDATE responses SET seal = 'text'",
        # One's own answer, moved to another question.
        "UPDATE responses SET (seal, value) = "
        "(SELECT seal, value FROM responses r WHERE r.id <> responses.id)",
    ],
)
def test_a_poisoned_answer_is_never_served(path: Path, change: str) -> None:
    filled(path, 2)
    execute(path, change)
    with (
        closing(ResponseCache(path)) as cache,
        pytest.raises(UnreadableFileError, match="was changed by something else"),
    ):
        cache.shelf(model()).get(ask("Q1"))


def test_a_planted_answer_is_never_served(path: Path) -> None:
    filled(path, 0)
    with closing(ResponseCache(path)) as cache:
        key = cache.shelf(model()).key(ask())
    row = int.from_bytes(key[:8], "big", signed=True)
    value = b'["5",[0,0,0,0,0],"m",[],""]'
    sql = "INSERT INTO responses VALUES (?, ?, ?, ?, 1, 1)"
    execute(path, sql, row, key[8:], b"0" * 16, value)
    with closing(ResponseCache(path)) as cache, pytest.raises(UnreadableFileError):
        cache.shelf(model()).get(ask())


def test_another_key_with_the_same_beginning_is_absent(path: Path) -> None:
    filled(path, 1)
    execute(path, "UPDATE responses SET rest = zeroblob(8)")
    with closing(ResponseCache(path)) as cache:
        assert cache.shelf(model()).get(ask("Q0")) is None


def test_a_damaged_file_is_one_sentence(path: Path) -> None:
    filled(path, 500)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 20_000)
    with pytest.raises(FileError, match=r"damaged|cannot be used"):
        read_all(path, 500)


def test_a_file_cut_short_is_one_sentence(path: Path) -> None:
    filled(path, 500)
    with path.open("r+b") as file:
        file.truncate(5_000)
    with pytest.raises(FileError, match=r"damaged|cannot be used"):
        read_all(path, 500)


def test_a_disk_that_takes_no_more_stops_keeping_but_not_serving(
    cache: ResponseCache, path: Path
) -> None:
    shelf = cache.shelf(model())
    shelf.put(ask(), said())
    cache.flush()
    execute(path, "CREATE TRIGGER t BEFORE INSERT ON responses BEGIN SELECT raise(FAIL, 'no'); END")
    shelf.put(ask("R"), said())
    cache.flush()
    assert cache.dropped == 1
    assert cache.problem is not None
    assert shelf.get(ask()) == said()
    assert shelf.get(ask("R")) is None


# Counting and clearing


def test_stats_and_clear(cache: ResponseCache, path: Path) -> None:
    one, two = cache.shelf(model("one")), cache.shelf(model("two"))
    for i in range(5):
        one.put(ask(f"Q{i}"), said())
    two.put(ask(), said())
    one.get(ask("Q1"))
    stats = cache.stats()
    assert (stats.entries, stats.hits, stats.path) == (6, 1, path)
    assert [(m.name, m.endpoint, m.entries) for m in stats.models] == [
        ("openai:one", "https://there/v1", 5),
        ("openai:two", "https://there/v1", 1),
    ]
    assert stats.bytes >= sum(m.bytes for m in stats.models) > 0
    assert 0 <= time.time() - stats.models[0].oldest < 60
    assert cache.clear("three") == 0
    assert cache.clear(older_than=3600) == 0
    assert cache.clear("openai:two") == 1
    assert two.get(ask()) is None
    execute(path, "UPDATE responses SET created = created - 7200 WHERE id IN "
            "(SELECT id FROM responses LIMIT 2)")  # fmt: skip
    assert cache.clear("one", older_than=3600) == 2
    assert cache.clear() == 3
    assert cache.stats().entries == 0


def test_hits_are_counted_over_runs(path: Path) -> None:
    filled(path)
    for _ in range(3):
        with closing(ResponseCache(path)) as cache:
            cache.shelf(model()).get(ask("Q1"))
    with closing(ResponseCache(path)) as cache:
        assert cache.stats().hits == 3


def test_closing_twice_is_closing_once(path: Path) -> None:
    cache = ResponseCache(path)
    cache.close()
    cache.close()
    cache.shelf(model()).put(ask(), said())
    assert cache.dropped == 1


def test_remove_makes_room_for_a_new_one(path: Path) -> None:
    filled(path)
    path.with_name("responses.sqlite.secret").unlink()
    refused(path, "not written by you")
    assert remove(path) > 0
    assert remove(path) == 0
    filled(path)
    with closing(ResponseCache(path)) as cache:
        assert cache.stats().entries == 3


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UNDERSTUDY_CACHE", str(tmp_path / "x.sqlite"))
    assert default_path() == tmp_path / "x.sqlite"
    monkeypatch.setenv("UNDERSTUDY_CACHE", str(tmp_path))
    assert default_path() == tmp_path / "responses.sqlite"
    monkeypatch.delenv("UNDERSTUDY_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert default_path().name == "responses.sqlite"
    assert "understudy" in default_path().parts


def test_memory_does_not_grow_with_entries(cache: ResponseCache) -> None:
    shelf: Shelf = cache.shelf(model())

    def put(start: int, count: int) -> int:
        for i in range(start, start + count):
            shelf.put(ask(f"Q{i}"), said("x" * 200))
            if i % 500 == 499:
                cache.flush()
        cache.flush()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first = put(0, 1_000)
        second = put(1_000, 4_000)
    finally:
        tracemalloc.stop()
    assert second - first < 200_000
