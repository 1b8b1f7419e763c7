"""Batteries by name: single tasks, families, everything."""

from __future__ import annotations

import pytest

from understudy.data.errors import UnderstudyError, UnknownNameError
from understudy.surveys.checks.check import check
from understudy.surveys.files.reading import parse_questionnaire, read_questionnaire
from understudy.surveys.tasks import task_names, task_type
from understudy.surveys.tasks.battery import battery_named
from understudy.surveys.tasks.task import Family


def names(text: str) -> list[str]:
    return [place.name for place in battery_named(text).tasks]


def test_tasks_come_in_the_order_named_and_once() -> None:
    assert names("tasks:kirby, dictator,kirby") == ["kirby", "dictator"]
    assert names("dictator") == ["dictator"]


def test_families_are_all_their_tasks() -> None:
    social = [n for n in task_names() if task_type(n).family is Family.SOCIAL]
    assert names("tasks:social") == social
    assert names("tasks:dictator,social")[0] == "dictator"
    assert len(names("tasks:dictator,social")) == len(social)


def test_everything_can_be_given_at_once() -> None:
    survey = read_questionnaire("tasks:all")
    assert [place.task.name for place in survey.tasks] == list(task_names())
    assert check(survey).problems == ()
    assert parse_questionnaire(survey.to_yaml(), "again.yaml").fingerprint == survey.fingerprint


@pytest.mark.parametrize("text", ["tasks:", "tasks: , "])
def test_nothing_is_no_battery(text: str) -> None:
    with pytest.raises(UnderstudyError, match="no task is named"):
        battery_named(text)


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean dictator"):
        read_questionnaire("tasks:dictater")
    with pytest.raises(UnknownNameError, match="did you mean social"):
        battery_named("tasks:sociall")
