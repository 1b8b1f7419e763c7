"""`check`: whether a questionnaire can be administered, what is doubtful, and how long it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...data.codebook import Codebook, code_text
from ...data.errors import QuestionnaireError
from ..piping import pipes
from ..question import Question
from ..questionnaire import Block, Group, Questionnaire
from .faults import faults
from .length import lengths
from .position import Positions
from .reach import unreachable
from .references import scope_at
from .spots import Fault, Spot, near, spots

__all__ = ["Check", "check"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was found in a questionnaire.

    Attributes:
        problems: What keeps it from being administered, one sentence each.
        warnings: What is doubtful, one sentence each.
        unreachable: Questions that nobody can come to, with why.
        minutes: Median estimated length in minutes over interviews answered at random; 0 where
            there are problems. `surveys/checks/length.py` says what it rests on.
        longest: The longest of those interviews, in minutes.
        counts: Number of questions as written by type.
    """

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unreachable: Mapping[str, str] = field(default_factory=dict)
    minutes: float = 0.0
    longest: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the questionnaire can be administered."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Plain data, for `--json`."""
        return {
            "ok": self.ok,
            "problems": list(self.problems),
            "warnings": list(self.warnings),
            "unreachable": dict(self.unreachable),
            "minutes": round(self.minutes, 2),
            "longest": round(self.longest, 2),
            "counts": dict(self.counts),
        }


def check(questionnaire: Questionnaire, codebook: Codebook | None = None) -> Check:
    """Look for everything that is wrong with a questionnaire.

    Args:
        questionnaire: As read with `strict=False`, or made in any other way.
        codebook: That of the panel it will be asked of, to check the names it takes from there.
    """
    found = faults(questionnaire)
    counts = dict(Counter(question.kind for question in questionnaire.written()))
    if found:
        return Check(problems=_sentences(questionnaire, found), counts=counts)
    if codebook is not None:
        found = list(_panel_faults(questionnaire, codebook))
    doubts = [*_labels(questionnaire), *_unused(questionnaire), *_unsure_pipes(questionnaire)]
    if codebook is not None:
        doubts += _other_codes(questionnaire, codebook)
    minutes = lengths(questionnaire)
    return Check(
        problems=_sentences(questionnaire, found),
        warnings=_sentences(questionnaire, doubts),
        unreachable=unreachable(questionnaire, codebook),
        minutes=minutes[len(minutes) // 2],
        longest=minutes[-1],
        counts=counts,
    )


def _sentences(questionnaire: Questionnaire, found: list[Fault]) -> tuple[str, ...]:
    sentences = (
        str(QuestionnaireError(f.what, where=questionnaire.place(f.thing), remedy=f.remedy))
        for f in found
    )
    return tuple(dict.fromkeys(sentences))


# --- against the panel ------------------------------------------------------------------------


def _panel_faults(questionnaire: Questionnaire, codebook: Codebook) -> Iterator[Fault]:
    """Names taken from the panel that it does not have."""
    for question in questionnaire.written():
        thing = f"question {question.name}"
        if question.like is not None and question.like.item not in codebook:
            yield _absent(f"{thing}: like", question.like.item, codebook)
    for question in questionnaire.questions():
        if question.item:
            for name in question.panel_names().values():
                if name not in codebook and not name.endswith("_text"):
                    yield _absent(
                        f"question {_stem(question, questionnaire)}: item", name, codebook
                    )
    for spot in spots(questionnaire):
        for name in _facts(spot):
            if name not in codebook:
                yield _absent(spot.thing, name, codebook)


def _absent(thing: str, name: str, codebook: Codebook) -> Fault:
    return Fault(thing, f"the panel has no variable {name!r}", near(name, codebook.names))


def _stem(question: Question, questionnaire: Questionnaire) -> str:
    """The name as written of a question that may stand in a loop."""
    return Positions(questionnaire).written(question.name) or question.name


def _facts(spot: Spot) -> Iterator[str]:
    """Facts of the record that a condition or text names."""
    if spot.condition is not None:
        yield from sorted(spot.condition.record)
    if spot.text is not None:
        # Where a text says what to read instead, the fact need not be known.
        yield from (
            pipe.name
            for pipe in pipes(spot.text)
            if pipe.kind == "record" and pipe.fallback is None
        )


def _other_codes(questionnaire: Questionnaire, codebook: Codebook) -> Iterator[Fault]:
    """Items asked again whose options have other codes than in the panel."""
    for question in questionnaire.questions():
        panel = question.panel_names()
        for variable in question.variables():
            name = panel[variable.name]
            if name not in codebook or not variable.categorical:
                continue
            there = codebook[name]
            extra = [code for code in variable.codes if code not in there.codes]
            if there.categorical and extra and variable.level is not there.level.MULTIPLE:
                yield Fault(
                    f"question {question.name}: options",
                    f"the panel knows {name!r} without the code {code_text(extra[0])}",
                    "answers cannot be compared unless the codes are the same",
                )


# --- doubts -----------------------------------------------------------------------------------


def _labels(questionnaire: Questionnaire) -> Iterator[Fault]:
    for question in questionnaire.written():
        for key, labels in (
            ("options", [option.label for option in question.options]),
            ("items", [item.label for item in question.items]),
        ):
            for label, count in Counter(labels).items():
                if count > 1:
                    yield Fault(
                        f"question {question.name}: {key}",
                        f"{count} {key} read {label!r}",
                        "people cannot tell them apart",
                    )


def _unused(questionnaire: Questionnaire) -> Iterator[Fault]:
    """Conditions that change nothing."""
    used: set[str] = {block.within for block in questionnaire.leaves()}
    for question in questionnaire.written():
        used |= {wording.condition for wording in question.wordings}
    for spot in spots(questionnaire):
        if spot.condition is not None:
            used |= spot.condition.names
        if spot.text is not None:
            used |= {pipe.name for pipe in pipes(spot.text) if pipe.kind in ("arm", "answer")}
    for condition in questionnaire.conditions:
        if condition.name not in used:
            yield Fault(
                f"condition {condition.name}",
                f"the arms of {condition.name!r} change nothing that is asked",
                "use them in a wording or a condition, or delete them",
            )


def _unsure_pipes(questionnaire: Questionnaire) -> Iterator[Fault]:
    """Answers that are piped although not everybody gives them."""
    positions = Positions(questionnaire)
    unsure = set(_not_for_all(questionnaire))
    for spot in spots(questionnaire):
        if spot.text is None:
            continue
        scope = scope_at(spot.block, questionnaire)
        for pipe in pipes(spot.text):
            if pipe.kind != "answer" or pipe.fallback is not None:
                continue
            stem, _ = pipe.split(lambda name: scope.target(name) is not None)  # noqa: B023
            source = positions.written(stem, spot.block)
            if source in unsure:
                yield Fault(
                    spot.thing,
                    f"it pipes {stem!r}, which some people are not asked or need not answer",
                    f"say what they read instead: {{{pipe.name}|…}}",
                )


def _not_for_all(questionnaire: Questionnaire) -> Iterator[str]:
    """Questions that depend on a condition, a pick, or offer non-answers."""
    partial: set[str] = set()
    for node in questionnaire.nodes():
        if isinstance(node, Group):
            if node.show_if is not None or node.pick is not None or node.name in partial:
                partial |= {member.name for member in node.blocks}
            continue
        if not isinstance(node, Block):
            continue
        for question in node.questions:
            if node.name in partial or node.show_if or question.show_if or question.non_answers:
                yield question.name
