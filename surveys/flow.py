"""Who sees what: arms dealt evenly over people, and the walk of one person through the pages."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Generator, Mapping, Sequence
from typing import TypeVar

from ..data.codebook import Code, Variable
from ..data.seeds import seed_of, uniform
from .logic import State
from .plan import BlockPlan, EndPlan, GroupPlan, NodePlan, Part, Place, Turn, member_names
from .question import Item, Option, Shown, Shuffle
from .questionnaire import Condition, Design, Group, Outcome, Questionnaire
from .respondent import Page

__all__ = ["ORDER_MARK", "Walk", "allocate", "permutation"]

ORDER_MARK = " > "
"""Joins arms or blocks where a person sees several in an order: "gain > loss"."""

T = TypeVar("T")
Pages = Generator[Page, None, bool]
"""Pages one after the other; in the end, whether the interview is over."""


# --- chance -----------------------------------------------------------------------------------


def permutation(count: int, *parts: str | int) -> list[int]:
    """A random order of 0 … count − 1, drawn by `parts` alone.

    Fisher–Yates on the digits of 128-bit seeds, a fresh seed every 8 steps: the bias of taking
    remainders stays below 2⁻⁴⁰ for lists of up to 2,000.
    """
    order = list(range(count))
    digits = 0
    for step, last in enumerate(range(count - 1, 0, -1)):
        if step % 8 == 0:
            digits = seed_of(*parts, step) if step else seed_of(*parts)
        digits, other = divmod(digits, last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def arranged(things: Sequence[T], pinned: Sequence[bool], order: Sequence[int]) -> list[T]:
    """Deal the things that are not pinned into their places in a new order."""
    free = [position for position, fixed in enumerate(pinned) if not fixed]
    found = list(things)
    for place, source in zip(free, order, strict=True):
        found[place] = things[free[source]]
    return found


# --- allocation -------------------------------------------------------------------------------


def allocate(
    questionnaire: Questionnaire, persons: Sequence[str], seed: int
) -> dict[str, dict[str, str]]:
    """Deal arms, orders of arms, and picked blocks evenly over people.

    Between persons, the numbers in the arms of a condition differ by at most one (or follow its
    weights as closely as whole people can), also among people who share the arms of the
    conditions before it. Within persons, orders of arms follow a Williams design (Williams, E. J.,
    1949, Australian Journal of Scientific Research A 2, 149–168), dealt the same way: every arm
    stands equally often in every position and after every other. Groups that pick some of their
    blocks show every block equally often, to within one person.

    Replicates of a person keep what they were dealt. The dealing depends on who takes part, so it
    must be made over everybody who will, not over the part of them asked today.

    Args:
        questionnaire: The questionnaire.
        persons: Ids; their order does not matter.
        seed: The run's seed.

    Returns:
        Condition or group → person → arm; where a person sees several, all of them in order,
        joined by `ORDER_MARK`.
    """
    cells: dict[str, tuple[str, ...]] = dict.fromkeys(persons, ())
    dealt: dict[str, dict[str, str]] = {}
    for condition in questionnaire.conditions:
        choices = _choices(condition, seed)
        weights = condition.weights if len(condition.weights) == len(choices) else ()
        shares = (
            [w / sum(weights) for w in weights] if weights else [1 / len(choices)] * len(choices)
        )
        draw = {p: uniform(seed, "allocation", condition.name, p) for p in cells}
        line = sorted(cells, key=lambda person: (cells[person], draw[person], person))
        given = dict(zip(line, _dealt(choices, shares, len(line)), strict=True))
        dealt[condition.name] = {person: given[person] for person in persons}
        cells = {person: (*cell, given[person]) for person, cell in cells.items()}
    for node in questionnaire.nodes():
        if isinstance(node, Group) and node.pick is not None:
            dealt[node.name] = _picked(node, persons, seed)
    return dealt


def _choices(condition: Condition, seed: int) -> list[str]:
    """What can be dealt for a condition, in random order: arms, or orders of arms."""
    if condition.design is Design.WITHIN and condition.order is Shuffle.FIXED:
        return [ORDER_MARK.join(condition.arms)]
    if condition.design is Design.BETWEEN:
        if condition.weights:
            return list(condition.arms)
        shuffled = permutation(len(condition.arms), seed, "allocation", condition.name, "arms")
        return [condition.arms[i] for i in shuffled]
    rows = _williams(len(condition.arms))
    shuffled = permutation(len(rows), seed, "allocation", condition.name, "arms")
    return [ORDER_MARK.join(condition.arms[i] for i in rows[row]) for row in shuffled]


def _williams(count: int) -> list[list[int]]:
    """Orders of `count` treatments, balanced for position and for what comes before."""
    first = [(step + 1) // 2 if step % 2 else (count - step // 2) % count for step in range(count)]
    rows = [[(value + shift) % count for value in first] for shift in range(count)]
    return rows + [row[::-1] for row in rows] if count % 2 and count > 1 else rows


def _dealt(choices: Sequence[str], shares: Sequence[float], count: int) -> list[str]:
    """Deal `count` times, each time what lags furthest behind its share."""
    given = [0] * len(choices)
    found = []
    for turn in range(1, count + 1):
        lag = [share * turn - have for share, have in zip(shares, given, strict=True)]
        most = max(lag)
        # Rounding must not decide between arms that lag equally far: the first of them is taken.
        pick = next(i for i, value in enumerate(lag) if value > most - 1e-9)
        given[pick] += 1
        found.append(choices[pick])
    return found


def _picked(group: Group, persons: Sequence[str], seed: int) -> dict[str, str]:
    """Blocks of a group for each person: those seen least so far, ties by chance."""
    names = member_names(group)
    seen = [0] * len(names)
    found: dict[str, str] = {}
    pick = max(0, min(group.pick or 0, len(names)))
    pinned = [member.anchored for member in group.blocks]
    draw = {person: uniform(seed, "allocation", group.name, person) for person in persons}
    for person in sorted(draw, key=lambda p: (draw[p], p)):
        ties = permutation(len(names), seed, person, group.name, "allocation")
        chosen = sorted(range(len(names)), key=lambda i: (seen[i], ties[i]))[:pick]
        for i in chosen:
            seen[i] += 1
        chosen.sort()
        if group.order is Shuffle.RANDOM:
            fixed = [pinned[i] for i in chosen]
            order = permutation(fixed.count(False), seed, person, group.name, "order")
            chosen = arranged(chosen, fixed, order)
        elif group.order is Shuffle.REVERSE and ties[0] < len(ties) / 2:
            chosen.reverse()
        found[person] = ORDER_MARK.join(names[i] for i in chosen)
    return {person: found[person] for person in persons}


# --- the walk ---------------------------------------------------------------------------------


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
        self._pages = self._walk()

    def next_page(self, answers: Mapping[str, Code | None]) -> Page | None:
        """Go on to the next page.

        Args:
            answers: All answers so far: variable → substantive value, None where missing.

        Returns:
            The page, or None at the end; `outcome` then says how it ended.
        """
        self._state.answers = answers
        return next(self._pages, None)

    # --- pages --------------------------------------------------------------------------------

    def _walk(self) -> Generator[Page, None, None]:
        if not self._screened():
            yield from self._nodes(self._plan.nodes)
        if self.outcome is None:
            self.outcome = Outcome.COMPLETED

    def _nodes(self, nodes: Sequence[NodePlan]) -> Pages:
        for node in nodes:
            if node.when is not None and not node.when(self._state):
                if isinstance(node, (BlockPlan, GroupPlan)):
                    self._pass(node)
                    if self._screened():
                        return True
                continue
            if isinstance(node, EndPlan):
                self.outcome, self.farewell = node.outcome, node.text
                return True
            if isinstance(node, GroupPlan):
                over = yield from self._nodes(self._members(node))
            else:
                over = yield from self._block(node)
            if over:
                return True
        return False

    def _block(self, node: BlockPlan) -> Pages:
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
            return self._screened()
        return False

    def _turn(self, node: BlockPlan, turn: Turn) -> Pages:
        for places in self._dealt_pages(node, turn):
            pending: list[Shown] = []
            names: set[str] = set()
            for place in places:
                if pending and not place.needs.isdisjoint(names):
                    yield self._page(pending)
                    if self._screened():
                        return True
                    pending, names = [], set()
                name = place.question.name
                self._passed.add(name)
                if place.when is None or place.when(self._state):
                    pending.append(place.fixed or self._see(place))
                    names.add(name)
            if pending:
                yield self._page(pending)
            if self._rules and self._screened():
                return True
        return False

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
        if node.group.pick is not None:
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
        return self._arrange(taken, [False] * len(taken), block.loop.order, f"{block.name} loop")

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

    def _see(self, place: Place) -> Shown:
        """A question as this person sees it."""
        question, state = place.question, self._state
        text = place.write(state) if place.write is not None else question.text
        for condition, by_arm in place.by_arm:
            write = by_arm.get(state.arms.get(condition, ""))
            if write is not None:
                text = write(state)
        options, hidden = self._parts(place.options, question.shuffle_options, question.name)
        items, more = self._parts(place.items, question.shuffle_items, f"{question.name} items")
        hidden = hidden + more
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
