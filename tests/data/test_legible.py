"""Words of files made fit to be read."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from understudy.data.codebook import Codebook, MissingCode, Reason, Variable
from understudy.data.errors import PanelError, UnknownNameError
from understudy.data.legible import is_legible, legible, legible_codebook, one_line, steers
from understudy.data.read import read

CLEAR = "\x1b[2J\x1b[3;3Hgone\x1b]0;title\x07"


@given(st.text())
def test_nothing_but_newlines_and_tabs_is_left_to_steer(text: str) -> None:
    clean = legible(text)
    assert not [c for c in clean if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    assert is_legible(clean)
    assert legible(clean) == clean
    assert "\n" not in one_line(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30))
def test_ordinary_text_of_any_script_stays(text: str) -> None:
    if not re.search("[\u202d\u202e]", text):
        assert is_legible(text)
        assert legible(text) == text


def test_line_breaks_are_no_steering() -> None:
    assert legible("one\r\ntwo\rthree\x0bfour\u2028five") == "one\ntwo\nthree\nfour\nfive"
    assert not steers("one\r\ntwo\u2028three\tfour")
    assert steers("one\x1b[2J")
    assert steers("\u202eone")


def test_scripts_that_run_from_right_to_left_stay() -> None:
    assert legible("ثقة \u200f(1)\u200f 👩‍👩‍👧") == "ثقة \u200f(1)\u200f 👩‍👩‍👧"


def test_every_word_of_a_codebook_is_cleaned_and_codes_are_not() -> None:
    variable = Variable(
        name=f"x{CLEAR}",
        label=CLEAR,
        question=f"one\r\n{CLEAR}",
        kind="text",
        labels=((CLEAR, CLEAR),),
        missing=(MissingCode("\x1b", Reason.REFUSED, CLEAR),),
        block=CLEAR,
        group=CLEAR,
        siblings=(CLEAR,),
        personal=CLEAR,
        inferred=(CLEAR,),
    )
    (clean,) = legible_codebook(Codebook((variable,), CLEAR, (CLEAR,)))
    assert clean.codes == (CLEAR,)
    assert clean.missing[0].code == "\x1b"
    assert clean.question.startswith("one\n")
    shown = clean.replace(labels=(("a", clean.labels[0][1]),), missing=())
    assert is_legible(repr(shown.label) + shown.question + str(shown.labels) + shown.name)
    assert all(map(is_legible, (clean.block, clean.group, clean.personal, *clean.siblings)))


def test_errors_stay_on_one_line_and_steer_nothing() -> None:
    error = PanelError(f"{CLEAR} is\nodd", where=f"a{CLEAR}.sav", remedy="rename\r\nit")
    assert is_legible(str(error))
    assert "\n" not in str(error)
    assert str(error).endswith("; rename it.")


def test_an_unknown_name_is_told_what_there_is() -> None:
    names = [f"item_{i}" for i in range(9)]
    assert str(UnknownNameError("column", "zzz", names)) == (
        "there is no column 'zzz'; there are item_0, item_1, item_2, item_3, item_4, item_5"
        " and 3 more."
    )
    assert str(UnknownNameError("column", "zzz", ["a"])).endswith("; there is a.")
    assert str(UnknownNameError("column", "zzz", [])) == "there is no column 'zzz'."


def test_a_file_is_read_with_legible_names_and_labels_and_its_very_answers(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    rows = "".join(f"{i % 3 + 1},yes{CLEAR},{i}\n" for i in range(30))
    path.write_text(f"trust{CLEAR},mood\x01,mood\x02\n{rows}", encoding="utf-8", newline="")
    (tmp_path / "p.codebook.yaml").write_text(
        'title: "T\\e[2J"\nvariables:\n  "mood\\x01": {level: nominal, label: "L\\e[2J"}\n'
    )
    panel = read(path)
    assert panel.names == (one_line(f"trust{CLEAR}"), "mood\ufffd", "mood\ufffd.2")
    assert panel.codebook.title == "T\ufffd[2J"
    assert panel.codebook["mood\ufffd"].label == "L\ufffd[2J"
    assert set(panel.frame["mood\ufffd"]) == {f"yes{CLEAR}"}
    assert all(is_legible(label) for v in panel.codebook for _, label in v.labels)
    assert any("control characters" in remark for remark in panel.remarks)
