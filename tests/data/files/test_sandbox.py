import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from understudy.data.errors import UnknownNameError, UnreadableFileError
from understudy.data.readers import ReadOptions, read_table
from understudy.data.readers.spss import read_spss
from understudy.data.sandbox import Limits, limits_for, read_in_child

SPSS = "understudy.data.readers.spss:read_spss"

Save = Callable[..., Path]


@pytest.fixture
def bad_readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers that misbehave, in a module that only the caller's import path finds."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "bad_readers.py").write_text(
        textwrap.dedent(
            """
            import os, signal
            from understudy.data.readers.spss import read_spss

            def crash(path, options):
                os.kill(os.getpid(), signal.SIGSEGV)

            def loop(path, options):
                while True:
                    pass

            def swell(path, options):
                return bytearray(1 << 40)

            def blunder(path, options):
                return {}["answer"]

            def leave(path, options):
                os._exit(0)

            def chatter(path, options):
                print("hello from a library")
                os.write(1, b"more noise")
                return read_spss(path, options)
            """
        )
    )
    monkeypatch.syspath_prepend(str(folder))


def test_child_gives_what_the_reader_gives(save: Save) -> None:
    path = save(
        "a.sav",
        {"q": [1.0, -9.0], "t": ["x", ""]},
        missing_ranges={"q": [-9.0]},
        variable_value_labels={"q": {-9.0: "Refused"}},
    )
    shown: list[float] = []
    there = read_in_child(SPSS, path, ReadOptions(progress=shown.append))
    here = read_spss(path, ReadOptions())
    assert there.frame.equals(here.frame)
    assert there.variables == here.variables
    assert {n: s.tolist() for n, s in there.status.items()} == {"q": [0, 1]}
    assert shown == sorted(shown)
    assert shown[-1] == 1.0


def test_options_reach_the_child(save: Save) -> None:
    path = save("a.sav", {"q": [1.0, 2.0, 3.0], "r": [1.0, 2.0, 3.0]})
    table = read_in_child(SPSS, path, ReadOptions(columns=("r",), rows=2))
    assert table.frame.to_dict("list") == {"r": [1.0, 2.0]}


def test_errors_cross_as_themselves(save: Save) -> None:
    path = save("a.sav", {"trust": [1.0]})
    with pytest.raises(UnknownNameError, match="did you mean trust"):
        read_in_child(SPSS, path, ReadOptions(columns=("trusst",)))


@pytest.mark.parametrize(
    ("reader", "sentence"),
    [
        ("crash", "a.sav: the process that read it died .signal SIGSEGV.*; open it in the program"),
        ("leave", "a.sav: the process that read it died"),
        ("swell", "a.sav: reading it needs more than 2.0 GB of memory"),
        ("blunder", "a.sav: its reader failed .KeyError: 'answer'."),
    ],
)
@pytest.mark.usefixtures("bad_readers")
def test_dead_child_is_one_sentence(save: Save, reader: str, sentence: str) -> None:
    path = save("a.sav", {"q": [1.0]})
    with pytest.raises(UnreadableFileError, match=sentence) as caught:
        read_in_child(f"bad_readers:{reader}", path, ReadOptions(), Limits(60, 2 << 30))
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("bad_readers")
def test_runaway_child_is_stopped(save: Save) -> None:
    path = save("a.sav", {"q": [1.0]})
    with pytest.raises(UnreadableFileError, match="stopped after 1 seconds"):
        read_in_child("bad_readers:loop", path, ReadOptions(), Limits(1, 2 << 30))


@pytest.mark.usefixtures("bad_readers")
def test_noise_on_standard_output_does_no_harm(save: Save) -> None:
    path = save("a.sav", {"q": [1.0]})
    table = read_in_child("bad_readers:chatter", path, ReadOptions())
    assert table.frame["q"].tolist() == [1.0]


def test_works_without_a_main_module(save: Save) -> None:
    path = save("a.sav", {"q": [1.0, 2.0]})
    program = (
        "from pathlib import Path\n"
        "from understudy.data.readers import ReadOptions, read_table\n"
        f"print(len(read_table(Path({str(path)!r}), ReadOptions()).frame))"
    )
    done = subprocess.run(
        [sys.executable, "-"], input=program, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("2", "")


def test_a_module_in_the_working_folder_is_not_run(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save("a.sav", {"q": [1.0]})
    (tmp_path / "pyreadstat.py").write_text("raise SystemExit('run from the data folder')")
    monkeypatch.chdir(tmp_path)
    assert len(read_table(path, ReadOptions()).frame) == 1


def test_limits_grow_with_the_file(tmp_path: Path) -> None:
    small, packed = tmp_path / "a.sav", tmp_path / "a.zsav"
    small.write_bytes(bytes(1 << 20))
    packed.write_bytes(bytes(1 << 20))
    assert limits_for(small).seconds < limits_for(packed).seconds
    assert limits_for(small).memory <= limits_for(packed).memory
    assert limits_for(small).memory >= 2 << 30
