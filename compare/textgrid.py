"""A grid as lines of text that fit a width: columns give way before numbers or headings are cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .layout import LAST, Column, Grid

__all__ = ["grid_lines"]

SHORT = {"Constant": "Const.", "Shuffled": "Shuff."}
LABEL = 30
"""Label columns get at least so many cells, if their labels are as long, before anything else."""

SHORTEST, LONGEST = 8, 48


@dataclass(frozen=True, slots=True)
class _Part:
    """A column cut into what is aligned to the right (number) and to the left (its interval)."""

    column: Column
    heading: tuple[str, ...]
    numbers: tuple[str, ...]
    ends: tuple[str, ...]

    @property
    def number(self) -> int:
        lines = (*self.numbers, *(() if any(self.ends) else self.heading))
        return max(map(len, lines), default=0)

    @property
    def width(self) -> int:
        ends = max(map(len, self.ends), default=0)
        return max(self.number + ends, *map(len, self.heading))

    def cell(self, row: int) -> str:
        return (self.numbers[row].rjust(self.number) + self.ends[row]).ljust(self.width)

    def head(self, line: int) -> str:
        return self.heading[line].rjust(self.number).ljust(self.width)


def grid_lines(grid: Grid, width: int) -> tuple[list[str], list[str]]:
    """Lay a grid out in lines of at most `width` cells.

    Where room is short, in this order: one blank between columns instead of two, abbreviated
    headings, spare columns left out, intervals left out, the last spare columns left out, labels
    cut with an ellipsis.

    Args:
        grid: What to show.
        width: Cells per line; under about 50, lines may be longer.

    Returns:
        Heading lines, the last a rule, and one line per row; no trailing blanks.
    """
    from rich.cells import cell_len

    labels = [row[0] for row in grid.rows]
    longest = max(map(cell_len, (grid.columns[0].heading, *labels)))
    wanted = min(longest, LABEL)
    parts: list[_Part] = []
    gap, room = 1, SHORTEST
    for parts, gap in _variants(grid):
        room = width - sum(part.width + gap for part in parts)
        if room >= wanted:
            break
    for last in sorted({part.column.spare for part in parts if part.column.spare >= LAST}):
        if room < SHORTEST:
            parts = _widened([part for part in parts if part.column.spare != last], gap)
            room = width - sum(part.width + gap for part in parts)
    size = max(min(longest, room, LONGEST), SHORTEST)
    body = [
        _joined([_fitted(label, size), *(part.cell(k) for part in parts)], gap)
        for k, label in enumerate(labels)
    ]
    deep = max((_depth(part) for part in parts), default=1)
    head = []
    for line in range(deep):
        first = grid.columns[0].heading if line == deep - 1 else ""
        head.append(_joined([first.ljust(size), *_heads(parts, gap, line)], gap))
    head.append("─" * (size + sum(part.width + gap for part in parts)))
    return head, body


def _joined(cells: Sequence[str], gap: int) -> str:
    return (" " * gap).join(cells).rstrip()


def _fitted(label: str, size: int) -> str:
    from rich.cells import cell_len, set_cell_size

    if cell_len(label) <= size:
        return set_cell_size(label, size)
    return set_cell_size(label, size - 1).rstrip().ljust(size - 1) + "…"


def _variants(grid: Grid) -> Iterator[tuple[list[_Part], int]]:
    """Ever narrower ways to show the columns after the first."""
    parts = [
        _part(column, [row[k] for row in grid.rows]) for k, column in enumerate(grid.columns) if k
    ]
    short = [_shortened(part) for part in parts]
    for shown in (parts, short):
        for gap in (2, 1):
            yield _widened(shown, gap), gap
    spares = sorted({part.column.spare for part in short} - {0})
    for limit in (spare for spare in spares if spare < LAST):
        short = [part for part in short if not 0 < part.column.spare <= limit]
        yield _widened(short, 1), 1
    for place, part in enumerate(short):
        if any(part.ends):
            short[place] = replace(part, ends=tuple("" for _ in part.ends))
            yield _widened(short, 1), 1


def _part(column: Column, cells: Sequence[str]) -> _Part:
    split = [cell.partition(" [") if column.ends else (cell, "", "") for cell in cells]
    return _Part(
        column,
        tuple(column.heading.split()) or ("",),
        tuple(number for number, _, _ in split),
        tuple(mark + rest for _, mark, rest in split),
    )


def _shortened(part: _Part) -> _Part:
    return replace(part, heading=tuple(SHORT.get(word, word) for word in part.heading))


def _widened(parts: Sequence[_Part], gap: int) -> list[_Part]:
    """Pad headings to one depth, and the first column under a shared heading that is wider."""
    deep = max((_depth(part) for part in parts), default=1)
    found = [
        replace(part, heading=(*("" for _ in range(deep - len(part.heading))), *part.heading))
        for part in parts
    ]
    for start, stop in _spans(found):
        over = found[start].column.over
        lacking = len(over) - sum(p.width + gap for p in found[start:stop]) + gap
        if over and lacking > 0:
            first = found[start]
            pad = " " * lacking
            # A blank line stays empty: it is what the shared heading stands on.
            lines = tuple(line and pad + line.rjust(first.width) for line in first.heading)
            found[start] = replace(first, heading=lines)
    return found


def _depth(part: _Part) -> int:
    """Heading lines a column needs, the shared one included."""
    return len(part.heading) + bool(part.column.over and part.heading[0])


def _spans(parts: Sequence[_Part]) -> list[tuple[int, int]]:
    """Start and end of the runs of columns with the same shared heading."""
    found: list[tuple[int, int]] = []
    for k, part in enumerate(parts):
        if found and parts[k - 1].column.over == part.column.over != "":
            found[-1] = (found[-1][0], k + 1)
        else:
            found.append((k, k + 1))
    return found


def _heads(parts: Sequence[_Part], gap: int, line: int) -> list[str]:
    """One line of headings; shared ones stand on the first, centred between dashes."""
    cells = []
    for start, stop in _spans(parts):
        over = parts[start].column.over
        if line or not over:
            cells += [part.head(line) for part in parts[start:stop]]
            continue
        size = sum(part.width + gap for part in parts[start:stop]) - gap
        cells.append(f" {over} ".center(size, "─") if size >= len(over) + 4 else over.rjust(size))
    return cells
