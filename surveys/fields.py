"""Fields: values that a questionnaire sets itself, as variables and as values."""

from __future__ import annotations

from ..data.codebook import Code, Level, Role, Variable, code_text
from .questionnaire import Field, Questionnaire, SetFields

__all__ = ["field_value", "field_variables"]


def field_variables(questionnaire: Questionnaire) -> tuple[Variable, ...]:
    """The fields as variables: numbers where every value that one can be given is a number."""
    given: dict[str, list[Field]] = {}
    for node in questionnaire.nodes():
        if isinstance(node, SetFields):
            for field in node.fields:
                given.setdefault(field.name, []).append(field)
    return tuple(
        Variable(
            name=name,
            label=name,
            level=Level.NOMINAL,
            role=Role.PARADATA,
            kind="number" if all(_numeric(field) for field in fields) else "text",
        )
        for name, fields in given.items()
    )


def field_value(text: str) -> Code | None:
    """A field's value from its text: a number where people would write it so; None for nothing.

    >>> field_value("2"), field_value("02"), field_value("")
    (2.0, '02', None)
    """
    if not text:
        return None
    if text[0] in "-0123456789" and len(text) < 16:
        try:
            number = float(text)
        except ValueError:
            return text
        if code_text(number) == text:
            return number
    return text


def _numeric(field: Field) -> bool:
    return field.formula is not None or isinstance(field_value(field.text), float)
