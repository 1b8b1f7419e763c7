"""The Panel: respondents × variables with a codebook, the one shape everything has."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .codebook import Codebook, Level, Reason, Role, Variable, code_text
from .errors import PanelError, RequestError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Panel", "Withheld", "person_key"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
StatusArray = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Withheld:
    """A column left out of a panel because it looks like personal data.

    Attributes:
        name: Name of the column in the file.
        kind: What it looks like: "e-mail address", "IP address", "location", …
        why: What gave it away: "column name", "12 of 12 values look like e-mail addresses".
    """

    name: str
    kind: str
    why: str = ""


@dataclass(frozen=True, eq=False)
class Panel:
    """Respondents × variables. Frozen: every change returns a new panel.

    Attributes:
        frame: One row per respondent (per respondent and wave in a panel of several waves); the
            columns are the codebook's variables in its order. Substantive values only: float64
            for numbers, str for text, datetime64 for dates; NaN, None or NaT where there is no
            answer. The index holds person ids as str and is named "person".
        codebook: What the columns mean.
        status: For variables with coded absences, one int16 per row: 0 where the frame speaks for
            itself, k where the answer is missing for `codebook[name].missing[k - 1].reason`.
            A value that is missing with status 0 is `Reason.NOT_RECORDED`.
        source: Where the data came from, for messages and reports.
        withheld: Columns left out because they look like personal data.
        remarks: What was assumed, repaired or left out in reading; not repeated in outputs.

    Raises:
        PanelError: The frame and the codebook do not fit together, or a person id repeats.
    """

    frame: pd.DataFrame
    codebook: Codebook
    status: Mapping[str, StatusArray] = field(default_factory=lambda: MappingProxyType({}))
    source: str = ""
    withheld: tuple[Withheld, ...] = ()
    remarks: tuple[str, ...] = ()
    _rows: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if tuple(self.frame.columns) != self.codebook.names:
            raise PanelError(
                "the columns are not the codebook's variables", where=self.source or "panel"
            )
        for name, status in self.status.items():
            if name not in self.codebook or status.shape != (len(self.frame),):
                raise PanelError(
                    f"the statuses of {name!r} do not fit the data", where=self.source or "panel"
                )
        persons = self.frame.index.tolist()
        wave = self.wave_variable
        keys: list[Hashable] = persons
        if wave is not None:
            keys = list(zip(persons, self.frame[wave].tolist(), strict=True))
        if len(set(keys)) != len(keys):
            seen: set[Hashable] = set()
            row = next(i for i, key in enumerate(keys) if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise PanelError(
                f"the person id {persons[row]!r} appears more than once"
                + (" in one wave" if wave is not None else ""),
                where=f"{self.source or 'panel'}, respondent {row + 1}",
                remedy="name the columns that together identify a person with --id A,B, "
                "or the wave with --wave COLUMN",
            )
        object.__setattr__(self, "_rows", {key: i for i, key in enumerate(persons)})
        object.__setattr__(self, "status", MappingProxyType(dict(self.status)))

    # --- who and what -------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        source = f" from {self.source}" if self.source else ""
        return f"<Panel {len(self):,} people × {len(self.codebook):,} variables{source}>"

    @property
    def persons(self) -> list[str]:
        """Person ids, one per row."""
        return list(self.frame.index)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables, in order."""
        return self.codebook.names

    @property
    def weight_variable(self) -> str | None:
        """Name of the survey weight, if there is one."""
        return self.codebook.name_of_role(Role.WEIGHT)

    @property
    def wave_variable(self) -> str | None:
        """Name of the variable that tells waves apart, if there is one."""
        return self.codebook.name_of_role(Role.WAVE)

    def row_of(self, person: str) -> int:
        """Row of `person`; in a panel of several waves, of their last one.

        Raises:
            UnknownNameError: Nobody has that id.
        """
        try:
            return self._rows[person]
        except KeyError:
            raise UnknownNameError("person", person, self._rows) from None

    def __contains__(self, person: object) -> bool:
        return person in self._rows

    # --- answers ------------------------------------------------------------------------------

    def numbers(self, name: str) -> FloatArray:
        """Values of a numeric variable as float64, NaN where missing. Shape (people,).

        Raises:
            PanelError: The variable holds text or dates.
        """
        if self.codebook[name].kind != "number":
            raise PanelError(f"{name!r} does not hold numbers", where=self.source)
        return self.frame[name].to_numpy(dtype=np.float64)

    def texts(self, name: str) -> list[str | None]:
        """Values of a variable as text codes (not labels), None where missing."""
        variable = self.codebook[name]
        column = self.frame[name]
        missing = column.isna().to_numpy()
        if variable.kind == "date":
            values = column.astype(str).tolist()
        else:
            values = [code_text(value) for value in column.tolist()]
        return [None if gone else text for text, gone in zip(values, missing, strict=True)]

    def answered(self, name: str) -> BoolArray:
        """Where there is a substantive answer. Shape (people,)."""
        return self.frame[name].notna().to_numpy()

    def reasons(self, name: str) -> list[Reason | None]:
        """Why each value is missing; None where there is an answer."""
        variable = self.codebook[name]
        by_status = [Reason.NOT_RECORDED, *(m.reason for m in variable.missing)]
        answered = self.answered(name)
        status = self.status.get(name)
        if status is None:
            return [None if ok else Reason.NOT_RECORDED for ok in answered]
        return [None if ok else by_status[k] for ok, k in zip(answered, status, strict=True)]

    def missing_counts(self, name: str) -> dict[Reason, int]:
        """Number of missing values of `name` by reason, most frequent first."""
        gone = ~self.answered(name)
        status = self.status.get(name)
        by_status = [Reason.NOT_RECORDED, *(m.reason for m in self.codebook[name].missing)]
        found: dict[Reason, int] = {}
        if status is None:
            total = int(gone.sum())
            return {Reason.NOT_RECORDED: total} if total else {}
        for k, count in enumerate(np.bincount(status[gone], minlength=1)):
            if count:
                found[by_status[k]] = found.get(by_status[k], 0) + int(count)
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    def weights(self) -> FloatArray:
        """Survey weights with mean 1, or ones where there are none. Shape (people,).

        A missing weight counts as 0: that person is in the file but represents nobody.

        Raises:
            PanelError: A weight is negative or infinite, or all are zero.
        """
        name = self.weight_variable
        if name is None:
            return np.ones(len(self))
        given = self.numbers(name)
        if np.isinf(given).any():
            raise PanelError(
                f"the weight {name!r} is infinite",
                where=f"{self.source}, person {self.frame.index[int(np.isinf(given).argmax())]}",
                remedy="correct it or read the file without --weight",
            )
        raw = np.where(np.isnan(given), 0.0, given)
        if (raw < 0).any():
            row = int(np.flatnonzero(raw < 0)[0])
            raise PanelError(
                f"the weight {name!r} is negative ({raw[row]:g})",
                where=f"{self.source}, person {self.frame.index[row]}",
                remedy="correct it or read the file without --weight",
            )
        if not raw.any():
            raise PanelError(
                f"all weights in {name!r} are zero",
                where=self.source,
                remedy="read the file without --weight, or name another column",
            )
        scaled = raw / raw.max()  # or the sum of very large weights would be infinite
        return np.asarray(scaled / scaled.mean(), dtype=np.float64)

    # --- new panels from this one -------------------------------------------------------------

    def select(self, names: Iterable[str]) -> Panel:
        """Return a panel of the variables `names`, in that order."""
        book = self.codebook.select(names)
        return dataclasses.replace(
            self,
            frame=self.frame[list(book.names)],
            codebook=book,
            status={n: s for n, s in self.status.items() if n in book},
        )

    def drop(self, names: Iterable[str]) -> Panel:
        """Return a panel without the variables `names`.

        Raises:
            UnknownNameError: A name is not in the codebook.
        """
        gone = {self.codebook[name].name for name in names}
        return self.select(name for name in self.names if name not in gone)

    def take(self, rows: Sequence[int] | npt.NDArray[np.intp] | BoolArray) -> Panel:
        """Return a panel of the given rows: positions, or a mask of shape (people,)."""
        chosen = np.asarray(rows)
        positions = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return dataclasses.replace(
            self,
            frame=self.frame.iloc[positions],
            status={n: s[positions] for n, s in self.status.items()},
        )

    def people(self, persons: Iterable[str]) -> Panel:
        """Return a panel of the given people, in that order.

        Raises:
            UnknownNameError: Somebody is not in the panel.
        """
        return self.take(np.array([self.row_of(person) for person in persons], dtype=np.intp))

    def waves(self) -> dict[str, Panel]:
        """Split a long panel into one panel per wave, in order of the wave's codes.

        A panel without a wave variable is one wave, named "".
        """
        name = self.wave_variable
        if name is None:
            return {"": self}
        variable = self.codebook[name]
        rest = [n for n in self.names if n != name]
        column = self.frame[name]
        order = sorted(column.dropna().unique().tolist())
        return {
            variable.label_of(code): self.take((column == code).to_numpy()).select(rest)
            for code in order
        }

    def with_codebook(self, variables: Iterable[Variable]) -> Panel:
        """Return a panel whose codebook entries for `variables` (by name) are replaced.

        Raises:
            RequestError: A variable is not in the panel; its data would be missing.
        """
        changed = {v.name: v for v in variables}
        unknown = set(changed) - set(self.names)
        if unknown:
            raise RequestError(f"the panel has no variable {min(unknown)!r}")
        return dataclasses.replace(
            self,
            codebook=dataclasses.replace(
                self.codebook, variables=tuple(changed.get(v.name, v) for v in self.codebook)
            ),
        )

    # --- out ----------------------------------------------------------------------------------

    def to_pandas(self, *, labels: bool = False) -> pd.DataFrame:
        """Return a DataFrame of substantive values; with `labels`, value labels instead of codes.

        Labelled categorical columns become ordered `pandas.Categorical` with *all* labels of the
        codebook in scale order, also those nobody chose.
        """
        import pandas as pd

        if not labels:
            return self.frame.copy()
        columns: dict[str, Any] = {}
        for variable in self.codebook:
            column = self.frame[variable.name]
            if variable.categorical:
                texts = dict(variable.labels)
                found = [c for c in column.dropna().unique().tolist() if c not in texts]
                for code in sorted(found, key=str):
                    texts[code] = code_text(code)
                ordered = variable.level is Level.ORDINAL
                unique = list(dict.fromkeys(texts.values()))
                columns[variable.name] = pd.Categorical(
                    column.map(texts), categories=unique, ordered=ordered
                )
            else:
                columns[variable.name] = column
        return pd.DataFrame(columns, index=self.frame.index)


def person_key(values: Iterable[object]) -> str:
    """Person id made of the values of one or more id columns: ("MAPS", 112.0) is "MAPS:112"."""
    return ":".join(code_text(value) for value in values)
