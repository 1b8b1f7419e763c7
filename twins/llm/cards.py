"""A model's card: what it costs, how much it holds, what it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .chat import Usage

__all__ = ["Caching", "ModelCard", "Prices"]

Caching = Literal["none", "automatic", "marked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """US dollars per million tokens.

    Attributes:
        input: Input that no cache is involved in.
        output: Output, thinking included.
        cache_write: Input written to the cache (five minutes).
        cache_read: Input read from the cache.
        batch: What batch requests cost, as a share of the above.
        long_from: Prompts of more tokens than this cost more, throughout; None if none do.
        long_input: By how much input and cache then cost more, as a factor.
        long_output: By how much output then costs more, as a factor.
        source: Where the figures are from, with the month they were read.
    """

    input: float
    output: float
    cache_write: float
    cache_read: float
    batch: float = 0.5
    long_from: int | None = None
    long_input: float = 1.0
    long_output: float = 1.0
    source: str = ""

    def cost(self, usage: Usage, *, batch: bool = False) -> float:
        """US dollars for a call."""
        plain = usage.input - usage.cache_read - usage.cache_write
        read = (
            plain * self.input
            + usage.cache_read * self.cache_read
            + usage.cache_write * self.cache_write
        )
        written = usage.output * self.output
        if self.long_from is not None and usage.input > self.long_from:
            read, written = read * self.long_input, written * self.long_output
        return (read + written) / 1e6 * (self.batch if batch else 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One model. The defaults are safe for a model that nothing is known of.

    Attributes:
        provider: Name of the provider.
        name: Name of the model, as sent.
        context: Context window in tokens, None if unknown.
        max_output: Longest output in tokens, None if unknown.
        prices: None if unknown; a budget then cannot be kept.
        sampling: Whether temperature may be sent.
        structured: Whether a JSON schema may be sent.
        caching: Whether the provider caches prompts, and whether it wants a mark.
        cache_minimum: Shortest prefix that is cached, in tokens.
        batch: Whether it can be asked in batches.
        logprobs: Whether it returns log-probabilities of tokens.
        decisions: Whether it has the decisions endpoint.
        thinking: The lowest setting it allows for thinking before it answers, as sent ("disabled",
            "between_tools", "none", "minimal", "low"); "" where it does not think unless asked or
            nothing may be sent.
        headroom: Tokens to allow for thinking at that setting, beyond the answer.
        images: Whether it takes images.
        compatible: Whether somebody else's server speaks the provider's protocol; it is sent the
            protocol's oldest and widest known form.
        known: Whether it is in the catalogue.
    """

    provider: str
    name: str
    context: int | None = None
    max_output: int | None = None
    prices: Prices | None = None
    sampling: bool = False
    structured: bool = False
    caching: Caching = "none"
    cache_minimum: int = 1024
    batch: bool = False
    logprobs: bool = False
    decisions: bool = False
    thinking: str = ""
    headroom: int = 0
    images: bool = False
    compatible: bool = False
    known: bool = False
