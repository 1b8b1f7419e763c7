from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def people() -> ModuleType:
    """Made-up panels, questionnaires and interviews."""
    path = Path(__file__).with_name("people.py")
    spec = importlib.util.spec_from_file_location("respondents_people", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["respondents_people"] = module
    spec.loader.exec_module(module)
    return module
