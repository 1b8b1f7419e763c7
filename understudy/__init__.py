"""understudy: digital twins of survey respondents.

import understudy as us
panel  = us.read("wave1.sav")
people = us.twins(panel, holdout=["trust"])
survey = us.questionnaire(panel, items=["trust"])
run    = us.administer(survey, people, us.respondent("statistical", learn=panel))
card   = us.compare(run, panel)

Names are imported when they are first used, so that `import understudy` costs next to nothing.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from . import compare as _compare_package
from . import twins as _twins_package

if TYPE_CHECKING:
    from .notebook import (
        aadminister,
        administer,
        compare,
        estimate,
        load,
        questionnaire,
        read,
        respondent,
        score_tasks,
        task_report,
        twins,
        write,
    )

__all__ = [
    "aadminister",
    "administer",
    "compare",
    "estimate",
    "load",
    "questionnaire",
    "read",
    "respondent",
    "score_tasks",
    "task_report",
    "twins",
    "write",
]


class _CallablePackage(ModuleType):
    """`us.twins` and `us.compare` are floors of the house and verbs of the notebook API."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from . import notebook

        return getattr(notebook, self.__name__.rpartition(".")[2])(*args, **kwargs)


for _package in (_compare_package, _twins_package):
    sys.modules[_package.__name__].__class__ = _CallablePackage


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import notebook

        return getattr(notebook, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("understudy")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
