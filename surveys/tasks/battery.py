"""A questionnaire made of tasks alone."""

from __future__ import annotations

from collections.abc import Iterable

from ..question import Shuffle
from ..questionnaire import Block, Group, Questionnaire
from . import make_task, task_names
from .task import Task

__all__ = ["battery"]


def battery(
    tasks: Iterable[str | Task] = (), *, name: str = "battery", shuffle: bool = False
) -> Questionnaire:
    """Make a questionnaire of tasks in their published designs.

    Args:
        tasks: Names of tasks, or tasks with parameters of their own; every task there is by
            default.
        name: Of the questionnaire.
        shuffle: Whether each person meets them in an order of their own.

    Raises:
        UnknownNameError: There is no such task.
    """
    chosen: list[Task] = [
        make_task(task) if isinstance(task, str) else task
        for task in (tuple(tasks) or task_names())
    ]
    blocks: tuple[Block | Group, ...] = tuple(task.block() for task in chosen)
    if shuffle:
        blocks = (Group(name="tasks", blocks=blocks, order=Shuffle.RANDOM),)
    return Questionnaire(name=name, title="Decisions", blocks=blocks)
