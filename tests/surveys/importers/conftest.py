"""Qualtrics survey files and exports of answers, made by hand for each test."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

Payload = dict[str, Any]


class Maker:
    """Makes the parts of a survey file; questions are numbered QID1, QID2, …"""

    def question(self, kind: str, selector: str, tag: str, text: str = "", **more: Any) -> Payload:
        """A question. `choices` and `answers` are lists of labels or mappings id → label."""
        payload: Payload = {
            "QuestionText": text or f"Question {tag}?",
            "DataExportTag": tag,
            "QuestionType": kind,
            "Selector": selector,
            "Configuration": {"QuestionDescriptionOption": "UseText"},
            "Validation": {"Settings": {"ForceResponse": "ON", "Type": "None"}},
            "Language": [],
        }
        for key, name, order in (
            ("choices", "Choices", "ChoiceOrder"),
            ("answers", "Answers", "AnswerOrder"),
        ):
            if key in more:
                given = more.pop(key)
                if not isinstance(given, dict):
                    given = {str(n): label for n, label in enumerate(given, 1)}
                payload[name] = {
                    id: {"Display": label} if isinstance(label, str) else label
                    for id, label in given.items()
                }
                payload[order] = list(given)
        return payload | more

    def choice(self, tag: str, *labels: str, **more: Any) -> Payload:
        """A single choice."""
        return self.question("MC", "SAVR", tag, choices=list(labels), **more)

    def words(self, tag: str, **more: Any) -> Payload:
        """An open question."""
        return self.question("TE", "SL", tag, **more)

    def told(self, tag: str, text: str) -> Payload:
        """Text to read."""
        return self.question("DB", "TB", tag, text)

    def when(self, *terms: Payload, joint: str = "And") -> Payload:
        """Logic of one group; terms after the first are joined by `joint`."""
        group: Payload = {"Type": "If"}
        for place, term in enumerate(terms):
            group[str(place)] = term if place == 0 else {**term, "Conjuction": joint}
        return {"0": group, "Type": "BooleanExpression"}

    def about(self, locator: str, operator: str = "Selected", right: Any = None) -> Payload:
        """An expression about a question: `QID1/SelectableChoice/2`."""
        term: Payload = {
            "LogicType": "Question",
            "LeftOperand": f"q://{locator}",
            "Operator": operator,
            "Type": "Expression",
        }
        return term if right is None else term | {"RightOperand": right}

    def field(self, name: str, operator: str, right: str = "") -> Payload:
        """An expression about an embedded field."""
        return {
            "LogicType": "EmbeddedField",
            "LeftOperand": name,
            "Operator": operator,
            "RightOperand": right,
            "Type": "Expression",
        }

    def embedded(self, id: str, **values: str) -> Payload:
        """A flow element that sets embedded data."""
        data = [
            {"Field": name.replace("__", "."), "Type": "Custom", "Value": value}
            for name, value in values.items()
        ]
        return {"Type": "EmbeddedData", "FlowID": id, "EmbeddedData": data}

    def standing(self, block: str) -> Payload:
        """A block in the flow."""
        return {"Type": "Standard", "ID": block, "FlowID": f"FL_{block}"}

    def branch(self, id: str, logic: Payload, *flow: Payload) -> Payload:
        """A branch."""
        return {"Type": "Branch", "FlowID": id, "BranchLogic": logic, "Flow": list(flow)}

    def randomizer(self, id: str, some: int, *flow: Payload, even: bool = True) -> Payload:
        """A randomizer."""
        return {
            "Type": "BlockRandomizer",
            "FlowID": id,
            "SubSet": str(some),
            "EvenPresentation": even,
            "Flow": list(flow),
        }

    def survey(
        self,
        questions: Sequence[Payload],
        blocks: Mapping[str, Any] | None = None,
        flow: Sequence[Payload] | None = None,
        *,
        options: Mapping[str, Payload] | None = None,
        trash: Sequence[str] = (),
        language: str = "EN",
    ) -> Payload:
        """A whole survey.

        Args:
            questions: Questions in order: QID1, QID2, …
            blocks: Block id → numbers of its questions, with "|" for page breaks. One block of
                everything by default.
            flow: Flow elements; all blocks in order by default.
            options: Options by block.
            trash: QIDs in the trash.
            language: Of the survey.
        """
        numbered = {f"QID{n}": question for n, question in enumerate(questions, 1)}
        if blocks is None:
            blocks = {"BL_1": list(range(1, len(questions) + 1))}
        held: list[Payload] = [
            {
                "Type": "Trash",
                "Description": "Trash",
                "ID": "BL_trash",
                "BlockElements": [{"Type": "Question", "QuestionID": qid} for qid in trash],
            }
        ]
        for id, places in blocks.items():
            elements: list[Payload] = []
            for place in places:
                if place == "|":
                    elements.append({"Type": "Page Break"})
                elif isinstance(place, dict):
                    elements.append({"Type": "Question", **place})
                else:
                    elements.append({"Type": "Question", "QuestionID": f"QID{place}"})
            held.append(
                {
                    "Type": "Standard",
                    "Description": id.removeprefix("BL_"),
                    "ID": id,
                    "BlockElements": elements,
                    "Options": dict((options or {}).get(id, {})),
                }
            )
        root = list(flow) if flow is not None else [self.standing(id) for id in blocks]
        return {
            "SurveyEntry": {"SurveyName": "A survey", "SurveyLanguage": language},
            "SurveyElements": [
                {"Element": "BL", "Payload": held},
                {"Element": "FL", "Payload": {"Type": "Root", "FlowID": "FL_1", "Flow": root}},
                *(
                    {
                        "Element": "SQ",
                        "PrimaryAttribute": qid,
                        "Payload": {**question, "QuestionID": qid},
                    }
                    for qid, question in numbered.items()
                ),
            ],
        }


@pytest.fixture
def qsf() -> Maker:
    """Makes parts of survey files."""
    return Maker()


Write = Callable[[Payload], Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Writes a survey to a file."""

    def write(survey: Payload) -> Path:
        path = tmp_path / "survey.qsf"
        path.write_text(json.dumps(survey), encoding="utf-8")
        return path

    return write


@pytest.fixture
def exported(tmp_path: Path) -> Callable[..., Path]:
    """Writes an export of answers: `exported(["QID1", …], rows)`, with names beside ids."""

    def write(ids: Sequence[Any], rows: Sequence[Sequence[Any]]) -> Path:
        path = tmp_path / "export.csv"
        names, marks = [], []
        for id in ids:
            name, mark = id if isinstance(id, tuple) else (id, id)
            names.append(name)
            import_id, _, choice = mark.partition(":")
            entry = {"ImportId": import_id} | ({"choiceId": choice} if choice else {})
            marks.append(json.dumps(entry))
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(names)
            out.writerow([f"Wording of {name}" for name in names])
            out.writerow(marks)
            out.writerows(rows)
        return path

    return write
