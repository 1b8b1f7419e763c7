"""Keys and prompts kept out of everything that is written: messages, logs, files."""

from __future__ import annotations

import logging
import re
import threading
import traceback
from collections.abc import Mapping
from typing import Any

__all__ = ["HIDDEN", "QuietFilter", "quiet_logs", "register_secret", "scrub"]

HIDDEN = "[hidden]"
"""What stands where a secret stood."""

_SHORTEST = 6
"""Characters a secret has at least; a shorter one would be hidden out of ordinary words."""

_LOOKS_LIKE_A_KEY = re.compile(
    r"""
      \b(?:sk|pk|rk|gsk|hf|xai)[-_][A-Za-z0-9_*.-]{8,}   # OpenAI, Anthropic, OpenRouter, Groq, …
    | \b(?:AKIA|ASIA|ABSK)[A-Za-z0-9+/=]{12,}            # Amazon
    | \bAIza[A-Za-z0-9_-]{20,}                           # Google
    | \bya29\.[A-Za-z0-9_.-]{10,}
    | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?   # JSON web tokens
    """,
    re.VERBOSE,
)
_AFTER_A_LABEL = re.compile(
    r"""
    (?P<label>
        \b(?:Bearer|Basic|Signature=)\s*
      | \b(?:x-api-key|api[-_]?key|authorization|x-amz-security-token|set-cookie|cookie)
        ["']?\s*[:=]\s*(?:b?["'])?(?:(?:Bearer|Basic)\s+)?
    )
    (?!\[hidden\])(?P<secret>[A-Za-z0-9+/=_.~*:-]{6,})
    """,
    re.VERBOSE | re.IGNORECASE,
)
_USERINFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s@'\"]+@", re.IGNORECASE)

_lock = threading.Lock()
_secrets: frozenset[str] = frozenset()
_known: re.Pattern[str] | None = None


def register_secret(secret: str) -> None:
    """Have `scrub` hide this text from now on, wherever it stands."""
    global _secrets, _known
    if len(secret) < _SHORTEST:
        return
    with _lock:
        _secrets |= {secret}
        longest_first = sorted(_secrets, key=len, reverse=True)
        _known = re.compile("|".join(map(re.escape, longest_first)))


def scrub(text: str) -> str:
    """Return a text without the keys this process knows and without what looks like a key.

    >>> scrub("Incorrect API key provided: sk-proj-abcdefgh12345678")
    'Incorrect API key provided: [hidden]'
    >>> scrub("http://user:word@host/v1")
    'http://[hidden]@host/v1'
    """
    if _known is not None:
        text = _known.sub(HIDDEN, text)
    text = _LOOKS_LIKE_A_KEY.sub(HIDDEN, text)
    text = _USERINFO.sub(lambda match: f"{match['scheme']}{HIDDEN}@", text)
    return _AFTER_A_LABEL.sub(lambda match: f"{match['label']}{HIDDEN}", text)


class QuietFilter(logging.Filter):
    """Takes keys and prompts out of the records of a provider's SDK.

    Args:
        silent: Whether to drop debug records altogether, for packages that write signatures.
    """

    def __init__(self, *, silent: bool = False) -> None:
        super().__init__()
        self.silent = silent

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite a record in place; say whether it may pass."""
        if self.silent and record.levelno <= logging.DEBUG:
            return False
        if isinstance(record.msg, str) and record.msg.startswith("Request options"):
            # The SDKs' debug log holds the whole body here: the persona and the questions.
            record.msg, record.args = f"Request options: {_address(record.args)}", ()
        else:
            record.msg, record.args = scrub(record.getMessage()), ()
        if record.exc_info:
            kind, error, trace = record.exc_info
            text = "".join(traceback.format_exception(kind, error, trace))
            record.exc_text, record.exc_info = scrub(text.rstrip()), None
        return True


def _address(args: object) -> str:
    """Method and path of a request, out of what the SDK logs about it."""
    options: Any = args[0] if isinstance(args, tuple) and args else args
    if not isinstance(options, Mapping):
        return "(withheld)"
    return scrub(f"{options.get('method', '')} {options.get('url', '')} (body withheld)")


_LOGGERS = (
    *("anthropic", "anthropic._base_client", "anthropic._response", "anthropic._tracing"),
    *("openai", "openai._base_client", "openai._response", "openai._legacy_response"),
    *("httpx2", "httpcore2", "aiohttp", "aiohttp.client"),
)
_SIGNING = ("botocore", "boto3", "google", "urllib3")


def quiet_logs() -> None:
    """Put the filter on every logger of the providers' SDKs that exists; may be called again.

    A filter holds for records of its own logger only, not for its children's, so each is given
    one.
    """
    roots = {name.partition(".")[0] for name in _LOGGERS}
    existing = list(logging.Logger.manager.loggerDict)
    for name in {*_LOGGERS, *_SIGNING, *existing}:
        root = name.partition(".")[0]
        if root not in roots and root not in _SIGNING:
            continue
        logger = logging.getLogger(name)
        if not any(isinstance(present, QuietFilter) for present in logger.filters):
            logger.addFilter(QuietFilter(silent=root in _SIGNING))
