"""CSV files, codebooks and target margins mangled at random: read or refused, never a traceback."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from understudy.data.codebook_file import dump_codebook, load_codebook
from understudy.data.describe import describe
from understudy.data.errors import UnderstudyError
from understudy.data.read import read
from understudy.data.samples import sample_path

PIECES = (
    *(b",", b";", b"\t", b'"', b"\n", b"\r\n", b"\x00", b"\xff", b"\xc3\xa9", b"\xe9"),
    *(b"nan", b"inf", b"-1e308", b"1e999", b"9" * 400, b"1" * 30, b"NA", b"0x1", b"2020-01-01"),
    *(b"{", b"}", b"[", b"]", b": ", b"&a ", b"*a", b"!!x ", b"# ", b"|\n", b"~", b"- ", b"true"),
    *(b".nan", b".inf", b"\\", b"=", b"\xef\xbb\xbf", b"\x1b[2J", b"\xe2\x80\xae", b"  ", b"0"),
)


def mangled(raw: bytes, rng: random.Random) -> bytes:
    """A copy with pieces put in, taken out, doubled, or lines exchanged."""
    copy = bytearray(raw)
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        at = rng.randrange(len(copy) + 1)
        to = min(len(copy), at + rng.choice([0, 1, 3, 10, 60]))
        what = rng.randrange(4)
        if what == 0:
            copy[at:to] = rng.choice(PIECES)
        elif what == 1:
            copy[at:at] = copy[at:to]
        elif what == 2:
            del copy[at : to if rng.random() < 0.9 else len(copy)]
        else:
            lines = bytes(copy).split(b"\n")
            one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            copy = bytearray(b"\n".join(lines))
    return bytes(copy)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some rows of the sample without its codebook."""
    lines = sample_path("synthetic_pilot.csv").read_bytes().split(b"\n")
    path = tmp_path_factory.mktemp("sample") / "few.csv"
    path.write_bytes(b"\n".join(lines[:25]) + b"\n")
    return path


def go_through(raw: bytes, path: Path, use: Callable[[Path], object], copies: int) -> None:
    rng = random.Random(path.name)
    fine, told = 0, []
    for _ in range(copies):
        path.write_bytes(mangled(raw, rng))
        try:
            use(path)
            fine += 1
        except UnderstudyError as error:
            told.append(str(error))
    assert fine
    assert told
    assert all(": " in message for message in told)
    assert not [message for message in told if "\n" in message or "\x1b" in message]


def test_mangled_data(data: Path, tmp_path: Path) -> None:
    def use(path: Path) -> None:
        json.dumps(describe(read(path)).to_json(), allow_nan=False)

    go_through(data.read_bytes(), tmp_path / "mangled.csv", use, 60)


@pytest.mark.parametrize("ending", ["yaml", "csv"])
def test_mangled_codebooks(data: Path, tmp_path: Path, ending: str) -> None:
    book = load_codebook(sample_path("synthetic_pilot.codebook.yaml"))
    path = tmp_path / f"sound.{ending}"
    dump_codebook(book, path)

    def use(mangled: Path) -> None:
        load_codebook(mangled)
        json.dumps(describe(read(data, codebook=mangled)).to_json(), allow_nan=False)

    go_through(path.read_bytes(), tmp_path / f"mangled.{ending}", use, 60)
