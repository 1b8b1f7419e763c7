"""Real interviews put into a file of backstories, looked through for what must not be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.errors import LedgerError, RequestError
from ..data.fingerprint import Digest
from ..data.personal_text import personal_kinds
from ..twins.holdout import Holdout
from ..twins.llm.budget import Budget
from . import store
from .allowed import Mode
from .backstory import Author, Status, Turn
from .commission import Commission, Manner
from .hidden import Subjects, hidden_with_category
from .protocol import Protocol, ProtocolQuestion
from .recording import Recorder
from .transcripts import Transcript, read_transcripts

if TYPE_CHECKING:
    from ..data.panel import Panel

__all__ = ["import_transcripts"]

_SPOKE_FIRST = "(The person speaks first.)"


def import_transcripts(
    paths: Sequence[Path],
    path: str | Path,
    panel: Panel | None = None,
    *,
    holdout: Sequence[str] = (),
    speakers: tuple[str, str] | None = None,
    command: Mapping[str, Any] | None = None,
) -> tuple[store.Backstories, tuple[str, ...]]:
    """Import real interviews; the answers are kept as they were given.

    A turn in which a held-out item, or its category, is spoken of is kept but withheld: no text
    made of the backstory shows it. Personal data are flagged, and masked wherever a text is shown.

    Args:
        paths: Files and folders of transcripts.
        path: The file to write; it must not exist yet, or hold the same import.
        panel: The people; a transcript of somebody else is refused.
        holdout: Items, patterns and blocks that must not be shown.
        speakers: What interviewer and person are called.
        command: How it was asked for, kept in the file.

    Returns:
        The backstories, and what people should know, a sentence each.

    Raises:
        UnreadableFileError: A transcript cannot be taken apart into turns.
        RequestError: A transcript is of somebody who is not in the panel.
        LedgerError: The file holds something else.
    """
    transcripts = read_transcripts(paths, speakers)
    hidden, subjects = Holdout(), None
    if panel is not None:
        _check_people(transcripts, panel)
        hidden = hidden_with_category(panel.codebook, holdout)
        subjects = Subjects(panel.codebook, hidden.names) if hidden.hidden else None
    elif holdout:
        raise RequestError(
            "items are held out, but there is no panel that has them", remedy="name the panel"
        )
    digest = Digest()
    for transcript in transcripts:
        digest.add(transcript.person, *(f"{e.asked}\n{e.answer}" for e in transcript.exchanges))
    protocol = Protocol("transcript", digest.hexdigest()[:16], (_QUESTION,), "Real interviews")
    what = Commission(
        protocol,
        Manner(mode=Mode.TRANSCRIPT),
        tuple(t.person for t in transcripts),
        None,
        hidden,
        subjects,
        {},
        None,
        source=panel.source if panel is not None else "",
    )
    file = Path(path)
    with store.KIND.locked(file):
        if store.KIND.exists(file):
            found = store.load_backstories(file)
            if found.meta["protocol_fingerprint"] != protocol.fingerprint or set(
                found.meta["holdout"]
            ) != set(hidden.names):
                raise LedgerError(
                    "this file holds other backstories",
                    where=str(file),
                    remedy="name another file with -o",
                )
            if found.counts()[Status.OPEN] == 0:
                return found, ()
            done = {t for t, s in found.by_twin.items() if s.turns or s.status is not Status.OPEN}
        else:
            store.create(file, what.meta(command or {}), what.ids)
            done = set()
        recorder = Recorder(file, Budget())
        try:
            for number, transcript in enumerate(transcripts):
                if transcript.person not in done:
                    _record(recorder, number, transcript, subjects)
        finally:
            recorder.close()
    found = store.load_backstories(file)
    return found, _notices(found)


_QUESTION = ProtocolQuestion(id="turn", text="As asked in the interview.", facts=("none",))


def _check_people(transcripts: Sequence[Transcript], panel: Panel) -> None:
    for transcript in transcripts:
        if transcript.person not in panel:
            from ..data.errors import nearest

            near = nearest(transcript.person, panel.persons)
            raise RequestError(
                f"nobody in the panel has the id {transcript.person!r}",
                where=transcript.where,
                remedy=f"did you mean {' or '.join(near)}?"
                if near
                else "name each file after the person's id, or leave the panel out",
            )


def _record(
    recorder: Recorder, number: int, transcript: Transcript, subjects: Subjects | None
) -> None:
    """Write one interview; its turns and its end are committed in this order."""
    for at, exchange in enumerate(transcript.exchanges, 1):
        touched = subjects.touched(f"{exchange.asked}\n{exchange.answer}") if subjects else []
        recorder.accepted(
            number,
            Turn(
                number=at,
                question=f"turn-{at}",
                follow_up=0,
                asked=exchange.asked or _SPOKE_FIRST,
                answer=exchange.answer,
                author=Author.PERSON,
                personal=personal_kinds(f"{exchange.asked}\n{exchange.answer}"),
                withheld=f"touches {touched[0].item}, which is held out" if touched else "",
            ),
        )
    recorder.ended(number, Status.FINISHED, "", len(transcript.exchanges))


def _notices(found: store.Backstories) -> tuple[str, ...]:
    turns = [turn for story in found.by_twin.values() for turn in story.turns]
    notices = []
    personal = [turn for turn in turns if turn.personal]
    if personal:
        kinds = ", ".join(dict.fromkeys(kind for turn in personal for kind in turn.personal))
        notices.append(
            f"{len(personal):,} of {len(turns):,} turns hold personal data ({kinds}); they are "
            "masked wherever a turn is shown to a model, but names of people are not recognised"
        )
    withheld = [turn for turn in turns if turn.withheld]
    if withheld:
        notices.append(
            f"{len(withheld):,} of {len(turns):,} turns speak of what is held out, and are withheld"
        )
    return tuple(notices)
