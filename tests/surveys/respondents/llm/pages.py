"""Questions of every type, legal answers to them, and what a perfect model would say."""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from understudy.data.codebook import Code, Level, Reason, Variable, code_text
from understudy.surveys.question import Item, Option, Question, Shown
from understudy.surveys.questions import (
    ConstantSum,
    Date,
    Display,
    Likert,
    Matrix,
    Multiple,
    Numeric,
    Ranking,
    Single,
    Slider,
    Text,
    parts,
)
from understudy.surveys.respondents.llm.asked import Asked
from understudy.surveys.respondents.llm.asking import Mode, Strictness
from understudy.surveys.respondents.llm.choices import PASS
from understudy.surveys.respondents.llm.fields import Part, Take

DONT_KNOW = Option(code=-8.0, label="Don't know", reason=Reason.DONT_KNOW)
REFUSED = Option(code=-9.0, label="Prefer not to say", reason=Reason.REFUSED)
AGREE = tuple(
    Option(code=float(code), label=label)
    for code, label in enumerate(
        ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"), 1
    )
)
COLOURS = (
    Option(code=1.0, label="Red"),
    Option(code=2.0, label="Blue"),
    Option(code=7.0, label="Other", specify=True),
)
ROWS = tuple(Item(name=name, label=f"The {name}") for name in ("police", "army", "church", "press"))


@dataclass(frozen=True, kw_only=True)
class Thermometers(Question):
    """A type that nobody told the language-model respondent of: two numbers that must differ."""

    kind: ClassVar[str] = "thermometers"

    def variables(self) -> tuple[Variable, ...]:
        return tuple(
            Variable(name=f"{self.name}_{side}", label=side, level=Level.INTERVAL, range=(0, 100))
            for side in ("left", "right")
        )

    def problem(self, values: Mapping[str, Code | None]) -> str | None:
        given = [value for value in values.values() if value is not None]
        if len(given) == 2 and given[0] == given[1]:
            return "the two must differ"
        return None if len(given) != 1 else "give both or none"


EVERY: tuple[Question, ...] = (
    Display(name="intro", text="<p>Welcome.</p>"),
    Single(name="colour", text="Which colour?", options=(*COLOURS, DONT_KNOW)),
    Single(
        name="party",
        text="Which party?",
        options=tuple(Option(code=c, label=f"Party {c}") for c in ("A", "B", "very good", "x<y")),
        required=True,
    ),
    Likert(name="trust", text="Do you agree?", options=AGREE, required=True),
    Likert(name="mood", text="And this?", options=(*AGREE, DONT_KNOW, REFUSED)),
    Multiple(
        name="media",
        text="What do you read?",
        options=(
            *COLOURS,
            Option(code=5.0, label="Green"),
            Option(code=9.0, label="None of these", exclusive=True),
            DONT_KNOW,
        ),
        most=3,
    ),
    Multiple(name="must", text="Choose", options=COLOURS[:2], required=True),
    Matrix(name="inst", text="How much do you trust …", options=(*AGREE, DONT_KNOW), items=ROWS),
    Matrix(name="req", text="Once more …", options=AGREE, items=ROWS, required=True),
    Numeric(name="age", text="Age?", minimum=18, maximum=99, integer=True, unit="years"),
    Numeric(name="income", text="Income?", options=(REFUSED,), minimum=0),
    Numeric(name="free", text="Any number?", required=True),
    Slider(name="warm", text="Warm?", minimum=-10, maximum=10, step=0.5, low_label="cold"),
    Text(name="why", text="Why?", max_length=200),
    Text(name="name", text="Name?", options=(REFUSED,), required=True, max_length=60),
    Ranking(name="rank", text="Order", items=ROWS, required=True),
    Ranking(name="top", text="First two", items=ROWS, top=2, options=(DONT_KNOW,)),
    ConstantSum(name="sum", text="Divide", items=ROWS, total=100, integer=True, required=True),
    ConstantSum(name="part", text="Divide", items=ROWS, total=1, options=(DONT_KNOW,)),
    Date(name="day", text="When?", earliest="2000-01-01", latest="2024-12-31"),
    Thermometers(name="therm", text="How warm?"),
)


def shown(
    question: Question,
    *,
    options: Sequence[Option] | None = None,
    items: Sequence[Item] | None = None,
) -> Shown:
    """A question with these options and rows, and without the variables of the others."""
    options = question.options if options is None else tuple(options)
    items = question.items if items is None else tuple(items)
    hidden = {parts.item_name(question, item) for item in question.items if item not in items}
    if isinstance(question, Multiple):
        gone = [option for option in question.answers if option not in options]
        hidden |= {parts.option_name(question, option) for option in gone}
    return Shown(
        question,
        question.name,
        question.text,
        tuple(options),
        tuple(items),
        tuple(v for v in question.variables() if v.name not in hidden),
    )


def shuffled(question: Question, rng: random.Random) -> Shown:
    """A question with options and rows in any order, now and then with one of them hidden."""
    options, items = list(question.options), list(question.items)
    rng.shuffle(options)
    rng.shuffle(items)
    if isinstance(question, (Single, Likert, Matrix)) and rng.random() < 0.3:
        substantive = [o for o in options if o.reason is None and not o.specify]
        options.remove(rng.choice(substantive))
    if isinstance(question, (Matrix, Ranking)) and rng.random() < 0.3:
        items.pop()
    return shown(question, options=options, items=items)


def legal(one: Shown, rng: random.Random) -> dict[str, Code | Reason]:
    """A random legal answer: a value for every variable, or the reason there is none."""
    question = one.question
    names = [v.name for v in one.variables]
    silent = [option.reason for option in one.options if option.reason is not None]
    if not question.required:
        silent.append(Reason.NO_ANSWER)
    if isinstance(question, Matrix):
        return {name: _row(one, silent, rng) for name in names}
    if names and silent and rng.random() < 0.25:
        reason = rng.choice(silent)
        return {
            name: Reason.NOT_APPLICABLE if name == f"{question.name}_text" else reason
            for name in names
        }
    return _substantive(one, names, rng)


def _row(one: Shown, silent: list[Reason], rng: random.Random) -> Code | Reason:
    if silent and rng.random() < 0.2:
        return rng.choice(silent)
    return rng.choice([option.code for option in one.options if option.reason is None])


def _substantive(one: Shown, names: list[str], rng: random.Random) -> dict[str, Code | Reason]:
    question = one.question
    found: dict[str, Code | Reason] = {}
    opened = False
    match question:
        case Single() | Likert():
            option = rng.choice([o for o in one.options if o.reason is None])
            found[question.name] = option.code
            opened = option.specify
        case Multiple():
            chosen = _several(question, [o for o in one.options if o.reason is None], rng)
            for option in one.options:
                if option.reason is None:
                    found[parts.option_name(question, option)] = float(option in chosen)
            opened = any(option.specify for option in chosen)
        case Ranking():
            order = rng.sample(names, question.top or len(names))
            found = {
                n: float(order.index(n) + 1) if n in order else Reason.NOT_APPLICABLE for n in names
            }
        case ConstantSum():
            cuts = sorted(rng.randint(0, 100) for _ in names[1:])
            whole = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
            found = {n: part * question.total / 100 for n, part in zip(names, whole, strict=True)}
        case Numeric():
            low = -500 if question.minimum is None else question.minimum
            high = low + 1000 if question.maximum is None else question.maximum
            number = rng.uniform(low, high)
            found[question.name] = float(round(number) if question.integer else number)
        case Slider():
            found[question.name] = question.minimum + question.step * rng.randint(0, 40)
        case Date():
            day = datetime.date(2000, 1, 1) + datetime.timedelta(days=rng.randint(0, 9000))
            found[question.name] = day.isoformat()
        case Text():
            found[question.name] = rng.choice(
                ("Yes, I do.", "Çà et là\nü", '"{}"', "3", "Ωmega 🙂")
            )
        case Thermometers():
            found = {name: float(at * 50 + rng.randint(0, 49)) for at, name in enumerate(names)}
    specify = f"{question.name}_text"
    if specify in names:
        found[specify] = "Purple" if opened else Reason.NOT_APPLICABLE
    return found


def _several(question: Multiple, options: list[Option], rng: random.Random) -> list[Option]:
    alone = [option for option in options if option.exclusive]
    if alone and rng.random() < 0.2:
        return alone
    ordinary = [option for option in options if not option.exclusive]
    most = min(question.most or len(ordinary), len(ordinary))
    return rng.sample(ordinary, rng.randint(max(question.least, int(question.required)), most))


def perfect(asked: Asked, wanted: Mapping[str, Code | Reason]) -> str:
    """What a model says that answers as wanted and does just as it is told."""
    said: dict[str, Any] = {}
    for field, key in zip(asked.fields, asked.keys, strict=True):
        for part in field.parts:
            value = _property(part, wanted)
            if asked.asking.mode is Mode.PROBABILITIES and part.take is Take.CODE:
                codes = [*part.choices.keys, *([PASS] if field.can_pass else [])]
                value = {code: 100 if code == value else 0 for code in codes}
            as_text = part.take is Take.NUMBER and (field.can_pass or len(part.choices) > 0)
            said[key + part.suffix] = code_text(value) if as_text else value
    if asked.asking.strictness is Strictness.ROWS:
        return json.dumps({"answers": [[key, *_cells(value)] for key, value in said.items()]})
    return json.dumps(said)


def _cells(value: object) -> list[str]:
    if isinstance(value, dict):
        return [str(cell) for pair in value.items() for cell in pair]
    return [str(cell) for cell in value] if isinstance(value, list) else [str(value)]


def _property(part: Part, wanted: Mapping[str, Code | Reason]) -> object:
    names = part.variables
    values = [wanted[name] for name in names.values()]
    reasons = {v for v in values if isinstance(v, Reason)}
    by_reason = {c.reason: c.key for c in part.choices if c.reason is not None}
    if part.opened_by:
        return "" if reasons else values[0]
    if part.take is Take.CODES:
        if reasons:
            return [by_reason.get(reasons.pop(), PASS)]
        return [key for key, name in names.items() if wanted[name] == 1]
    if part.take is Take.ORDER:
        if reasons - {Reason.NOT_APPLICABLE}:
            return [by_reason.get(reasons.pop(), PASS)]
        ranked = {k: wanted[n] for k, n in names.items() if not isinstance(wanted[n], Reason)}
        return sorted(ranked, key=lambda key: float(ranked[key]))
    (value,) = values
    if isinstance(value, Reason):
        return by_reason.get(value, PASS)
    if part.take is Take.CODE:
        return next(c.key for c in part.choices if c.reason is None and c.code == value)
    if isinstance(value, float) and part.integer:
        return int(value)
    return value
