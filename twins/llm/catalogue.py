"""What is known of each model: prices, limits, and what it takes.

The figures stand in `models.toml` beside this module, each with the page they were read on. The
user's own `models.toml` is laid over it; its place is `user_file`.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...data.errors import UnreadableFileError
from .cards import Caching, ModelCard, Prices
from .models_file import Entries, read_models, resolved

__all__ = [
    "USER_MODELS",
    "Caching",
    "ModelCard",
    "Prices",
    "card_for",
    "is_local",
    "known_models",
    "user_file",
]

USER_MODELS = "UNDERSTUDY_MODELS"
"""Environment variable with the path of the user's own models.toml."""

_PROPER = {"anthropic": "api.anthropic.com", "openai": "api.openai.com"}
_FREE = Prices(input=0, output=0, cache_write=0, cache_read=0, batch=1.0, source="runs here")
_DATE = re.compile(r"[-@](?:20\d{6}|20\d{2}-\d{2}-\d{2})$")
_BEDROCK = re.compile(r"^(?:[a-z-]+\.)?anthropic\.|-v\d+(?::\d+)?$")
_SAFE: Mapping[str, Mapping[str, Any]] = {
    # Every model these providers list today takes them.
    "anthropic": {"caching": "marked", "structured": True},
    "openai": {"caching": "automatic", "structured": True},
    "azure": {"caching": "automatic", "structured": True},
    "bedrock": {"caching": "marked", "structured": True},
    # Structured output there was not found documented.
    "vertex": {"caching": "marked"},
}


def card_for(provider: str, name: str, base_url: str = "") -> ModelCard:
    """Return what is known of a model.

    A name with a date ("claude-haiku-4-5-20251001", "gpt-5.4-mini-2026-03-17") is looked up with
    it, then without. Bedrock and Vertex models are looked up under the names Anthropic gives them,
    without prices or batches; Azure deployments under OpenAI's names, without prices.

    Args:
        provider: Name of the provider.
        name: Name of the model.
        base_url: Address of the server, where it is not the provider's own. Shipped entries are
            about the providers' own servers; the user's hold wherever the model is.

    Returns:
        The card; with `known=False` and safe defaults for a model that nothing is known of.

    Raises:
        UnreadableFileError: The user's models.toml cannot be used.
    """
    user = _user_entries()
    names = tuple(dict.fromkeys((name, _DATE.sub("", name))))
    for candidate in names:
        if (provider, candidate) in user:
            entry = resolved((provider, candidate), {**_shipped(), **user})
            return _card(provider, name, {**_defaults(provider, base_url), **entry}, known=True)
    if base_url and not _is_proper(provider, base_url):
        return _card(provider, name, _defaults(provider, base_url), known=False)
    elsewhere = {"bedrock": "anthropic", "vertex": "anthropic", "azure": "openai"}.get(provider)
    if elsewhere is not None:
        plain = _BEDROCK.sub("", name) if provider == "bedrock" else name
        names = tuple(dict.fromkeys((plain, _DATE.sub("", plain))))
    for candidate in names:
        if (elsewhere or provider, candidate) in _shipped():
            entry = resolved((elsewhere or provider, candidate), _shipped())
            if elsewhere is not None:
                entry = {**entry, "prices": None, "batch": False, "decisions": False}
                entry.update(_SAFE[provider] if provider == "azure" else {})
                if provider == "vertex":
                    entry["structured"] = False
            return _card(provider, name, entry, known=True)
    return _card(provider, name, _defaults(provider, base_url), known=False)


def known_models(provider: str) -> tuple[str, ...]:
    """Names of a provider's models in the catalogue, the user's included."""
    return tuple(name for owner, name in {**_shipped(), **_user_entries()} if owner == provider)


def user_file() -> Path:
    """Where the user's own models.toml is, whether or not there is one."""
    if path := os.environ.get(USER_MODELS):
        return Path(path)
    from platformdirs import user_config_dir

    return Path(user_config_dir("understudy")) / "models.toml"


def is_local(url: str) -> bool:
    """Whether a URL leads to this machine or its own network."""
    host = (urlsplit(url).hostname or "").rstrip(".").casefold()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal"))
    return address.is_private or address.is_loopback


def _is_proper(provider: str, base_url: str) -> bool:
    """Whether a URL is the provider's own address, its regional ones included."""
    host, proper = urlsplit(base_url).hostname or "", _PROPER.get(provider)
    # Azure and the clouds have no address but the customer's.
    return proper is None or host == proper or host.endswith(f".{proper}")


def _defaults(provider: str, base_url: str) -> Mapping[str, Any]:
    if not base_url or _is_proper(provider, base_url):
        return _SAFE.get(provider, {})
    free = {"prices": _FREE} if is_local(base_url) else {}
    if provider == "anthropic":
        return {**_SAFE["anthropic"], **free, "compatible": True}
    # Ollama, vLLM, llama.cpp and OpenRouter take `response_format` and `temperature`; the three
    # that run at home also keep the prefix of the last prompts and return log-probabilities.
    home = {"caching": "automatic", "cache_minimum": 1, "logprobs": True, **free} if free else {}
    return {"structured": True, "sampling": True, "compatible": True, **home}


def _card(provider: str, name: str, entry: Mapping[str, Any], *, known: bool) -> ModelCard:
    return ModelCard(provider=provider, name=name, known=known, **entry)


@functools.cache
def _shipped() -> Entries:
    resource = files(__package__).joinpath("models.toml")
    return read_models(resource.read_text(encoding="utf-8"), "models.toml")


def _user_entries() -> Entries:
    path = user_file()
    try:
        return _read_user(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        if os.environ.get(USER_MODELS):
            raise UnreadableFileError(
                "there is no such file", where=str(path), remedy=f"create it or unset {USER_MODELS}"
            ) from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"it cannot be read ({error})", where=str(path)) from None


@functools.lru_cache(maxsize=4)
def _read_user(path: Path, modified: int) -> Entries:
    del modified  # so that an edited file is read again
    entries = read_models(path.read_text(encoding="utf-8"), str(path))
    for owner in entries:
        resolved(owner, {**_shipped(), **entries}, str(path))
    return entries
