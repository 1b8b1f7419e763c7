import numpy as np
import pytest

from understudy.data.codebook import Code, MissingCode, Reason, Variable
from understudy.data.readers.apart import set_apart

NAN = float("nan")


def column(labels: tuple[tuple[Code, str], ...], *values: float) -> tuple[Variable, object, object]:
    return set_apart((Variable(name="q", labels=labels), np.array(values, dtype=np.float64), None))


def test_a_far_code_labelled_dont_know_is_missing_and_said() -> None:
    variable, values, status = column(((1.0, "Yes"), (2.0, "No"), (9999.0, "Don't know")), 1, 9999)
    assert isinstance(variable, Variable)
    assert variable.labels == ((1.0, "Yes"), (2.0, "No"))
    assert variable.missing == (MissingCode(9999.0, Reason.DONT_KNOW, "Don't know"),)
    np.testing.assert_array_equal(np.asarray(values), [1.0, NAN])
    np.testing.assert_array_equal(np.asarray(status), [0, 1])
    assert "9999 (Don't know)" in variable.inferred[0]


@pytest.mark.parametrize(
    ("labels", "values"),
    [
        (((1.0, "Yes"), (2.0, "No"), (3.0, "Don't know")), (1, 3)),  # offered as an answer
        (((1.0, "Yes"), (2.0, "No"), (99.0, "Other party")), (1, 99)),  # no excuse
        (((99.0, "Don't know"),), (98, 99, 100)),  # 99 hours among 98 and 100
        (((98.0, "Refused"), (99.0, "Don't know")), (98, 99)),  # nothing to lie apart from
        (((1.0, "Yes"),), (1, 2)),
    ],
)
def test_other_codes_stay_answers(
    labels: tuple[tuple[Code, str], ...], values: tuple[float, ...]
) -> None:
    variable, kept, status = column(labels, *values)
    assert isinstance(variable, Variable)
    assert variable.labels == labels
    assert status is None
    np.testing.assert_array_equal(np.asarray(kept), values)


def test_unlabelled_answers_count_and_statuses_add_up() -> None:
    before = (
        Variable(
            name="age",
            labels=((-9.0, "Refused"), (999.0, "Not asked")),
            missing=(MissingCode(".a", Reason.OTHER),),
        ),
        np.array([20.0, -9.0, NAN, 999.0, 64.0]),
        np.array([0, 0, 1, 0, 0], dtype=np.int16),
    )
    variable, values, status = set_apart(before)
    assert [m.code for m in variable.missing] == [".a", -9.0, 999.0]
    assert status is not None
    assert status.tolist() == [0, 2, 1, 3, 0]
    np.testing.assert_array_equal(values, [20.0, NAN, NAN, NAN, 64.0])
