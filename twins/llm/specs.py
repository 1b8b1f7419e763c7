"""Model specs: short texts that say which model is asked, and where.

    anthropic:NAME[@BASE_URL]      openai:NAME[@BASE_URL]       azure:DEPLOYMENT[@ENDPOINT]
    bedrock:NAME[@REGION]          vertex:NAME[@REGION]
    scripted:[FILE]                scripted:MODULE:FUNCTION     scripted:FILE.py:FUNCTION

A third party adds a provider with an entry point of the group `understudy.providers`: a callable
that takes a `Target` and `ModelOptions` and returns a `ChatModel`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import cast
from urllib.parse import urlsplit

from ...data.errors import RequestError, UnknownNameError
from .chat import ChatModel
from .scrub import register_secret

__all__ = ["GROUP", "PROVIDERS", "ModelOptions", "Target", "make_model", "parse_spec", "providers"]

GROUP = "understudy.providers"
"""Entry-point group of providers."""

PROVIDERS: Mapping[str, str] = MappingProxyType(
    {
        "anthropic": ".providers.anthropic:AnthropicModel",
        "openai": ".providers.openai:OpenAIModel",
        "azure": ".providers.azure:AzureModel",
        "bedrock": ".providers.bedrock:BedrockModel",
        "vertex": ".providers.vertex:VertexModel",
        "scripted": ".providers.scripted:ScriptedModel",
    }
)
"""Name of a provider → where its models are made; imported when one is."""

_WITH_ADDRESS = frozenset({"anthropic", "openai", "azure"})
_EXAMPLE = "write it like anthropic:NAME, openai:NAME@http://localhost:11434/v1 or scripted:FILE"


@dataclass(frozen=True, slots=True)
class Target:
    """Which model, and where.

    Attributes:
        provider: Name of the provider.
        name: Name of the model or deployment; for `scripted`, everything after the colon.
        at: Base URL, endpoint or region; "" for the provider's own.
    """

    provider: str
    name: str
    at: str = ""

    @property
    def spec(self) -> str:
        """The text it is written as."""
        return f"{self.provider}:{self.name}" + (f"@{self.at}" if self.at else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """How a model is spoken to.

    Attributes:
        timeout: Seconds for one call, from sending to the last byte of the answer.
        connections: Most connections at once.
        key_needed: Whether a missing key is an error when the model is made; without, it is one
            when the model is called, and nothing can be counted.
    """

    timeout: float = 120.0
    connections: int = 100
    key_needed: bool = True

    def __post_init__(self) -> None:
        if not (0 < self.timeout < float("inf")):
            raise RequestError(f"a timeout of {self.timeout} seconds cannot be kept")
        if self.connections < 1:
            raise RequestError("there must be at least one connection")


def parse_spec(text: str) -> Target:
    """Read a model spec.

    Raises:
        UnknownNameError: There is no such provider.
        RequestError: The spec is incomplete, or its address cannot be one.
    """
    provider, colon, rest = text.strip().partition(":")
    provider = provider.casefold()
    if provider not in (known := providers()):
        raise UnknownNameError("provider of language models", provider or text, known)
    if provider == "scripted":
        return Target(provider, rest)
    name, at = _split(rest, provider)
    if not colon or not name:
        raise RequestError(f"{text!r} names no model", remedy=_EXAMPLE)
    if at and provider in _WITH_ADDRESS:
        _check_address(at, f"{provider}:{name}")
    return Target(provider, name, at.rstrip("/"))


def providers() -> tuple[str, ...]:
    """Names of all providers, installed ones included."""
    return tuple(dict.fromkeys((*PROVIDERS, *(point.name for point in entry_points(group=GROUP)))))


def make_model(
    spec: str | Target,
    *,
    timeout: float = 120.0,
    connections: int = 100,
    key_needed: bool = True,
) -> ChatModel:
    """Return the model that a spec names. Nothing is sent; its `verify` asks whether it exists.

    Args:
        spec: A spec, or one already parsed.
        timeout: Seconds for one call, from sending to the last byte of the answer.
        connections: Most connections at once; at least as many as calls at once.
        key_needed: Whether a missing key is an error now; without one, only its card is of use.

    Raises:
        UnknownNameError: There is no such provider, or a scripted model's file does not exist.
        RequestError: The spec is wrong, or there is no key.
        MissingExtraError: The provider needs a package that is not installed.
        FileError: A models.toml or a scripted model's file cannot be used.
    """
    target = parse_spec(spec) if isinstance(spec, str) else spec
    options = ModelOptions(timeout=timeout, connections=connections, key_needed=key_needed)
    factory: Callable[[Target, ModelOptions], ChatModel]
    if target.provider in PROVIDERS:
        module, _, attribute = PROVIDERS[target.provider].partition(":")
        imported = importlib.import_module(module, __package__)
        factory = cast("Callable[[Target, ModelOptions], ChatModel]", getattr(imported, attribute))
    else:
        points = [p for p in entry_points(group=GROUP) if p.name == target.provider]
        if not points:
            raise UnknownNameError("provider of language models", target.provider, providers())
        try:
            factory = points[0].load()
        except (ImportError, AttributeError) as error:
            raise RequestError(
                f"the installed provider {target.provider} cannot be loaded ({error})",
                remedy="install or update the package that brings it",
            ) from None
    return factory(target, options)


def _split(rest: str, provider: str) -> tuple[str, str]:
    """Name and address; names on Vertex may hold an "@" themselves ("claude-x@20251001")."""
    for mark in ("@http://", "@https://"):
        if mark in rest:
            name, _, address = rest.partition(mark)
            return name, mark[1:] + address
    name, at_sign, at = rest.rpartition("@")
    if not at_sign or (provider == "vertex" and (at.isdecimal() or at == "default")):
        return rest, ""
    return name, at


def _check_address(at: str, where: str) -> None:
    try:
        parts = urlsplit(at)
        host, password = parts.hostname, parts.username is not None
        _ = parts.port
    except ValueError:
        raise RequestError("its base URL is none", where=where, remedy=_EXAMPLE) from None
    if password:
        register_secret(parts.netloc.rpartition("@")[0])
        raise RequestError(
            "its base URL holds a user name or password",
            where=where,
            remedy="leave it out and set the key in the environment",
        )
    if parts.scheme not in ("http", "https") or not host:
        raise RequestError(
            f"{at!r} is no base URL", where=where, remedy="begin it with http:// or https://"
        )
    if parts.query or parts.fragment:
        raise RequestError("its base URL has a query", where=where, remedy="end it with the path")
