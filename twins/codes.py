"""Answers as people name them, by code or by label, found in a codebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data.codebook import Code, Variable, code_text
from ..data.errors import PanelError, RequestError, UnknownNameError

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = ["find_code", "one_row_each", "people_by_code"]


def find_code(panel: Panel, name: str, given: object, *, where: str = "") -> Code:
    """Return the code of a variable that `given` means: the code itself, its text, or its label.

    A code that is neither labelled nor found in the data is returned as it is where the variable
    has no closed list of answers.

    Raises:
        UnknownNameError: The variable does not exist, or has a closed list of answers without
            this one; the message suggests the nearest label.
        RequestError: `given` is no code, or a label that two codes share.
    """
    variable = panel.codebook[name]
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise RequestError(
            f"{given!r} is no answer to {name!r}", where=where, remedy="give a code or a label"
        )
    found = panel.frame[name].dropna().unique().tolist() if variable.kind != "date" else []
    codes: dict[Code, None] = dict.fromkeys((*variable.codes, *found))
    for code in codes:
        same_kind = isinstance(code, str) == isinstance(given, str)
        if same_kind and code == given:
            return code
    text = code_text(given).strip()
    by_label = [code for code, label in variable.labels if _fold(label) == _fold(text)]
    if len(by_label) > 1:
        raise RequestError(
            f"two codes of {name!r} are labelled {text!r}", where=where, remedy="give the code"
        )
    if by_label:
        return by_label[0]
    for code in codes:
        if code_text(code) == text:
            return code
    if variable.kind == "number" and not variable.labels:
        try:
            return float(text)
        except ValueError:
            raise RequestError(
                f"{name!r} holds numbers, and {text!r} is none", where=where
            ) from None
    if variable.kind != "number" and not variable.labels:
        return text
    known = [label for _, label in variable.labels] + [code_text(code) for code in codes]
    raise UnknownNameError(f"answer to {name!r} called", text, known, where=where)


def people_by_code(panel: Panel, name: str) -> dict[Code, int]:
    """Number of people per answer of a variable, labelled answers first, in scale order.

    Raises:
        UnknownNameError: The variable does not exist.
    """
    variable: Variable = panel.codebook[name]
    counts = panel.frame[name].value_counts()
    found = {code: int(n) for code, n in zip(counts.index.tolist(), counts.tolist(), strict=True)}
    rest = sorted((code for code in found if code not in variable.codes), key=_sort_key)
    return {code: found.get(code, 0) for code in (*variable.codes, *rest)}


def one_row_each(panel: Panel) -> None:
    """Make sure that rows are people.

    Raises:
        PanelError: Somebody is in the panel in several waves, or nobody is.
    """
    where = panel.source or "panel"
    if not len(panel):
        raise PanelError("there is nobody in the panel", where=where)
    if len(set(panel.persons)) < len(panel):
        raise PanelError(
            f"the panel holds several waves ({', '.join(panel.waves())}) of the same people",
            where=where,
            remedy="choose one of them first",
        )


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _sort_key(code: Code) -> tuple[bool, float, str]:
    return (True, 0.0, code) if isinstance(code, str) else (False, float(code), "")
