"""Messages of the error tree."""

from __future__ import annotations

import pickle

import pytest

from understudy.data import errors
from understudy.data.errors import (
    BudgetReachedError,
    MissingExtraError,
    RequestError,
    UnderstudyError,
    UnknownNameError,
)


def test_a_message_is_place_fault_and_remedy() -> None:
    error = UnderstudyError("the file is empty", where="a.sav", remedy="export it again")
    assert str(error) == "a.sav: the file is empty; export it again."


def test_exit_codes_follow_the_kind_of_error() -> None:
    assert UnderstudyError.exit_code == 1
    assert RequestError.exit_code == 2
    assert BudgetReachedError.exit_code == 4


@pytest.mark.parametrize(
    "error",
    [
        UnderstudyError("what", where="where", remedy="remedy"),
        UnknownNameError("variable", "trsut", ["trust"]),
        MissingExtraError("pyarrow", "parquet", "reading .parquet"),
    ],
)
def test_errors_survive_a_process_boundary(error: UnderstudyError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)


def test_every_public_error_is_in_the_tree() -> None:
    for name in errors.__all__:
        kind = getattr(errors, name)
        if isinstance(kind, type):
            assert issubclass(kind, UnderstudyError)
            assert name in (errors.__doc__ or "")
