from __future__ import annotations

from collections.abc import Mapping

import pytest

from understudy.data.panel import Panel
from understudy.data.samples.draw import panels as draw


@pytest.fixture(scope="session")
def panels() -> Mapping[str, Panel]:
    return draw()


@pytest.fixture(scope="session")
def wave1(panels: Mapping[str, Panel]) -> Panel:
    return panels["synthetic_panel_wave1"]


@pytest.fixture(scope="session")
def wave2(panels: Mapping[str, Panel]) -> Panel:
    return panels["synthetic_panel_wave2"]
