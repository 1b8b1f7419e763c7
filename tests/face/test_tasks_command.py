"""`understudy tasks`: the list and the single task, for people and as JSON."""

from __future__ import annotations

import json

import pytest

from understudy.cli import main
from understudy.surveys.tasks import task_names


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(args))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_tasks_are_listed_by_family_with_citation(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "tasks")
    assert code == 0
    assert out.index("risk") < out.index("holt_laury") < out.index("social") < out.index("dictator")
    assert "Games and Economic Behavior" in out


def test_the_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "tasks", "--json")
    listed = json.loads(out)
    assert code == 0
    assert [one["name"] for one in listed] == list(task_names())
    assert all(one["citation"] and one["family"] and one["about"] for one in listed)


@pytest.mark.parametrize("name", task_names())
def test_every_task_can_be_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "tasks", "show", name)
    assert code == 0
    for heading in ("As people read it", "Scoring", "What people do"):
        assert heading in out
    code, out, _ = run(capsys, "tasks", "show", name, "--json")
    shown = json.loads(out)
    assert code == 0
    assert shown["questions"]
    assert all(one["mark"] for one in shown["references"])


def test_an_unknown_task_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "tasks", "show", "dictater")
    assert code == 2
    assert out == ""
    assert "there is no task 'dictater'; did you mean dictator?" in err
