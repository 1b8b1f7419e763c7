"""What each answer can rest on: the strongest rung that holds, or why none does.

Other people's answers to the item in the panel, then in a pilot, then a declared relative, then how
people use such a scale. Below that there is no answer, and the refusal says what would help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...data.codebook import Level, Role, Variable
from ...data.panel import Panel
from ..question import Question
from ..questionnaire import Condition, Questionnaire
from ..questions import Ranking
from ..respondent import Basis
from .exposure import arm_codes, exposed
from .features import positions
from .learning import Target
from .matching import as_asked, clash
from .sparse import pooled_shares

__all__ = ["ENOUGH", "LEAST", "Rung", "climb"]

LEAST = 10
"""Answers below which an item teaches nothing."""
ENOUGH = 100
"""Answers below which a warning is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What the answers to one variable rest on.

    Attributes:
        variable: The variable as asked.
        basis: The rung; `Basis.NONE` if refused.
        targets: What is learned from others: by arm, or under "" for everybody.
        condition: The condition whose arm decides the target, or "".
        answers: Answers learned from; the fewest of any arm.
        note: Goes with every answer; the refusal, if refused.
        relative: The declared relative.
        recorded: Variable of the twins' record that asks the same, or "".
    """

    variable: Variable
    basis: Basis
    targets: Mapping[str, Target] = field(default_factory=dict)
    condition: str = ""
    answers: int = 0
    note: str = ""
    relative: str = ""
    recorded: str = ""


def climb(
    questionnaire: Questionnaire, panel: Panel, pilot: Panel | None, visible: Panel
) -> dict[str, tuple[Question, Rung]]:
    """Find the rung of every variable of a questionnaire.

    Args:
        questionnaire: What is asked.
        panel: What others answered.
        pilot: What the people of a pilot answered.
        visible: What may be seen of the twins.

    Returns:
        By variable, its question and its rung.
    """
    touched, within = exposed(questionnaire)
    found: dict[str, tuple[Question, Rung]] = {}
    for question in questionnaire.questions():
        conditions = [questionnaire.condition(c) for c in sorted(touched.get(question.name, ()))]
        finder = _Finder(panel, pilot, visible, question, conditions, within.get(question.name, ""))
        for variable in question.variables():
            found[variable.name] = (question, finder.rung(variable))
    return found


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds the rungs of one question."""

    panel: Panel
    pilot: Panel | None
    visible: Panel
    question: Question
    conditions: list[Condition]
    within: str

    def rung(self, variable: Variable) -> Rung:
        """The strongest rung for one variable."""
        if variable.level is Level.TEXT:
            return _refused(
                variable,
                "free text cannot be drawn from other people's answers; "
                "ask with options, or use a language model",
            )
        name = self.question.panel_names()[variable.name]
        learned = [
            self.learned(variable, name, panel, basis)
            for panel, basis in ((self.panel, Basis.PANEL), (self.pilot, Basis.PILOT))
            if panel is not None and _asks(panel, name)
        ]
        good = [rung for rung in learned if rung.basis is not Basis.NONE]
        if good:
            enough = [rung for rung in good if rung.answers >= ENOUGH]
            return enough[0] if enough else max(good, key=lambda rung: rung.answers)
        if learned:
            return learned[0]
        return self.unasked(variable, name)

    def learned(self, variable: Variable, name: str, panel: Panel, basis: Basis) -> Rung:
        """What the people of a panel teach about an item they were asked."""
        wrong = clash(variable, panel, name)
        if wrong:
            return _refused(variable, f"{wrong}; give them the same codes and labels")
        asked = as_asked(variable, panel.codebook[name])
        prefix = "pilot:" if basis is Basis.PILOT else ""
        counted = panel.answered(name) & (panel.weights() > 0)
        if len(self.conditions) > 1:
            return _refused(variable, self.untrained())
        targets = {"": Target(key=prefix + variable.name, name=name, variable=asked)}
        counts = [int(counted.sum())]
        condition = ""
        if self.conditions:
            arms = arm_codes(self.conditions[0], panel)
            if arms is None:
                return _refused(variable, self.untrained())
            condition = self.conditions[0].name
            holder, codes = arms
            targets = {
                arm: Target(
                    key=f"{prefix}{variable.name}@{arm}",
                    name=name,
                    variable=asked,
                    where=(holder, code),
                )
                for arm, code in codes.items()
            }
            counts = [
                int((counted & (panel.frame[holder] == code).to_numpy()).sum())
                for code in codes.values()
            ]
        fewest = min(counts)
        where = "pilot" if basis is Basis.PILOT else "panel"
        if fewest < LEAST:
            arm = " in one arm" if condition else ""
            return _refused(
                variable,
                f"only {fewest} people in the {where} answered {name!r}{arm}; "
                f"ask at least {LEAST} people and pass them with --learn-from",
            )
        recorded = name if name in self.visible.codebook and not condition else ""
        note = f"rests on only {fewest} people's answers" if fewest < ENOUGH else ""
        return Rung(
            variable=asked,
            basis=basis,
            targets=targets,
            condition=condition,
            answers=fewest,
            note=note,
            recorded=recorded,
        )

    def unasked(self, variable: Variable, name: str) -> Rung:
        """A rung for an item that nobody answered."""
        pilot = f"ask at least {LEAST} people and pass their answers with --learn-from"
        if self.within or self.conditions:
            return _refused(variable, self.untrained())
        if self.question.like is not None:
            return self.declared(variable)
        if self.question.expect is not None:
            return _refused(variable, "an attention check is about reading, which is not simulated")
        scale = variable.level is Level.ORDINAL and len(variable.codes) > 2
        if scale and not isinstance(self.question, Ranking):
            shares, scales = pooled_shares(self.panel, self.common(), len(variable.codes))
            if scales and shares.sum() > 0:
                return Rung(
                    variable=variable,
                    basis=Basis.SCALE_PRIOR,
                    note=(
                        f"aggregate only: nobody was asked {name!r}, so this is how people use "
                        f"{scales} other scales of {len(variable.codes)} steps; "
                        f"for individual answers declare a relative with like:, or {pilot}"
                    ),
                )
        return _refused(variable, f"nobody in the panel was asked {name!r}; {pilot}")

    def declared(self, variable: Variable) -> Rung:
        """A rung that rests on a declared relative."""
        like = self.question.like
        assert like is not None
        relative = like.item
        if relative not in self.visible.codebook or relative not in self.panel.codebook:
            known = relative in self.panel.codebook
            why = "is held out" if known else "is not in the panel"
            return _refused(
                variable, f"the declared relative {relative!r} {why}; name one that twins may show"
            )
        if positions(self.panel, relative) is None:
            return _refused(
                variable, f"the declared relative {relative!r} has no order; name a scale"
            )
        if not self.panel.answered(relative).any():
            return _refused(variable, f"nobody answered the declared relative {relative!r}")
        if (
            len(variable.codes) < 2
            or (variable.level is not Level.ORDINAL and len(variable.codes) > 2)
            or isinstance(self.question, Ranking)
        ):
            return _refused(
                variable,
                "like: needs an ordered scale or two options to carry a relative over to; "
                f"ask at least {LEAST} people and pass their answers with --learn-from",
            )
        way = "with" if like.direction > 0 else "against"
        return Rung(
            variable=variable,
            basis=Basis.DECLARED,
            relative=relative,
            note=f"assumed to go {way} {relative!r}",
        )

    def common(self) -> list[str]:
        """Items of the record that the panel has too."""
        return [n for n in self.visible.names if n in self.panel.codebook]

    def untrained(self) -> str:
        """The refusal of an effect that nothing was learned about."""
        names = [self.within] if self.within else [c.name for c in self.conditions]
        listed = " and ".join(repr(name) for name in names)
        return (
            f"it is asked where {listed} may already have shown, and nobody learned from was in "
            f"those arms; pass people who were, with the variable arm_{names[0]}, as --learn-from, "
            "or ask it before the experiment"
        )


def _asks(panel: Panel, name: str) -> bool:
    return name in panel.codebook and panel.codebook[name].role in (Role.ITEM, Role.DEMOGRAPHIC)


def _refused(variable: Variable, why: str) -> Rung:
    return Rung(variable=variable, basis=Basis.NONE, note=why)
