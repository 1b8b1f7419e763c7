"""Keys of providers: from the environment or the operating system's keyring, nowhere else."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from ...data.errors import RequestError
from .catalogue import is_local
from .scrub import register_secret

__all__ = [
    "PLACEHOLDER",
    "SERVICE",
    "VARIABLES",
    "find_key",
    "find_secret",
    "no_key",
    "withhold_environment",
]

SERVICE = "understudy"
"""The keyring's service; the user name there is the name of the variable."""

PLACEHOLDER = "no-key"
"""What is sent to servers that want no key; the SDKs refuse to send none."""

VARIABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "anthropic": ("ANTHROPIC_API_KEY",),
        "openai": ("OPENAI_API_KEY",),
        "azure": ("AZURE_OPENAI_API_KEY",),
        "bedrock": ("AWS_BEARER_TOKEN_BEDROCK",),
        "vertex": (),
    }
)
"""Environment variables that may hold a provider's key, first found first taken."""

_HOSTS: Mapping[str, str] = MappingProxyType({"openrouter.ai": "OPENROUTER_API_KEY"})
_ALSO_SECRET = (
    *("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_WEBHOOK_SIGNING_KEY", "OPENAI_ADMIN_KEY"),
    *("AZURE_OPENAI_AD_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"),
    "OPENAI_WEBHOOK_SECRET",
)


def find_key(provider: str, base_url: str = "") -> str | None:
    """Return a provider's key, or None; whatever is returned is known to `scrub`.

    Args:
        provider: Name of the provider.
        base_url: The address it is for, where that is not the provider's own.

    Raises:
        RequestError: The key would travel unencrypted to another machine.
    """
    withhold_environment()
    host = urlsplit(base_url).hostname or ""
    special = next((v for end, v in _HOSTS.items() if host == end or host.endswith(f".{end}")), "")
    variables = (special,) if special else ()
    return find_secret((*variables, *VARIABLES.get(provider, ())), base_url)


def find_secret(variables: Iterable[str], base_url: str = "") -> str | None:
    """Return what the first of these variables that is set holds, as `find_key` does."""
    # A server at home seldom wants a key; nobody should have to unlock a keyring for it.
    at_home = bool(base_url) and is_local(base_url)
    for variable in variables:
        secret = os.environ.get(variable, "").strip()
        secret = secret or ("" if at_home else _from_keyring(variable))
        if not secret:
            continue
        register_secret(secret)
        if base_url.lower().startswith("http://") and not is_local(base_url):
            raise RequestError(
                f"the key in {variable} would travel unencrypted to {urlsplit(base_url).hostname}",
                remedy=f"use https, or unset {variable} if that server wants no key",
            )
        return secret
    return None


def no_key(provider: str) -> RequestError:
    """Return the error for a provider whose key is missing: what to set, how to do without."""
    variables = VARIABLES.get(provider, ())
    named = " or ".join(variables) if variables else "its credentials"
    return RequestError(
        f"there is no key for {provider}",
        remedy=(
            f"set {named} in the environment (or in the keyring, service {SERVICE!r}), or run "
            "without one: --respondent statistical, or scripted: for a dry run"
        ),
    )


def withhold_environment() -> None:
    """Have `scrub` hide every key that stands in the environment, used or not."""
    for variable in {*(v for names in VARIABLES.values() for v in names), *_HOSTS.values()}:
        register_secret(os.environ.get(variable, "").strip())
    for variable in _ALSO_SECRET:
        register_secret(os.environ.get(variable, "").strip())


def _from_keyring(variable: str) -> str:
    """The key in the operating system's keyring, or "" where there is none or no keyring."""
    if importlib.util.find_spec("keyring") is None:
        return ""
    import keyring
    import keyring.errors

    try:
        return (keyring.get_password(SERVICE, variable) or "").strip()
    except (keyring.errors.KeyringError, OSError, RuntimeError):
        return ""
