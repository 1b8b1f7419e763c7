"""What every language model is printed beside: the statistical respondent, and both fused.

The same questionnaire is administered to the same twins with the same seed, into files next to the
run's: `pilot.run` gets `pilot.statistical.run` and `pilot.fused.run`. They cost nothing, and are
made again where the run has grown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import LedgerError
from ..ledger.file import exists
from ..ledger.run import Run, load_run
from ..respondent import Basis
from .fused import FusedRespondent
from .ladder import climb
from .statistical import StatisticalRespondent

if TYPE_CHECKING:
    from ...data.panel import Panel
    from ...twins.twin import Twins
    from ..fieldwork.display import Display
    from ..questionnaire import Questionnaire

__all__ = ["NAMES", "Beside", "load_sibling", "run_beside", "sibling", "siblings"]

NAMES = ("statistical", "fused")
"""What stands beside a run, in this order."""

_MARK = "beside"
"""Key of a sibling's `command` that says whose sibling it is."""
_LEARNED = (Basis.PANEL, Basis.PILOT, Basis.DECLARED)


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """The runs beside a run.

    Attributes:
        runs: By name, as in `NAMES`.
        skipped: By name, why there is none; one sentence without full stop.
    """

    runs: Mapping[str, Run]
    skipped: Mapping[str, str]


def sibling(path: Path, name: str) -> Path:
    """Where the run `name` beside the run at `path` is: pilot.run → pilot.statistical.run."""
    return path.with_name(f"{path.stem}.{name}{path.suffix}")


def siblings(path: Path) -> dict[str, Path]:
    """Find the runs beside the run at `path`, by name; whether they belong is not looked at."""
    found = {name: sibling(path, name) for name in NAMES}
    return {name: there for name, there in found.items() if there.is_file()}


def load_sibling(run: Run, name: str, path: Path) -> tuple[Run | None, str]:
    """Open a run beside `run`, if it belongs to it.

    Returns:
        The sibling and "", or None and the sentence that says why it is not used.
    """
    try:
        found = load_run(path)
    except LedgerError as error:
        return None, f"{path.name} is not used as the {name} baseline ({error})"
    why = _stranger(run, name, found)
    if why:
        return None, f"{path.name} is not used as the {name} baseline: {why}"
    return found, ""


def run_beside(
    run: Run,
    questionnaire: Questionnaire,
    twins: Twins,
    learn: Panel | None,
    *,
    learn_from: Panel | None = None,
    echo: bool = False,
    workers: int = 8,
    display: Display | None = None,
    command: Mapping[str, Any] | None = None,
) -> Beside:
    """Administer a run's questionnaire to its twins with the statistical and the fused respondent.

    Called again it goes on where it stopped. Interviews are as many as the run has planned.

    Args:
        run: The run of a language model, finished or not; it is fused when it is finished.
        questionnaire: What it asked.
        twins: Whom it asked.
        learn: The panel to learn from, hidden answers included; None if there is none.
        learn_from: A pilot of other people.
        echo: Whether a recorded answer may simply be repeated.
        workers: Interviews under way at a time.
        display: What shows progress; None for nothing.
        command: Plain data kept in the run files, besides whose siblings they are.

    Raises:
        LedgerError: A run file cannot be written.
        KeyboardInterrupt: Ctrl-C was pressed; what was answered is kept.
    """
    reason = _nothing_learnable(run, questionnaire, twins, learn, learn_from)
    if reason or learn is None:
        return Beside({}, dict.fromkeys(NAMES, reason))
    runs: dict[str, Run] = {}
    skipped: dict[str, str] = {}
    for name in NAMES:
        if name == "statistical":
            respondent = StatisticalRespondent(learn, learn_from=learn_from, echo=echo)
        elif not run.complete:
            skipped[name] = "the run is not finished; its answers are fused when it is"
            continue
        else:
            respondent = FusedRespondent(learn, run, learn_from=learn_from, echo=echo)
            skipped[name] = respondent.obstacle(questionnaire, twins)
            if skipped[name]:
                continue
            del skipped[name]
        path = sibling(run.path, name)
        taken = _make_room(path, run, respondent.fingerprint)
        if taken:
            skipped[name] = taken
            continue
        runs[name] = _administered(
            run, questionnaire, twins, respondent, path, workers, display, command
        )
    return Beside(runs, skipped)


def _administered(
    run: Run,
    questionnaire: Questionnaire,
    twins: Twins,
    respondent: StatisticalRespondent,
    path: Path,
    workers: int,
    display: Display | None,
    command: Mapping[str, Any] | None,
) -> Run:
    from ..fieldwork.administer import administer

    replicates = int(run.meta["replicates"])
    return administer(
        questionnaire,
        twins,
        respondent,
        ledger=path,
        seed=int(run.meta["seed"]),
        replicates=replicates,
        limit=max(1, run.planned // replicates),
        workers=workers,
        display=display,
        command={
            "panel_notes": run.meta["command"].get("panel_notes", []),
            **(command or {}),
            _MARK: {
                "respondent": run.meta["respondent"],
                "fingerprint": run.meta["respondent_fingerprint"],
            },
        },
    )


def _nothing_learnable(
    run: Run,
    questionnaire: Questionnaire,
    twins: Twins,
    learn: Panel | None,
    learn_from: Panel | None,
) -> str:
    """Why nothing can stand beside a run, or ""."""
    if str(run.meta["respondent"]).partition(":")[0] in NAMES:
        return f"the run is itself by the {run.meta['respondent']} respondent"
    if learn is None:
        return "there is no panel to learn from"
    found = climb(questionnaire, learn, learn_from, twins.panel)
    if not any(rung.basis in _LEARNED for _, rung in found.values()):
        return (
            "people in the panel were asked none of the items, so there is nothing to learn them "
            "from; a small human pilot given with --learn-from would do"
        )
    return ""


def _make_room(path: Path, run: Run, fingerprint: str) -> str:
    """Remove a sibling that was made from other answers; say so if something else is there."""
    try:
        if not exists(path):
            return ""
        found = load_run(path)
    except LedgerError as error:
        return str(error).removesuffix(".")
    same = found.meta["respondent_fingerprint"] == fingerprint
    if same and not _mismatch(run, found):
        return ""
    if _MARK not in found.meta["command"]:
        return f"{path.name} holds another run"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    return ""


def _mismatch(run: Run, other: Run) -> str:
    """In what two runs differ that must be alike to be held against each other, or ""."""
    for key, words in (
        ("questionnaire_fingerprint", "it is of another questionnaire"),
        ("twins_fingerprint", "it is of other twins"),
        ("seed", "it has another seed"),
    ):
        if run.meta[key] != other.meta[key]:
            return words
    return ""


def _stranger(run: Run, name: str, other: Run) -> str:
    """Why a run is not the one called `name` beside `run`, or ""."""
    spec = str(other.meta["respondent"])
    if spec.partition(":")[0] != name:
        return f"it is by the {spec} respondent"
    wrong = _mismatch(run, other)
    if wrong or name != "fused":
        return wrong
    origin = other.meta["command"].get(_MARK, {})
    if origin.get("fingerprint") != run.meta["respondent_fingerprint"]:
        return f"it was fused with the answers of {origin.get('respondent', 'another run')}"
    return ""
