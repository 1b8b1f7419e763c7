"""Prompt caches as the providers keep them, and what a request costs with them.

A token is four characters: texts of n characters are max(1, n // 4) tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Billed", "PromptCaches", "tokens_in"]

_TTL = {"5m": 300.0, "1h": 3600.0}
_LOOKBACK = 20
_MOST_MARKS = 4
_OPENAI_LEAST = 1024
_OPENAI_STEP = 128
_OPENAI_TTL = 1800.0
_MOST_ENTRIES = 400_000

# What a token costs relative to a plain input token; https://platform.claude.com/docs/en/
# build-with-claude/prompt-caching for the first two, and one tenth for reads by either provider.
WRITE_5M = 1.25
WRITE_1H = 2.0
READ = 0.1


def tokens_in(characters: int) -> int:
    """Tokens in so many characters."""
    return max(1, characters // 4)


@dataclass(slots=True)
class Billed:
    """Input tokens of a request.

    Attributes:
        total: All of them.
        read: Of these, read from the cache.
        write_5m: Of these, written for five minutes (Anthropic) or for half an hour (OpenAI).
        write_1h: Of these, written for an hour.
        writes: What is in the cache once the answer begins: key → seconds it stays.
        wrong: What is wrong with its cache marks.
    """

    total: int
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    writes: dict[Any, float] = field(default_factory=dict)
    wrong: str = ""

    def equivalents(self, write_5m: float = WRITE_5M) -> float:
        """Input tokens that would cost the same without a cache."""
        plain = self.total - self.read - self.write_5m - self.write_1h
        return plain + READ * self.read + write_5m * self.write_5m + WRITE_1H * self.write_1h


class PromptCaches:
    """Which prefixes are cached.

    Args:
        clock: Seconds, rising.
        minimum: Fewest tokens of a prefix that Anthropic's cache takes.
    """

    def __init__(self, clock: Callable[[], float], minimum: int = 1024) -> None:
        self._clock = clock
        self._minimum = minimum
        self._ends: dict[Any, float] = {}

    def clear(self) -> None:
        """Forget everything."""
        self._ends.clear()

    def begin(self, billed: Billed) -> None:
        """The answer begins: what was read stays for longer, what was written is there."""
        now = self._clock()
        for key, stays in billed.writes.items():
            self._ends[key] = max(now + stays, self._ends.get(key, 0.0))
        if len(self._ends) > _MOST_ENTRIES:
            kept = list(self._ends.items())[_MOST_ENTRIES // 2 :]
            self._ends = {key: end for key, end in kept if end > now}

    def _alive(self, key: Any) -> bool:
        end = self._ends.get(key)
        return end is not None and end > self._clock()

    def anthropic(self, body: Mapping[str, Any]) -> Billed:
        """What a Messages request is billed for."""
        parts = _anthropic_parts(body)
        characters = sum(len(text) for text, _ in parts)
        billed = Billed(tokens_in(characters))
        marked = [at for at, (_, ttl) in enumerate(parts) if ttl]
        if len(marked) > _MOST_MARKS:
            billed.wrong = (
                f"A maximum of 4 blocks with cache_control may be provided. Found {len(marked)}."
            )
        if not marked:
            return billed
        prefixes = []
        chain, length = hash(("anthropic", body.get("model"))), 0
        for text, _ in parts[: marked[-1] + 1]:
            chain, length = hash((chain, text)), length + len(text)
            prefixes.append((chain, tokens_in(length)))
        found = self._longest(prefixes, marked)
        if found is not None:
            billed.read = prefixes[found][1]
            ttl = next(parts[at][1] for at in marked if at >= found)
            billed.writes[prefixes[found][0]] = _TTL[ttl]
        before = billed.read
        for at in marked:
            key, tokens = prefixes[at]
            if tokens < self._minimum or tokens <= before:
                continue
            if parts[at][1] == "1h":
                billed.write_1h += tokens - before
            else:
                billed.write_5m += tokens - before
            billed.writes[key] = _TTL[parts[at][1]]
            before = tokens
        return billed

    def _longest(self, prefixes: list[tuple[int, int]], marked: list[int]) -> int | None:
        for mark in reversed(marked):
            for at in range(mark, max(-1, mark - _LOOKBACK), -1):
                if self._alive(prefixes[at][0]):
                    return at
        return None

    def openai(self, body: Mapping[str, Any], texts: list[str]) -> Billed:
        """What a chat or decisions request is billed for: prefixes are cached by themselves.

        With `prompt_cache_options.mode` "explicit", only the one that ends at the last breakpoint.
        """
        text = "\n".join(texts)
        billed = Billed(tokens_in(len(text)))
        if (body.get("prompt_cache_options") or {}).get("mode") == "explicit":
            text = text[: _breakpoint(body)]
        first, step = 4 * _OPENAI_LEAST, 4 * _OPENAI_STEP
        if len(text) < first:
            return billed
        chain = hash(("openai", body.get("model"), body.get("prompt_cache_key"), text[:first]))
        reading = self._alive(chain)
        if reading:
            billed.read = _OPENAI_LEAST
        billed.writes[chain] = _OPENAI_TTL
        tokens = _OPENAI_LEAST
        for at in range(first, len(text) - step + 1, step):
            chain = hash((chain, text[at : at + step]))
            tokens += _OPENAI_STEP
            reading = reading and self._alive(chain)
            if reading:
                billed.read = tokens
            billed.writes[chain] = _OPENAI_TTL
        billed.write_5m = tokens - billed.read
        return billed


def _breakpoint(body: Mapping[str, Any]) -> int:
    """Characters up to the end of the last message that has a breakpoint; 0 if none has."""
    length = found = 0
    for turn in body.get("messages", ()):
        content = turn.get("content") or ""
        parts = [{"text": content}] if isinstance(content, str) else content
        length += len("\n".join(part.get("text", "") for part in parts))
        if any(part.get("prompt_cache_breakpoint") for part in parts):
            found = length
        length += 1
    return found


def _anthropic_parts(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(text, TTL of its mark or "") of every block."""
    parts: list[tuple[str, str]] = []
    contents = [body.get("system") or ""]
    contents += [turn.get("content", "") for turn in body.get("messages", ())]
    for content in contents:
        if isinstance(content, str):
            parts.append((content, ""))
            continue
        for block in content:
            mark = block.get("cache_control")
            parts.append((block.get("text", ""), mark.get("ttl", "5m") if mark else ""))
    mark = body.get("cache_control")
    if mark and parts:
        parts[-1] = (parts[-1][0], mark.get("ttl", "5m"))
    return parts
