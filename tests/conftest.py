from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOOLS = Path(__file__).with_name("tools")


def _tool(name: str) -> ModuleType:
    """A module of `tests/tools`, loaded once by its path."""
    loaded = f"understudy_tools_{name}"
    if loaded not in sys.modules:
        spec = importlib.util.spec_from_file_location(loaded, TOOLS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[loaded] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[loaded]


@pytest.fixture(scope="session")
def model_server() -> Any:
    """The class `ModelServer`: `with model_server(latency=0.1) as server: server.url`."""
    return _tool("model_server").model_server_class()


@pytest.fixture(scope="session")
def launching() -> ModuleType:
    """The same server as a process: `with launching.launched("--latency", "0.1") as server:`."""
    return _tool("launching")
