from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from understudy.data.codebook import Reason, Role
from understudy.data.errors import (
    FileError,
    PanelError,
    RequestError,
    UnknownNameError,
    UnreadableFileError,
)
from understudy.data.read import read, read_waves

NAN = float("nan")

Save = Callable[..., Path]


@pytest.fixture
def csv(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "answers.csv"
        path.write_text(text)
        return path

    return write


Csv = Callable[[str], Path]


# --- who is who -------------------------------------------------------------------------------


def test_two_columns_make_one_id(csv: Csv) -> None:
    panel = read(csv("study,nr,q1\nMAPS,112,3\nSAPA,112,4\n"), person=("study", "nr"))
    assert panel.persons == ["MAPS:112", "SAPA:112"]
    assert [v.name for v in panel.codebook.of_role(Role.ID)] == ["study", "nr"]
    assert panel.frame.index.name == "person"


@pytest.mark.parametrize("name", ["pid", "CaseID", "respondent_id", "TWIN_ID", "rownames", "ID"])
def test_customary_names_are_ids(csv: Csv, name: str) -> None:
    panel = read(csv(f"q1,{name}\n3,17\n4,18\n"))
    assert panel.persons == ["17", "18"]
    assert panel.codebook[name].role is Role.ID


def test_person_column_becomes_the_index_alone(csv: Csv) -> None:
    panel = read(csv("person,q1\na,3\nb,4\n"))
    assert panel.names == ("q1",)
    assert panel.persons == ["a", "b"]


@pytest.mark.parametrize("ids", ["7\n7", "7\n"])
def test_customary_name_without_unique_ids_is_passed_over(csv: Csv, ids: str) -> None:
    first, second = [*ids.split("\n"), ""][:2]
    panel = read(csv(f"id,q1\n{first},3\n{second},4\n"))
    assert panel.persons == ["1", "2"]
    assert "numbered by row" in panel.remarks[-1]


def test_missing_id_names_the_row(csv: Csv) -> None:
    with pytest.raises(PanelError, match=r"answers.csv, row 2: the person id 'nr' is missing; "):
        read(csv("nr,q1\n1,3\n,4\n"), person="nr")


def test_id_that_repeats(csv: Csv) -> None:
    with pytest.raises(PanelError, match="the person id '1' appears more than once; name the"):
        read(csv("nr,q1\n1,3\n1,4\n"), person="nr")


def test_ids_alone_are_no_panel(csv: Csv) -> None:
    with pytest.raises(PanelError, match="person ids and nothing else"):
        read(csv("id\n1\n2\n"))


def test_one_column_and_one_row_of_answers_are_a_panel(csv: Csv) -> None:
    panel = read(csv("q1\n3\n"))
    assert (len(panel), panel.names) == (1, ("q1",))


@pytest.mark.parametrize("option", ["person", "wave", "weight", "keep_personal"])
def test_unknown_columns_suggest_the_nearest(csv: Csv, option: str) -> None:
    with pytest.raises(UnknownNameError, match="there is no column 'trst'; did you mean trust"):
        read(csv("id,trust\n1,3\n2,4\n"), **{option: "trst"})  # type: ignore[arg-type]  # any of four


# --- personal data ----------------------------------------------------------------------------

PERSONAL = "id,email,q1\n1,ann@example.org,3\n2,bob@example.org,4\n3,cy@example.org,4\n"


def test_personal_columns_are_withheld_unless_kept(csv: Csv) -> None:
    panel = read(csv(PERSONAL))
    assert panel.names == ("id", "q1")
    assert [entry.name for entry in panel.withheld] == ["email"]
    assert "email" in read(csv(PERSONAL), keep_personal="email").names


def test_personal_column_as_id_is_index_only(csv: Csv) -> None:
    panel = read(csv(PERSONAL), person="email")
    assert panel.persons[0] == "ann@example.org"
    assert "email" not in panel.names
    assert [entry.name for entry in panel.withheld] == ["email"]


def test_nothing_but_personal_columns(csv: Csv) -> None:
    with pytest.raises(PanelError, match="--keep-personal"):
        read(csv("email\nann@example.org\nbob@example.org\ncy@example.org\n"))


# --- waves and weights ------------------------------------------------------------------------

LONG = "id,time,w,q1\n1,1,0.5,3\n1,2,0.5,4\n2,1,1.5,5\n"


def test_long_file_by_wave(csv: Csv) -> None:
    waves = read_waves(csv(LONG), wave="time", weight="w")
    assert {name: panel.persons for name, panel in waves.items()} == {"1": ["1", "2"], "2": ["1"]}
    np.testing.assert_allclose(waves["1"].weights(), [0.5, 1.5])
    assert "time" not in waves["1"].names


def test_wave_must_be_known_and_complete(csv: Csv) -> None:
    with pytest.raises(RequestError, match="tells the waves apart; name it with --wave"):
        read_waves(csv("id,q1\n1,2\n2,3\n"))
    with pytest.raises(PanelError, match="row 2: the wave 'time' is missing"):
        read(csv("id,time,q1\n1,1,3\n1,,4\n"), wave="time")
    with pytest.raises(RequestError, match="either long or wide"):
        read_waves(csv(LONG), wave="time", waves_wide={"1": "{name}_1"})


def test_weight_must_be_numeric(csv: Csv) -> None:
    with pytest.raises(PanelError, match="the weight 'w' does not hold numbers"):
        read(csv("id,w,q1\n1,low,3\n2,high,4\n"), weight="w")


WIDE = "id,sex,trust_w1,trust_w2,age_w1\n1,f,3,4,20\n2,m,2,,30\n"
PATTERNS = {"1": "{name}_w1", "2": "{name}_w2"}


def test_wide_file_by_pattern(csv: Csv) -> None:
    waves = read_waves(csv(WIDE), waves_wide=PATTERNS)
    assert waves["1"].names == ("id", "sex", "trust", "age")
    assert waves["2"].names == ("id", "sex", "trust")
    assert waves["1"].persons == ["1", "2"]
    assert waves["2"].persons == ["1"]  # the other left the second wave blank
    assert waves["2"].numbers("trust").tolist() == [4.0]


@pytest.mark.parametrize(
    ("patterns", "sentence"),
    [
        ({"1": "_w1"}, "must hold {name} once"),
        ({"3": "{name}_w3"}, "no column is named like '{name}_w3'"),
    ],
)
def test_wrong_patterns(csv: Csv, patterns: dict[str, str], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        read_waves(csv(WIDE), waves_wide=patterns)


def test_pattern_that_makes_a_name_twice(csv: Csv) -> None:
    with pytest.raises(RequestError, match="two columns named 'trust'"):
        read_waves(csv("id,trust,trust_w1\n1,2,3\n2,3,4\n"), waves_wide={"1": "{name}_w1"})


# --- parts of files, codebooks, failures ------------------------------------------------------


def test_reading_some_columns_keeps_the_ids(csv: Csv) -> None:
    path = csv("q1,q2,q3,pid\n1,2,3,x\n4,5,6,y\n")
    panel = read(path, columns=["q2"])
    assert panel.persons == read(path).persons == ["x", "y"]
    assert panel.names == ("q2", "pid")
    with pytest.raises(UnknownNameError, match="did you mean"):
        read(path, columns=["qq2"])


@pytest.mark.usefixtures("in_process")
def test_codebook_beside_a_binary_file_overrules_it(save: Save, tmp_path: Path) -> None:
    labels = {"q": {1.0: "Yes", 2.0: "No", 99.0: "Don't know"}}
    path = save("a.sav", {"q": [1.0, 99.0]}, variable_value_labels=labels)
    assert read(path).reasons("q") == [None, Reason.DONT_KNOW]
    (tmp_path / "a.codebook.yaml").write_text(
        "variables:\n  q:\n    level: nominal\n    labels: {1: 'Yes', 2: 'No', 99: No idea}\n"
    )
    panel = read(path)
    assert panel.numbers("q").tolist() == [1.0, 99.0]
    assert panel.codebook["q"].label_of(99.0) == "No idea"


@pytest.mark.usefixtures("in_process")
def test_all_missing_column_and_progress(save: Save) -> None:
    path = save("a.sav", {"q": [1.0, 2.0], "none": [NAN, NAN]})
    shown: list[float] = []
    panel = read(path, progress=shown.append)
    assert panel.missing_counts("none") == {Reason.NOT_RECORDED: 2}
    assert shown[-1] == 1.0


@pytest.mark.usefixtures("in_process")
def test_file_without_respondents(save: Save) -> None:
    path = save("a.sav", {"q": np.array([], dtype=float)})
    with pytest.raises(UnreadableFileError, match="the file holds no respondents"):
        read(path)


def test_no_such_codebook(csv: Csv, tmp_path: Path) -> None:
    with pytest.raises(FileError):
        read(csv("id,q1\n1,2\n2,3\n"), codebook=tmp_path / "none.yaml")


def test_binary_file_through_the_child(save: Save) -> None:
    path = save(
        "a.sav",
        {"id": [1.0, 2.0], "q": [3.0, -9.0], "t": ["x", ""]},
        missing_ranges={"q": [-9.0]},
        variable_value_labels={"q": {-9.0: "Refused"}},
    )
    panel = read(path)
    assert panel.persons == ["1", "2"]
    assert panel.reasons("q") == [None, Reason.REFUSED]
    assert panel.texts("t") == ["x", None]
    assert panel.source == "a.sav"
