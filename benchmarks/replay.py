"""Replay real Qualtrics studies: `replay.py FOLDER`.

FOLDER holds a folder for each study, with its `survey.qsf` and `response.csv`, such as those of the
Twin-2K-500 mega-study (arXiv 2509.19088, Apache-2.0). For each it prints how the survey was
imported (questions; things approximated and left), and what replaying every respondent found:
cells answered that were not asked, and required cells unanswered. Beside it stands the same with
every condition dropped from the questionnaire, which is what an importer without logic would show.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path

from understudy.surveys.importers import import_questionnaire
from understudy.surveys.importers.report import Fate
from understudy.surveys.importers.responses import read_export
from understudy.surveys.question import Question
from understudy.surveys.questionnaire import Block, FlowNode, Group, Questionnaire
from understudy.surveys.replay import replay

HEAD = (
    f"{'study':26}{'people':>7}{'cells':>8}{'questions':>10}{'approx.':>8}{'left':>5}"
    f"{'not asked':>11}{'unanswered':>12}{'undecoded':>10}{'  without logic':>16}{'seconds':>9}"
)


def main() -> None:
    """Print one line for each study, and their sum."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="folder with a folder for each study")
    folder = parser.parse_args().folder
    print(HEAD)
    people = cells = wrong = 0
    for survey in sorted(folder.glob("*/survey.qsf")):
        began = time.perf_counter()
        found = import_questionnaire(survey)
        export = read_export(survey.with_name("response.csv"), found.questionnaire, found.columns)
        replayed = replay(found.questionnaire, export)
        seconds = time.perf_counter() - began
        plain = replay(without_logic(found.questionnaire), export)
        print(
            f"{survey.parent.name:26}{replayed.people:7,}{replayed.cells:8,}"
            f"{len(found.questionnaire.written()):10,}"
            f"{len(found.report.of(Fate.APPROXIMATED)):8}{len(found.report.of(Fate.LEFT)):5}"
            f"{replayed.share(replayed.not_asked):11.2%}"
            f"{replayed.share(replayed.unanswered):12.2%}{replayed.undecoded:10,}"
            f"{plain.share(len(plain.misfits)):16.2%}{seconds:9.1f}"
        )
        for misfit, counts in replayed.by_misfit().items():
            print(f"    {sum(counts.values()):,} {misfit}: {', '.join(list(counts)[:6])}")
        people += replayed.people
        cells += replayed.cells
        wrong += len(replayed.misfits)
    print(f"{'all':26}{people:7,}{cells:8,}  misfits {wrong:,}")


def without_logic(questionnaire: Questionnaire) -> Questionnaire:
    """The questionnaire with every condition dropped."""
    return dataclasses.replace(
        questionnaire, blocks=tuple(_always(node) for node in questionnaire.blocks)
    )


def _always(node: FlowNode) -> FlowNode:
    if isinstance(node, Group):
        return dataclasses.replace(
            node, show_if=None, blocks=tuple(_always(member) for member in node.blocks)
        )
    if isinstance(node, Block):
        pages = tuple(tuple(_asked(question) for question in page) for page in node.pages)
        return dataclasses.replace(node, show_if=None, pages=pages)
    return node


def _asked(question: Question) -> Question:
    return dataclasses.replace(question, show_if=None)


if __name__ == "__main__":
    main()
