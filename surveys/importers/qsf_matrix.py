"""Questions of Qualtrics that have rows: matrices, sliders, sums, rankings, forms, drill-downs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...data.codebook import Code, Level
from ..question import Item, Question
from ..questions import (
    ConstantSum,
    Form,
    Matrix,
    MultipleMatrix,
    Ranking,
    Slider,
)
from .imported import Column, Holds
from .qsf_choices import Choice, choices_of, codes_of, graded, marked, order_of
from .qsf_file import entries, is_on, mapping, number, text
from .qsf_made import Made
from .qsf_source import Source, column_codes, common, options_of, validation
from .readable import readable

__all__ = [
    "constant_sum",
    "form",
    "matrix",
    "ranking",
    "slider",
]


class _Rows:
    """The rows of a question: items in order, and the variable of each choice."""

    def __init__(self, source: Source, choices: Sequence[Choice], *, counted: bool = False) -> None:
        # Exports number the rows of a matrix by position, and those of all else by id.
        self.names = {c.id: str(n) if counted else c.id for n, c in enumerate(choices, 1)}
        tags = mapping(source.payload.get("ChoiceDataExportTags"))
        ids = [choice.id for choice in choices]
        order = order_of(source.payload, ids, source.where, source.log)
        by_id = {choice.id: choice for choice in choices}
        used: set[str] = set()
        items = []
        self.variables: dict[str, str] = {}
        for id in order.ids:
            tag = " ".join(text(tags.get(id)).split())
            tag = "" if any(c in "{}|`" or not c.isprintable() for c in tag) else tag
            own = tag if tag and tag not in used and tag != source.name else ""
            used.add(own)
            self.variables[id] = own or f"{source.name}_{self.names[id]}"
            items.append(
                Item(
                    name=self.names[id],
                    label=by_id[id].label or f"({id})",
                    anchored=id in order.anchored,
                    variable=own,
                )
            )
        self.items = tuple(items)
        self.shuffle = order.shuffle
        self.logic = {self.names[c.id]: c.logic for c in choices if mapping(c.logic)}
        self.labels = {c.id: c.label for c in choices}

    def columns(
        self, codes: Mapping[str, Code] | None = None, labels: Mapping[str, Code] | None = None
    ) -> dict[str, Column]:
        """One column for each row."""
        return {
            f"_{id}": Column(
                holds=Holds.ANSWER, variables=(name,), codes=codes or {}, labels=labels or {}
            )
            for id, name in self.variables.items()
        }

    def fields(self) -> dict[str, Any]:
        return {"items": self.items, "shuffle_items": self.shuffle}

    def made(self, source: Source, question: Question, columns: dict[str, Column]) -> Made:
        return Made(
            qid=source.qid,
            questions=(question,),
            columns=columns,
            rows=self.variables,
            labels=self.labels,
            item_logic={question.name: self.logic} if self.logic else {},
        )


# --- matrices ---------------------------------------------------------------------------------


def matrix(source: Source) -> Made | None:
    """A matrix of any kind; None if it has no rows."""
    choices = choices_of(source.texts)
    if not choices:
        return None
    if source.selector == "Bipolar":
        choices = [_bipolar(choice) for choice in choices]
    if source.selector == "TE":
        return _text_matrix(source, choices)
    if source.selector in ("CS", "RO"):
        source.log.approximated(
            source.where, "matrix", "rows of sums or ranks are asked as single numbers"
        )
        return _text_matrix(source, choices, numbers=True)
    answers = choices_of(source.texts, "Answers", "AnswerOrder")
    if not answers:
        return None
    rows = _Rows(source, choices, counted=True)
    codes = codes_of(answers, source.payload, source.where, source.log)
    options, _, logic = options_of(source, answers, codes, answers=True)
    written, labels = column_codes(answers, codes)
    fields = common(source) | rows.fields() | {"options": options}
    if text(source.payload.get("SubSelector")) == "MultipleAnswer":
        return _several(source, rows, answers, codes, fields)
    if source.selector == "MaxDiff":
        source.log.approximated(
            source.where, "MaxDiff", "asked as a matrix; nothing keeps best and worst to one row"
        )
    numbers = all(isinstance(code, float) for code in codes.values())
    ordered = (
        numbers
        and len(options) > 1
        and (source.selector == "Bipolar" or graded([o.label for o in options], source.payload))
    )
    if len(options) < 2:
        return _several(source, rows, answers, codes, fields)
    question = Matrix(**fields, level=Level.ORDINAL if ordered else Level.NOMINAL)
    made = rows.made(source, question, rows.columns(written, labels))
    return _with(made, codes=codes, option_logic={question.name: logic} if logic else {})


def _with(made: Made, **changes: Any) -> Made:
    return dataclasses.replace(made, **changes)


def _bipolar(choice: Choice) -> Choice:
    """The row of a bipolar matrix: "left:right" reads "left … right"."""

    ends = [
        end.replace("\\:", ":").strip() for end in re.split(r"(?<!\\):", choice.label, maxsplit=1)
    ]
    return dataclasses.replace(choice, label=" … ".join(end for end in ends if end))


def _several(
    source: Source,
    rows: _Rows,
    answers: Sequence[Choice],
    codes: Mapping[str, Code],
    fields: dict[str, Any],
) -> Made:
    """A matrix whose rows take several answers."""
    question = MultipleMatrix(**fields)
    options = {option.code: option for option in question.options}
    cells: dict[tuple[str, str], str] = {}
    columns: dict[str, Column] = {}
    written, labels = column_codes(list(answers), codes)
    by_name = {item.name: item for item in question.items}
    for id, row in rows.names.items():
        for answer in answers:
            name = question.cell(by_name[row], options[codes[answer.id]])
            cells[id, answer.id] = name
            columns[f"_{id}_{answer.id}"] = Column(holds=Holds.CHOSEN, variables=(name,))
        columns[f"_{id}"] = Column(
            holds=Holds.SEVERAL,
            variables=tuple(cells[id, answer.id] for answer in answers),
            codes=written,
            labels=labels,
        )
    return _with(rows.made(source, question, columns), codes=codes, cells=cells)


def _text_matrix(source: Source, choices: Sequence[Choice], *, numbers: bool = False) -> Made:
    """A matrix of fields: one field for each row, or for each row and column."""
    answers = choices_of(source.texts, "Answers", "AnswerOrder")
    numbers = numbers or text(validation(source.payload).get("ContentType")) == "ValidNumber"
    rows = _Rows(source, choices, counted=True)
    by_name = {item.name: item for item in rows.items}
    items: list[Item] = []
    columns: dict[str, Column] = {}
    cells: dict[tuple[str, str], str] = {}
    firsts: dict[str, str] = {}
    for id, row in rows.names.items():
        if row not in by_name:
            continue
        above = by_name[row]
        for answer in (*answers, *([] if answers else [None])):
            label, end, own = above.label, f"_{id}", row
            if answer is not None:
                end, own = f"_{id}_{answer.id}", f"{row}_{answer.id}"
                if answer.label and len(answers) > 1:
                    label = f"{label}: {answer.label}"
            name = f"{source.name}_{own}"
            items.append(Item(name=own, label=label, anchored=above.anchored))
            column = Column(holds=Holds.ANSWER, variables=(name,))
            columns[end] = columns[f"{end}_TEXT"] = column
            firsts.setdefault(id, name)
            if answer is not None:
                cells[id, answer.id] = name
    question = Form(
        **common(source), items=tuple(items), shuffle_items=rows.shuffle, numbers=numbers
    )
    made = rows.made(source, question, columns)
    return _with(made, cells=cells, rows=firsts, item_logic={})


# --- numbers ----------------------------------------------------------------------------------


def slider(source: Source) -> Made | None:
    """A slider, stars or bars; with several rows, a form of numbers between the ends."""
    choices = choices_of(source.texts)
    if not choices:
        return None
    settings = source.settings
    low = number(settings.get("CSSliderMin")) or 0.0
    high = number(settings.get("CSSliderMax")) or (5.0 if source.selector == "STAR" else 100.0)
    if source.selector == "STAR":
        low, high = (
            0.0,
            number(settings.get("StarCount")) or number(settings.get("NumStars")) or high,
        )
    if not low < high:
        low, high = 0.0, 100.0
    digits = number(settings.get("NumDecimals")) or 0.0
    step = 10.0 ** -min(max(int(digits), 0), 6)
    if is_on(settings.get("SnapToGrid")):
        lines = number(settings.get("GridLines")) or 0.0
        if lines >= 1 and (high - low) / lines >= step:
            step = (high - low) / lines
    ends = _ends(source)
    if is_on(settings.get("NotApplicable")):
        source.log.left(source.where, "not applicable", "“not applicable” is not offered")
    rows = _Rows(source, choices)
    fields = common(source)
    if len(choices) == 1:
        (id,) = rows.variables
        label = choices[0].label
        if label and label not in fields["text"]:
            fields["text"] = f"{fields['text']}\n{label}"
        question: Question = Slider(
            **fields | {"name": rows.variables[id]},
            minimum=low,
            maximum=high,
            step=step,
            low_label=ends[0],
            high_label=ends[-1],
        )
        return rows.made(source, question, rows.columns())
    hint = ""
    if any(ends):
        hint = f"\n({low:g}: {ends[0]}; {high:g}: {ends[-1]})"
    fields["text"] += hint
    question = Form(
        **fields,
        **rows.fields(),
        numbers=True,
        minimum=low,
        maximum=high,
        integer=step == 1.0 and low.is_integer(),
    )
    return rows.made(source, question, rows.columns())


def _ends(source: Source) -> list[str]:
    """What the ends of a slider say, as many as there are labels; two empty ones for none."""
    said = [
        marked(readable(text(mapping(label).get("Display")), plain=True).text)
        for _, label in entries(source.payload.get("Labels"))
    ]
    return said if len(said) > 1 else ["", ""]


def constant_sum(source: Source) -> Made | None:
    """A sum divided among rows; without a total to reach, a form of numbers."""
    choices = choices_of(source.texts)
    if not choices:
        return None
    rows = _Rows(source, choices)
    settings = validation(source.payload)
    total = number(settings.get("ChoiceTotal"))
    unit = marked(readable(text(source.payload.get("ClarifyingSymbol")), plain=True).text)
    fields = common(source) | rows.fields() | {"unit": unit}
    summed = text(settings.get("Type")) == "ChoicesTotal" and total is not None and total > 0
    question: Question
    if summed and len(choices) > 1 and total is not None:
        question = ConstantSum(**fields | {"required": True}, total=total)
    else:
        low = high = None
        if source.selector != "VRTL":
            low = number(source.settings.get("CSSliderMin"))
            high = number(source.settings.get("CSSliderMax"))
            if low is None or high is None or not low < high:
                low = high = None
        question = Form(**fields, numbers=True, minimum=low, maximum=high)
    return rows.made(source, question, rows.columns())


def ranking(source: Source) -> Made | None:
    """Things to put in order."""
    choices = choices_of(source.texts)
    if len(choices) < 2:
        return None
    rows = _Rows(source, choices)
    question = Ranking(**common(source), **rows.fields())
    return rows.made(source, question, rows.columns())


def form(source: Source, choices: Sequence[Choice]) -> Made | None:
    """Several fields under one heading; what a field holds beforehand is said in its label."""
    if not choices:
        return None
    rows = _Rows(source, choices)
    items = []
    given = mapping(source.payload.get("DefaultChoices"))
    for item in rows.items:
        held = mapping(mapping(given.get(item.name)).get("TEXT"))
        told = marked(readable(text(held.get("Text")), plain=True).text)
        if told:
            source.log.approximated(
                source.where, "default answer", "what a field holds beforehand is said in its label"
            )
            item = dataclasses.replace(item, label=f"{item.label} (filled in already: {told})")
        items.append(item)
    question = Form(**common(source), items=tuple(items), shuffle_items=rows.shuffle)
    columns = rows.columns()
    columns |= {f"{end}_TEXT": column for end, column in columns.items()}
    made = rows.made(source, question, columns)
    return _with(made, texts=rows.variables)
