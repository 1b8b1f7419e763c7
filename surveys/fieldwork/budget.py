"""The money a run may spend; see `twins.llm.budget`."""

from __future__ import annotations

from ...twins.llm.budget import Budget

__all__ = ["Budget"]
