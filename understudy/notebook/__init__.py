"""The notebook API: from a respondent file to a scorecard in a few calls.

import understudy as us
panel  = us.read("wave1.sav")
people = us.twins(panel, holdout=["trust"])
survey = us.questionnaire(panel, items=["trust"])
run    = us.administer(survey, people, us.respondent("statistical", learn=panel))
card   = us.compare(run.panel, panel)
"""

from __future__ import annotations

from .fielding import (
    aadminister,
    administer,
    asked_items,
    estimate,
    extended,
    load,
    questionnaire,
    read,
    respondent,
    twins,
    write,
)
from .scoring import compare, score_tasks, task_report

__all__ = [
    "aadminister",
    "administer",
    "asked_items",
    "compare",
    "estimate",
    "extended",
    "load",
    "questionnaire",
    "read",
    "respondent",
    "score_tasks",
    "task_report",
    "twins",
    "write",
]
