"""The collector is left as it was found."""

from __future__ import annotations

import gc

import pytest

from understudy.data.collector import calm_collector


def test_it_is_calm_within_and_as_before_after() -> None:
    # A command run in this process may have frozen what it left.
    gc.unfreeze()
    before = gc.get_threshold()
    with calm_collector():
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] >= 20_000
    assert gc.get_freeze_count() == 0
    with pytest.raises(ZeroDivisionError), calm_collector():
        _ = 1 / 0
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


def test_somebody_elses_choice_is_left_alone() -> None:
    gc.freeze()
    try:
        before, frozen = gc.get_threshold(), gc.get_freeze_count()
        with calm_collector():
            assert gc.get_threshold() == before
        assert gc.get_freeze_count() == frozen
    finally:
        gc.unfreeze()
