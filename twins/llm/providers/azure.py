"""OpenAI's models in a customer's own Azure resource, through the SDK's client for it."""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any, ClassVar

from ....data.errors import RequestError
from ..chat import BatchApi
from ..keys import find_key, find_secret, no_key
from ..specs import ModelOptions, Target
from .base import HttpModel
from .openai import OpenAIModel

__all__ = ["AzureModel"]


class AzureModel(OpenAIModel):
    """A deployment in an Azure OpenAI resource.

    The endpoint is in the spec or in AZURE_OPENAI_ENDPOINT; the key in AZURE_OPENAI_API_KEY, or a
    token of Entra ID in AZURE_OPENAI_AD_TOKEN; the version of the API in OPENAI_API_VERSION.
    """

    default_version: ClassVar[str] = "2024-10-21"
    """The oldest stable version with JSON schemas, for where no other is asked for."""

    def __init__(self, target: Target, options: ModelOptions) -> None:
        endpoint = target.at or os.environ.get("AZURE_OPENAI_ENDPOINT", "").strip()
        if not endpoint:
            raise RequestError(
                f"it is not said where the deployment {target.name} is",
                remedy=f"write azure:{target.name}@https://RESOURCE.openai.azure.com "
                "or set AZURE_OPENAI_ENDPOINT",
            )
        key = find_key("azure", endpoint)
        self._token = find_secret(("AZURE_OPENAI_AD_TOKEN",), endpoint) if key is None else None
        if key is None and not self._token and options.key_needed:
            raise no_key("azure")
        HttpModel.__init__(self, target, options, base_url=endpoint, key=key)

    @property
    def batches(self) -> BatchApi | None:
        """None: batches want a deployment of their own there."""
        return None

    async def verify(self) -> None:
        """Do nothing: a resource has no free way to ask about one of its deployments."""

    def _make_client(self, sdk: ModuleType, options: dict[str, Any]) -> Any:
        if self._key is None and not self._token:
            raise self._keyless()
        return sdk.AsyncAzureOpenAI(
            azure_endpoint=self._base_url,
            azure_deployment=self._target.name,
            api_version=os.environ.get("OPENAI_API_VERSION", "").strip() or self.default_version,
            api_key=self._key,
            azure_ad_token=self._token,
            **options,
        )
