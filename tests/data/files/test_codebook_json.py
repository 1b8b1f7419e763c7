import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.codebook import Code, Codebook, Level, MissingCode, Reason, Role, Variable
from understudy.data.codebook_json import from_json, to_json
from understudy.data.errors import CodebookError

codes = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5))


@st.composite
def variables(draw: st.DrawFn) -> Variable:
    different = draw(st.lists(codes, max_size=6, unique=True))
    split = draw(st.integers(0, len(different)))
    labels: list[tuple[Code, str]] = [(c, draw(st.text(max_size=9))) for c in different[:split]]
    missing = [
        MissingCode(c, draw(st.sampled_from(Reason)), draw(st.text(max_size=9)))
        for c in different[split:]
    ]
    ends = draw(st.none() | st.tuples(st.floats(-9, 0), st.floats(1, 9)))
    return Variable(
        name=draw(st.text(min_size=1, max_size=9)),
        label=draw(st.text(max_size=9)),
        question=draw(st.text(max_size=9)),
        level=draw(st.sampled_from(Level)),
        labels=tuple(labels),
        range=ends,
        missing=tuple(missing),
        kind=draw(st.sampled_from(["number", "text", "date"])),
        role=draw(st.sampled_from(Role)),
        siblings=tuple(draw(st.lists(st.text(max_size=4), max_size=2))),
        inferred=tuple(draw(st.lists(st.text(max_size=4), max_size=2))),
        format=draw(st.text(max_size=4)),
    )


@given(st.lists(variables(), max_size=4, unique_by=lambda v: v.name), st.text(), st.text())
def test_codebook_survives_json(entries: list[Variable], title: str, note: str) -> None:
    book = Codebook(tuple(entries), title, (note,))
    assert from_json(to_json(book)) == book


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"variables": [{}], "title": "", "notes": []}',
        '{"variables": [{"name": "q", "level": "nominal", "kind": "moon", "role": "item"}],'
        ' "title": "", "notes": []}',
        '{"variables": [{"name": "q", "level": "nominal", "kind": "number", "role": "item",'
        ' "labels": [[true, "yes"]]}], "title": "", "notes": []}',
    ],
)
def test_damaged_json_is_one_named_error(text: str) -> None:
    with pytest.raises(CodebookError, match="damaged"):
        from_json(text)
