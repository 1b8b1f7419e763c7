"""Blocks of a Qualtrics survey: pages, question order, loops, and the logic of what is in them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ...data.codebook import Code
from ..logic import syntax as g
from ..question import Item, Option, Question, Shuffle
from ..questionnaire import Block, End, FlowNode, Group, Loop, Outcome, Which
from ..questions import Numeric
from .qsf_choices import marked
from .qsf_file import QsfBlock, QsfFile, entries, mapping, number, text
from .qsf_logic import Logic, both, expression, opposite
from .qsf_made import Made
from .qsf_pipes import LOOP_FIELD, Pipes
from .qsf_places import Positions, Stand
from .readable import readable
from .report import Log

__all__ = ["Blocks", "driver_of", "loop_of"]

MOST_TURNS = 100
"""Most turns of a loop that a number drives, as `expansion.MAX_COUNT`."""


def loop_of(
    block: QsfBlock, made: dict[str, Made], log: Log, where: str
) -> tuple[Loop, dict[str, Code]] | None:
    """The loop of a block, and for each turn its id in the file and its code; None without one."""
    kind = text(block.options.get("Looping"))
    options = mapping(block.options.get("LoopingOptions"))
    if kind in ("", "None", "false"):
        return None
    static = [(id, mapping(row)) for id, row in entries(options.get("Static"))]
    order, pick = _turn_order(options, log, where)
    if kind == "Static":
        static = [(id, row) for id, row in static if row]
        if not static:
            return None
        ids = {id: _code(id) for id, _ in static}
        values = tuple((ids[id], _label(row.get("1")) or f"({id})") for id, row in static)
        loop = Loop(values=values, order=order, pick=pick, texts=_texts(static, ids))
        log.carried(where, "loop", f"over {len(values)} values")
        return loop, ids
    qid, locator = driver_of(block)
    driver = made.get(qid)
    if driver is None or not driver.questions:
        log.left(where, "loop", f"its loop over {qid or 'a question'} is left; it is asked once")
        return None
    question = driver.questions[0]
    if isinstance(question, Numeric) and "Numeric" in locator:
        most = number(locator.partition("?v=")[2]) or question.maximum or len(static) or 10
        if question.maximum is None or not float(question.maximum) <= MOST_TURNS:
            most = min(max(most, (question.minimum or 0.0) + 1.0, 1.0), float(MOST_TURNS))
            log.approximated(where, "loop", f"{question.name} may be at most {most:g}")
            bounded = dataclasses.replace(question, maximum=most, integer=True)
            made[qid] = dataclasses.replace(driver, questions=(bounded,))
        ids = {str(n): float(n) for n in range(1, MOST_TURNS + 1)}
        log.carried(where, "loop", f"as often as {question.name} says")
        texts = _texts([(id, row) for id, row in static if id in ids], ids)
        return Loop(over=question.name, order=order, pick=pick, texts=texts), ids
    which = Which.SELECTED
    if "Unselected" in locator or "NotSelected" in locator:
        which = Which.NOT_SELECTED
    elif "AllChoices" in locator or "DisplayedChoices" in locator:
        which = Which.ALL
    if not question.answers or question.items:
        log.left(where, "loop", f"its loop over {question.name} is left; it is asked once")
        return None
    if "Displayed" in locator:
        log.approximated(where, "loop", "over displayed choices; here over all")
    known = {option.code for option in question.answers if not option.exclusive}
    ids = {id: code for id, code in driver.codes.items() if code in known}
    log.carried(where, "loop", f"over the choices of {question.name}")
    texts = _texts([(id, row) for id, row in static if id in ids], ids)
    return Loop(over=question.name, which=which, order=order, pick=pick, texts=texts), ids


def driver_of(block: QsfBlock) -> tuple[str, str]:
    """QID of the question that a block loops over, and the locator of its choices; or ""."""
    options = mapping(block.options.get("LoopingOptions"))
    if text(block.options.get("Looping")) in ("", "None", "false", "Static"):
        return "", ""
    locator = text(options.get("Locator")) or text(options.get("ChoiceGroupLocator"))
    qid = text(options.get("QID"))
    if not qid and locator.startswith("q://"):
        qid = locator.removeprefix("q://").split("/")[0]
    return qid, locator


def _turn_order(options: Mapping[str, Any], log: Log, where: str) -> tuple[Shuffle, int | None]:
    kind = text(options.get("Randomization")).casefold()
    some = number(options.get("TotalRandSubset"))
    if kind in ("", "none", "false"):
        return Shuffle.FIXED, None
    if kind not in ("all", "subset", "true"):
        log.approximated(where, "loop", f"its order {kind!r} is taken as random")
    return Shuffle.RANDOM, int(some) if kind == "subset" and some and some >= 1 else None


def _code(id: str) -> Code:  # what the file calls it
    value = number(id)
    return id if value is None else value


def _label(value: Any) -> str:
    return marked(readable(text(value), plain=True).text)


def _texts(
    static: Sequence[tuple[str, Mapping[str, Any]]], ids: Mapping[str, Code]
) -> tuple[tuple[str, tuple[tuple[Code, str], ...]], ...]:
    """Further fields of a loop: name → text for each value."""
    names = dict.fromkeys(key for _, row in static for key in row if key != "1")
    return tuple(
        (
            f"{LOOP_FIELD}{name}",
            tuple((ids[id], _label(row[name])) for id, row in static if _label(row.get(name))),
        )
        for name in names
        if name.isalnum()
    )


class Blocks:
    """Makes the blocks of a survey.

    Args:
        file: The survey.
        made: What questions became, by QID.
        names: Block id → name.
        loops: Block id → its loop.
        logic: Translates logic.
        pipes: Translates texts.
        positions: What comes later than what.
        log: Where reports go.
    """

    def __init__(
        self,
        file: QsfFile,
        made: Mapping[str, Made],
        names: Mapping[str, str],
        loops: Mapping[str, Loop],
        logic: Logic,
        pipes: Pipes,
        positions: Positions,
        log: Log,
    ) -> None:
        self.file = file
        self.made = made
        self.names = names
        self.loops = loops
        self.logic = logic
        self.pipes = pipes
        self.at = positions.at
        self.asked: set[str] = set()
        self.log = log

    def make(self, id: str, place: int) -> list[FlowNode]:
        """The block standing at the place-th place: itself, and an end where it may skip to one."""
        block = self.file.blocks[id]
        name = self.names[id]
        where = f"block {name}"
        base = dataclasses.replace(self.at(place), loop=self.loops.get(id))
        mode = text(block.options.get("RandomizeQuestions")).casefold()
        mixed = mode not in ("", "false", "none", "0")
        pages: list[list[Question]] = [[]]
        skips: list[tuple[g.Test, str]] = []
        ends: list[g.Test] = []
        order = block.questions()
        for element in block.elements:
            if text(element.get("Type")) == "Page Break":
                pages.append([])
                continue
            qid = text(element.get("QuestionID"))
            made = self.made.get(qid)
            if made is None or qid not in order:
                continue
            if qid in self.asked:
                self.log.left(where, "question", f"{made.name or qid} stands here once more")
                continue
            self.asked.add(qid)
            skips = [(test, to) for test, to in skips if to != qid]
            after = order[order.index(qid) + 1 :]
            stand = dataclasses.replace(base, after=frozenset([qid, *after]))
            if mixed:
                around = base.unsure | base.block - {qid}
                stand = dataclasses.replace(base, after=frozenset([qid]), unsure=around)
            held = both(*[opposite(test) for test, _ in skips])
            pages[-1] += self.questions(made, held, stand)
            own = dataclasses.replace(stand, after=stand.after - {qid})
            for test, to in self.skips(element, qid, own):
                if to == "ENDOFSURVEY":
                    ends.append(test)
                    skips.append((test, ""))
                elif to in after or to == "ENDOFBLOCK":
                    skips.append((test, to))
        kept = tuple(tuple(page) for page in pages if page)
        if not kept:
            return []
        made_block = Block(name=name, pages=kept, loop=self.loops.get(id))
        nodes: list[FlowNode] = [made_block]
        if mixed:
            nodes = self.mixed(made_block, block, mode, where)
        for test in ends:
            if made_block.loop is not None:
                self.log.approximated(
                    where, "skip logic", "skipping to the end ends nothing in a loop"
                )
                break
            nodes.append(End(outcome=Outcome.SCREENED_OUT, show_if=expression(test)))
        return nodes

    # --- questions ----------------------------------------------------------------------------

    def questions(
        self,
        made: Made,
        held: g.Test | None,
        stand: Stand,
    ) -> list[Question]:
        """The questions of one question of the file, with logic and piped text."""
        payload = self.file.questions.get(made.qid, {})
        where = f"question {made.name or made.qid}"
        logic = mapping(payload.get("DisplayLogic"))
        own = self.logic.test(logic, where, stand) if logic else None
        when = both(held, own)
        found = []
        for question in made.questions:

            def said(source: str) -> str:
                return self.pipes.text(source, where, stand)

            options = tuple(
                self.option(option, made, question, said, where, stand)
                for option in question.options
            )
            items = tuple(
                self.item(item, made, question, said, where, stand) for item in question.items
            )
            wording = said(question.text).strip() or "(see above)"
            shown = both(when, _test(question))
            changes: dict[str, Any] = {"text": wording, "options": options, "items": items}
            for key in ("low_label", "high_label", "unit"):
                if getattr(question, key, ""):
                    changes[key] = said(getattr(question, key))
            found.append(dataclasses.replace(question, show_if=expression(shown), **changes))
        return found

    def option(
        self,
        option: Option,
        made: Made,
        question: Question,
        said: Any,
        where: str,
        stand: Stand,
    ) -> Option:
        """An option with its logic and piped text."""
        logic = made.option_logic.get(question.name, {}).get(option.code)
        when = option.show_if
        if logic is not None:
            when = expression(self.logic.test(logic, where, stand))
        return dataclasses.replace(option, label=said(option.label) or "(…)", show_if=when)

    def item(
        self,
        item: Item,
        made: Made,
        question: Question,
        said: Any,
        where: str,
        stand: Stand,
    ) -> Item:
        """A row with its logic and piped text."""
        logic = made.item_logic.get(question.name, {}).get(item.name)
        when = item.show_if
        if logic is not None:
            when = expression(self.logic.test(logic, where, stand))
        return dataclasses.replace(item, label=said(item.label) or f"({item.name})", show_if=when)

    def skips(self, element: Mapping[str, Any], qid: str, stand: Stand) -> list[tuple[g.Test, str]]:
        """Skip logic of a question: when, and to which QID, "ENDOFBLOCK" or "ENDOFSURVEY"."""
        payload = self.file.questions.get(qid, {})
        made = self.made[qid]
        where = f"question {made.name or qid}"
        found = []
        for source in (element.get("SkipLogic"), payload.get("SkipLogic")):
            for _, rule in entries(source):
                to = text(mapping(rule).get("SkipToDestination"))
                if not mapping(rule) or not to:
                    continue
                test = self.logic.term(mapping(rule), where, stand)
                self.log.carried(where, "skip logic", f"to {to}")
                found.append((test, to))
        return found

    # --- order --------------------------------------------------------------------------------

    def mixed(self, block: Block, source: QsfBlock, mode: str, where: str) -> list[FlowNode]:
        """A block whose questions come in random order, all or some of them."""
        plan = mapping(mapping(source.options.get("Randomization")).get("Advanced"))
        per_page = number(plan.get("QuestionsPerPage"))
        some = number(plan.get("TotalRandSubset"))
        listed = source.questions()
        fixed = [text(one) for _, one in entries(plan.get("FixedOrder"))]
        drawn = [text(one) for _, one in entries(plan.get("RandomSubSet"))]
        if mode == "randomwithonlyx":
            fixed, drawn = [], listed
        elif mode != "advanced":
            fixed, drawn = [], []
        hidden = {text(one) for _, one in entries(plan.get("Undisplayed"))}
        by_qid = {qid: self._names(qid) for qid in listed}
        gone = {name for qid in hidden for name in by_qid.get(qid, ())}
        pages = [tuple(q for q in page if q.name not in gone) for page in block.pages]
        block = dataclasses.replace(block, pages=tuple(page for page in pages if page))
        if gone:
            self.log.carried(where, "undisplayed question", f"{len(gone)} not asked")
        if not block.pages:
            return []
        if drawn and some is not None and 0 < some < len(drawn) and block.loop is None:
            return self.drawn(block, fixed, drawn, int(some), by_qid, where)
        kept = {name for qid in fixed for name in by_qid.get(qid, ())}
        questions = [
            dataclasses.replace(question, anchored=question.name in kept)
            for question in block.questions
        ]
        if fixed:
            questions = self._arranged(questions, fixed, by_qid)
        free = sum(not question.anchored for question in questions)
        if free < 2:
            return [dataclasses.replace(block, pages=self._paged(questions, None, block))]
        self.log.carried(where, "question order", "random")
        anchored = [question.name for question in questions if question.anchored]
        if not anchored or free == len(questions):
            questions = [dataclasses.replace(q, anchored=False) for q in questions]
        pages_of = self._paged(questions, per_page, block)
        return [dataclasses.replace(block, pages=pages_of, order=Shuffle.RANDOM)]

    def drawn(
        self,
        block: Block,
        fixed: Sequence[str],
        drawn: Sequence[str],
        some: int,
        by_qid: Mapping[str, Sequence[str]],
        where: str,
    ) -> list[FlowNode]:
        """A block of which people are asked some questions: a group that picks among them."""
        by_name = {question.name: question for question in block.questions}
        kept = {name for qid in fixed for name in by_qid.get(qid, ())}
        members = [
            Block(name=f"{block.name} {qid}", pages=(tuple(by_name[n] for n in found),))
            for qid in drawn
            if (found := [n for n in by_qid.get(qid, ()) if n in by_name])
        ]
        rest = [q for q in block.questions if q.name in kept or not _within(q.name, drawn, by_qid)]
        if not members:
            return [block]
        self.log.approximated(
            where, "question subset", f"{some} of {len(members)} questions, each on its own page"
        )
        pick = some if some < len(members) else None
        group = Group(
            name=f"{block.name} picked", blocks=tuple(members), order=Shuffle.RANDOM, pick=pick
        )
        nodes: list[FlowNode] = [group]
        if rest:
            whole = dataclasses.replace(block, pages=(tuple(rest),))
            first = bool(fixed) and fixed[0] in by_qid
            nodes = [whole, group] if first else [group, whole]
        return nodes

    def _names(self, qid: str) -> list[str]:
        made = self.made.get(qid)
        return [question.name for question in made.questions] if made is not None else []

    def _arranged(
        self,
        questions: Sequence[Question],
        fixed: Sequence[str],
        by_qid: Mapping[str, Sequence[str]],
    ) -> list[Question]:
        """Questions with the anchored ones at the places that the file gives them."""
        by_name = {question.name: question for question in questions}
        free = iter([question for question in questions if not question.anchored])
        found: list[Question] = []
        for one in fixed:
            if one in by_qid:
                found += [by_name[n] for n in by_qid[one] if n in by_name]
            else:
                found += [question for question in [next(free, None)] if question is not None]
        found += list(free)
        return found

    def _paged(
        self, questions: Sequence[Question], per_page: float | None, block: Block
    ) -> tuple[tuple[Question, ...], ...]:
        if per_page is not None and per_page >= 1:
            size = int(per_page)
            return tuple(tuple(questions[at : at + size]) for at in range(0, len(questions), size))
        pages, at = [], 0
        for page in block.pages:
            pages.append(tuple(questions[at : at + len(page)]))
            at += len(page)
        return tuple(pages)


def _within(name: str, qids: Sequence[str], by_qid: Mapping[str, Sequence[str]]) -> bool:
    return any(name in by_qid.get(qid, ()) for qid in qids)


def _test(question: Question) -> g.Test | None:
    return question.show_if.node if question.show_if is not None else None
