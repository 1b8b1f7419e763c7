"""Questions of Qualtrics that become several: side by side, profiles, drill-downs."""

from __future__ import annotations

from ...data.codebook import Code
from ..logic import syntax
from ..logic.expression import Expression
from ..question import Option, Question
from ..questions import Single
from .imported import Column, Holds
from .qsf_choices import Choice, choices_of, codes_of
from .qsf_file import entries, mapping, number, text
from .qsf_made import Made
from .qsf_matrix import matrix
from .qsf_source import Source, column_codes, common

__all__ = ["drill_down", "profile", "side_by_side"]


def profile(source: Source) -> Made | None:
    """A matrix whose rows have answers of their own: a question for each row."""
    choices = choices_of(source.texts)
    by_row = mapping(source.payload.get("Answers"))
    questions, columns, rows = [], {}, {}
    said = common(source)
    for choice in choices:
        own = {**source.payload, "Choices": by_row.get(choice.id), "ChoiceOrder": None}
        own.pop("Randomization", None)
        texts = type(source.texts)(own, "", source.where, source.log)
        answers = choices_of(texts)
        if len(answers) < 2:
            continue
        codes = codes_of(answers, {}, source.where, source.log)
        name = f"{source.name}_{choice.id}"
        written, labels = column_codes(answers, codes)
        questions.append(
            Single(
                name=name,
                text=f"{said['text']}\n{choice.label}",
                required=said["required"],
                options=tuple(Option(code=codes[a.id], label=a.label) for a in answers),
            )
        )
        rows[choice.id] = name
        columns[f"_{choice.id}"] = Column(
            holds=Holds.ANSWER, variables=(name,), codes=written, labels=labels
        )
    if not questions:
        return None
    return Made(qid=source.qid, questions=tuple(questions), columns=columns, rows=rows)


def side_by_side(source: Source) -> Made | None:
    """Matrices side by side: one question for each column, in order, with the same rows."""
    questions: list[Question] = []
    columns: dict[str, Column] = {}
    rows: dict[str, str] = {}
    cells: dict[tuple[str, str], str] = {}
    for place, column in entries(source.payload.get("AdditionalQuestions")):
        inner = dict(mapping(column))
        if not inner:
            continue
        for key in ("Choices", "ChoiceOrder"):
            if not mapping(inner.get(key)):
                inner[key] = source.payload.get(key)
        heading = text(inner.get("QuestionText"))
        inner["QuestionText"] = f"{text(source.payload.get('QuestionText'))}<br>{heading}"
        inner.setdefault("Validation", source.payload.get("Validation"))
        texts = type(source.texts)(inner, "", source.where, source.log)
        part = Source(source.qid, f"{source.name}#{place}", inner, texts, source.log)
        made = matrix(part)
        if made is None:
            continue
        questions += made.questions
        columns |= {f"#{place}{end}": held for end, held in made.columns.items()}
        rows |= {f"{place}#{id}": name for id, name in made.rows.items()}
        cells |= {(f"{place}#{id}", answer): name for (id, answer), name in made.cells.items()}
    if not questions:
        return None
    source.log.approximated(
        source.where, "side by side", "its columns are asked one after the other, as matrices"
    )
    return Made(qid=source.qid, questions=tuple(questions), columns=columns, rows=rows, cells=cells)


def drill_down(source: Source) -> Made | None:
    """Lists that depend on each other: a single choice for each level."""
    answers = choices_of(source.texts, "Answers", "AnswerOrder")
    known = {answer.id for answer in answers}
    parents = {
        id: text(parent)
        for id, parent in mapping(source.payload.get("AnswerMap")).items()
        if text(parent) in known
    }
    levels: dict[int, list[Choice]] = {}
    for answer in answers:
        depth, at = 0, answer.id
        while parents.get(at) and depth < 10:
            at, depth = parents[at], depth + 1
        levels.setdefault(depth, []).append(answer)
    if not levels or len(levels.get(0, [])) < 2:
        return None
    headings = [choice.label for choice in choices_of(source.texts)]
    codes = {answer.id: number(answer.id) for answer in answers}
    plain = all(code is not None for code in codes.values())
    code_of: dict[str, Code] = {a.id: codes[a.id] or 0.0 if plain else a.id for a in answers}
    fields = common(source)
    questions: list[Question] = []
    columns: dict[str, Column] = {}
    rows: dict[str, str] = {}
    for depth in sorted(levels):
        name = f"{source.name}_{depth + 1}"
        options = []
        for answer in levels[depth]:
            shown = None
            if depth and questions:
                above = syntax.Selected(questions[-1].name, (code_of[parents[answer.id]],))
                shown = Expression(syntax.unparse(above))
            options.append(Option(code=code_of[answer.id], label=answer.label, show_if=shown))
        heading = headings[depth] if depth < len(headings) else ""
        said = f"{fields['text']}\n{heading}" if heading and len(levels) > 1 else fields["text"]
        questions.append(
            Single(name=name, text=said, required=fields["required"], options=tuple(options))
        )
        written, labels = column_codes(levels[depth], code_of)
        columns[f"_{depth + 1}"] = Column(
            holds=Holds.ANSWER, variables=(name,), codes=written, labels=labels
        )
        rows[str(depth + 1)] = name
    return Made(
        qid=source.qid, questions=tuple(questions), columns=columns, codes=code_of, rows=rows
    )
