from io import BufferedReader, BytesIO
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.codebook import MissingCode, Reason, Variable
from understudy.data.table import Table
from understudy.data.transport import receive_json, receive_table, send_json, send_table


def as_stream(raw: bytes) -> BufferedReader:
    return cast("BufferedReader", BytesIO(raw))


def table_of(numbers: list[float], texts: list[str | None]) -> Table:
    frame = pd.DataFrame(
        {
            "a": pd.Series(numbers, dtype=np.float64),
            "t": pd.Series(texts, dtype=object),
            "d": pd.Series(pd.to_datetime(["2020-01-01"] * len(numbers)).as_unit("us")),
            "b": pd.Series(numbers, dtype=np.float64) * 2,
        }
    )
    return Table(
        frame=frame,
        variables=(
            Variable(name="a", missing=(MissingCode(-1.0, Reason.REFUSED),)),
            Variable(name="t", kind="text"),
            Variable(name="d", kind="date"),
            Variable(name="b"),
        ),
        declared=frozenset({"b"}),
        status={"a": np.arange(len(numbers), dtype=np.int16)},
        title="T",
        notes=("one", "two"),
    )


rows = st.lists(
    st.tuples(st.floats(), st.none() | st.text(st.characters(codec="utf-8"))), max_size=20
)


@given(rows)
def test_table_crosses_unchanged(cells: list[tuple[float, str | None]]) -> None:
    table = table_of([n for n, _ in cells], [t for _, t in cells])
    stream = BytesIO()
    send_table(stream, table)
    back = receive_table(as_stream(stream.getvalue()))
    pd.testing.assert_frame_equal(back.frame, table.frame)
    assert back.frame["t"].tolist() == table.frame["t"].tolist()
    assert back.variables == table.variables
    assert back.declared == table.declared
    assert (back.title, back.notes) == (table.title, table.notes)
    np.testing.assert_array_equal(back.status["a"], table.status["a"])


def test_numbers_arrive_in_one_block() -> None:
    table = Table(
        frame=pd.DataFrame({f"q{i}": np.arange(3.0) for i in range(150)}),
        variables=tuple(Variable(name=f"q{i}") for i in range(150)),
    )
    stream = BytesIO()
    send_table(stream, table)
    frame = receive_table(as_stream(stream.getvalue())).frame
    frame["new"] = 1.0  # pandas would warn if every column were a block of its own
    assert frame.shape == (3, 151)


@pytest.mark.parametrize("cut", [0, 4, 9, 200, -1])
def test_broken_off_stream_is_noticed(cut: int) -> None:
    stream = BytesIO()
    send_table(stream, table_of([1.0, 2.0], ["x", None]))
    with pytest.raises((EOFError, ValueError)):
        receive_table(as_stream(stream.getvalue()[:cut]))


def test_arrays_of_another_size_are_refused() -> None:
    stream = BytesIO()
    send_table(stream, table_of([1.0, 2.0], ["x", None]))
    raw: Any = stream.getvalue().replace(b'"rows": 2', b'"rows": 3')
    with pytest.raises(ValueError, match="another size"):
        receive_table(as_stream(raw))


def test_only_objects_are_messages() -> None:
    stream = BytesIO()
    send_json(stream, {"progress": 0.5})
    assert receive_json(as_stream(stream.getvalue())) == {"progress": 0.5}
    with pytest.raises(ValueError, match="not a message"):
        receive_json(as_stream(b"\x02\0\0\0\0\0\0\0[]"))
