"""Fits what the answers to a questionnaire rest on, and says where each variable's are."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...data.codebook import Code, Reason
from ...data.panel import Panel
from ...twins.holdout import resolve_holdout
from ..question import Question
from ..respondent import Basis
from .ladder import ENOUGH, Rung
from .learning import Target, codes_of, fit_predict
from .predictions import Predictions
from .sparse import fit_pilot, fit_prior, fit_relative, pooled_shares, relative_shares
from .stacking import Extra

__all__ = ["Fitter", "Learner", "Source"]

_SILENCE = (Reason.REFUSED, Reason.DONT_KNOW, Reason.NO_ANSWER)


class Learner(Protocol):
    """What is learned from, and how; see `StatisticalRespondent`."""

    panel: Panel
    learn_from: Panel | None
    blend: bool
    folds: int
    echo: bool
    nonresponse: bool

    def evidence(self, learn: Panel, people: Panel) -> Extra | None:
        """More features of the people learned from and of those predicted for."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where the answers to one variable come from.

    Attributes:
        rung: What they rest on.
        block: Which predictions hold it; −1 if none.
        keys: Its name among them by arm, or under "" for everybody.
        weak: Who has nothing but the marginal shares, or None.
        recorded: By twin, the recorded answer; empty without echo.
        silence: Reasons people gave no answer, with cumulative shares.
    """

    rung: Rung
    block: int = -1
    keys: Mapping[str, str] = field(default_factory=dict)
    weak: npt.NDArray[np.bool_] | None = None
    recorded: Mapping[str, Code] = field(default_factory=dict)
    silence: tuple[tuple[float, Reason], ...] = ()


class Fitter:
    """Fits what every rung needs and says where each variable's answers are."""

    def __init__(
        self,
        respondent: Learner,
        visible: Panel,
        found: Mapping[str, tuple[Question, Rung]],
    ) -> None:
        self.respondent = respondent
        self.panel = respondent.panel
        self.visible = visible
        self.found = found
        self.blocks: list[Predictions] = []
        self.warnings: list[str] = []
        hidden = self.hidden()
        self.features = [
            name
            for name in visible.names
            if name in self.panel.codebook
            and name not in hidden
            and self.panel.codebook[name].level is visible.codebook[name].level
            and self.panel.codebook[name].kind == visible.codebook[name].kind
        ]

    def hidden(self) -> frozenset[str]:
        """All targets and what gives them away: none of it may be learned from."""
        names = {
            name
            for _, rung in self.found.values()
            for target in rung.targets.values()
            for name in (target.name, *([target.where[0]] if target.where else []))
        }
        found = set(names)
        for panel in (self.panel, self.respondent.learn_from):
            if panel is not None:
                wanted = [name for name in panel.names if name in names]
                found.update(resolve_holdout(panel.codebook, wanted).names)
        return frozenset(found)

    def run(self) -> dict[str, Source]:
        """Fit, and return the source of every variable."""
        sources: dict[str, Source] = {}
        own = [n for n, (_, r) in self.found.items() if r.basis is Basis.PANEL]
        new = [n for n, (_, r) in self.found.items() if r.basis is Basis.PILOT]
        few = [n for n in new if self.found[n][1].answers < ENOUGH]
        many = [n for n in new if n not in few]
        pilot = self.respondent.learn_from
        if own:
            if not self.features:
                self.warnings.append(
                    "no visible variable is left to learn from: every twin draws from the same "
                    "shares"
                )
            self.learned(sources, own, self.panel, self.features)
        if pilot is not None and new:
            shared = [n for n in self.features if n in pilot.codebook]
            if not shared:
                self.warnings.append(
                    "the pilot shares no variable with the twins' record: every twin draws its "
                    "new items from the same shares"
                )
            if many:
                self.learned(sources, many, pilot, shared)
            if few:
                targets = self.targets(few)
                self.blocks.append(fit_pilot(pilot, targets, shared, self.panel, self.visible))
                self.note(sources, few, pilot)
        for name, (question, rung) in self.found.items():
            if rung.basis is Basis.DECLARED:
                sources[name] = self.declared(name, question, rung)
            elif rung.basis is Basis.SCALE_PRIOR:
                count = len(rung.variable.codes)
                shares, _ = pooled_shares(self.panel, self.common(), count)
                self.blocks.append(fit_prior(name, rung.variable, shares, len(self.visible)))
                sources[name] = Source(rung, len(self.blocks) - 1, {"": name})
            elif rung.basis is Basis.NONE:
                sources[name] = Source(rung)
        return sources

    def learned(
        self, sources: dict[str, Source], names: list[str], panel: Panel, features: list[str]
    ) -> None:
        """Fit the items that many people answered."""
        respondent = self.respondent
        self.blocks.append(
            fit_predict(
                panel,
                self.targets(names),
                features,
                self.visible,
                folds=respondent.folds,
                blend=respondent.blend,
                extra=respondent.evidence(panel, self.visible),
            )
        )
        self.note(sources, names, panel)

    def note(self, sources: dict[str, Source], names: list[str], panel: Panel) -> None:
        """Say where the items just fitted are."""
        for name in names:
            _, rung = self.found[name]
            sources[name] = Source(
                rung,
                len(self.blocks) - 1,
                {arm: target.key for arm, target in rung.targets.items()},
                recorded=self.recorded(rung),
                silence=self.silence(panel, next(iter(rung.targets.values())).name),
            )

    def targets(self, names: list[str]) -> list[Target]:
        """The targets of variables; of a question with one variable, only values it takes."""
        found: list[Target] = []
        for name in names:
            question, rung = self.found[name]
            alone = len(question.variables()) == 1
            found.extend(
                _limited(target, question, name) if alone else target
                for target in rung.targets.values()
            )
        return found

    def declared(self, name: str, question: Question, rung: Rung) -> Source:
        """Fit an item with a declared relative."""
        direction = question.like.direction if question.like is not None else 1
        count = len(rung.variable.codes)
        pooled, scales = pooled_shares(self.panel, self.common(), count)
        same = len(self.panel.codebook[rung.relative].codes) == count
        if same or not scales or count == 2:
            pooled = relative_shares(self.panel, rung.relative, count, direction)
        predictions, known = fit_relative(
            name, rung.variable, direction, rung.relative, pooled, self.panel, self.visible
        )
        self.blocks.append(predictions)
        return Source(rung, len(self.blocks) - 1, {"": name}, weak=~known)

    def common(self) -> list[str]:
        """Items of the record that the panel has too."""
        return [n for n in self.visible.names if n in self.panel.codebook]

    def recorded(self, rung: Rung) -> dict[str, Code]:
        """Visible answers to the same item, if they may be given back."""
        if not self.respondent.echo or not rung.recorded:
            return {}
        codes = codes_of(self.visible, rung.recorded).tolist()
        pairs = zip(self.visible.persons, codes, strict=True)
        return {person: code for person, code in pairs if code is not None}

    def silence(self, panel: Panel, name: str) -> tuple[tuple[float, Reason], ...]:
        """Weighted shares of the reasons for silence among the people asked, cumulated."""
        if not self.respondent.nonresponse:
            return ()
        weights = panel.weights()
        mass = dict.fromkeys(_SILENCE, 0.0)
        asked = 0.0
        for reason, weight in zip(panel.reasons(name), weights.tolist(), strict=True):
            if reason is None or reason in mass:
                asked += weight
            if reason in mass:
                mass[reason] += weight
        shares = [mass[reason] / asked if asked else 0.0 for reason in _SILENCE]
        below = itertools.accumulate(shares)
        return tuple((b, r) for b, r, s in zip(below, _SILENCE, shares, strict=True) if s > 0)


def _limited(target: Target, question: Question, name: str) -> Target:
    return dataclasses.replace(
        target, allowed=lambda value: question.problem({name: value}) is None
    )
