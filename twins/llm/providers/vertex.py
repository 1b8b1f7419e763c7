"""Claude models on Google Cloud's Vertex AI, through the SDK's client for it."""

from __future__ import annotations

import importlib.util
import os
from types import ModuleType
from typing import Any

from ....data.errors import MissingExtraError
from ..chat import BatchApi, Head, Request, Turn
from ..specs import ModelOptions, Target
from .anthropic import AnthropicModel
from .base import HttpModel

__all__ = ["VertexModel"]

REGION = "global"
"""Where requests go when no region is given."""


class VertexModel(AnthropicModel):
    """A Claude model on Vertex AI.

    The region is in the spec or in CLOUD_ML_REGION, the project in ANTHROPIC_VERTEX_PROJECT_ID or
    in Google's default credentials, which it is spoken to with.
    """

    def __init__(self, target: Target, options: ModelOptions) -> None:
        self._region = target.at or os.environ.get("CLOUD_ML_REGION", "").strip() or REGION
        if not _has_google_auth():
            raise MissingExtraError("google-auth", "vertex", "Vertex AI")
        address = os.environ.get("ANTHROPIC_VERTEX_BASE_URL", "").strip()
        base = address or _address(self._region)
        self._token, self._open = None, True
        HttpModel.__init__(self, target, options, base_url=base, key=None)

    @property
    def batches(self) -> BatchApi | None:
        """None: the SDK has no batches for Vertex AI."""
        return None

    async def verify(self) -> None:
        """Count the tokens of a word, which is free, to see that the model and credentials exist.

        Raises:
            CallError: They do not, or Google cannot be reached.
        """
        await self.count(Request(head=Head(""), turns=(Turn("user", "word"),)))

    def _errors(self, sdk: ModuleType) -> tuple[type[Exception], ...]:
        from google.auth.exceptions import GoogleAuthError

        return (sdk.AnthropicError, RuntimeError, ValueError, GoogleAuthError)

    def _make_client(self, sdk: ModuleType, options: dict[str, Any]) -> Any:
        return sdk.AsyncAnthropicVertex(region=self._region, base_url=self._base_url, **options)


def _address(region: str) -> str:
    """Where a region is (anthropic 2.12.0, `lib/vertex/_client.py`)."""
    if region in ("us", "eu"):
        return f"https://aiplatform.{region}.rep.googleapis.com/v1"
    prefix = "" if region == "global" else f"{region}-"
    return f"https://{prefix}aiplatform.googleapis.com/v1"


def _has_google_auth() -> bool:
    try:
        return importlib.util.find_spec("google.auth") is not None
    except ModuleNotFoundError:  # not even the package above it
        return False
