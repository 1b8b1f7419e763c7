"""What may be chosen, under the keys a model sees, and what was chosen, from what it said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....data.codebook import Code, Reason, code_text
from ...question import Option
from .pictures import readable

__all__ = ["NOTHING", "PASS", "Choice", "Choices", "is_pass", "key_of"]

PASS = "no_answer"  # noqa: S105 – no password
"""What passes over a question that is not required."""

_PASSED = frozenset({"", PASS, "no answer", f"[{PASS}]"})
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be chosen.

    Attributes:
        key: What the model writes for it: letters, digits, ".", "_" and "-".
        code: What is stored.
        label: What is read, plain.
        reason: Why there is no answer when it is chosen; None for a substantive choice.
        exclusive: Whether it rules out all others.
        specify: Whether it asks for a text.
    """

    key: str
    code: Code
    label: str
    reason: Reason | None = None
    exclusive: bool = False
    specify: bool = False

    @classmethod
    def of(cls, option: Option, place: int) -> Choice:
        """An option; `place` is its 1-based place as written, where its code makes no key."""
        code = option.code if isinstance(option.code, str) else float(option.code)
        return cls(
            key_of(code, place),
            code,
            readable(option.label),
            option.reason,
            option.exclusive,
            option.specify,
        )


def key_of(code: Code, place: int) -> str:
    """The code as text where that is short and tame, else "option_PLACE".

    >>> key_of(-8.0, 1)
    '-8'
    """
    text = code_text(code)
    tame = _KEY.fullmatch(text) and text != PASS and not text.startswith("option_")
    return text if tame else f"option_{place}"


def is_pass(said: object) -> bool:
    """Whether a JSON value passes over a question: null, "" or "no_answer"."""
    if isinstance(said, str):
        return len(said) < 40 and " ".join(said.split()).casefold() in _PASSED
    return said is None


class Choices:
    """Things that may be chosen, each found by its key, its code, or its label if that is unique.

    Args:
        choices: In written order; keys differ.
    """

    __slots__ = ("_all", "_exact", "_folded", "_longest", "keys")

    def __init__(self, choices: Sequence[Choice]) -> None:
        self._all = tuple(choices)
        self.keys = tuple(choice.key for choice in choices)
        self._exact: dict[str, Choice] = {}
        for choice in choices:
            self._exact[choice.key] = choice
        for choice in choices:
            for text in (f"[{choice.key}]", code_text(choice.code)):
                self._exact.setdefault(text, choice)
        self._folded: dict[str, Choice | None] = {}
        for choice in choices:
            for text in (choice.key, f"[{choice.key}]"):
                self._know(text, choice)
        known = frozenset(self._folded)
        for choice in choices:
            folded = _fold(choice.label)
            # A label such as "2" may be meant as the code of another option.
            if folded not in known and not _NUMBER.fullmatch(folded):
                self._know(folded, choice)
            self._know(f"[{choice.key}] {choice.label}", choice)
        self._longest = max((len(text) for text in self._folded), default=0) + 40

    def _know(self, text: str, choice: Choice) -> None:
        folded = _fold(text)
        other = self._folded.setdefault(folded, choice)
        if other is not choice:
            self._folded[folded] = None

    def find(self, said: object) -> Choice | None:
        """What a JSON value names, or None where that is nothing, or not certain.

        Taken are a key or code ("3", 3, 3.0, "[3]"), a whole label in upper or lower case if no
        other choice has the same, and both together as shown ("[3] Agree").
        """
        if isinstance(said, str):
            found = self._exact.get(said)
            if found is None and len(said) <= self._longest:
                folded = _fold(said)
                found = self._folded.get(folded)
                if found is None and folded not in self._folded and _NUMBER.fullmatch(folded):
                    found = self._exact.get(code_text(float(folded)))
            return found
        if isinstance(said, (int, float)) and not isinstance(said, bool) and abs(said) < 1e15:
            return self._exact.get(code_text(float(said)))
        return None

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Choice]:
        return iter(self._all)


NOTHING = Choices(())
"""Nothing to choose from."""


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()
