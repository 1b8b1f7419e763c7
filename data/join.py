"""Two files about the same people made into one panel."""

from __future__ import annotations

import dataclasses

import numpy as np

from .codebook import Role
from .errors import PanelError
from .panel import Panel

__all__ = ["join"]

_NOT_CARRIED = (Role.ID, Role.WAVE, Role.WEIGHT)


def join(panel: Panel, other: Panel, *, block: str = "") -> Panel:
    """Add the variables of `other` to `panel`, matching people by id.

    Everybody in `panel` stays, in order; people found only in `other` are left out. Somebody whom
    `other` does not have is missing on its variables without a recorded reason. Ids, waves and
    weights of `other` are not carried over.

    Args:
        panel: The panel to extend; one row per person.
        other: The panel whose variables are added; one row per person.
        block: Thematic block given to added variables that have none, so that they can be held
            out together.

    Raises:
        PanelError: Nobody is in both, either has several waves, or a name is used by both.
    """
    for side in (panel, other):
        if side.wave_variable is not None:
            raise PanelError(
                "holds several waves and cannot be joined as it is",
                where=side.source or "panel",
                remedy="choose one wave first",
            )
    added = [v for v in other.codebook if v.role not in _NOT_CARRIED]
    clash = [v.name for v in added if v.name in panel.codebook]
    if clash:
        raise PanelError(
            f"{clash[0]!r} is in both files" + (f" ({len(clash)} such names)" if clash[1:] else ""),
            where=f"{panel.source} and {other.source}",
            remedy="rename it in one of them",
        )
    common = [person for person in panel.persons if person in other]
    if not common:
        raise PanelError(
            f"nobody in {other.source or 'the second file'} is in {panel.source or 'the first'}: "
            f"ids look like {_example(other)} and {_example(panel)}",
            remedy="name the id columns of both files",
        )
    names = [v.name for v in added]
    incoming = other.select(names)
    frame = panel.frame.join(incoming.frame)
    status = dict(panel.status)
    rows = np.array([other.row_of(p) if p in other else -1 for p in panel.persons], dtype=np.intp)
    for name, column in incoming.status.items():
        status[name] = np.where(rows >= 0, column[rows], 0).astype(np.int16)
    book = panel.codebook.with_variables(
        v if v.block or not block else v.replace(block=block) for v in added
    )
    return dataclasses.replace(panel, frame=frame, codebook=book, status=status)


def _example(panel: Panel) -> str:
    return repr(panel.persons[0]) if len(panel) else "nothing"
