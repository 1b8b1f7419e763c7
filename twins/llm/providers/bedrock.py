"""Claude models on Amazon Bedrock, through the SDK's client for it."""

from __future__ import annotations

import importlib.util
import os
from types import ModuleType
from typing import Any

from ....data.errors import MissingExtraError, RequestError
from ..chat import BatchApi, Request
from ..keys import find_key
from ..specs import ModelOptions, Target
from .anthropic import AnthropicModel
from .base import HttpModel

__all__ = ["BedrockModel"]


class BedrockModel(AnthropicModel):
    """A Claude model on Bedrock.

    The region is in the spec or in AWS_REGION. The key is in AWS_BEARER_TOKEN_BEDROCK; without one
    boto3 finds the credentials where it always does.
    """

    def __init__(self, target: Target, options: ModelOptions) -> None:
        self._region = (
            target.at or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
        )
        if not self._region:
            raise RequestError(
                "no region of Amazon's is given for Bedrock",
                remedy=f"write bedrock:{target.name}@eu-west-1 or set AWS_REGION",
            )
        address = os.environ.get("ANTHROPIC_BEDROCK_BASE_URL", "").strip()
        key = find_key("bedrock", address)
        if key is None and importlib.util.find_spec("boto3") is None:
            raise MissingExtraError("boto3", "bedrock", "Bedrock without AWS_BEARER_TOKEN_BEDROCK")
        base = address or f"https://bedrock-runtime.{self._region}.amazonaws.com"
        self._token, self._open = None, True
        HttpModel.__init__(self, target, options, base_url=base, key=key)

    @property
    def batches(self) -> BatchApi | None:
        """None: the SDK has no batches for Bedrock."""
        return None

    async def count(self, request: Request) -> int | None:
        """None: the SDK has no counter for Bedrock."""
        del request
        return None

    async def verify(self) -> None:
        """Do nothing: the SDK cannot ask Bedrock about a model at no cost."""

    def _errors(self, sdk: ModuleType) -> tuple[type[Exception], ...]:
        # boto3's own errors and the SDK's, where there are no credentials.
        return (sdk.AnthropicError, RuntimeError, ValueError, *_boto_errors())

    def _make_client(self, sdk: ModuleType, options: dict[str, Any]) -> Any:
        return sdk.AsyncAnthropicBedrock(
            api_key=self._key, aws_region=self._region, base_url=self._base_url, **options
        )


def _boto_errors() -> tuple[type[Exception], ...]:
    if importlib.util.find_spec("botocore") is None:
        return ()
    from botocore.exceptions import BotoCoreError

    return (BotoCoreError,)
