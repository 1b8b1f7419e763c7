"""A run read from its ledger: the panel it is, and everything known about how it came about."""

from __future__ import annotations

import contextlib
import html
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.codebook import Codebook, Reason
from ...data.codebook_json import from_json
from ...data.errors import UnknownNameError
from ..respondent import Basis
from .file import connect, read_meta, reporting
from .recording import Showing, ShownQuestion
from .usage import Usage, read_usage

if TYPE_CHECKING:
    import pandas as pd

    from ...data.panel import Panel
    from ...data.scales import Scale

__all__ = ["Held", "Run", "load_run"]


@dataclass(frozen=True, slots=True)
class Held:
    """One interview as far as it came.

    Attributes:
        number: Its number in the ledger.
        twin: Whose it is.
        replicate: 1-based repetition.
        arms: Condition → arm.
        status: "open", "completed", "screened out" or "broke off".
    """

    number: int
    twin: str
    replicate: int
    arms: Mapping[str, str]
    status: str


@dataclass(frozen=True, eq=False)
class Run:
    """A run of a questionnaire on twins. Frozen; reads its ledger when something is asked of it.

    Attributes:
        path: The ledger.
        meta: What the ledger says about the run: `questionnaire` (YAML), `respondent`, `seed`,
            `replicates`, `twins` (ids), `arms`, `preparation`, `command`, `created`, …
        interviews: Interviews begun or finished, in the order of the twins, then of replicates.
        planned: Number of interviews to hold.
    """

    path: Path
    meta: Mapping[str, Any]
    interviews: tuple[Held, ...]
    planned: int

    def __repr__(self) -> str:
        state = "complete" if self.complete else f"{self.share:.0%} complete"
        return (
            f"<Run {self.path.name}: {len(self.interviews):,} interviews by "
            f"{self.meta['respondent']}, {state}>"
        )

    def _repr_html_(self) -> str:
        rows = [
            *((status, f"{count:,}") for status, count in self.statuses().items() if count),
            *((name, f"{count:,}") for name, count in self.dispositions().items()),
        ]
        cells = "".join(f"<tr><td>{name}</td><td>{count}</td></tr>" for name, count in rows)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return f"<p>{html.escape(repr(self)[1:-1])}</p><table>{cells}</table>{notes}"

    # --- how far it is ------------------------------------------------------------------------

    @property
    def share(self) -> float:
        """Finished interviews as a share of those planned."""
        finished = sum(held.status != "open" for held in self.interviews)
        return finished / self.planned if self.planned else 1.0

    @property
    def complete(self) -> bool:
        """Whether every planned interview is finished."""
        return self.share == 1.0

    def statuses(self) -> dict[str, int]:
        """Number of interviews by status, of all planned ones."""
        counts = dict.fromkeys(("completed", "screened out", "broke off", "open"), 0)
        for held in self.interviews:
            counts[held.status] += 1
        counts["open"] += self.planned - len(self.interviews)
        return counts

    # --- answers ------------------------------------------------------------------------------

    @cached_property
    def codebook(self) -> Codebook:
        """The questionnaire's codebook, as asked."""
        return from_json(json.dumps(self.meta["codebook"]))

    @cached_property
    def panel(self) -> Panel:
        """The answers as a panel: one row per interview; see `run_panel.build_panel`.

        After them come the scores of the scales that the questionnaire declares.
        """
        from ..scales import with_run_scores
        from .run_panel import build_panel

        with self._reading() as ledger:
            answers = build_panel(self, ledger)
        return with_run_scores(answers, self.scales)

    def to_pandas(self, *, labels: bool = False) -> pd.DataFrame:
        """The answers, one row per interview and one column per variable.

        Args:
            labels: Labels of the answers instead of their codes.
        """
        return self.panel.to_pandas(labels=labels)

    @cached_property
    def scales(self) -> tuple[Scale, ...]:
        """The scales that the questionnaire declares."""
        from ..scales import recorded_scales

        return recorded_scales(self.meta)

    def answers(self) -> pd.DataFrame:
        """Return the answers in long form, in the order of twins, replicates, pages, variables.

        Columns: `twin`, `replicate`, `page`, `position` (1-based place on the page as shown),
        `question`, `wording` (as this person read it), `options` and `rows` (their codes and names
        in the order shown, with spaces between), `variable`, `number`, `text`, `reason`, `basis`,
        `probability` (of the answer given, where known), `probabilities` (JSON, code →
        probability), `note`, `raw`, and one column `arm_CONDITION` for each condition.
        """
        from .run_panel import build_answers

        with self._reading() as ledger:
            return build_answers(self, ledger)

    def shown(self, twin: str, replicate: int = 1) -> tuple[ShownQuestion, ...]:
        """Return what one twin was shown: wordings, options and rows in the order shown.

        Raises:
            UnknownNameError: That twin was not interviewed.
        """
        for held in self.interviews:
            if held.twin == twin and held.replicate == replicate:
                break
        else:
            raise UnknownNameError("interview of", twin, (held.twin for held in self.interviews))
        with self._reading() as ledger:
            return tuple(Showing(ledger).interview(held.number))

    def dispositions(self) -> dict[str, int]:
        """Number of answers ("answered") and of each reason for there being none."""
        with self._reading() as ledger:
            counts = dict(
                ledger.execute(
                    "SELECT coalesce(reason, 'answered'), count(*) FROM answers GROUP BY reason"
                )
            )
        order = ["answered", *(reason.value for reason in Reason)]
        return {name: counts[name] for name in order if name in counts}

    def basis_counts(self) -> dict[Basis, int]:
        """Number of answers resting on each basis, strongest first; missing answers left out."""
        with self._reading() as ledger:
            counts = dict(
                ledger.execute(
                    "SELECT basis, count(*) FROM answers WHERE reason IS NULL GROUP BY basis"
                )
            )
        return {basis: counts[basis] for basis in Basis if basis in counts}

    def aggregate_only(self) -> tuple[str, ...]:
        """Variables whose answers all rest on the scale alone: no claims about single persons."""
        with self._reading() as ledger:
            rows = ledger.execute(
                "SELECT v.name FROM answers a JOIN variables v ON v.id = a.variable "
                "WHERE a.reason IS NULL GROUP BY v.id HAVING min(a.basis) = ? AND max(a.basis) = ? "
                "ORDER BY v.id",
                (Basis.SCALE_PRIOR.value, Basis.SCALE_PRIOR.value),
            )
            return tuple(name for (name,) in rows)

    # --- attempts -----------------------------------------------------------------------------

    def attempts(self) -> pd.DataFrame:
        """Return the requests made, in order: interview, page, outcome, tokens, cost, detail."""
        import pandas as pd

        with self._reading() as ledger:
            rows = ledger.execute(
                "SELECT a.id, i.twin, i.replicate, a.page, a.number, a.started, a.ended, "
                "a.outcome, a.request, a.input_tokens, a.cached_tokens, a.output_tokens, a.cost, "
                "a.detail FROM attempts a JOIN interviews i ON i.id = a.interview ORDER BY a.id"
            )
            names = [column[0] for column in rows.description]
            return pd.DataFrame(rows.fetchall(), columns=names)

    def prompt(self, attempt: int) -> tuple[str, ...]:
        """Return the texts that one attempt sent, as it sent them.

        Raises:
            UnknownNameError: There is no such attempt.
        """
        with self._reading() as ledger:
            row = ledger.execute("SELECT detail FROM attempts WHERE id = ?", (attempt,)).fetchone()
            if row is None:
                raise UnknownNameError("attempt", str(attempt), ())
            numbers = json.loads(row[0]).get("prompt", ())
            found = []
            for number in numbers:
                (text,) = ledger.execute(
                    "SELECT text FROM texts WHERE id = ?", (number,)
                ).fetchone()
                found.append(str(text))
            return tuple(found)

    def usage(self) -> Usage:
        """Sum up the requests made: answers, outcomes, retries, tokens, cost."""
        with self._reading() as ledger:
            return read_usage(ledger)

    @property
    def cost(self) -> float:
        """What the requests cost in US dollars, as far as their answers said."""
        with self._reading() as ledger:
            (cost,) = ledger.execute("SELECT coalesce(sum(cost), 0) FROM attempts").fetchone()
        return float(cost)

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know before they use the answers, one sentence each."""
        notes = [
            *self.meta["command"].get("panel_notes", ()),
            *self.meta["preparation"]["warnings"],
        ]
        if not self.complete:
            finished = sum(held.status != "open" for held in self.interviews)
            notes.append(
                f"The run is not complete: {finished:,} of {self.planned:,} interviews are "
                "finished."
            )
        with self._reading() as ledger:
            cut, waiting = ledger.execute(
                "SELECT coalesce(sum(outcome IN ('', 'interrupted')), 0), "
                "coalesce(sum(outcome = 'submitted'), 0) FROM attempts"
            ).fetchone()
        if waiting:
            notes.append(
                f"{waiting:,} request{'s wait' if waiting > 1 else ' waits'} in batches at the "
                "provider; what they cost is not counted yet."
            )
        if cut:
            notes.append(
                f"{cut:,} request{'s were' if cut > 1 else ' was'} interrupted and may have been "
                "billed without an answer being recorded."
            )
        return tuple(notes)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(connect(self.path)) as ledger, reporting(self.path):
            yield ledger


def load_run(path: Path | str) -> Run:
    """Open a finished or unfinished run; its ledger is all that is needed.

    Raises:
        LedgerError: There is none, or it is foreign, of another version, or damaged.
    """
    path = Path(path)
    with contextlib.closing(connect(path)) as ledger, reporting(path):
        meta = read_meta(path, ledger)
        place = {twin: position for position, twin in enumerate(meta["twins"])}
        rows = ledger.execute(
            "SELECT id, twin, replicate, arms, status FROM interviews i WHERE status != 'open' "
            "OR EXISTS (SELECT 1 FROM pages p WHERE p.interview = i.id)"
        )
        held = [
            Held(number, twin, replicate, json.loads(arms), status)
            for number, twin, replicate, arms, status in rows
        ]
        (planned,) = ledger.execute("SELECT count(*) FROM interviews").fetchone()
    held.sort(key=lambda one: (place[one.twin], one.replicate))
    return Run(path, meta, tuple(held), planned)
