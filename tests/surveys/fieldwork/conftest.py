from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).with_name("scenario.py")


@pytest.fixture(scope="session")
def scenario() -> ModuleType:
    """The survey, twins and respondent shared by these tests and the processes they start."""
    spec = importlib.util.spec_from_file_location("fieldwork_scenario", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fieldwork_scenario"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def script() -> Path:
    return SCRIPT
