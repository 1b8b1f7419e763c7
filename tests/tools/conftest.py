from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.tools.serving.server import ModelServer


@pytest.fixture
def server(model_server: type[ModelServer]) -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture(params=["httpx", "aiohttp"])
def transport(request: pytest.FixtureRequest) -> str:
    """What the client of a provider speaks HTTP with."""
    return str(request.param)


@pytest.fixture(scope="session")
def serving(model_server: type[ModelServer]) -> Callable[[str], Any]:
    """The modules of `serving/` by name, as the fixture `model_server` has them."""
    package = model_server.__module__.rpartition(".")[0]
    return lambda name: sys.modules[f"{package}.{name}"]
