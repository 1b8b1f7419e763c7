"""The one JSON object in what a model said; see `twins.llm.objects`."""

from __future__ import annotations

from ....twins.llm.objects import TWICE, Found, find_object

__all__ = ["TWICE", "Found", "find_object"]
