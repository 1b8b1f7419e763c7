"""Backstories written out for people and other programs: Markdown, JSON, .docx."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..data.errors import FileError, RequestError
from .backstory import Backstory
from .docx import write_paragraphs

__all__ = ["FORMATS", "as_plain", "export_backstories", "to_markdown"]

FORMATS = ("md", "json", "docx")


def as_plain(story: Backstory) -> dict[str, Any]:
    """A backstory as plain data; withheld turns are left out, personal data masked."""
    return {
        "twin": story.twin,
        "status": str(story.status),
        "reason": story.reason,
        "author": str(story.author) if story.author else None,
        "words": story.words,
        "turns": [
            {
                "number": turn.number,
                "question": turn.question,
                "follow_up": turn.follow_up,
                "asked": turn.asked,
                "answer": turn.shown,
                "author": str(turn.author),
                "model": turn.model,
                "facts": list(turn.facts),
                "notes": turn.notes,
                "personal": list(turn.personal),
                "tries": turn.tries,
            }
            for turn in story.visible
        ],
    }


def to_markdown(story: Backstory, *, notes: bool = False) -> str:
    """A backstory as Markdown: a heading, then questions in bold and answers."""
    parts = [f"# {story.twin}"]
    if not story.finished:
        why = f": {story.reason}" if story.reason else ""
        parts.append(f"*{str(story.status).capitalize()}{why}*")
    for turn in story.visible:
        parts += [f"**{turn.asked}**", turn.shown]
        if notes and turn.notes:
            parts.append(f"*Note: {turn.notes}*")
    return "\n\n".join(parts)


def export_backstories(
    stories: Sequence[Backstory], output: str | Path, form: str = ""
) -> list[Path]:
    """Write backstories into one file, or into a folder, a file each.

    Args:
        stories: What to write.
        output: A file (.md, .json, .docx), or a folder.
        form: "md", "json" or "docx"; by default that of the file's name, else "md".

    Raises:
        RequestError: There is nothing to write, or no such format.
        FileError: It cannot be written there.
    """
    path = Path(output)
    suffix = path.suffix.casefold().removeprefix(".")
    form = form or (suffix if suffix in FORMATS else "md")
    if form not in FORMATS:
        raise RequestError(f"backstories are written as {', '.join(FORMATS)}, not {form}")
    if not stories:
        raise RequestError("there is no finished backstory to write", remedy="add --all")
    try:
        if suffix in FORMATS:
            _write(path, stories, form)
            return [path]
        path.mkdir(parents=True, exist_ok=True)
        names = _names(stories)
        written = [path / f"{names[story.twin]}.{form}" for story in stories]
        for file, story in zip(written, stories, strict=True):
            _write(file, [story], form)
    except OSError as error:
        raise FileError(
            f"it cannot be written ({error.strerror or error})",
            where=str(error.filename or path),
            remedy="check the folder and your rights to it",
        ) from error
    return written


def _write(path: Path, stories: Sequence[Backstory], form: str) -> None:
    if form == "json":
        plain: Any = [as_plain(story) for story in stories]
        text = json.dumps(plain[0] if len(plain) == 1 else plain, ensure_ascii=False, indent=1)
        path.write_text(f"{text}\n", encoding="utf-8")
    elif form == "md":
        text = "\n\n".join(to_markdown(story) for story in stories)
        path.write_text(f"{text}\n", encoding="utf-8")
    else:
        paragraphs: list[tuple[str, str]] = []
        for story in stories:
            paragraphs.append(("heading", story.twin))
            for turn in story.visible:
                paragraphs += [("bold", turn.asked), ("", turn.shown)]
        write_paragraphs(path, paragraphs)


def _names(stories: Sequence[Backstory]) -> dict[str, str]:
    """File names made of ids, without characters that mean something to a file system."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for story in stories:
        name = "".join(c if c.isalnum() or c in "-_." else "_" for c in story.twin).strip(".")
        name = base = (name or "person")[:100]
        number = 2
        while name.casefold() in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name.casefold())
        found[story.twin] = name
    return found
