"""Question types, one file each. `question_types` names them all, installed plug-ins included."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Mapping
from types import MappingProxyType

from ...data.errors import RequestError
from ..question import Question
from .constant_sum import ConstantSum
from .date import Date
from .display import Display
from .form import Form
from .likert import Likert
from .matrix import Matrix
from .multiple import Multiple
from .multiple_matrix import MultipleMatrix
from .numeric import Numeric
from .ranking import Ranking
from .single import Single
from .slider import Slider
from .text import Text

__all__ = [
    "TYPES",
    "ConstantSum",
    "Date",
    "Display",
    "Form",
    "Likert",
    "Matrix",
    "Multiple",
    "MultipleMatrix",
    "Numeric",
    "Ranking",
    "Single",
    "Slider",
    "Text",
    "question_types",
]

TYPES: Mapping[str, type[Question]] = MappingProxyType(
    {
        "single": Single,
        "multiple": Multiple,
        "likert": Likert,
        "matrix": Matrix,
        "multiple_matrix": MultipleMatrix,
        "numeric": Numeric,
        "slider": Slider,
        "text": Text,
        "form": Form,
        "ranking": Ranking,
        "constant_sum": ConstantSum,
        "date": Date,
        "display": Display,
    }
)
"""The types that ship."""


@functools.cache
def question_types() -> Mapping[str, type[Question]]:
    """All question types by kind: those that ship, then entry points of `understudy.questions`.

    Raises:
        RequestError: An entry point takes a name that is in use, or is no question type.
    """
    found = dict(TYPES)
    for point in importlib.metadata.entry_points(group="understudy.questions"):
        kind = point.load()
        where = f"entry point {point.name} of understudy.questions"
        if point.name in found:
            raise RequestError(
                f"the question type {point.name!r} exists already", where=where, remedy="rename it"
            )
        if not (isinstance(kind, type) and issubclass(kind, Question)):
            raise RequestError(
                "this is not a question type", where=where, remedy="derive it from Question"
            )
        found[point.name] = kind
    return MappingProxyType(found)
