"""What a format could not hold, gathered while writing and told in one sentence per kind."""

from __future__ import annotations

__all__ = ["Losses"]

_SHOWN = 5


class Losses:
    """Losses by kind, each with the variables it concerns."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[str]] = {}

    def add(self, kind: str, name: str = "") -> None:
        """Note a loss: its kind, and the variable (with details if need be), if it is about one."""
        names = self._by_kind.setdefault(kind, [])
        if name and name not in names:
            names.append(name)

    def told(self) -> tuple[str, ...]:
        """One sentence per kind of loss, without final full stop, naming at most 5 variables."""
        return tuple(_sentence(kind, names) for kind, names in self._by_kind.items())


def _sentence(kind: str, names: list[str]) -> str:
    if not names:
        return kind
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"{kind}: {', '.join(names[:_SHOWN])}{more}"
