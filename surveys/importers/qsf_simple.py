"""Questions of Qualtrics without rows: text to read, words to write, one or several options."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..question import Option, Question
from ..questions import Display, Likert, Multiple, Numeric, Single, Text, parts
from .imported import Column, Holds
from .qsf_choices import choices_of, codes_of, graded
from .qsf_file import entries, mapping, number, text
from .qsf_made import Made
from .qsf_source import NO_TEXT, Source, column_codes, common, options_of, validation

__all__ = ["choice", "display", "words"]


def display(source: Source) -> Made:
    """Text to read; of an image, what its description says."""
    said = source.texts.question()
    if source.selector == "GRB":
        told = source.texts.read(text(source.payload.get("GraphicsDescription")), plain=True)
        source.log.left(source.where, "image", f"an image cannot be shown{told and f': “{told}”'}")
        said = f"[image: {told}]" if told else "[image]"
    return Made(qid=source.qid, questions=(Display(name=source.name, text=said or NO_TEXT),))


def words(source: Source) -> Made:
    """Words to write, or a number."""
    fields = common(source)
    settings = validation(source.payload)
    kind = text(settings.get("Type"))
    question: Question
    if kind == "ContentType" and text(settings.get("ContentType")) == "ValidNumber":
        bounds = mapping(settings.get("ValidNumber"))
        low, high = number(bounds.get("Min")), number(bounds.get("Max"))
        if low is not None and high is not None and low >= high:
            source.log.left(source.where, "bounds", f"the bounds {low:g} to {high:g} are empty")
            low = high = None
        whole = text(bounds.get("NumDecimals")).strip() == "0"
        question = Numeric(**fields, minimum=low, maximum=high, integer=whole)
    else:
        if kind == "ContentType":
            wanted = text(settings.get("ContentType")).removeprefix("Valid") or "content"
            source.log.approximated(
                source.where, "validation", f"{wanted} is wanted; here any text is taken"
            )
        elif kind == "CustomValidation":
            source.log.left(source.where, "validation", "its custom validation is not checked")
        least, most = number(settings.get("MinChars")), number(settings.get("TotalChars"))
        most = most if kind == "TotalChar" and most and most >= 1 else None
        lines = {"ML": 4, "ESTB": 8}.get(source.selector, 1)
        question = Text(
            **fields,
            lines=lines,
            max_length=int(most) if most is not None else (2000 if lines == 1 else 20_000),
            min_length=int(least) if kind == "MinChar" and least and 0 < least < 2000 else 0,
        )
    column = Column(holds=Holds.ANSWER, variables=(source.name,))
    return Made(
        qid=source.qid,
        questions=(question,),
        columns={"_TEXT": column, "": column},
        texts={"": source.name},
    )


# --- one or several of some options -----------------------------------------------------------

_SEVERAL = ("MAVR", "MAHR", "MACOL", "MSB")


def choice(source: Source) -> Made | None:
    """One or several of some options; None where there are none."""
    choices = choices_of(source.texts)
    if not choices:
        return None
    codes = codes_of(choices, source.payload, source.where, source.log)
    options, shuffle, logic = options_of(source, choices, codes)
    fields = common(source) | {"options": options, "shuffle_options": shuffle}
    several = source.selector in _SEVERAL
    written, labels = column_codes(choices, codes)
    settings = validation(source.payload)
    if text(settings.get("Type")) == "CustomValidation":
        _at_most(source, settings, fields, several)
    columns: dict[str, Column] = {}
    texts: dict[str, str] = {}
    question: Question
    if several:
        least, most = number(settings.get("MinChoices")), number(settings.get("MaxChoices"))
        ordinary = sum(not option.exclusive for option in options)
        if least is not None and 1 < least <= ordinary:
            fields["least"] = int(least)
        if most is not None and 1 <= most < len(options):
            fields.setdefault("most", int(most))
        if sum(option.specify for option in options) > 1:
            options = _one_specify(source, options)
            fields["options"] = options
        question = Multiple(**fields)
        variables = {option.code: parts.option_name(question, option) for option in options}
        columns[""] = Column(
            holds=Holds.SEVERAL,
            variables=tuple(variables.values()),
            codes={**written},
            labels=labels,
        )
        for choice in choices:
            if codes[choice.id] in variables:
                columns[f"_{choice.id}"] = Column(
                    holds=Holds.CHOSEN, variables=(variables[codes[choice.id]],)
                )
    else:
        question = _single(fields, source, options)
        columns[""] = Column(
            holds=Holds.ANSWER, variables=(source.name,), codes=written, labels=labels
        )
        if source.selector == "NPS":
            columns["_NPS_GROUP"] = Column(holds=Holds.PARADATA)
    if any(option.specify for option in question.options):
        name = f"{source.name}_text"
        kept = {option.code for option in question.options if option.specify}
        for choice in choices:
            if choice.specify and codes[choice.id] in kept:
                texts[choice.id] = name
                columns[f"_{choice.id}_TEXT"] = Column(holds=Holds.ANSWER, variables=(name,))
    return Made(
        qid=source.qid,
        questions=(question,),
        columns=columns,
        codes=codes,
        texts=texts,
        labels={choice.id: choice.label for choice in choices},
        option_logic={source.name: logic} if logic else {},
    )


def _single(fields: dict[str, Any], source: Source, options: tuple[Option, ...]) -> Question:
    numbers = all(isinstance(option.code, float) for option in options)
    labels = [option.label for option in options]
    if numbers and (source.selector == "NPS" or graded(labels, source.payload)):
        return Likert(**fields)
    return Single(**fields)


def _one_specify(source: Source, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Options of which only the last that asks to specify does so."""
    last = [option.code for option in options if option.specify][-1]
    source.log.approximated(
        source.where, "text of options", "several options ask to specify; here only the last does"
    )
    return tuple(dataclasses.replace(o, specify=o.specify and o.code == last) for o in options)


def _at_most(
    source: Source, settings: Mapping[str, Any], fields: dict[str, Any], several: bool
) -> None:
    """A custom validation, where it says no more than how many options may be chosen."""
    parts_of = [
        mapping(expression)
        for _, group in entries(mapping(settings.get("CustomValidation")).get("Logic"))
        for _, expression in entries(group)
        if mapping(expression)
    ]
    if several and len(parts_of) == 1:
        one = parts_of[0]
        bound = number(one.get("RightOperand"))
        counted = text(one.get("LeftOperand")) == f"q://{source.qid}/SelectedChoicesCount"
        if counted and bound is not None:
            most = {"LessThanOrEqual": bound, "LessThan": bound - 1}.get(text(one.get("Operator")))
            if most is not None and most >= 1:
                fields["most"] = int(most)
                return
    source.log.left(source.where, "validation", "its custom validation is not checked")
