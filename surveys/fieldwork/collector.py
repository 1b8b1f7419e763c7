"""The garbage collector kept calm during fieldwork; see `data.collector`."""

from __future__ import annotations

from ...data.collector import calm_collector

__all__ = ["calm_collector"]
