"""The cognitive respondent: parametric people who play every task, and answer nothing else.

Each twin is given parameters (`cognition/parameters.py`): from its record where the record measures
them, drawn from their published distribution otherwise. They stay the same over replicates; what a
person decides varies from replicate to replicate as people's decisions do (`cognition/draws.py`).
It needs no key, no network and no panel.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...data.codebook import Code, Reason
from ...data.errors import RequestError, UnknownNameError
from ..question import Shown
from ..respondent import Basis, Interview, Page, Preparation, Reply
from .cognition.draws import Draws
from .cognition.parameters import Parameters
from .cognition.population import Recorded, draw_person, recorded_standings

if TYPE_CHECKING:
    from ...twins.twin import Twins
    from ..questionnaire import Questionnaire
    from ..tasks.places import TaskPlace
    from . import Materials

__all__ = ["CognitiveRespondent"]

_VERSION = 1
"""Raised whenever the same people would decide otherwise."""
_KEPT = 4096
_NO_TASK = "the cognitive respondent plays tasks only; ask the statistical one, or a language model"


class CognitiveRespondent:
    """Plays the tasks of a questionnaire; see the module.

    Args:
        measures: Parameter → variable of the record that measures it (a leading "-" turns the
            direction), beside those that are known by name.
    """

    def __init__(self, *, measures: Mapping[str, str] | None = None) -> None:
        self.measures = dict(measures or {})
        self._places: dict[str, TaskPlace] = {}
        self._recorded: tuple[Recorded, ...] = ()
        self._people: OrderedDict[tuple[int, str], Parameters] = OrderedDict()
        self._decided: OrderedDict[tuple[int, str, int], dict[str, dict[str, Code]]] = OrderedDict()

    @classmethod
    def from_spec(cls, detail: str, materials: Materials) -> CognitiveRespondent:
        """Make one from a spec: "cognitive", "cognitive:giving=kindness,loss_aversion=-courage".

        Raises:
            RequestError: The detail is not of that form, or an option makes no sense.
        """
        options = {name: value for name, value in materials.options.items() if value}
        for name in options:
            if name == "echo":
                raise RequestError(
                    "the cognitive respondent decides anew and repeats no recorded answers",
                    remedy="leave echo out",
                )
            if name != "measures":
                raise UnknownNameError("option of the cognitive respondent", name, ["measures"])
        measures = dict(options.get("measures", {}))
        for part in detail.split(",") if detail else ():
            name, equals, variable = part.partition("=")
            if not equals or not name.strip() or not variable.strip():
                raise RequestError(
                    f"{part!r} does not say which variable measures which parameter",
                    remedy="write cognitive:giving=VARIABLE",
                )
            measures[name.strip()] = variable.strip()
        return cls(measures=measures)

    @property
    def spec(self) -> str:
        """Short name: "cognitive"."""
        detail = ",".join(f"{name}={variable}" for name, variable in self.measures.items())
        return f"cognitive:{detail}" if detail else "cognitive"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the version and the options."""
        return hashlib.sha256(f"{_VERSION} {sorted(self.measures.items())}".encode()).hexdigest()

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        """Find the tasks of the questionnaire and what the record says of people's parameters.

        Raises:
            UnknownNameError: `measures` names a parameter or variable that does not exist.
        """
        del seed
        self._places = {name: place for place in questionnaire.tasks for name in place.variables}
        self._recorded = recorded_standings(twins.panel, self.measures)
        self._people.clear()
        self._decided.clear()
        asked = [v.name for q in questionnaire.questions() for v in q.variables()]
        others = [name for name in asked if name not in self._places]
        warnings = []
        if not self._places:
            warnings.append("there is no task in the questionnaire, so nothing will be answered")
        elif others:
            warnings.append(
                f"{len(others):,} of {len(asked):,} variables belong to no task, so they are not "
                "answered"
            )
        return Preparation(
            basis={n: Basis.TASK_MODEL if n in self._places else Basis.NONE for n in asked},
            refused=dict.fromkeys(others, _NO_TASK),
            warnings=tuple(warnings),
            facts={
                "tasks": len(questionnaire.tasks),
                **{
                    f"{one.trait} from": f"{one.variable} ({len(one.scores):,} people)"
                    for one in self._recorded
                },
            },
        )

    async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
        """Decide on one page."""
        return [reply for shown in page.questions for reply in self._question(shown, interview)]

    async def aclose(self) -> None:
        """Nothing is held open."""

    def person(self, seed: int, twin: str) -> Parameters:
        """The parameters of one twin."""
        key = (seed, twin)
        found = self._people.get(key)
        if found is None:
            found = draw_person(seed, twin, self._recorded)
            self._people[key] = found
            if len(self._people) > _KEPT:
                self._people.popitem(last=False)
        return found

    def _question(self, shown: Shown, interview: Interview) -> list[Reply]:
        replies = []
        values: dict[str, Code | None] = {}
        place: TaskPlace | None = None
        decided: Mapping[str, Code] = {}
        for variable in shown.variables:
            name = variable.name
            before, place = place, self._places.get(name)
            if place is None:
                replies.append(Reply(name, None, Reason.CANNOT_KNOW, note=_NO_TASK))
                continue
            if place is not before:
                decided = self._decisions(place, interview)
            value = decided[place.variables[name]]
            values[name] = value
            replies.append(Reply(name, value, basis=Basis.TASK_MODEL))
        if place is not None and place.reworded and (wrong := shown.problem(values)):
            note = f"the task decides otherwise than its reworded question allows: {wrong}"
            return [Reply(v.name, None, Reason.CANNOT_KNOW, note=note) for v in shown.variables]
        return replies

    def _decisions(self, place: TaskPlace, interview: Interview) -> dict[str, Code]:
        """All decisions of a person in one task, made once per interview."""
        key = (interview.seed, interview.twin.id, interview.replicate)
        tasks = self._decided.get(key)
        if tasks is None:
            tasks = self._decided[key] = {}
            if len(self._decided) > _KEPT:
                self._decided.popitem(last=False)
        found = tasks.get(place.name)
        if found is None:
            seed, twin = interview.seed, interview.twin.id
            draws = Draws.of(seed, twin, place.name, interview.replicate)
            arms = place.local_arms(interview.arms)
            decided = place.task.decide(self.person(seed, twin), draws, arms)
            found = tasks[place.name] = {
                name: value if isinstance(value, str) else float(value)
                for name, value in decided.items()
            }
        return found
