"""Which language an answer is in; see `twins.llm.language`."""

from __future__ import annotations

from ....twins.llm.language import is_wrong_language, language_name

__all__ = ["is_wrong_language", "language_name"]
