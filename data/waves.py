"""Wide files: one row per person, and columns that name their wave."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from .codebook import Codebook, Role
from .errors import RequestError
from .panel import Panel

__all__ = ["split_wide"]


def split_wide(panel: Panel, patterns: Mapping[str, str]) -> dict[str, Panel]:
    """Part a wide panel into one panel per wave whose variables bear the same names in each.

    Args:
        panel: One row per person.
        patterns: How each wave names its columns, by the wave's name; "{name}" stands for the
            variable's own name: {"1": "{name}_w1", "2": "{name}_w2"}. When a column fits several
            patterns, the longest decides.

    Returns:
        Panels by wave, in the order of `patterns`. Columns of no wave belong to every wave. People
        whose answers in a wave are all blank are left out of it: they took no part.

    Raises:
        RequestError: A pattern lacks "{name}", matches no column, or gives a name twice.
    """
    matchers = {wave: _matcher(pattern) for wave, pattern in patterns.items()}
    by_specificity = sorted(matchers, key=lambda wave: -len(patterns[wave]))
    members: dict[str, dict[str, str]] = {wave: {} for wave in patterns}
    common = []
    for name in panel.names:
        for wave in by_specificity:
            match = matchers[wave].fullmatch(name)
            if match:
                members[wave][name] = match["name"]
                break
        else:
            common.append(name)
    return {
        wave: _one_wave(panel, wave, patterns[wave], members[wave], common) for wave in patterns
    }


def _matcher(pattern: str) -> re.Pattern[str]:
    before, found, after = pattern.partition("{name}")
    if not found or "{name}" in after:
        raise RequestError(
            f"the wave pattern {pattern!r} must hold {{name}} once",
            remedy="write it like {name}_w1",
        )
    return re.compile(rf"{re.escape(before)}(?P<name>.+){re.escape(after)}")


def _one_wave(
    panel: Panel, wave: str, pattern: str, members: Mapping[str, str], common: list[str]
) -> Panel:
    if not members:
        raise RequestError(
            f"no column is named like {pattern!r} (wave {wave})",
            where=panel.source,
            remedy="check the pattern against the names of the columns",
        )
    names = [name for name in panel.names if name in members or name in common]
    renamed = [members.get(name, name) for name in names]
    twice = next((name for name in renamed if renamed.count(name) > 1), None)
    if twice is not None:
        raise RequestError(
            f"wave {wave} would have two columns named {twice!r}",
            where=panel.source,
            remedy="rename the column that is not of this wave",
        )
    took_part = np.zeros(len(panel), dtype=np.bool_)
    for name in members:
        took_part |= panel.answered(name)
        if name in panel.status:
            took_part |= panel.status[name] > 0
    part = panel.select(names).take(took_part)
    new_name = dict(zip(names, renamed, strict=True))
    variables = tuple(
        v.replace(
            name=new_name[v.name],
            siblings=tuple(new_name[s] for s in v.siblings if s in new_name),
            role=Role.ITEM if v.role is Role.WAVE else v.role,
        )
        for v in part.codebook
    )
    return Panel(
        frame=part.frame.set_axis(renamed, axis=1),
        codebook=Codebook(variables, part.codebook.title, part.codebook.notes),
        status={new_name[name]: status for name, status in part.status.items()},
        source=f"{panel.source}, wave {wave}",
        withheld=panel.withheld,
        remarks=panel.remarks,
    )
