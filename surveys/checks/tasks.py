"""What keeps a task in a questionnaire from being scored or played."""

from __future__ import annotations

from collections.abc import Iterator

from ..questionnaire import Design, Questionnaire
from .spots import Fault

__all__ = ["task_faults"]


def task_faults(questionnaire: Questionnaire) -> Iterator[Fault]:
    """Questions and conditions that stand in for a task's own, and are not fit for it."""
    by_name = {condition.name: condition for condition in questionnaire.conditions}
    for block in questionnaire.leaves():
        task = block.task
        if task is None:
            continue
        thing = f"block {block.name}"
        if block.name != task.prefix:
            yield Fault(
                thing, f"the task in it is named {task.prefix!r}", "give both the same name"
            )
        if block.within:
            yield Fault(
                f"{thing}: within",
                "a task is not repeated by arm",
                "give it once more under another name:",
            )
        asked = {variable.name for question in block.questions for variable in question.variables()}
        for variable in task.variables:
            if variable.name not in asked:
                yield Fault(
                    f"{thing}: questions",
                    f"the task {task.name} needs the variable {variable.name!r}, which no "
                    "question here fills",
                    "keep the names of its questions, options and items",
                )
        for own in task.named.conditions:
            given = by_name[own.name]
            strange = [arm for arm in given.arms if arm not in own.arms]
            if given.design is not Design.BETWEEN:
                yield Fault(
                    f"condition {own.name}", f"in the task {task.name} it is between persons"
                )
            elif strange:
                yield Fault(
                    f"condition {own.name}",
                    f"the task {task.name} has no arm {strange[0]!r}",
                    f"its arms are {', '.join(own.arms)}",
                )
