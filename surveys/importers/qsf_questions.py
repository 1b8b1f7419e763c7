"""Question types of Qualtrics: which type each becomes here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..questions import Display
from . import qsf_matrix, qsf_several, qsf_simple
from .imported import Column, Holds
from .qsf_choices import choices_of
from .qsf_file import mapping, text
from .qsf_made import Made
from .qsf_source import Source, common

__all__ = ["make"]

SILENT: Mapping[str, tuple[Holds, tuple[str, ...]]] = MappingProxyType(
    {
        "Timing": (
            Holds.TIMING,
            ("_FIRST_CLICK", "_LAST_CLICK", "_PAGE_SUBMIT", "_CLICK_COUNT"),
        ),
        "Meta": (
            Holds.PARADATA,
            ("_BROWSER", "_VERSION", "_OS", "_RESOLUTION", "_FLASH", "_JAVA", "_USERAGENT"),
        ),
        "Captcha": (Holds.PARADATA, ("",)),
    }
)
"""Types that ask nothing, and the columns they fill."""
LEFT: Mapping[str, str] = MappingProxyType(
    {
        "FileUpload": "a file to upload",
        "HeatMap": "a heat map",
        "HotSpot": "a hot spot",
        "HL": "a text to highlight",
        "Draw": "a signature",
        "PGR": "groups to sort things into",
        "SS": "a graphic slider",
        "GAP": "a gap analysis",
        "ScreenCapture": "a screen capture",
        "VideoResponse": "a video to record",
        "TreeTesting": "a tree test",
    }
)
"""Types that nobody can answer in text; their wording stays as display text."""


def _written(source: Source) -> Made | None:
    if source.selector == "FORM":
        return qsf_matrix.form(source, choices_of(source.texts))
    return qsf_simple.words(source)


def _rows(source: Source) -> Made | None:
    if source.selector == "Profile":
        return qsf_several.profile(source)
    return qsf_matrix.matrix(source)


MAKERS: Mapping[str, Callable[[Source], Made | None]] = MappingProxyType(
    {
        "DB": qsf_simple.display,
        "MC": qsf_simple.choice,
        "TE": _written,
        "Matrix": _rows,
        "Slider": qsf_matrix.slider,
        "CS": qsf_matrix.constant_sum,
        "RO": qsf_matrix.ranking,
        "SBS": qsf_several.side_by_side,
        "DD": qsf_several.drill_down,
    }
)
"""What makes questions of each type; nothing, where a question cannot be made of it."""


def make(source: Source) -> Made:
    """Make what a question of the file becomes."""
    kind, selector = source.type, source.selector
    if kind in SILENT:
        holds, ends = SILENT[kind]
        source.log.carried(
            source.where, "paradata", f"{kind.lower()}: not asked; its columns are recognised"
        )
        return Made(qid=source.qid, columns={end: Column(holds=holds) for end in ends})
    if text(source.payload.get("QuestionJS")).strip():
        source.log.left(source.where, "JavaScript", "its JavaScript does not run")
    maker = MAKERS.get(kind)
    made = maker(source) if maker is not None else None
    if made is None:
        return _left(source)
    for question in made.questions:
        source.log.carried(source.where, question.kind, f"{kind}/{selector} as {question.kind}")
    if mapping(source.payload.get("DefaultChoices")) and kind != "TE":
        source.log.left(source.where, "default answer", "an answer chosen beforehand is not")
    return made


def _left(source: Source) -> Made:
    what = LEFT.get(source.type, f"a question of type {source.type or 'unknown'}")
    if source.selector and source.type not in LEFT:
        what += f"/{source.selector}"
    source.log.left(
        source.where, "question type", f"{what} cannot be asked here; its wording is shown"
    )
    fields = common(source) | {"required": False}
    return Made(qid=source.qid, questions=(Display(**fields),))
