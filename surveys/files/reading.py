"""Questionnaire files: YAML in the form that `docs/questionnaire.md` describes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...data.codebook import Code, code_text
from ...data.errors import FileError, QuestionnaireError, UnderstudyError
from ...data.scales import SCORINGS, Mark, Norm, Scale
from ...data.yaml_safe import Node, load_file, load_with_lines
from ..instruments import PREFIX, instrument_path
from ..question import Option, Question, Shuffle
from ..questionnaire import (
    Again,
    Block,
    Condition,
    Design,
    End,
    Field,
    FlowNode,
    Group,
    Loop,
    Outcome,
    Questionnaire,
    ScreenOut,
    SetFields,
    Which,
)
from ..tasks import PREFIX as TASKS_PREFIX
from .cursor import Cursor, code_of
from .reading_questions import read_options, read_question
from .writing import PAGE_BREAK

__all__ = ["parse_questionnaire", "read_questionnaire"]

SUFFIXES = (".yaml", ".yml")
TOP_KEYS = (
    "questionnaire",
    "title",
    "language",
    "version",
    "conditions",
    "option_sets",
    "screen_out",
    "scales",
    "blocks",
    "questions",
)
CONDITION_KEYS = ("arms", "design", "weights", "order")
SCREEN_OUT_KEYS = ("if", "text")
SCALE_KEYS = ("items", "reverse", "score", "minimum", "label", "norms")
NORM_KEYS = ("mean", "sd", "n", "source", "mark")
BLOCK_KEYS = (
    "block",
    "title",
    "order",
    "anchored",
    "show_if",
    "loop",
    "within",
    "questions",
)
TASK_KEYS = ("task", "name", "with", "title", "order", "anchored", "show_if", "loop", "questions")
LOOP_KEYS = ("over", "values", "which", "order", "pick", "texts")
GROUP_KEYS = ("group", "order", "pick", "anchored", "show_if", "blocks")
END_KEYS = ("end", "name", "text", "anchored", "show_if")
AGAIN_KEYS = ("again", "anchored", "show_if")
SET_KEYS = ("set", "name", "anchored", "show_if")
FORMULA_KEYS = ("formula",)


def read_questionnaire(path: str | Path, *, strict: bool = True) -> Questionnaire:
    """Read a questionnaire file.

    Args:
        path: The file, also one of other software (see `importers`); or "instrument:" and the name
            of a questionnaire that ships; or "tasks:" and names of tasks or families, or "all"
            (`tasks.battery.battery_named`).
        strict: Whether to refuse a questionnaire that cannot be administered. If not, what is
            wrong with its content (not its form) is left for `check` to list.

    Raises:
        QuestionnaireError: The file is no questionnaire, or cannot be administered; the message
            names file, line and question.
        UnknownNameError: There is no such instrument, task or family.
    """
    file = Path(path)
    if file.name.startswith(TASKS_PREFIX):
        from ..tasks.battery import battery_named

        return battery_named(file.name)
    if file.name.startswith(PREFIX) and not file.exists():
        file = instrument_path(file.name)
    if file.suffix.lower() not in SUFFIXES:
        from ..importers import import_questionnaire, is_foreign

        if is_foreign(file):
            return import_questionnaire(file).questionnaire
    return _read(load_file(file, error=QuestionnaireError), file.stem, strict, file.parent)


def parse_questionnaire(text: str, where: str = "", *, strict: bool = True) -> Questionnaire:
    """Read a questionnaire from text; `where` is what messages call it."""
    node = load_with_lines(text, where, error=QuestionnaireError)
    return _read(node, Path(where).stem, strict, Path())


def _read(node: Node, stem: str, strict: bool, folder: Path) -> Questionnaire:
    top = Cursor(node)
    if node.value is None:
        raise top.fault("the questionnaire is empty", "docs/questionnaire.md shows how to begin")
    questionnaire = _Reader(top, folder).questionnaire(stem)
    if strict:
        from ..checks.faults import faults

        found = faults(questionnaire)
        if found:
            more = f" ({len(found) - 1} more; understudy check lists them all)"
            first = found[0]
            raise QuestionnaireError(
                first.what + (more if len(found) > 1 else ""),
                where=questionnaire.place(first.thing),
                remedy=first.remedy,
            )
    return questionnaire


class _Reader:
    """Reads one document, remembering where things stand."""

    def __init__(self, top: Cursor, folder: Path) -> None:
        self.top = top
        self.folder = folder
        self.lines: dict[str, int] = {}
        self.option_sets: dict[str, tuple[Option, ...]] = {}

    def note(self, here: Cursor, thing: str) -> None:
        """Remember where a thing stands; names are unique within their kind."""
        if thing in self.lines:
            raise here.called(thing).fault(
                f"this name is in use already (line {self.lines[thing]})", "give one another name"
            )
        self.lines[thing] = here.line
        if isinstance(here.value, dict):
            for key in here.value:
                self.lines.setdefault(f"{thing}: {key}", here.at(key).line)

    def questionnaire(self, stem: str) -> Questionnaire:
        top = self.top
        top.mapping(TOP_KEYS, "the parts of a questionnaire")
        if top.has("option_sets"):
            for name, here in top.at("option_sets").entries("option sets"):
                there = here.called(f"option set {name}")
                self.option_sets[code_text(name)] = read_options(there)
        conditions = self.named("conditions", self.condition)
        scales = self.named("scales", self.scale)
        rules = self.rules()
        blocks: tuple[FlowNode, ...] = ()
        if top.has("questions"):
            if top.has("blocks"):
                raise top.at("questions").fault(
                    "there are both blocks and loose questions", "put the questions into a block"
                )
            blocks = (Block(name="main", pages=self.pages(top.at("questions"))),)
        elif top.has("blocks"):
            blocks = tuple(self.node(here) for here in top.at("blocks").items("blocks"))
        return Questionnaire(
            name=top.text("questionnaire", stem or "questionnaire"),
            title=top.text("title"),
            language=top.text("language", "en"),
            version=top.text("version"),
            conditions=conditions,
            screen_out=rules,
            scales=scales,
            blocks=blocks,
            source=top.node.where,
            lines=self.lines,
        )

    def named(self, key: str, read: Any) -> tuple[Any, ...]:
        """The things of a mapping from names to things."""
        if not self.top.has(key):
            return ()
        return tuple(read(code_text(name), here) for name, here in self.top.at(key).entries(key))

    def rules(self) -> tuple[ScreenOut, ...]:
        """One screen-out rule, or a list of them."""
        if not self.top.has("screen_out"):
            return ()
        here = self.top.at("screen_out")
        places = list(here.items("rules")) if isinstance(here.value, list) else [here]
        found = []
        for number, place in enumerate(places, 1):
            there = place.called(f"screen_out {number}")
            if isinstance(there.value, str):
                raise there.fault("a screen-out rule is written as if: CONDITION")
            there.mapping(SCREEN_OUT_KEYS)
            self.note(there, there.thing)
            when = there.expression("if")
            if when is None:
                raise there.fault("the rule has no condition", "give it one with if:")
            found.append(ScreenOut(when, there.text("text")))
        return tuple(found)

    def condition(self, name: str, here: Cursor) -> Condition:
        here = here.called(f"condition {name}")
        self.note(here, here.thing)
        if isinstance(here.value, list):
            return Condition(name=name, arms=_texts(here, "arms"))
        here.mapping(CONDITION_KEYS)
        if not here.has("arms"):
            raise here.fault("the condition has no arms", "list them with arms:")
        there = here.at("arms")
        texts: tuple[str, ...] = ()
        if isinstance(there.value, dict):
            arms = tuple(code_text(arm) for arm in there.value)
            texts = tuple(place.as_text() for _, place in there.entries())
        else:
            arms = _texts(there, "arms")
        weights: tuple[float, ...] = ()
        if here.has("weights"):
            weights = tuple(w.as_number("weights") for w in here.at("weights").items("weights"))
        return Condition(
            name=name,
            arms=arms,
            texts=texts,
            design=here.choice("design", Design, Design.BETWEEN),
            weights=weights,
            order=here.choice("order", Shuffle, Shuffle.RANDOM),
        )

    def scale(self, name: str, here: Cursor) -> Scale:
        here = here.called(f"scale {name}")
        self.note(here, here.thing)
        here.mapping(SCALE_KEYS)
        if not here.has("items"):
            raise here.fault("the scale has no items", "list them with items:")
        score = here.text("score", "mean")
        if score not in SCORINGS:
            raise here.at("score").fault(f"a score is one of {', '.join(SCORINGS)}, not {score!r}")
        return Scale(
            name=name,
            items=_texts(here.at("items"), "items"),
            reverse=_texts(here.at("reverse"), "items") if here.has("reverse") else (),
            score=score,
            minimum=here.count("minimum"),
            label=here.text("label"),
            norms=self.norm(here.at("norms")) if here.has("norms") else None,
        )

    def norm(self, here: Cursor) -> Norm:
        here.mapping(NORM_KEYS)
        mean, sd = here.number("mean"), here.number("sd")
        if mean is None:
            raise here.fault("the norms have no mean", "give it with mean:")
        if sd is not None and sd <= 0:
            raise here.at("sd").fault("a standard deviation is more than 0")
        if not here.has("source"):
            raise here.fault("the norms have no source", "say with source: where they are from")
        return Norm(
            mean=mean,
            sd=sd,
            n=here.count("n"),
            source=here.text("source"),
            mark=here.choice("mark", Mark, Mark.RECALLED),
        )

    # --- blocks -------------------------------------------------------------------------------

    def node(self, here: Cursor) -> FlowNode:
        value = here.mapping(what="a block, group, end, set or again")
        if "group" in value:
            return self.group(here)
        if "end" in value:
            return self.end(here)
        if "task" in value:
            return self.task(here)
        if "set" in value:
            return self.setting(here)
        if "again" in value:
            here.mapping(AGAIN_KEYS)
            return Again(
                block=here.text("again"),
                show_if=here.expression("show_if"),
                anchored=here.flag("anchored"),
            )
        if "block" in value:
            return self.block(here)
        raise here.fault(
            "this is no block, task, group, end, set or again",
            "name it with block:, task:, group:, end:, set: or again: as a first key",
        )

    def task(self, here: Cursor) -> Block:
        """A task of the library: its parameters, and what may be said of any block."""
        from ..tasks import make_task

        kind = here.text("task")
        name = here.text("name", kind)
        here = here.called(f"block {name}")
        here.mapping(TASK_KEYS)
        self.note(here, here.thing)
        given = {}
        if here.has("with"):
            given = here.at("with").mapping(what="parameters of the task")
        try:
            task = make_task(
                kind, prefix=name, folder=self.folder, **{str(k): v for k, v in given.items()}
            )
        except UnderstudyError as error:
            raise self.bad_task(here, given, error) from error
        pages = self.pages(here.at("questions")) if here.has("questions") else ()
        if not pages:
            for question in (question for page in task.named.pages for question in page):
                self.note(here, f"question {question.name}")
        return dataclasses.replace(
            task.block(
                title=here.text("title"),
                show_if=here.expression("show_if"),
                loop=self.loop(here.at("loop")) if here.has("loop") else None,
                anchored=here.flag("anchored"),
                pages=pages,
            ),
            order=here.choice("order", Shuffle, Shuffle.FIXED),
        )

    def bad_task(
        self, here: Cursor, given: Mapping[Any, Any], error: UnderstudyError
    ) -> QuestionnaireError:
        """What is wrong with a task, at the line of the parameter that it speaks of."""
        named = next((key for key in given if f"{str(key)!r}" in error.what), None)
        place = here.at("task")
        if given:
            place = here.at("with") if named is None else here.at("with").at(named)
        if isinstance(error, FileError) and error.where:
            return place.fault(f"{error.where}: {error.what}", error.remedy)
        return place.fault(error.what, error.remedy)

    def block(self, here: Cursor) -> Block:
        name = here.text("block")
        here = here.called(f"block {name}")
        here.mapping(BLOCK_KEYS)
        self.note(here, here.thing)
        return Block(
            name=name,
            title=here.text("title"),
            pages=self.pages(here.at("questions")) if here.has("questions") else (),
            order=here.choice("order", Shuffle, Shuffle.FIXED),
            show_if=here.expression("show_if"),
            loop=self.loop(here.at("loop")) if here.has("loop") else None,
            within=here.text("within"),
            anchored=here.flag("anchored"),
        )

    def group(self, here: Cursor) -> Group:
        name = here.text("group")
        here = here.called(f"group {name}")
        here.mapping(GROUP_KEYS)
        self.note(here, here.thing)
        members: tuple[FlowNode, ...] = ()
        if here.has("blocks"):
            members = tuple(
                self.node(place.called("")) for place in here.at("blocks").items("blocks")
            )
        return Group(
            name=name,
            blocks=members,
            order=here.choice("order", Shuffle, Shuffle.FIXED),
            pick=here.count("pick"),
            show_if=here.expression("show_if"),
            anchored=here.flag("anchored"),
        )

    def end(self, here: Cursor) -> End:
        here = here.called("end")
        here.mapping(END_KEYS)
        self.lines.setdefault("end", here.line)
        return End(
            outcome=here.choice("end", Outcome, Outcome.COMPLETED),
            show_if=here.expression("show_if"),
            text=here.text("text"),
            name=here.text("name"),
            anchored=here.flag("anchored"),
        )

    def setting(self, here: Cursor) -> SetFields:
        here = here.called("set")
        here.mapping(SET_KEYS)
        self.lines.setdefault("set", here.line)
        found = []
        for name, place in here.at("set").entries("fields"):
            if isinstance(place.value, dict):
                place.mapping(FORMULA_KEYS)
                found.append(Field(name=code_text(name), formula=place.formula("formula")))
            else:
                found.append(Field(name=code_text(name), text=place.as_text()))
        return SetFields(
            fields=tuple(found),
            show_if=here.expression("show_if"),
            name=here.text("name"),
            anchored=here.flag("anchored"),
        )

    def loop(self, here: Cursor) -> Loop:
        here.mapping(LOOP_KEYS)
        values: tuple[tuple[Code, str], ...] = ()
        if here.has("values"):
            options = read_options(here.at("values"))
            values = tuple((option.code, option.label) for option in options)
        texts = []
        if here.has("texts"):
            for name, place in here.at("texts").entries("texts"):
                by_code = tuple((code_of(c, p), p.as_text()) for c, p in place.entries())
                texts.append((code_text(name), by_code))
        return Loop(
            over=here.text("over"),
            pick=here.count("pick"),
            texts=tuple(texts),
            values=values,
            which=here.choice("which", Which, Which.SELECTED),
            order=here.choice("order", Shuffle, Shuffle.FIXED),
        )

    def pages(self, here: Cursor) -> tuple[tuple[Question, ...], ...]:
        pages: list[list[Question]] = [[]]
        for place in here.items("questions"):
            if place.value == PAGE_BREAK:
                pages.append([])
                continue
            question = read_question(place.called(""), self.option_sets)
            self.note(place, f"question {question.name}")
            pages[-1].append(question)
        return tuple(tuple(page) for page in pages if page)


def _texts(here: Cursor, what: str) -> tuple[str, ...]:
    return tuple(place.as_text() for place in here.items(what))
