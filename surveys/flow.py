"""Who sees what: the walk of one person through the pages of a questionnaire."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Generator, Mapping, Sequence
from typing import TypeVar

from ..data.codebook import Code, Variable
from ..data.seeds import uniform
from .allocation import ORDER_MARK, allocate, arranged, permutation
from .logic.expression import State
from .plan import AgainPlan, BlockPlan, EndPlan, GroupPlan, NodePlan, Part, Place, SetPlan, Turn
from .question import Item, Option, Shown, Shuffle
from .questionnaire import Design, Outcome, Questionnaire
from .respondent import Page

__all__ = ["ORDER_MARK", "Walk", "allocate", "permutation"]

T = TypeVar("T")
Pages = Generator[Page | None, None, bool]
"""Pages one after the other, None where an answer must be waited for; in the end, whether the
interview is over."""


class Walk:
    """One person's way through a questionnaire.

    Every order is drawn by (seed, person, what is ordered, replicate, "order") and so differs
    between replicates; arms and picked blocks are those given, and do not. Scales shown in
    reverse (`Shuffle.REVERSE`) are reversed for a person throughout an interview.

    A question that must wait for an answer given on its own page (by a condition or piped text)
    starts a new page. A block repeated by arm (`within`) is asked once per arm, in the person's
    order of arms, with names that end in `_ARM`; `arm(condition)` is then the arm at hand.

    Args:
        questionnaire: The questionnaire.
        person: Who is asked.
        arms: The person's arms, orders and picks: `{name: dealt[name][person]}` of `allocate`.
        seed: The run's seed.
        replicate: 1-based repetition of the interview.
        facts: Values of the person's record that conditions and piped text may see.
        labels: Texts of those values, where they have labels.

    Attributes:
        outcome: How the interview ended; None while it goes on.
        farewell: What people read at the end, if anything.
    """

    def __init__(
        self,
        questionnaire: Questionnaire,
        *,
        person: str,
        arms: Mapping[str, str],
        seed: int,
        replicate: int = 1,
        facts: Mapping[str, Code | None] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self.outcome: Outcome | None = None
        self.farewell = ""
        self._plan = questionnaire.plan
        self._person = person
        self._seed = seed
        self._replicate = replicate
        self._dealt = arms
        self._shown: set[str] = set()
        self._passed: set[str] = set()
        once = {
            condition.name: arms[condition.name]
            for condition in questionnaire.conditions
            if condition.design is Design.BETWEEN and condition.name in arms
        }
        self._state = State({}, once, facts, labels, self._shown)
        self._rules = list(self._plan.rules)
        self._number = 0
        self._unanswered: Collection[str] = ()
        self._asked: set[str] = set()
        self._pages = self._walk()

    @property
    def fields(self) -> Mapping[str, Code]:
        """The fields set so far, with their values."""
        return self._state.fields

    def next_page(self, answers: Mapping[str, Code | None]) -> Page | None:
        """Go on to the next page.

        Args:
            answers: All answers so far: variable → substantive value, None where missing.

        Returns:
            The page, or None at the end; `outcome` then says how it ended.
        """
        self._state.answers = answers
        self._unanswered = ()
        return next(self._pages, None)

    def page_ahead(
        self, answers: Mapping[str, Code | None], unanswered: Collection[str]
    ) -> Page | None:
        """Go on to the next page while earlier pages are still unanswered, if nothing forbids it.

        What a person sees never depends on whether pages were given out ahead.

        Args:
            answers: All answers so far, as for `next_page`.
            unanswered: Names of the questions that were given out and are not answered yet.

        Returns:
            The page; or None at the end (`outcome` is then set), or where it depends on an answer
            that is not there yet.
        """
        self._state.answers = answers
        self._unanswered = unanswered
        return next(self._pages, None)

    # --- pages --------------------------------------------------------------------------------

    def _walk(self) -> Generator[Page | None, None, None]:
        if not self._screened():
            yield from self._nodes(self._plan.nodes)
        if self.outcome is None:
            self.outcome = Outcome.COMPLETED

    def _nodes(self, nodes: Sequence[NodePlan]) -> Pages:
        for node in nodes:
            yield from self._wait(node.needs)
            if node.when is not None and not node.when(self._state):
                if isinstance(node, (BlockPlan, GroupPlan, AgainPlan)):
                    self._pass(node)
                    yield from self._wait_for_rules()
                    if self._screened():
                        return True
                continue
            if isinstance(node, EndPlan):
                self.outcome, self.farewell = node.outcome, node.text
                return True
            if isinstance(node, SetPlan):
                self._set(node)
                continue
            if isinstance(node, GroupPlan):
                over = yield from self._nodes(self._members(node))
            elif isinstance(node, AgainPlan):
                over = yield from self._nodes([node.block])
            else:
                over = yield from self._block(node)
            if over:
                return True
        return False

    def _set(self, node: SetPlan) -> None:
        """Give fields their values; one that comes to nothing is left without."""
        for name, work in node.fields:
            value = work(self._state)
            if value is None:
                self._state.fields.pop(name, None)
            else:
                self._state.fields[name] = value

    def _block(self, node: BlockPlan) -> Pages:
        if node.block.name in self._plan.repeated:
            if node.block.name in self._asked:
                return False
            self._asked.add(node.block.name)
        turns = self._turns(node)
        looping = node.block.loop is not None
        for number, turn in enumerate(turns, 1):
            self._state.loop = (number, len(turns)) if looping else None
            if turn.arm:
                self._state.arms = {**self._state.arms, node.block.within: turn.arm}
            over = yield from self._turn(node, turn)
            if over:
                return True
        self._state.loop = None
        if node.block.within:
            self._state.arms = {
                name: arm for name, arm in self._state.arms.items() if name != node.block.within
            }
        if len(turns) < len(node.turns):
            self._pass(node)
            yield from self._wait_for_rules()
            return self._screened()
        return False

    def _turn(self, node: BlockPlan, turn: Turn) -> Pages:
        for places in self._dealt_pages(node, turn):
            pending: list[Shown] = []
            names: set[str] = set()
            for place in places:
                if pending and not place.needs.isdisjoint(names):
                    yield self._page(pending)
                    if self._rules:
                        yield from self._wait_for_rules()
                        if self._screened():
                            return True
                    pending, names = [], set()
                if self._unanswered:
                    yield from self._wait(place.needs)
                name = place.question.name
                self._passed.add(name)
                if place.when is None or place.when(self._state):
                    shown = place.fixed or self._see(place)
                    if shown is not None:
                        pending.append(shown)
                        names.add(name)
            if pending:
                yield self._page(pending)
            if self._rules:
                yield from self._wait_for_rules()
                if self._screened():
                    return True
        return False

    def _wait(self, needs: frozenset[str]) -> Generator[None, None, None]:
        """Yield None until the answers that something depends on are there."""
        while self._unanswered and not needs.isdisjoint(self._unanswered):
            yield None

    def _wait_for_rules(self) -> Generator[None, None, None]:
        """Yield None until every rule that is due can be decided."""
        while self._unanswered and any(
            rule.needs <= self._passed and not rule.needs.isdisjoint(self._unanswered)
            for rule in self._rules
        ):
            yield None

    def _page(self, shown: list[Shown]) -> Page:
        self._number += 1
        self._shown.update([one.name for one in shown])
        return Page(self._number, tuple(shown))

    def _screened(self) -> bool:
        """Look at the rules whose questions have been passed; whether one holds."""
        for rule in self._rules:
            if rule.needs <= self._passed and rule.when(self._state):
                self.outcome, self.farewell = Outcome.SCREENED_OUT, rule.rule.text
                return True
        return False

    def _pass(self, node: NodePlan) -> None:
        """Count the questions of a part that is passed over as passed."""
        if isinstance(node, GroupPlan):
            for member in node.members:
                self._pass(member)
        elif isinstance(node, AgainPlan):
            self._pass(node.block)
        elif isinstance(node, BlockPlan) and self._rules:
            self._passed.update(p.question.name for turn in node.turns for p in turn.places)

    # --- orders -------------------------------------------------------------------------------

    def _order(self, count: int, thing: str) -> list[int]:
        return permutation(count, self._seed, self._person, thing, self._replicate, "order")

    @functools.cached_property
    def _reversed(self) -> bool:
        """Whether this person sees reversible scales reversed."""
        draw = uniform(self._seed, self._person, "reverse", self._replicate, "order")
        return draw < 0.5

    def _arrange(
        self, things: Sequence[T], pinned: Sequence[bool], how: Shuffle, thing: str
    ) -> Sequence[T]:
        if how is Shuffle.FIXED:
            return things
        count = len(pinned) - sum(pinned)
        if how is Shuffle.RANDOM:
            return arranged(things, pinned, self._order(count, thing))
        return arranged(things, pinned, range(count - 1, -1, -1)) if self._reversed else things

    def _members(self, node: GroupPlan) -> Sequence[NodePlan]:
        if node.group.pick is not None or node.group.name in self._dealt:
            named = dict(zip(node.names, node.members, strict=True))
            chosen = self._dealt.get(node.group.name, "").split(ORDER_MARK)
            for name, member in named.items():
                if name not in chosen:
                    self._pass(member)
            return [named[name] for name in chosen if name in named]
        return self._arrange(node.members, node.pinned, node.group.order, node.group.name)

    def _turns(self, node: BlockPlan) -> Sequence[Turn]:
        block = node.block
        if block.within:
            by_arm = {turn.arm: turn for turn in node.turns}
            order = self._dealt.get(block.within, "").split(ORDER_MARK)
            return [by_arm[arm] for arm in order if arm in by_arm]
        if block.loop is None:
            return node.turns
        taken = [turn for turn in node.turns if turn.when is None or turn.when(self._state)]
        thing = f"{block.name} loop"
        arranged = self._arrange(taken, [False] * len(taken), block.loop.order, thing)
        if block.loop.pick is None:
            return arranged
        drawn = set(self._order(len(taken), f"{thing} pick")[: block.loop.pick])
        chosen = {id(turn) for place, turn in enumerate(taken) if place in drawn}
        return [turn for turn in arranged if id(turn) in chosen]

    def _dealt_pages(self, node: BlockPlan, turn: Turn) -> Sequence[Sequence[Place]]:
        """The places of a turn page by page, in this person's order."""
        if node.block.order is Shuffle.FIXED:
            return turn.pages
        thing = f"{node.block.name} {turn.code if turn.code is not None else turn.arm}".strip()
        places = self._arrange(turn.places, turn.pinned, node.block.order, thing)
        pages, at = [], 0
        for page in turn.pages:
            pages.append(places[at : at + len(page)])
            at += len(page)
        return pages

    # --- one question -------------------------------------------------------------------------

    def _see(self, place: Place) -> Shown | None:
        """A question as this person sees it; None if nothing is left to choose from."""
        question, state = place.question, self._state
        text = place.write(state) if place.write is not None else question.text
        for condition, by_arm in place.by_arm:
            write = by_arm.get(state.arms.get(condition, ""))
            if write is not None:
                text = write(state)
        options, hidden = self._parts(place.options, question.shuffle_options, question.name)
        items, more = self._parts(place.items, question.shuffle_items, f"{question.name} items")
        hidden = hidden + more
        if place.items and not items:
            return None
        if question.answers and not any(getattr(o, "reason", None) is None for o in options):
            return None
        return Shown(
            question,
            question.name,
            text,
            tuple(option for option in options if isinstance(option, Option)),
            tuple(item for item in items if isinstance(item, Item)),
            _left(place.variables, hidden) if hidden else place.variables,
        )

    def _parts(
        self, parts: tuple[Part, ...], how: Shuffle, thing: str
    ) -> tuple[list[Option | Item], list[str]]:
        """Options or rows that are shown, in order, and the variables of those that are not."""
        state = self._state
        seen: Sequence[Part] = parts
        if how is not Shuffle.FIXED:
            seen = self._arrange(parts, [part.pinned for part in parts], how, thing)
        found: list[Option | Item] = []
        hidden: list[str] = []
        for part in seen:
            if part.when is not None and not part.when(state):
                if part.variable:
                    hidden.append(part.variable)
            elif part.write is not None:
                found.append(_labelled(part.thing, part.write(state)))
            else:
                found.append(part.thing)
        return found, hidden


def _labelled(thing: Option | Item, label: str) -> Option | Item:
    return dataclasses.replace(thing, label=label)


def _left(variables: tuple[Variable, ...], hidden: list[str]) -> tuple[Variable, ...]:
    return tuple(variable for variable in variables if variable.name not in hidden)
