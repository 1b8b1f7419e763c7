"""Behavioural-economics tasks by name, one file each. `make_task` makes one; `task.py` says how
one is written."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...data.errors import RequestError, UnknownNameError

if TYPE_CHECKING:
    from .task import Task

__all__ = ["PREFIX", "TASKS", "make_task", "task_names", "task_type"]

PREFIX = "tasks:"
"""What a name begins with where a questionnaire file could stand: "tasks:dictator,risk"."""

_GROUP = "understudy.tasks"

TASKS: Mapping[str, str] = MappingProxyType(
    {
        # risk
        "two_gamble_choice": ".two_gamble_choice:TwoGambleChoice",
        "holt_laury": ".holt_laury:HoltLaury",
        "certainty_equivalents": ".certainty_equivalents:CertaintyEquivalents",
        "mixed_gambles": ".mixed_gambles:MixedGambles",
        "ellsberg": ".ellsberg:Ellsberg",
        "allais": ".allais:Allais",
        "columbia_card": ".columbia_card:ColumbiaCard",
        # time
        "kirby": ".kirby:Kirby",
        "titration": ".titration:Titration",
        "present_bias": ".present_bias:PresentBias",
        # social
        "dictator": ".dictator:Dictator",
        "ultimatum": ".ultimatum:Ultimatum",
        "trust": ".trust:Trust",
        "public_goods": ".public_goods:PublicGoods",
        "prisoners_dilemma": ".prisoners_dilemma:PrisonersDilemma",
        "social_value_orientation": ".social_value_orientation:SocialValueOrientation",
        "third_party_punishment": ".third_party_punishment:ThirdPartyPunishment",
        # strategic
        "beauty_contest": ".beauty_contest:BeautyContest",
        "money_request": ".money_request:MoneyRequest",
        # cognition
        "reflection": ".reflection:Reflection",
        "numeracy": ".numeracy:Numeracy",
        "calibration": ".calibration:Calibration",
        "wason": ".wason:Wason",
        # biases
        "anchoring": ".anchoring:Anchoring",
        "gain_loss_framing": ".gain_loss_framing:GainLossFraming",
        "sunk_cost": ".sunk_cost:SunkCost",
        "mental_accounting": ".mental_accounting:MentalAccounting",
        "relative_savings": ".relative_savings:RelativeSavings",
        "endowment_effect": ".endowment_effect:EndowmentEffect",
        "default_option": ".default_option:DefaultOption",
        "decoy": ".decoy:Decoy",
        "base_rate_neglect": ".base_rate_neglect:BaseRateNeglect",
        "conjunction": ".conjunction:Conjunction",
        "outcome_bias": ".outcome_bias:OutcomeBias",
        "omission_bias": ".omission_bias:OmissionBias",
        "denominator_neglect": ".denominator_neglect:DenominatorNeglect",
        "less_is_more": ".less_is_more:LessIsMore",
        "less_is_better": ".less_is_better:LessIsBetter",
        "proportion_dominance": ".proportion_dominance:ProportionDominance",
        "false_consensus": ".false_consensus:FalseConsensus",
        "myside": ".myside:Myside",
        # market
        "gabor_granger": ".gabor_granger:GaborGranger",
        "van_westendorp": ".van_westendorp:VanWestendorp",
        "demand_curve": ".demand_curve:DemandCurve",
        "conjoint": ".conjoint:Conjoint",
        # beliefs
        "probability": ".probability:Probability",
        "second_order": ".second_order:SecondOrder",
    }
)
"""Tasks that ship: name → module and class, imported when first used; in the order of a battery."""


def task_names() -> tuple[str, ...]:
    """Names of all tasks: those that ship, then installed plug-ins."""
    installed = sorted(p.name for p in importlib.metadata.entry_points(group=_GROUP))
    return (*TASKS, *(name for name in installed if name not in TASKS))


@functools.cache
def task_type(name: str) -> type[Task]:
    """The class of a task.

    Raises:
        UnknownNameError: There is no such task; the message suggests the nearest.
        RequestError: An installed plug-in of that name is no task.
    """
    from .task import Task

    if name in TASKS:
        module, _, attribute = TASKS[name].partition(":")
        kind: type[Task] = getattr(importlib.import_module(module, __package__), attribute)
        return kind
    for point in importlib.metadata.entry_points(group=_GROUP):
        if point.name == name:
            found = point.load()
            if not (isinstance(found, type) and issubclass(found, Task)):
                raise RequestError(
                    "this is not a task",
                    where=f"entry point {name} of {_GROUP}",
                    remedy="derive it from Task",
                )
            return found
    raise UnknownNameError("task", name, task_names())


def make_task(
    name: str, /, *, prefix: str = "", folder: Path | None = None, **parameters: Any
) -> Task:
    """Make a task.

    Args:
        name: Which task.
        prefix: Stands in front of its variables' names; the task's name where empty.
        folder: Where relative paths among the parameters start; the working folder by default.
        parameters: Of the design, where it differs from the published one; plain data will do.

    Raises:
        UnknownNameError: There is no such task or parameter; the message suggests the nearest.
        RequestError: A parameter is of the wrong kind, or impossible.
        FileError: A file that a parameter names cannot be used.
    """
    from .settings import settings_of

    kind = task_type(name)
    given = kind.from_files(parameters, folder or Path())
    return kind(prefix=prefix, **settings_of(kind, given))
