"""How long a questionnaire takes: reading speed, and seconds for each kind of answer.

Reading: 238 words per minute, the mean for silent reading of English non-fiction in the
meta-analysis of Brysbaert, M. (2019), "How many words do we read per minute?", Journal of Memory
and Language 109, 104047. Answering: the seconds in `SECONDS`, which are assumptions, not
measurements; a pilot with people replaces them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from ...data.codebook import Code, Variable
from ...data.seeds import seed_of
from ..flow import Walk, allocate
from ..question import Shown
from ..questionnaire import Questionnaire

__all__ = ["SECONDS", "WORDS_PER_MINUTE", "lengths", "seconds_for"]

WORDS_PER_MINUTE = 238.0
"""Brysbaert (2019)."""

SECONDS: Mapping[str, float] = {
    "single": 2.5,
    "likert": 2.5,
    "multiple": 4.0,
    "matrix": 2.5,
    "multiple_matrix": 4.0,
    "numeric": 5.0,
    "slider": 5.0,
    "text": 25.0,
    "form": 8.0,
    "ranking": 4.0,
    "constant_sum": 6.0,
    "date": 8.0,
    "display": 0.0,
}
"""Assumed seconds to decide and answer, after reading; for rows, items and parts: for each."""
_OTHER_SECONDS = 5.0
_PAGE_SECONDS = 1.0
_BY_ROW = ("matrix", "multiple_matrix", "form", "ranking", "constant_sum")


def seconds_for(shown: Shown) -> float:
    """Estimated seconds to read and answer one question."""
    texts = [shown.text, *(o.label for o in shown.options), *(i.label for i in shown.items)]
    words = sum(len(text.split()) for text in texts)
    kind = shown.question.kind
    times = len(shown.items) if kind in _BY_ROW else 1
    return words / WORDS_PER_MINUTE * 60 + SECONDS.get(kind, _OTHER_SECONDS) * times


def lengths(questionnaire: Questionnaire, walks: int = 40) -> list[float]:
    """Minutes that interviews take when answers are given at random, shortest first.

    Args:
        questionnaire: A questionnaire without faults.
        walks: How many interviews are walked through.
    """
    persons = [f"walk {number}" for number in range(walks)]
    dealt = allocate(questionnaire, persons, 1)
    found = []
    for person in persons:
        chance = random.Random(seed_of(1, person, "length"))  # noqa: S311  # no secret in it
        arms = {name: by_person[person] for name, by_person in dealt.items()}
        walk = Walk(questionnaire, person=person, arms=arms, seed=1)
        answers: dict[str, Code | None] = {}
        seconds = 0.0
        while (page := walk.next_page(answers)) is not None:
            seconds += _PAGE_SECONDS
            for shown in page.questions:
                seconds += seconds_for(shown)
                for variable in shown.variables:
                    answers[variable.name] = _any_answer(variable, chance)
        found.append(seconds / 60)
    return sorted(found)


def _any_answer(variable: Variable, chance: random.Random) -> Code | None:
    """Some answer to a variable, for walking only."""
    if variable.codes:
        return chance.choice(variable.codes)
    if variable.kind == "date":
        return f"{chance.randint(1940, 2030)}-01-01"
    if variable.kind == "text":
        return "text"
    low, high = variable.range or (0.0, 100.0)
    return float(round(chance.uniform(low, high)))
