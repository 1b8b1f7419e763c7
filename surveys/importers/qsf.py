"""Qualtrics survey files (.qsf): the survey as a questionnaire, with what was carried and left.

Only what stands in the flow is part of a survey: questions in the trash and blocks that nothing
leads to are not read. Names come from Qualtrics' export tags, codes from its recoded values, so
that exported answers fit.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...data.codebook import Code
from ...data.errors import QuestionnaireError, RequestError, UnreadableFileError
from ...data.legible import one_line
from ..questionnaire import Field as FieldSet
from ..questionnaire import FlowNode, Loop, Questionnaire, SetFields
from .imported import Column, Holds, Imported
from .qsf_blocks import Blocks, driver_of, loop_of
from .qsf_choices import Texts, marked
from .qsf_file import QsfFile, entries, mapping, read_qsf, text
from .qsf_flow import Flow
from .qsf_logic import Logic, fields_named
from .qsf_made import Made
from .qsf_pipes import Pipes, fields_piped, names_in_turn
from .qsf_places import Place, Positions, members_of, places_of
from .qsf_questions import make
from .qsf_source import Source
from .report import Log

__all__ = ["read", "recognises"]

_BAD = re.compile(r"[{}|`\x00-\x1f]|[^\S ]")
_WORDS = frozenset({"and", "or", "not", "in", "true", "false", "record", "arm", "loop"})


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is a Qualtrics survey, by its first bytes."""
    del path
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read(path: Path, language: str = "") -> Imported:
    """Read a Qualtrics survey file.

    Args:
        path: The file.
        language: Language to take texts from, such as "DE"; the survey's own by default.

    Raises:
        UnreadableFileError: It is no survey file, damaged, or without questions.
        QuestionnaireError: What it holds cannot be administered.
        RequestError: It has no such language.
    """
    file = read_qsf(path)
    try:
        return _Survey(file, path, language).imported()
    except UnreadableFileError as error:
        if error.where:
            raise
        raise UnreadableFileError(error.what, where=path.name, remedy=error.remedy) from error


class _Survey:
    """Puts one survey together."""

    def __init__(self, file: QsfFile, path: Path, language: str) -> None:
        self.path = path
        self.log = Log()
        self.languages = _languages(file)
        self.language = self.chosen(language, file.language)
        if not mapping(file.flow):
            flow = {"Flow": [{"Type": "Block", "ID": id} for id in file.blocks]}
            file = dataclasses.replace(file, flow=flow)
        self.file = file
        self.places: list[Place] = places_of(file)
        self.active = self.active_questions()
        self.taken: set[str] = set()
        self.made: dict[str, Made] = {}
        self.columns: dict[str, Column] = {}

    def chosen(self, language: str, own: str) -> str:
        """The language to prefer, in lower case; "" for the survey's own."""
        wanted = language.strip().casefold()
        if not wanted or wanted == own.casefold():
            return ""
        known = {tag.casefold(): tag for tag in self.languages}
        if wanted not in known:
            raise RequestError(
                f"the survey has no language {language!r}",
                where=self.path.name,
                remedy=f"there are {', '.join([own, *self.languages])}",
            )
        return wanted

    def active_questions(self) -> list[str]:
        """QIDs of the questions that somebody can be asked, in order of the flow."""
        qids = dict.fromkeys(
            qid for place in self.places for qid in self.file.blocks[place.block].questions()
        )
        return [qid for qid in qids if qid in self.file.questions]

    def imported(self) -> Imported:
        for qid in self.active:
            self.made[qid] = self.question(qid)
        block_names = self.block_names()
        positions = Positions(self.file, self.places)
        loops, turns = self.loops(block_names, positions)
        fields = self.fields()
        logic = Logic(self.made, fields, turns, self.log)
        pipes = Pipes(self.made, fields, turns, self.log)
        blocks = Blocks(self.file, self.made, block_names, loops, logic, pipes, positions, self.log)
        flow = Flow(self.file, blocks, logic, pipes, fields, self.taken, self.log)
        nodes = flow.nodes()
        nodes = (*_from_record(fields, flow.declared, self.log), *nodes)
        if self.file.trashed:
            self.log.carried("survey", "trash", f"{self.file.trashed} questions in the trash")
        if self.file.quotas:
            self.log.left("survey", "quota", f"{self.file.quotas} quotas are not kept")
        questionnaire = Questionnaire(
            name=_plain(self.path.stem) or "imported",
            title=one_line(self.file.name),
            language=_tag(self.language or self.file.language),
            blocks=nodes,
            conditions=tuple(flow.conditions),
            source=self.path.name,
        )
        _refuse_faults(questionnaire)
        return Imported(
            questionnaire=questionnaire,
            report=self.log.report(),
            columns=self.all_columns(turns, fields),
            languages=tuple(tag for tag in self.languages if tag.casefold() != self.language),
        )

    # --- questions ----------------------------------------------------------------------------

    def question(self, qid: str) -> Made:
        """What a question becomes, under names that nothing else has."""
        payload = self.file.questions[qid]
        tag = _name(text(payload.get("DataExportTag")))
        tried = [name for name in (tag, f"{tag}_{qid}" if tag else "", qid, f"{qid}_") if name]
        for name in tried:
            if name in self.taken:
                continue
            log = Log()
            made = self.attempt(qid, name, log)
            names = _names(made)
            if self.taken.isdisjoint(names) and len(set(names)) == len(names):
                self.taken.update(names, [name])
                self.log.extend(log.report().entries)
                if name != tag and any(question.variables() for question in made.questions):
                    self.log.approximated(
                        f"question {name}",
                        "name",
                        f"the name {tag or '(none)'!r} is in use already",
                    )
                return made
        self.log.left(f"question {qid}", "question", "no name is free for it")
        return Made(qid=qid)

    def attempt(self, qid: str, name: str, log: Log) -> Made:
        payload = self.file.questions[qid]
        texts = Texts(payload, self.language, f"question {name}", log, self.file.questions)
        made = make(Source(qid, name, payload, texts, log))
        wrong = next((f for question in made.questions if (f := question.fault())), None)
        if wrong is None:
            return made
        log.left(f"question {name}", "question", f"it cannot be asked: {wrong}")
        shown = {"QuestionType": "DB", "QuestionText": payload.get("QuestionText")}
        return make(Source(qid, name, shown, Texts(shown, "", f"question {name}", Log()), Log()))

    # --- names --------------------------------------------------------------------------------

    def block_names(self) -> dict[str, str]:
        found: dict[str, str] = {}
        used: set[str] = set()
        for place in self.places:
            if place.block in found:
                continue
            stem = _name(self.file.blocks[place.block].title).replace(" > ", " ") or place.block
            name, count = stem, 1
            while name in used:
                count += 1
                name = f"{stem} {count}"
            used.add(name)
            found[place.block] = name
        return found

    def loops(
        self, names: Mapping[str, str], positions: Positions
    ) -> tuple[dict[str, Loop], dict[str, Mapping[str, Code]]]:
        """Loops by block; and for questions in one, the ids and codes of its turns."""
        loops: dict[str, Loop] = {}
        turns: dict[str, Mapping[str, Code]] = {}
        for block_id, name in names.items():
            block = self.file.blocks[block_id]
            if driver := driver_of(block)[0]:
                place = next(n for n, p in enumerate(self.places) if p.block == block_id)
                stand = positions.at(place)
                late = stand.comes_later(driver) or driver in stand.unsure
                if late or driver in stand.block or driver in turns:
                    self.log.left(
                        f"block {name}",
                        "loop",
                        f"its loop over {driver}, which is not sure to come before, is left",
                    )
                    continue
            found = loop_of(block, self.made, self.log, f"block {name}")
            if found is None:
                continue
            loops[block_id], ids = found
            turns |= dict.fromkeys(block.questions(), ids)
        return loops, turns

    def fields(self) -> dict[str, str]:
        """Embedded fields that are set or used, with names that nothing else has."""
        found: dict[str, str] = {}
        for source in dict.fromkeys(self.fields_met()):
            stem = _name(source) or "field"
            if stem.partition(".")[0] in ("record", "arm", "loop") or stem in _WORDS:
                stem = f"field {stem}"
            name = stem
            while name in self.taken:
                name += "_field"
            if name != source:
                self.log.approximated(
                    f"field {source}", "name", f"it is called {name!r}, as its own name is in use"
                )
            self.taken.add(name)
            found[source] = name
        return found

    def fields_met(self) -> Iterable[str]:
        pending = [self.file.flow]
        while pending:
            node = pending.pop()
            for _, entry in entries(node.get("EmbeddedData")):
                given = mapping(entry)
                if text(given.get("Value")) and text(given.get("Field")).strip():
                    yield text(given.get("Field")).strip()
                    yield from fields_piped(marked(text(given.get("Value"))))
            yield from fields_named(node.get("BranchLogic"))
            pending += reversed(members_of(node))
        for qid in self.active:
            payload = self.file.questions[qid]
            yield from fields_named(payload.get("DisplayLogic"))
            for key in ("Choices", "Answers"):
                for _, choice in entries(payload.get(key)):
                    yield from fields_named(mapping(choice).get("DisplayLogic"))
            made = self.made[qid]
            for question in made.questions:
                texts = [question.text, *(o.label for o in question.options)]
                texts += [item.label for item in question.items]
                texts += [str(getattr(question, key, "")) for key in ("low_label", "high_label")]
                for said in texts:
                    yield from fields_piped(said)

    def fields_declared(self) -> Iterable[str]:
        """Embedded fields that the flow names, also those that nothing uses."""
        pending = [self.file.flow]
        while pending:
            node = pending.pop()
            for _, entry in entries(node.get("EmbeddedData")):
                yield text(mapping(entry).get("Field")).strip()
            pending += members_of(node)

    # --- columns ------------------------------------------------------------------------------

    def all_columns(
        self, turns: Mapping[str, Mapping[str, Code]], fields: Mapping[str, str]
    ) -> dict[str, Column]:
        """What the columns of an export hold, by ImportId."""
        found: dict[str, Column] = {
            source: Column(holds=Holds.FIELD) for source in self.fields_declared()
        }
        for source, name in fields.items():
            found[source] = Column(holds=Holds.FIELD, variables=(name,))
        for qid, made in self.made.items():
            for end, column in made.columns.items():
                if qid not in turns:
                    found[f"{qid}{end}"] = column
                    continue
                for turn, code in turns[qid].items():
                    names = names_in_turn(made, code)
                    renamed = tuple(names.get(name, name) for name in column.variables)
                    found[f"{turn}_{qid}{end}"] = dataclasses.replace(column, variables=renamed)
        return found


def _names(made: Made) -> list[str]:
    """All names that a question takes: its own, and those of its variables."""
    found: list[str] = []
    for question in made.questions:
        variables = [variable.name for variable in question.variables()]
        found += [question.name, *(name for name in variables if name != question.name)]
    return found


def _from_record(fields: Mapping[str, str], declared: set[str], log: Log) -> tuple[FlowNode, ...]:
    """Sets the fields that are used but never set: they come from the person's record."""
    left = [(source, name) for source, name in fields.items() if name not in declared]
    if not left:
        return ()
    for source, _ in left:
        log.left(
            f"field {source}",
            "embedded data",
            "the survey uses it and never sets it; it is taken from the record, or stays empty",
        )
    given = tuple(FieldSet(name=name, text=f"{{record.{_piped(s)}|}}") for s, name in left)
    return (SetFields(fields=given, name="from the record"),)


def _piped(source: str) -> str:
    return _BAD.sub("_", source)


def _name(source: str) -> str:
    """A name made of what the file calls something: one line without marks that names lack."""
    return " ".join(_BAD.sub("_", one_line(source).replace("\ufffd", "_")).split())[:200]


def _plain(stem: str) -> str:
    return re.sub(r"\W+", "_", stem).strip("_").lower()


def _tag(language: str) -> str:
    """A language as BCP 47 writes it: "EN" is "en", "ES-ES" "es-ES"."""
    first, dash, rest = language.partition("-")
    return one_line(first.lower() + dash + rest) or "en"


def _languages(file: QsfFile) -> tuple[str, ...]:
    """Languages that any question is translated into, besides the survey's own."""
    found: dict[str, None] = {}
    for payload in file.questions.values():
        if isinstance(payload.get("Language"), dict):
            found.update(dict.fromkeys(mapping(payload["Language"])))
    return tuple(tag for tag in found if tag.casefold() != file.language.casefold())


def _refuse_faults(questionnaire: Questionnaire) -> None:
    from ..checks.faults import faults

    found = faults(questionnaire)
    if found:
        more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
        raise QuestionnaireError(
            f"{found[0].what}{more}",
            where=questionnaire.place(found[0].thing),
            remedy=found[0].remedy or "change it in Qualtrics and export the survey again",
        )
