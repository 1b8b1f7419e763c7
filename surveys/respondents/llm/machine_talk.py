"""A model that speaks as the machine it is, or declines; see `twins.llm.machine_talk`."""

from __future__ import annotations

from ....twins.llm.machine_talk import is_machine_talk, is_refusal

__all__ = ["is_machine_talk", "is_refusal"]
