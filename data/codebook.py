"""What every variable of a panel means: wording, codes, levels, and why a value may be missing."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from .errors import CodebookError, UnknownNameError

__all__ = [
    "Code",
    "Codebook",
    "Level",
    "MissingCode",
    "Reason",
    "Role",
    "Variable",
    "code_text",
]

Code = float | str
"""An answer as it is stored: a number, or text for variables that hold text."""

Kind = Literal["number", "text", "date"]


class Level(StrEnum):
    """Measure level of a variable; it decides which statistics are allowed."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    TEXT = "text"
    MULTIPLE = "multiple"
    """One option of a multiple-response set: 1 chosen, 0 not chosen; `group` names the set."""


class Role(StrEnum):
    """What a variable is for."""

    ITEM = "item"
    DEMOGRAPHIC = "demographic"
    ID = "id"
    WEIGHT = "weight"
    WAVE = "wave"
    PARADATA = "paradata"


class Reason(StrEnum):
    """Why there is no answer. The first group comes from people, the second from simulation.

    Follows the distinctions of AAPOR Standard Definitions (10th ed., 2023) at item level.
    """

    NOT_ASKED = "not asked"
    REFUSED = "refused"
    DONT_KNOW = "don't know"
    NOT_APPLICABLE = "not applicable"
    NO_ANSWER = "no answer"
    """Asked, and passed over: item nonresponse."""
    BROKE_OFF = "broke off"
    NOT_RECORDED = "not recorded"
    """The file is blank here and does not say why."""
    OTHER = "other"

    UNPARSED = "unparsed"
    FAILED = "failed"
    MODEL_REFUSED = "model refused"
    """The language model itself would not answer; a person's refusal is `REFUSED`."""
    OUT_OF_CHARACTER = "out of character"
    """It answered as the machine it is ("as an AI …")."""
    TRUNCATED = "truncated"
    FILTERED = "content filtered"
    """The provider's content filter withheld the answer."""
    OUT_OF_RANGE = "out of range"
    """It gave a value that the question does not take."""
    WRONG_LANGUAGE = "wrong language"
    CANNOT_KNOW = "cannot know"
    """The respondent declines to simulate: nothing it rests on would support an answer."""


@dataclass(frozen=True, slots=True)
class MissingCode:
    """A code that stands for the absence of an answer, such as -99 "refused".

    Attributes:
        code: The code in the file. Stata's and SAS's lettered codes are ".a" to ".z".
        reason: Why there is no answer.
        label: The file's own label for the code, if any.
    """

    code: Code
    reason: Reason
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One column of a panel.

    Attributes:
        name: Unique within its codebook.
        label: Short label, as in a table of contents.
        question: The wording respondents saw, when known.
        level: Measure level.
        labels: Value labels as (code, label), in the order of the scale. Substantive codes only;
            labels of missing codes stand in `missing`.
        range: Declared lowest and highest possible value, in units of the codes. Scores that
            normalise use this, never the observed range.
        missing: Codes that mean "no answer", each with its reason.
        kind: What cells hold: "number" (float64), "text" (str) or "date" (datetime64).
        role: What the variable is for.
        block: Thematic block or scale the item belongs to.
        group: Name shared by the rows of a matrix or the options of a multiple-response set.
        siblings: Names of variables that ask the same thing; they are hidden together.
        personal: What kind of personal data the column looks like ("e-mail address"), or "".
        inferred: What was inferred rather than declared, one sentence each.
        format: The format of the file it came from (SPSS "F8.2", Stata "%8.0g"), for writing back.
    """

    name: str
    label: str = ""
    question: str = ""
    level: Level = Level.NOMINAL
    labels: tuple[tuple[Code, str], ...] = ()
    range: tuple[float, float] | None = None
    missing: tuple[MissingCode, ...] = ()
    kind: Kind = "number"
    role: Role = Role.ITEM
    block: str = ""
    group: str = ""
    siblings: tuple[str, ...] = ()
    personal: str = ""
    inferred: tuple[str, ...] = ()
    format: str = ""

    def __post_init__(self) -> None:
        codes = self.codes
        if len(set(codes)) != len(codes):
            raise CodebookError(
                "a code has two labels", where=f"variable {self.name}", remedy="keep one of them"
            )
        endless = [c for c in (*codes, *(m.code for m in self.missing)) if _is_endless(c)]
        if endless or (self.range is not None and any(map(_is_endless, self.range))):
            what = f"{endless[0]} is no code" if endless else "the declared range has no end"
            raise CodebookError(
                what,
                where=f"variable {self.name}",
                remedy="codes and bounds are finite numbers; leave out what is not",
            )
        clash = set(codes) & {m.code for m in self.missing}
        if clash:
            raise CodebookError(
                f"code {code_text(min(clash, key=str))} is both an answer and a missing code",
                where=f"variable {self.name}",
                remedy="list it under labels or under missing, not both",
            )
        if self.range is not None and not self.range[0] < self.range[1]:
            raise CodebookError(
                f"the declared range {self.range[0]:g} to {self.range[1]:g} is empty",
                where=f"variable {self.name}",
                remedy="give the lowest value first",
            )

    @property
    def codes(self) -> tuple[Code, ...]:
        """Substantive codes, in the order of the scale."""
        return tuple(code for code, _ in self.labels)

    @property
    def title(self) -> str:
        """The best short name for people: label, else wording, else name."""
        return self.label or self.question or self.name

    @property
    def wording(self) -> str:
        """The best long text: the question as asked, else label, else name."""
        return self.question or self.label or self.name

    @property
    def categorical(self) -> bool:
        """Whether answers are one of a closed list of codes."""
        return bool(self.labels) and self.level is not Level.TEXT

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Declared range; without one, that of the labelled numeric codes; else None.

        A nominal variable has none: its codes are names.
        """
        if self.range is not None:
            return self.range
        if self.level in (Level.NOMINAL, Level.TEXT):
            return None
        if self.level is Level.MULTIPLE:
            return (0.0, 1.0)
        numbers = [code for code in self.codes if isinstance(code, (int, float))]
        if len(numbers) < 2 or len(numbers) < len(self.codes):
            return None
        return (min(numbers), max(numbers))

    def label_of(self, value: object) -> str:
        """Text for one substantive value: its label, or the value itself."""
        for code, label in self.labels:
            if code == value:
                return label
        return code_text(value)

    def replace(self, **changes: Any) -> Variable:
        """Return a copy with the given attributes changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Codebook:
    """The variables of a panel, in order.

    Attributes:
        variables: The variables; names are unique.
        title: What the data are, for headings.
        notes: Remarks about the whole file, such as "synthetic"; repeated in every output.
    """

    variables: tuple[Variable, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()
    _index: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[str, int] = {}
        for position, variable in enumerate(self.variables):
            if variable.name in index:
                raise CodebookError(
                    f"the name {variable.name!r} is used by two variables",
                    remedy="rename one of them",
                )
            index[variable.name] = position
        object.__setattr__(self, "_index", index)

    def __len__(self) -> int:
        return len(self.variables)

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.variables)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __getitem__(self, name: str) -> Variable:
        try:
            return self.variables[self._index[name]]
        except KeyError:
            raise UnknownNameError("variable", name, self._index) from None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all variables, in order."""
        return tuple(self._index)

    def of_role(self, *roles: Role) -> tuple[Variable, ...]:
        """Return the variables that have one of `roles`."""
        return tuple(v for v in self.variables if v.role in roles)

    def name_of_role(self, role: Role) -> str | None:
        """Name of the first variable with `role`, or None."""
        return next((v.name for v in self.variables if v.role is role), None)

    def blocks(self) -> dict[str, tuple[str, ...]]:
        """Variable names by block, for variables that have one."""
        found: dict[str, list[str]] = {}
        for variable in self.variables:
            if variable.block:
                found.setdefault(variable.block, []).append(variable.name)
        return {block: tuple(names) for block, names in found.items()}

    def select(self, names: Iterable[str]) -> Codebook:
        """Return a codebook of `names`, in that order, each once.

        Raises:
            UnknownNameError: A name is not in the codebook.
        """
        return dataclasses.replace(
            self, variables=tuple(self[name] for name in dict.fromkeys(names))
        )

    def with_variables(self, variables: Iterable[Variable]) -> Codebook:
        """Return a codebook in which each of `variables` replaces its namesake or is appended."""
        merged = {v.name: v for v in self.variables}
        merged.update({v.name: v for v in variables})
        return dataclasses.replace(self, variables=tuple(merged.values()))


def _is_endless(code: Code) -> bool:
    """Whether a code is a number that no scale has: infinite, or not a number."""
    return not isinstance(code, str) and not math.isfinite(code)


def code_text(value: object) -> str:
    """Write a code as people write it: 1.0 as "1", 2.5 as "2.5", text as it is.

    >>> code_text(3.0)
    '3'
    """
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return repr(value)
    return str(value)
