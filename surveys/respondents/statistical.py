"""The statistical respondent: answers drawn from what other people's answers predict.

For every item asked, the panel's other people teach what a record like the twin's goes with
(`learning`); the answer is drawn from the predicted probabilities, never averaged, and all answers
of one interview are drawn together so that items keep their correlations (`copula`). It needs no
key and no network, and it is the baseline that every language model is printed beside.
"""

from __future__ import annotations

import itertools
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...data.codebook import Code, Reason, Variable
from ...data.errors import RequestError
from ...data.fingerprint import Digest, panel_digest
from ...data.panel import Panel
from ...data.seeds import generator, uniform
from ..question import Shown
from ..questions import Multiple
from ..respondent import Basis, Interview, Page, Preparation, Reply
from .fitting import Fitter, Source
from .joint import Draw, fitted
from .ladder import ENOUGH, climb
from .learning import MOST_PEOPLE
from .predictions import Predictions
from .stacking import Extra

if TYPE_CHECKING:
    from ...twins.twin import Twins
    from ..questionnaire import Questionnaire
    from . import Materials

__all__ = ["StatisticalRespondent"]

_VERSION = 2
"""Raised whenever the same panel and options would give other answers."""

_KEPT_INTERVIEWS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    sources: Mapping[str, Source]
    blocks: tuple[Predictions, ...]
    rows: Mapping[str, int]


class StatisticalRespondent:
    """Learns from a panel; answers for twins. See the module for the method.

    A twin never learns from itself: people are put into folds by their ids, and what answers for
    one fold was fitted without it. Replicates are drawn independently given the probabilities.
    They therefore show how sure the prediction is, not how consistent people are: people agree
    with their own earlier answers more often than two replicates do, because what is particular
    to a person and not in the record is drawn anew.

    Item nonresponse is not simulated by default: everybody asked gives a substantive answer.

    Args:
        panel: The panel to learn from. It may hold the answers that the twins must not show.
        learn_from: A pilot: people who answered new items besides some of the panel's.
        blend: Whether to blend with randomised trees: on bfi a correlation higher by .005 and a
            log-loss lower by .01 for some thirty times the time (`benchmarks/statistical.py`).
        folds: Number of folds.
        echo: Whether a twin's own recorded answer, where it is visible, is given back.
        nonresponse: Whether refusals, don't-knows and passed-over items occur, at the panel's
            rates by item.

    Raises:
        RequestError: Fewer than two folds.
    """

    def __init__(
        self,
        panel: Panel,
        *,
        learn_from: Panel | None = None,
        blend: bool = False,
        folds: int = 5,
        echo: bool = False,
        nonresponse: bool = False,
    ) -> None:
        if folds < 2:
            raise RequestError(f"{folds} folds cannot keep anybody out", remedy="use 2 or more")
        self.panel = panel
        self.learn_from = learn_from
        self.blend = blend
        self.folds = folds
        self.echo = echo
        self.nonresponse = nonresponse
        self._prepared: _Prepared | None = None
        self._levels: OrderedDict[tuple[str, int, int], list[list[float]]] = OrderedDict()
        self._fingerprint = ""

    @classmethod
    def from_spec(cls, detail: str, materials: Materials) -> StatisticalRespondent:
        """Make one from a spec: "statistical", "statistical:blend".

        Raises:
            RequestError: The spec's detail is unknown, or there is no panel.
        """
        if detail not in ("", "blend"):
            raise RequestError(
                f"there is no statistical respondent {detail!r}",
                remedy="use statistical or statistical:blend",
            )
        if materials.panel is None:
            raise RequestError("the statistical respondent needs a panel to learn from")
        options = materials.known_options(("folds", "nonresponse"))
        return cls(
            materials.panel,
            learn_from=materials.learn_from,
            blend=detail == "blend",
            echo=materials.echo,
            **options,
        )

    @property
    def spec(self) -> str:
        """Short name: "statistical", or "statistical:blend"."""
        return "statistical:blend" if self.blend else "statistical"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the panels learned from and the options."""
        if not self._fingerprint:
            digest = Digest()
            options = (_VERSION, self.blend, self.folds, self.echo, self.nonresponse)
            digest.add(repr(options))
            for panel in (self.panel, self.learn_from):
                digest.add(panel_digest(panel) if panel is not None else "none")
            self._fingerprint = digest.hexdigest()
        return self._fingerprint

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        """Fit everything for all twins. The seed has no part in it."""
        del seed
        began = time.perf_counter()
        found = climb(questionnaire, self.panel, self.learn_from, twins.panel)
        fitter = Fitter(self, twins.panel, found)
        sources = fitter.run()
        rows = {person: k for k, person in enumerate(twins.panel.persons)}
        self._prepared = _Prepared(sources, tuple(fitter.blocks), rows)
        self._levels.clear()
        warnings = list(fitter.warnings)
        thin = [name for name, (_, rung) in found.items() if 0 < rung.answers < ENOUGH]
        if thin:
            warnings.append(
                f"{_listed(thin)} rest on fewer than {ENOUGH} people's answers; "
                "expect weak individual predictions"
            )
        prior = [name for name, (_, r) in found.items() if r.basis is Basis.SCALE_PRIOR]
        if prior:
            warnings.append(
                f"{_listed(prior)} were never asked of anybody: the answers are meaningful in "
                "aggregate only"
            )
        return Preparation(
            basis={name: rung.basis for name, (_, rung) in found.items()},
            refused={n: r.note for n, (_, r) in found.items() if r.basis is Basis.NONE},
            warnings=tuple(warnings),
            facts={
                "people learned from": min(len(self.panel), MOST_PEOPLE),
                "variables learned from": len(fitter.features),
                "items predicted": sum(r.basis is not Basis.NONE for _, r in found.values()),
                "seconds to fit": round(time.perf_counter() - began, 2),
            },
        )

    def evidence(self, learn: Panel, people: Panel) -> Extra | None:
        """Features beyond the record; here none (see `fused`)."""
        del learn, people
        return None

    async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
        """Draw the answers of one page."""
        return [reply for shown in page.questions for reply in self._question(shown, interview)]

    async def aclose(self) -> None:
        """Nothing is held open."""

    # --- answering ----------------------------------------------------------------------------

    def _question(self, shown: Shown, interview: Interview) -> list[Reply]:
        prepared = self._prepared
        if prepared is None:
            raise RuntimeError("prepare was not called")
        replies: dict[str, Reply] = {}
        draws: dict[str, Draw] = {}
        for variable in shown.variables:
            source = prepared.sources[variable.name]
            replies[variable.name] = self._variable(
                prepared, source, variable, shown, interview, draws
            )
        if len(shown.variables) > 1 and draws:
            for name, value in fitted(shown, draws).items():
                if value is None:
                    replies[name] = Reply(name, None, Reason.NOT_APPLICABLE, note="not ranked")
                elif value != replies[name].value:
                    old = replies[name]
                    replies[name] = Reply(
                        name,
                        value,
                        basis=old.basis,
                        probabilities=old.probabilities,
                        note="made to fit the other parts of the question",
                    )
        return [replies[variable.name] for variable in shown.variables]

    def _variable(
        self,
        prepared: _Prepared,
        source: Source,
        variable: Variable,
        shown: Shown,
        interview: Interview,
        draws: dict[str, Draw],
    ) -> Reply:
        name, twin, rung = variable.name, interview.twin, source.rung
        own = source.recorded.get(twin.id)
        if own is not None:
            return Reply(name, own, basis=Basis.RECORDED)
        if rung.basis is Basis.NONE:
            return Reply(name, None, Reason.CANNOT_KNOW, note=rung.note)
        if source.silence and not shown.question.required:
            lot = uniform(interview.seed, twin.id, name, interview.replicate, "nonresponse")
            for below, reason in source.silence:
                if lot < below:
                    return Reply(name, None, reason, basis=rung.basis, note="as often as others")
        arm = interview.arms.get(rung.condition, "") if rung.condition else ""
        predictions = prepared.blocks[source.block]
        key, row = source.keys[arm], prepared.rows[twin.id]
        codes, table = predictions.chances(key, row)
        chances: list[int] = table.tolist()
        whole = len(shown.options) == len(shown.question.options)
        if not whole and variable.categorical and not isinstance(shown.question, Multiple):
            offered = {option.code for option in shown.options}
            chances = [p if c in offered else 0 for c, p in zip(codes, chances, strict=True)]
        below_each = list(itertools.accumulate(chances))
        total = below_each[-1]
        if not total:
            return Reply(name, None, Reason.CANNOT_KNOW, note="nobody chose what is offered here")
        level = self._interview_levels(prepared, interview)[source.block][predictions.place(key)]
        at = bisect_right(below_each, level * total)
        value = codes[at] if at < len(codes) and chances[at] else _last(codes, chances)
        probabilities = tuple(
            (code, chance / total) for code, chance in zip(codes, chances, strict=True) if chance
        )
        draws[name] = Draw(value, level, probabilities)
        weak = source.weak is not None and bool(source.weak[row])
        return Reply(
            name,
            value,
            basis=Basis.SCALE_PRIOR if weak else rung.basis,
            probabilities=probabilities,
            note=f"aggregate only: no answer to {rung.relative!r}" if weak else rung.note,
        )

    def _interview_levels(self, prepared: _Prepared, interview: Interview) -> list[list[float]]:
        """Correlated uniform numbers of one interview, one per item, by block of predictions."""
        person, replicate, seed = interview.twin.id, interview.replicate, interview.seed
        key = (person, replicate, seed)
        levels = self._levels.get(key)
        if levels is None:
            row = prepared.rows[person]
            sizes = [len(block.keys) for block in prepared.blocks]
            noise = generator(seed, person, replicate, "statistical").standard_normal(sum(sizes))
            edges = itertools.pairwise(itertools.accumulate(sizes, initial=0))
            levels = [
                block.levels(row, noise[start:stop]).tolist()
                for block, (start, stop) in zip(prepared.blocks, edges, strict=True)
            ]
            self._levels[key] = levels
            if len(self._levels) > _KEPT_INTERVIEWS:
                self._levels.popitem(last=False)
        return levels


def _last(codes: tuple[Code, ...], chances: list[int]) -> Code:
    return next(c for c, p in zip(reversed(codes), reversed(chances), strict=True) if p)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
