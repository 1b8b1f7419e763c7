"""Choices of a Qualtrics question: their labels, codes and order."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ...data.codebook import Code, code_text
from ..question import Shuffle
from .qsf_file import entries, is_on, mapping, number, text
from .readable import readable
from .report import Log

__all__ = ["Choice", "Order", "Texts", "choices_of", "codes_of", "graded", "order_of"]

PIPE_OPEN, PIPE_CLOSE = "\ue000", "\ue001"
"""Stand around piped text until names are known; letters of no language."""
_PIPE = re.compile(r"\$\{([^{}]{1,300})\}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice, or one answer of a matrix.

    Attributes:
        id: Its key in the file.
        label: What people read, braces doubled and pipes marked.
        name: What exports of labels write, where that is not the label.
        specify: Whether it opens a text field.
        exclusive: Whether it rules out the others.
        logic: Its display logic, as in the file.
    """

    id: str
    label: str
    name: str
    specify: bool
    exclusive: bool
    logic: Any


class Texts:
    """Takes texts out of a question, in one language, and logs what text cannot hold.

    Args:
        payload: The question.
        language: Language to prefer, in lower case, or "" for the survey's own.
        where: What reports call the question.
        log: Where losses go.
        others: All questions by QID, for choices that are carried forward from one.
    """

    def __init__(
        self,
        payload: Mapping[str, Any],
        language: str,
        where: str,
        log: Log,
        others: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        self.payload = payload
        self.others = others
        self.where = where
        self.log = log
        self.other: Mapping[str, Any] = {}
        if language:
            for tag, translation in mapping(payload.get("Language")).items():
                if tag.casefold() == language:
                    self.other = mapping(translation)

    def question(self) -> str:
        """The wording."""
        source = text(self.other.get("QuestionText")) or text(self.payload.get("QuestionText"))
        return self.read(source)

    def choice(self, key: str, id: str, shown: Any) -> str:  # what the file calls it
        """The label of a choice or answer."""
        translated = mapping(mapping(self.other.get(key)).get(id))
        source = text(translated.get("Display")) or text(shown)
        return self.read(source, plain=True)

    def read(self, source: str, *, plain: bool = False) -> str:
        """HTML as text, with braces doubled and pipes marked."""
        found = readable(source, plain=plain)
        for medium in found.media:
            self.log.left(self.where, medium.split(" “")[0], f"{medium} cannot be shown as text")
        if found.scripted:
            self.log.left(self.where, "script", "a script within the wording does not run")
        return marked(found.text)


def marked(source: str) -> str:
    """A text with plain braces doubled, and piped text between marks."""
    source = source.replace(PIPE_OPEN, "").replace(PIPE_CLOSE, "")
    pieces, at = [], 0
    for pipe in _PIPE.finditer(source):
        pieces.append(_doubled(source[at : pipe.start()]))
        pieces.append(f"{PIPE_OPEN}{pipe[1]}{PIPE_CLOSE}")
        at = pipe.end()
    return "".join(pieces) + _doubled(source[at:])


def _doubled(literal: str) -> str:
    return literal.replace("{", "{{").replace("}", "}}")


def choices_of(texts: Texts, key: str = "Choices", order: str = "ChoiceOrder") -> list[Choice]:
    """Choices (or with other keys, answers) in their order."""
    payload = texts.payload
    held = dict(entries(payload.get(key)))
    names = mapping(payload.get("VariableNaming"))
    wanted = [text(one) for _, one in entries(payload.get(order))]
    listed = [one for one in dict.fromkeys(wanted) if one in held]
    listed += [one for one in held if one not in listed]
    carried = _carried_forward(texts) if key == "Choices" else []
    if carried:
        listed = [one for one in listed if not re.fullmatch(r"x\d+", one)]
    found = carried
    for one in listed:
        choice = held[one]
        shown = choice.get("Display") if isinstance(choice, dict) else choice
        choice = mapping(choice)
        name = readable(text(names.get(one)), plain=True).text
        label = texts.choice(key, one, shown)
        if not label and mapping(choice.get("Image")):
            label = marked(readable(text(mapping(choice["Image"]).get("Display")), plain=True).text)
            texts.log.left(texts.where, "image", "an image that can be chosen cannot be shown")
        found.append(
            Choice(
                id=one,
                label=label or marked(name),
                name=name,
                specify=is_on(choice.get("TextEntry")),
                exclusive=is_on(choice.get("ExclusiveAnswer")),
                logic=choice.get("DisplayLogic"),
            )
        )
    return found


def _carried_forward(texts: Texts) -> list[Choice]:
    """Choices carried forward from another question, each shown where it was (not) chosen there."""
    dynamic = texts.payload.get("DynamicChoices")
    locator = next(
        (
            said
            for said in (text(dynamic), *(text(one) for _, one in entries(dynamic)))
            if said.startswith("q://")
        ),
        "",
    )
    if not locator:
        return []
    qid, _, which = locator.removeprefix("q://").partition("/")
    payload = texts.others.get(qid)
    if payload is None:
        texts.log.left(texts.where, "carry-forward", f"choices of {qid}, which is not there")
        return []
    source = choices_of(Texts(payload, "", texts.where, Log()))
    texts.log.carried(texts.where, "carry-forward", f"choices of {qid}")
    found = []
    for choice in source:
        pointed, operator = f"q://{qid}/SelectableChoice/{choice.id}", "Selected"
        label = choice.label
        if "TextEntry" in which or "Entered" in which:
            pointed, operator = f"q://{qid}/ChoiceTextEntryValue/{choice.id}", "NotEmpty"
            label = f"{PIPE_OPEN}{pointed}{PIPE_CLOSE}"
        elif "Unselected" in which or "NotSelected" in which:
            operator = "NotSelected"
        elif "Displayed" in which or "AllChoices" in which:
            operator = ""
        term = {"LogicType": "Question", "LeftOperand": pointed, "Operator": operator}
        found.append(
            Choice(
                id=f"x{choice.id}",
                label=label,
                name=choice.name,
                specify=False,
                exclusive=choice.exclusive,
                logic={"0": {"0": term}} if operator else None,
            )
        )
    return found


def codes_of(
    choices: Sequence[Choice], payload: Mapping[str, Any], where: str, log: Log
) -> dict[str, Code]:
    """Choice → the code that exports hold for it: recoded, or else its id."""
    recoded = mapping(payload.get("RecodeValues"))
    codes: dict[str, Code] = {}
    for choice in choices:
        # A choice carried forward keeps the number of the one it is carried from.
        own = choice.id[1:] if re.fullmatch(r"x\d+", choice.id) else choice.id
        written = text(recoded.get(choice.id)).strip() or own
        value = number(written)
        codes[choice.id] = written if value is None else value
    if any(isinstance(code, str) for code in codes.values()):
        codes = {id: code_text(code) for id, code in codes.items()}
    if len(set(codes.values())) < len(codes):
        log.approximated(
            where, "recoded values", "two choices have the same code, so ids stand for codes"
        )
        plain = {choice.id: number(choice.id) for choice in choices}
        if any(value is None for value in plain.values()):
            return {choice.id: choice.id for choice in choices}
        return {id: value for id, value in plain.items() if value is not None}
    return codes


# --- order ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """In which order people see choices.

    Attributes:
        shuffle: How they are ordered for each person.
        ids: Written order.
        anchored: Those that keep their place.
    """

    shuffle: Shuffle
    ids: tuple[str, ...]
    anchored: frozenset[str] = frozenset()


def order_of(payload: Mapping[str, Any], ids: Sequence[str], where: str, log: Log) -> Order:
    """The order of choices: fixed, random, reversed for half, or random with some in place."""
    plan = mapping(payload.get("Randomization"))
    kind = text(plan.get("Type")).casefold()
    listed = tuple(ids)
    if kind in ("", "none"):
        return Order(Shuffle.FIXED, listed)
    if kind in ("scalereversal", "flip"):
        return Order(Shuffle.REVERSE, listed)
    some = number(plan.get("TotalRandSubset"))
    if kind == "subset" and some is not None and 0 < some < len(listed):
        _subset(int(some), len(listed), where, log)
    if kind != "advanced":
        if kind not in ("all", "subset"):
            log.approximated(where, "choice order", f"the order {kind!r} is taken as random")
        return Order(Shuffle.RANDOM, listed)
    advanced = mapping(plan.get("Advanced"))
    fixed = [text(one) for _, one in entries(advanced.get("FixedOrder"))]
    drawn = [text(one) for _, one in entries(advanced.get("RandomSubSet"))]
    moved = [text(one) for _, one in entries(advanced.get("RandomizeAll"))] + drawn
    hidden = {text(one) for _, one in entries(advanced.get("Undisplayed"))}
    some = number(advanced.get("TotalRandSubset")) or number(plan.get("TotalRandSubset"))
    if drawn and some is not None and 0 < some < len(drawn):
        _subset(int(some), len(drawn), where, log)
    free = iter([one for one in moved if one in listed and one not in fixed])
    arranged = [one if one in listed else next(free, "") for one in fixed]
    arranged = list(dict.fromkeys(one for one in [*arranged, *free] if one))
    arranged += [one for one in listed if one not in arranged]
    arranged = [one for one in arranged if one not in hidden] or list(listed)
    anchored = frozenset(one for one in fixed if one in listed)
    free_count = sum(one not in anchored for one in arranged)
    how = Shuffle.RANDOM if free_count > 1 else Shuffle.FIXED
    return Order(how, tuple(arranged), anchored if how is Shuffle.RANDOM else frozenset())


def _subset(some: int, count: int, where: str, log: Log) -> None:
    log.approximated(
        where,
        "choice subset",
        f"each person saw {some} of {count} choices by chance; here all are shown",
    )


# --- measure level ----------------------------------------------------------------------------

_GRADES = frozenset(
    re.findall(
        r"\w+",
        """
    not slightly somewhat moderately fairly quite rather very extremely strongly mostly
    completely totally definitely probably possibly never rarely seldom sometimes
    occasionally often usually frequently always little lot deal least less most much more
    neither neutral poor fair good excellent bad low medium high lower higher better worse
    worst best agree disagree likely unlikely important unimportant satisfied dissatisfied
    none few some all several too enough increase decrease daily weekly monthly yearly once
    hardly barely highly weak strong favorable unfavorable positive negative easy difficult
    clear unclear far
        """,
    )
)
_NUMBERED = re.compile(r"\s*(?:[-+]?\d+(?:\.\d+)?\b.*|.*\b\d+)\s*", re.DOTALL)


def graded(labels: Sequence[str], payload: Mapping[str, Any]) -> bool:
    """Whether options look like steps of one scale: by their labels, or as the file scales them.

    A survey file does not say so. Numbers in a row, or words of degree in most labels, are taken
    for a scale.
    """
    if len(labels) < 3:
        return False
    scaled = mapping(mapping(payload.get("Configuration")).get("Autoscale"))
    if any(text(mapping(axis).get("Name")) for axis in scaled.values()):
        return True
    numbers = [number(m[1]) for label in labels if (m := re.match(r"\s*([-+]?\d+)\b", label))]
    if len(numbers) >= len(labels) - 1 and len(numbers) > 2:
        steps = {b - a for a, b in itertools.pairwise(numbers) if a is not None and b is not None}
        if len(steps) == 1 and 0 not in steps:
            return True
    words = [set(re.findall(r"[a-z]+", label.casefold())) for label in labels]
    degrees = [bool(found & _GRADES) and len(found) <= 8 for found in words]
    return sum(degrees) >= max(2, round(0.7 * len(labels))) and degrees[0] and degrees[-1]
