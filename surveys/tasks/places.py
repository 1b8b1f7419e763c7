"""Where tasks stand in a questionnaire: which variable and which arm belongs to which task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..expansion import local_names, turns_of

if TYPE_CHECKING:
    from ..questionnaire import Questionnaire
    from .task import Task

__all__ = ["TaskPlace", "task_places"]


@dataclass(frozen=True, slots=True)
class TaskPlace:
    """A task at one place: in its block, or in one turn of a loop.

    Attributes:
        name: The block's name; in a loop it ends in the turn's value (`dictator_2`).
        task: The task.
        variables: Variable as asked → the task's own name for it.
        conditions: Condition of the questionnaire → the task's own name for it.
        reworded: Whether its questions are not the ones it wrote.
    """

    name: str
    task: Task
    variables: Mapping[str, str]
    conditions: Mapping[str, str]
    reworded: bool

    def local_arms(self, arms: Mapping[str, str]) -> dict[str, str]:
        """A person's arms under the task's own names."""
        return {own: arms[asked] for asked, own in self.conditions.items() if asked in arms}


def task_places(questionnaire: Questionnaire) -> tuple[TaskPlace, ...]:
    """Every task of a questionnaire, in written order, loops written out."""
    written = {question.name: question for question in questionnaire.written()}
    found = []
    for block in questionnaire.leaves():
        task = block.task
        if task is None:
            continue
        own = {variable.name: task.local(variable.name) for variable in task.variables}
        conditions = {c.name: task.local(c.name) for c in task.named.conditions}
        for _, _, renamed in turns_of(block, questionnaire, written):
            asked = local_names(block.questions, renamed)
            variables = {asked[name]: short for name, short in own.items() if name in asked}
            tail = ""
            if block.loop is not None and renamed:
                tail = renamed[0].name.removeprefix(block.questions[0].name)
            found.append(
                TaskPlace(
                    f"{block.name}{tail}",
                    task,
                    variables,
                    conditions,
                    block.pages != task.named.pages,
                )
            )
    return tuple(found)
