"""A questionnaire made of tasks alone."""

from __future__ import annotations

from collections.abc import Iterable

from ...data.errors import RequestError, UnknownNameError
from ..question import Shuffle
from ..questionnaire import Block, Group, Questionnaire
from . import PREFIX, make_task, task_names, task_type
from .task import Family, Task

__all__ = ["battery", "battery_named"]


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


def battery_named(text: str) -> Questionnaire:
    """Make the questionnaire that a text names.

    Args:
        text: Names of tasks and of families, with commas between them, or "all"; with or without
            "tasks:" in front.

    Raises:
        UnknownNameError: There is no such task or family.
        RequestError: Nothing is named, or a family has no task.
    """
    known = task_names()
    families = [family.value for family in Family]
    chosen: list[str] = []
    for part in text.removeprefix(PREFIX).split(","):
        wanted = part.strip()
        if wanted == "all":
            chosen += known
        elif wanted in families:
            members = [name for name in known if task_type(name).family == wanted]
            if not members:
                raise RequestError(f"no task is about {wanted}", remedy="see understudy tasks")
            chosen += members
        elif wanted in known:
            chosen.append(wanted)
        elif wanted:
            raise UnknownNameError("task or family", wanted, [*known, *families, "all"])
    if not chosen:
        raise RequestError("no task is named", remedy="write tasks:all, or names after tasks:")
    return battery(dict.fromkeys(chosen))
