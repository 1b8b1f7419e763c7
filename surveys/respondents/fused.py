"""The fused respondent: the statistical one, with another respondent's answers as evidence.

A language model reads the persona; the statistical respondent has seen how other people with such
a record answered. What the model said is a feature like any other, and other people's answers say
what it is worth, item by item (`stacking`). What it adds to the free prediction is what a model
run is to be judged by.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ...data.errors import RequestError
from ...data.fingerprint import Digest
from ...data.panel import Panel
from ..ledger.run import Run
from ..respondent import Basis
from .simulated import Simulated, simulated
from .stacking import FEWEST, Extra
from .statistical import StatisticalRespondent

if TYPE_CHECKING:
    from ...twins.twin import Twins
    from ..questionnaire import Questionnaire
    from ..respondent import Preparation
    from . import Materials

__all__ = ["FusedRespondent"]

_VERSION = 1
"""Raised whenever the same run, panel and options would give other answers."""


class FusedRespondent(StatisticalRespondent):
    """Learns from a panel, and from what another respondent answered for the same twins.

    Only people who are in the panel and have simulated answers teach what these are worth. A
    person's own human answers never do so about that person: folds are those of the statistical
    respondent. Twins without simulated answers, and items that the other run adds nothing to, are
    answered as the statistical respondent would.

    Args:
        panel: The panel to learn from.
        run: The other respondent's run, finished or partial, or its answers as a panel.
        learn_from: A pilot: people who answered new items besides some of the panel's.
        folds: Number of folds.
        echo: Whether a twin's own recorded answer, where it is visible, is given back.
        nonresponse: Whether refusals, don't-knows and passed-over items occur.
    """

    def __init__(
        self,
        panel: Panel,
        run: Run | Panel,
        *,
        learn_from: Panel | None = None,
        folds: int = 5,
        echo: bool = False,
        nonresponse: bool = False,
    ) -> None:
        super().__init__(
            panel, learn_from=learn_from, folds=folds, echo=echo, nonresponse=nonresponse
        )
        self.run = run
        self._simulated: Simulated | None = None
        self._admitted: Simulated | None = None
        self._fusion_fingerprint = ""

    @classmethod
    def from_spec(cls, detail: str, materials: Materials) -> FusedRespondent:
        """Make one from the spec "fused", with the option `run`.

        Raises:
            RequestError: The spec has a detail, or there is no panel or no run.
        """
        if detail:
            raise RequestError(f"there is no fused respondent {detail!r}", remedy="use fused")
        if materials.panel is None:
            raise RequestError("the fused respondent needs a panel to learn from")
        options = materials.known_options(("run", "folds", "nonresponse"))
        run = options.pop("run", None)
        if not isinstance(run, (Run, Panel)):
            raise RequestError(
                "the fused respondent needs another respondent's run of the same questionnaire",
                remedy="pass it as run=, or let `understudy run` make the fused run by itself",
            )
        return cls(
            materials.panel,
            run,
            learn_from=materials.learn_from,
            echo=materials.echo,
            **options,
        )

    @property
    def spec(self) -> str:
        """Short name: "fused"."""
        return "fused"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of panels, options, and the other run's answers."""
        if not self._fusion_fingerprint:
            found = self.answers()
            digest = Digest()
            digest.add(f"fused {_VERSION}", super().fingerprint, *found.rows, repr(found.own))
            table = np.where(np.isnan(found.table), np.nan, found.table) + 0.0  # one NaN, one zero
            digest.add(table.astype("<f8").tobytes())
            self._fusion_fingerprint = digest.hexdigest()
        return self._fusion_fingerprint

    def answers(self) -> Simulated:
        """The other run's answers as features."""
        if self._simulated is None:
            self._simulated = simulated(self.run)
        return self._simulated

    def obstacle(self, questionnaire: Questionnaire, twins: Twins) -> str:
        """Say in one sentence, without full stop, why there is nothing to fuse; "" if there is."""
        if isinstance(self.run, Run):
            meta = self.run.meta
            if meta["questionnaire_fingerprint"] != questionnaire.fingerprint:
                return "the run to be fused is of another questionnaire"
            if meta["twins_fingerprint"] != twins.fingerprint:
                return "the run to be fused is of other twins, or something else of them is hidden"
        count = self._both(questionnaire, twins)
        if count < FEWEST:
            people = "1 person has" if count == 1 else f"{count:,} people have"
            return (
                f"{people} both simulated answers and their own in a panel to learn from, too few "
                f"to say what the simulated ones are worth; it takes {FEWEST}"
            )
        return ""

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        """Fit everything for all twins.

        Raises:
            RequestError: There is nothing to fuse, or too few people to learn from.
        """
        wrong = self.obstacle(questionnaire, twins)
        if wrong:
            raise RequestError(wrong)
        # What twins can see of their own answer would come back through the model's.
        shown = {
            name
            for question in questionnaire.questions()
            for name, recorded in question.panel_names().items()
            if recorded in twins.panel.codebook
        }
        self._admitted = self.answers().without(shown)
        found = super().prepare(questionnaire, twins, seed)
        learned = [n for n, b in found.basis.items() if b in (Basis.PANEL, Basis.PILOT)]
        gained = sum(share > 0 for share in self.shares().values())
        warnings = found.warnings
        if learned and not gained:
            warnings += (
                "the simulated answers add nothing to what the record says on any item: the fused "
                "answers are the statistical respondent's",
            )
        return dataclasses.replace(
            found,
            warnings=warnings,
            facts={
                **found.facts,
                "people with simulated answers": self._both(questionnaire, twins),
                "items that gained": gained,
            },
        )

    def shares(self) -> dict[str, float]:
        """Share of the simulated answers in each learned item's prediction, 0 to 1, over folds."""
        blocks = self._prepared.blocks if self._prepared is not None else ()
        return {
            key: sum(fact.fused for fact in facts) / len(facts)
            for block in blocks
            for key, facts in block.facts.items()
            if facts
        }

    def evidence(self, learn: Panel, people: Panel) -> Extra | None:
        """The simulated answers of the people learned from and predicted for."""
        return None if self._admitted is None else self._admitted.evidence(learn, people)

    def _both(self, questionnaire: Questionnaire, twins: Twins) -> int:
        """People with simulated answers and their own to what is asked; the better of panels."""
        found = self.answers()
        answered = np.any(~np.isnan(found.table), axis=1)
        there = {p for p, row in found.rows.items() if answered[row] and p in twins}
        names = {n for q in questionnaire.questions() for n in q.panel_names().values()}
        counts = [0]
        for panel in (self.panel, self.learn_from):
            asked = [] if panel is None else [n for n in panel.names if n in names]
            if panel is not None and asked:
                known = panel.frame[asked].notna().any(axis=1)
                persons = zip(panel.persons, known.tolist(), strict=True)
                counts.append(sum(ok and person in there for person, ok in persons))
        return max(counts)
