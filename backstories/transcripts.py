"""Transcripts of real interviews: text, Markdown, .docx and JSON, taken apart into turns.

What people said is data. Control characters are stripped, and nothing in a transcript can end a
turn or begin another: only marks of speakers at the beginning of a line do.

    Interviewer: Where did you grow up?
    Anna: In a village …

Marks may be bold, in brackets, with a time before or after, or stand on a line of their own. JSON
is `{"person": ID, "turns": [{"speaker": …, "text": …}, …]}`, a list of such objects, or a list of
turns alone.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data.errors import UnreadableFileError
from ..data.existing import require_file
from ..data.legible import legible
from .docx import read_paragraphs

__all__ = ["SUFFIXES", "Exchange", "Transcript", "read_transcripts"]

SUFFIXES = (".txt", ".md", ".markdown", ".docx", ".json")
MOST_BYTES = 20_000_000
LONGEST_MARK = 40
"""Characters of a speaker's name."""

_TIME = r"(?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?[\])]?)"
_MARK = re.compile(
    rf"^\s*(?:[-*>]\s+)?{_TIME}?\s*[\[(<]?(?:\*\*|__)?\s*"
    rf"(?P<name>[^\W\d_](?:[\w .'’/-]{{0,{LONGEST_MARK - 1}}}[\w.])?)\s*"
    rf"(?:[\])>])?\s*{_TIME}?\s*(?:\*\*|__)?\s*:(?:\*\*|__)?(?=\s|$)\s*(?P<text>.*)$"
)
_HEADING = re.compile(r"^\s*#{1,6}\s+(?P<name>[^\W\d_][\w .'’/-]{0,39})\s*:?\s*$")
_ASKING = re.compile(
    r"(?i)^(?:i|q|int|interviewer(?:in)?|researcher|moderator|question|frage|host|reporter"
    r"|investigator|facilitator|entrevistador[ae]?|enquêteur|enquêtrice|intervieweur|chercheur"
    r"|intervistatore|intervistatrice|onderzoeker|fragestellerin?)(?: ?\d+)?\.?$"
)
_ANSWERING = re.compile(
    r"(?i)^(?:a|r|p|s|resp|respondent|participant|interviewee|subject|answer|person|antwort"
    r"|befragte[r]?|informant|narrator|entrevistad[ao]|enquêtée?|interviewée?|intervistat[ao])"
    r"(?: ?\d+)?\.?$"
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of the interviewer, "" where the person spoke first, and what was answered."""

    asked: str
    answer: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """One interview.

    Attributes:
        person: Whose: the id in the file, else the file's name without suffix.
        exchanges: In order, at least one.
        where: The file, for messages.
    """

    person: str
    exchanges: tuple[Exchange, ...]
    where: str


def read_transcripts(
    paths: Sequence[Path], speakers: tuple[str, str] | None = None
) -> list[Transcript]:
    """Read transcripts.

    Args:
        paths: Files, and folders whose files are read.
        speakers: What interviewer and person are called in them; recognised where None.

    Raises:
        FileError: A file cannot be read.
        UnreadableFileError: A file has no speaker marks, or says nobody which is the interviewer.
    """
    found: list[Transcript] = []
    for path in _files(paths):
        found += _read(path, speakers)
    seen: dict[str, str] = {}
    for transcript in found:
        if transcript.person in seen:
            raise UnreadableFileError(
                f"{transcript.person!r} has two transcripts, here and in {seen[transcript.person]}",
                where=transcript.where,
                remedy="put them into one file, or name them after different people",
            )
        seen[transcript.person] = transcript.where
    return found


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            require_file(path)
            yield path
            continue
        files = sorted(p for p in path.iterdir() if p.suffix.casefold() in SUFFIXES)
        if not files:
            raise UnreadableFileError(
                f"there is no transcript in this folder ({', '.join(SUFFIXES)})", where=str(path)
            )
        yield from files


def _read(path: Path, speakers: tuple[str, str] | None) -> list[Transcript]:
    suffix = path.suffix.casefold()
    if suffix not in SUFFIXES:
        raise UnreadableFileError(
            f"a transcript is one of {', '.join(SUFFIXES)}, not {suffix or 'without suffix'}",
            where=path.name,
            remedy="save it as plain text",
        )
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFileError(
            f"the file is larger than {MOST_BYTES // 1_000_000} MB", where=path.name
        )
    if suffix == ".docx":
        lines = [line for text in read_paragraphs(path) for line in text.split("\n")]
        return [_of_lines(path, lines, speakers)]
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            "the file is not valid UTF-8", where=path.name, remedy="save it as UTF-8"
        ) from error
    if suffix == ".json":
        return _of_json(path, text, speakers)
    return [_of_lines(path, legible(text).split("\n"), speakers)]


# --- lines with marks -------------------------------------------------------------------------


def _of_lines(path: Path, lines: Sequence[str], speakers: tuple[str, str] | None) -> Transcript:
    marks = [_mark(line) for line in lines]
    wanted = {name.casefold() for name in speakers} if speakers else None
    counts = Counter(name.casefold() for name, _ in marks if name)
    # A mark that stands once, like "Note: …", is no speaker unless it is one of the names given.
    names = wanted or {
        name
        for name, count in counts.items()
        if count > 1 or _ASKING.match(name) or _ANSWERING.match(name)
    }
    said: list[tuple[str, list[str]]] = []
    for line, (name, rest) in zip(lines, marks, strict=True):
        if name and name.casefold() in names:
            said.append((name, [rest] if rest else []))
        elif said:
            said[-1][1].append(line)
    pairs = [(name, _clean("\n".join(parts))) for name, parts in said]
    return _transcript(path.stem, pairs, speakers, path.name)


def _mark(line: str) -> tuple[str, str]:
    """Speaker and rest of a line; ("", line) where no mark stands at its beginning."""
    found = _MARK.match(line)
    if found:
        return found.group("name").strip(), found.group("text").strip()
    found = _HEADING.match(line)
    if found and (_ASKING.match(found.group("name")) or _ANSWERING.match(found.group("name"))):
        return found.group("name").strip(), ""
    return "", line


def _transcript(
    person: str,
    said: Sequence[tuple[str, str]],
    speakers: tuple[str, str] | None,
    where: str,
) -> Transcript:
    asking = _asking(said, speakers, where)
    exchanges: list[Exchange] = []
    asked = ""
    for name, text in said:
        if not text:
            continue
        if name.casefold() == asking:
            asked = f"{asked}\n{text}" if asked else text
        elif not asked and exchanges:
            last = exchanges[-1]
            exchanges[-1] = Exchange(last.asked, f"{last.answer}\n{text}")
        else:
            exchanges.append(Exchange(asked, text))
            asked = ""
    if not exchanges:
        raise UnreadableFileError("nobody answers anything in this transcript", where=where)
    return Transcript(person, tuple(exchanges), where)


def _asking(said: Sequence[tuple[str, str]], speakers: tuple[str, str] | None, where: str) -> str:
    """The interviewer's name, in lower case.

    Raises:
        UnreadableFileError: There are no speaker marks, or nothing tells who asks.
    """
    names = list(dict.fromkeys(name.casefold() for name, _ in said))
    if speakers is not None:
        asking, person = (name.casefold() for name in speakers)
        if person not in names:
            raise UnreadableFileError(
                f"{speakers[1]!r} says nothing in this transcript",
                where=where,
                remedy="check the names given with --speakers",
            )
        return asking
    if len(names) < 2:
        raise UnreadableFileError(
            "nothing marks who is speaking"
            if not names
            else f"only one speaker is marked ({names[0]})",
            where=where,
            remedy='begin each turn on a line of its own with a mark such as "Interviewer:" and '
            '"Person:", or name the speakers with --speakers INTERVIEWER,PERSON',
        )
    asking_ones = [name for name in names if _ASKING.match(name)]
    if len(asking_ones) == 1:
        return asking_ones[0]
    answering = [name for name in names if _ANSWERING.match(name)]
    rest = [name for name in names if name not in answering]
    if len(answering) == 1 and len(rest) == 1:
        return rest[0]
    if len(names) == 2 and not asking_ones:
        # One of two strangers: who asks nearly always, and the other nearly never, is asking.
        shares = {name: _questions(said, name) for name in names}
        first, second = sorted(names, key=lambda name: -shares[name])
        if shares[first] >= 0.6 and shares[second] <= 0.3:
            return first
    raise UnreadableFileError(
        f"nothing tells which of {', '.join(names[:5])} is the interviewer",
        where=where,
        remedy="name the speakers with --speakers INTERVIEWER,PERSON",
    )


def _questions(said: Sequence[tuple[str, str]], name: str) -> float:
    texts = [text for speaker, text in said if speaker.casefold() == name and text]
    return sum(text.rstrip().endswith("?") for text in texts) / max(len(texts), 1)


# --- JSON -------------------------------------------------------------------------------------


def _of_json(path: Path, text: str, speakers: tuple[str, str] | None) -> list[Transcript]:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(
            f"this is not valid JSON ({error})", where=path.name, remedy="check it with an editor"
        ) from error
    if isinstance(plain, dict):
        return [_object(path, plain, speakers, path.stem)]
    if isinstance(plain, list) and plain and all(isinstance(p, dict) for p in plain):
        if all("turns" in part for part in plain):
            return [
                _object(path, part, speakers, f"{path.stem}-{number}")
                for number, part in enumerate(plain, 1)
            ]
        return [_object(path, {"turns": plain}, speakers, path.stem)]
    raise _no_turns(path.name)


def _object(
    path: Path, plain: dict[str, Any], speakers: tuple[str, str] | None, person: str
) -> Transcript:
    turns = plain.get("turns")
    if not isinstance(turns, list):
        raise _no_turns(path.name)
    given = plain.get("person", plain.get("id", person))
    said: list[tuple[str, str]] = []
    for number, turn in enumerate(turns, 1):
        where = f"{path.name}, turn {number}"
        if not isinstance(turn, dict):
            raise _no_turns(where)
        if "question" in turn and "answer" in turn:
            said += [
                ("interviewer", _said(turn["question"], where)),
                ("person", _said(turn["answer"], where)),
            ]
            continue
        speaker = turn.get("speaker", turn.get("role"))
        if not isinstance(speaker, str) or not speaker.strip():
            raise UnreadableFileError(
                "nothing marks who is speaking", where=where, remedy='give each turn a "speaker"'
            )
        said.append((speaker.strip(), _said(turn.get("text", turn.get("content")), where)))
    where = f"{path.name}, {given}" if given != path.stem else path.name
    return _transcript(str(given), said, speakers, where)


def _said(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise UnreadableFileError("a turn has no text", where=where, remedy='give it a "text"')
    return _clean(value)


def _no_turns(where: str) -> UnreadableFileError:
    return UnreadableFileError(
        'a transcript in JSON is {"person": …, "turns": [{"speaker": …, "text": …}]}', where=where
    )


_BLANKS = re.compile(r"[ \t]+")
_GAPS = re.compile(r"\n\s*\n+")


def _clean(text: str) -> str:
    """Without control characters, blank lines and trailing blanks."""
    spaced = _BLANKS.sub(" ", legible(text).replace("\ufffd", ""))
    return _GAPS.sub("\n", "\n".join(line.strip() for line in spaced.split("\n"))).strip()
