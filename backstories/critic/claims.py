"""What a person says of themselves in so many words, as claims that can clash with each other.

Few and narrow, in English: age, partnership, children, siblings, occupation, schooling, home, faith
in practice, voting, smoking. What cannot be read so is no claim, and no contradiction.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...data.codebook import Level, Role
from ...twins.record import Fact
from .faults import Passage

__all__ = ["Claim", "claims", "clash", "home_label", "record_claims"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Something somebody says of themselves.

    Attributes:
        kind: "age", "partner", "children", "work", ….
        value: A number, or a word of the kind's own.
        quote: Where it is said.
        high: For ages given as a range, its end; else equal to a numeric value.
    """

    kind: str
    value: float | str
    quote: str
    high: float = 0.0


_UNITS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
]
_TENS = {
    word: 10 * tens
    for tens, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), 2
    )
}
_NUMBERS = {word: i for i, word in enumerate(_UNITS)} | _TENS
_TEN = "|".join(_TENS)
_SPELLED = rf"(?:(?:{_TEN})[- ](?:{'|'.join(_UNITS[1:10])})|{_TEN}|{'|'.join(_UNITS[13:])})"
_FEW = rf"(?:\d{{1,2}}|{'|'.join(_UNITS[:13])}|a|no)"
_AGE = rf"(\d{{2}}|{_SPELLED})"
_I = r"\bi(?:'m| am)(?: now| only| nearly| almost| about| already| still| just)? "

_WORDED: tuple[tuple[str, str, str], ...] = (
    ("partner", "married", rf"{_I}(?:happily |a )?(?:married|(?:married (?:man|woman)))\b"),
    ("partner", "never", r"\bi(?:'ve| have)? never (?:been |got |gotten )?married\b"),
    ("partner", "never", rf"{_I}(?:a )?(?:lifelong )?bachelor\b"),
    ("partner", "single", rf"{_I}(?:happily )?single\b(?! (?:mother|mum|mom|father|dad|parent))"),
    ("partner", "divorced", rf"{_I}(?:divorced|separated)\b"),
    ("partner", "divorced", r"\b(?:since|after) (?:the|my|our) divorce\b"),
    ("partner", "widowed", rf"{_I}(?:a )?widow(?:er|ed)?\b"),
    ("partner", "widowed", r"\bmy late (?:husband|wife)\b"),
    (
        "partner",
        "married",
        r"(?<!ex-)(?<!former )(?<!late )(?<!first )\bmy (?:husband|wife) (?:and i (?:are|live"
        r"|have|go"
        r"|do|like|take|still)|is|works|has (?:a|his|her|been)|says|likes|always says|thinks|still"
        r"|cooks|drives|keeps)\b",
    ),
    ("siblings", "0", rf"{_I}an only child\b|\bi was an only child\b|\bas an only child\b"),
    ("siblings", "some", r"\bmy (?:\w+ )?(?:brothers?|sisters?|siblings)\b(?!-in-law)"),
    ("work", "retired", rf"{_I}(?:happily )?(?:retired|a pensioner|in retirement)\b"),
    ("work", "retired", r"\b(?:since|when|before|after) i retired\b|\bmy retirement (?:has|is)\b"),
    (
        "work",
        "working",
        r"\bi work (?:as|full[- ]time|part[- ]time|in (?:a|an|the)|at (?:a|an|the)|for (?:a|an|the)"
        r"|nights|shifts)\b",
    ),
    ("work", "working", rf"{_I}(?:working|employed|self-employed)\b(?! on\b)"),
    (
        "work",
        "seeking",
        rf"{_I}(?:unemployed|out of work|between jobs|looking for (?:a job|work))\b",
    ),
    ("work", "student", rf"{_I}(?:a (?:\w+ )?student|studying|at university|in my \w+ year at)\b"),
    (
        "school",
        "little",
        r"\bi (?:never (?:finished|completed) (?:high |secondary )?school|left school (?:at"
        r"|when i was)"
        r" (?:1[0-6]|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen)|dropped out of (?:high |"
        r"secondary )?school|never went to (?:college|university|high school))\b",
    ),
    (
        "school",
        "degree",
        r"\bmy (?:bachelor'?s|master'?s|phd|doctorate|doctoral|university degree|college degree"
        r"|thesis)\b|\bi (?:have|hold|got|did|finished|completed|earned) (?:a|my) (?:bachelor'?s"
        r"|master'?s|phd|doctorate|degree|university degree|college degree)\b"
        r"|\bwhen i (?:was at|graduated from|finished) (?:university|college)\b"
        r"|\bi (?:graduated from|studied \w+ at) (?:\w+ )?(?:university|college)\b",
    ),
    (
        "home",
        "village",
        r"\b(?:i|we)(?:'ve| have)? (?:live|lived all my life|been living) in (?:a|this|the|our) "
        r"(?:\w+ )?(?:village|hamlet|countryside)\b|\bhere in (?:the|our|this) village\b",
    ),
    (
        "home",
        "city",
        r"\b(?:i|we)(?:'ve| have)? (?:live|been living) in (?:a|the|this) (?:big |large |busy "
        r"|capital )*"
        r"city\b(?! park)|\bhere in the (?:big )?city\b|\bin the city where (?:i|we) live\b",
    ),
    (
        "household",
        "alone",
        r"\bi live (?:alone|by myself|on my own)\b|\bi live here (?:alone|by myself)\b",
    ),
    (
        "household",
        "shared",
        r"\bi live with my (?:husband|wife|partner|boyfriend|girlfriend|family|parents|mother"
        r"|father"
        r"|son|daughter|children|kids)\b",
    ),
    (
        "services",
        "never",
        r"\bi(?:'ve| have)? (?:never|don't|do not) (?:go|set foot|been|gone|attend)(?: \w+){0,2} "
        r"(?:church|mass|mosque|temple|synagogue|services|chapel)\b",
    ),
    (
        "services",
        "weekly",
        r"\b(?:i|we) (?:go|attend)(?: \w+){0,2} (?:church|mass|mosque|temple|synagogue|services"
        r"|chapel)"
        r" (?:every|each|on sundays|weekly|most sundays)\b"
        r"|\bevery sunday,? (?:i|we) (?:go|am|are|sit)(?: \w+){0,3} (?:church|mass|chapel)\b",
    ),
    (
        "voting",
        "no",
        r"\bi (?:never|don't|do not|didn't|did not) (?:even )?vote\b(?! for)|\bi(?:'ve"
        r"| have) never voted\b",
    ),
    ("voting", "yes", r"\bi (?:always|have always) vote[d]?\b|\bi(?:'ve| have) voted in every\b"),
    ("voting", "yes", r"\bi voted (?:last time|in the last|at the last)\b"),
    ("smoking", "never", r"\bi(?:'ve| have)? never smoked\b|\bi don't smoke\b|\bi do not smoke\b"),
    ("smoking", "yes", r"\bi (?:still )?smoke\b(?! (?:signal|detector))|\bi(?:'m| am) a smoker\b"),
    ("meat", "none", rf"{_I}a (?:vegetarian|vegan)\b|\bi (?:don't|do not|never) eat meat\b"),
    ("meat", "some", r"\bi (?:love|eat|like) (?:a (?:good )?)?(?:steaks?|meat|bacon|sausages?)\b"),
    (
        "sex",
        "woman",
        rf"{_I}an? (?:\w+ ){{0,3}}(?:woman|mother|grandmother|housewife|mum|mom|widow|girl|lady)\b"
        r"|\bas a (?:woman|mother|grandmother|girl|mum|mom|wife)\b",
    ),
    (
        "sex",
        "man",
        rf"{_I}an? (?:\w+ ){{0,3}}(?:man|father|grandfather|dad|widower|guy|bloke|lad)\b"
        r"|\bas a (?:man|father|grandfather|boy|dad|husband)\b",
    ),
)
_CHILDLESS = re.compile(
    r"\b(?:i|we)(?:'ve| have)? (?:never had|don't have|do not have|have no|got no|had no) "
    r"(?:any )?(?:children|kids|child)\b(?! (?:at home|under|left|yet in))|\bi(?:'m"
    r"| am) childless\b"
)
_MARRIED_TO = re.compile(
    r"\bi(?:'ve| have) been married (?:for|to)\b|\bwe(?:'ve| have) been married\b"
)
_PATTERNS = tuple((kind, value, re.compile(pattern)) for kind, value, pattern in _WORDED)
_HINTS: dict[str, tuple[str, ...]] = {
    "partner": ("marri", "single", "divorc", "separated", "widow", "bachelor", "husband", "wife"),
    "siblings": ("only child", "brother", "sister", "sibling"),
    "work": (
        *("retire", "pension", "work", "employ", "student", "studying", "university", "in my "),
        "looking for",
    ),
    "school": (
        *("school", "degree", "phd", "doctora", "bachelor", "master", "thesis", "universit"),
        "college",
    ),
    "home": ("village", "hamlet", "countryside", "city"),
    "household": ("live alone", "by myself", "on my own", "live here alone", "live with"),
    "services": ("church", "mass", "mosque", "temple", "synagogue", "services", "chapel"),
    "voting": ("vote",),
    "smoking": ("smok",),
    "meat": ("vegetarian", "vegan", "meat", "steak", "bacon", "sausage"),
    "sex": (
        *("woman", "mother", "housewife", "mum", "mom", "widow", "girl", "lady", "wife", "man"),
        *("father", "dad", "guy", "bloke", "lad", "boy", "husband"),
    ),
}
"""A pattern is only tried where one of these stands in the text at all."""
_KEYS = re.compile(
    r"\b(?:i'm|i am|i've|i have|we've|we have|my|i|we|our|as a|here in|since|when|after|every)\b"
)
_AGES = (
    re.compile(rf"{_I}(?:a )?{_AGE}(?:[- ]years?[- ]olds?| years of age)?(?=[,.;:!) ]|$)(?! ?%)"),
    re.compile(rf"\bi(?:'ve)? just turned {_AGE}\b|\bi turned {_AGE} (?:last|this|in|a)\b"),
    re.compile(rf"\bat my age of {_AGE}\b|\bat {_AGE},? (?:i am|i'm|i still|i no longer|i have)\b"),
)
_TWO_FIGURES = re.compile(rf"\d\d|{_TEN}|teen")
_AFTER_AGE = re.compile(
    r"^ (?:minutes?|hours?|days?|weeks?|months?|kilomet|miles?|km|kilos?|pounds?|metres?|meters?"
    r"|percent|per cent|st|nd|rd|th|years? (?!old|of age)|steps|times|and a half)"
)
_CHILDREN = re.compile(
    rf"\b(?:i|we)(?:'ve| have)?(?: got| had| raised| brought up)? ({_FEW}) "
    rf"(?:\w+ )?(?:children|kids)\b|\bmy ({_FEW}) (?:\w+ )?(?:children|kids)\b"
    rf"|\b(?:mother|father|mum|mom|dad) of ({_FEW})\b"
)


def claims(passage: Passage) -> list[Claim]:
    """Return what a passage claims, in no particular order."""
    text = passage.folded
    if not _KEYS.search(text):
        return []
    kinds = {kind for kind, hints in _HINTS.items() if any(hint in text for hint in hints)}
    found = [
        Claim(kind, value, _quote(text, match))
        for kind, value, pattern in _PATTERNS
        if kind in kinds and (match := pattern.search(text)) and not _reported(text, match)
    ]
    found += _children_of(text)
    married = _MARRIED_TO.search(text) if "been married" in text else None
    if married and not _reported(text, married):
        found.append(Claim("partner", "married", _quote(text, married)))
    return [*found, *_ages(text)]


def _children_of(text: str) -> Iterator[Claim]:
    if not any(hint in text for hint in ("child", "kids", " of ")):
        return
    match = _CHILDLESS.search(text)
    if match:
        yield Claim("children", 0.0, _quote(text, match))
    elif (match := _CHILDREN.search(text)) and not _reported(text, match):
        number = next(group for group in match.groups() if group)
        yield Claim("children", _number(number), _quote(text, match))


def _ages(text: str) -> Iterator[Claim]:
    if _TWO_FIGURES.search(text) is None:
        return
    for pattern in _AGES:
        for match in pattern.finditer(text):
            group = next(i for i, value in enumerate(match.groups(), 1) if value)
            if _AFTER_AGE.match(text[match.end(group) :]) or _reported(text, match):
                continue
            age = _number(match.group(group))
            if age >= 13:
                yield Claim("age", age, _quote(text, match), age)


def _number(text: str) -> float:
    if text.isdigit():
        return float(text)
    if text in ("a", "one"):
        return 1.0
    if text == "no":
        return 0.0
    return float(sum(_NUMBERS[part] for part in re.split(r"[- ]", text)))


def _quote(text: str, match: re.Match[str]) -> str:
    return text[match.start() : match.end()].strip()


def _reported(text: str, match: re.Match[str]) -> bool:
    """Whether it stands in quotation marks, or under an if: said by others, or not the case."""
    before = text[max(0, match.start() - 60) : match.start()]
    clause = re.split(r"[.!?;\n]", before)[-1]
    if clause.count('"') % 2:
        return True
    return bool(re.search(r"\b(?:if|when|as though|imagine|until|before|wish)\b[^,]*$", clause))


_PARTNER_CLASHES = frozenset(
    map(
        frozenset,
        (
            *(("married", "never"), ("married", "single"), ("married", "divorced")),
            *(("married", "widowed"), ("never", "divorced"), ("never", "widowed")),
        ),
    )
)
_WORK_CLASHES = frozenset(
    map(
        frozenset,
        (
            *(("retired", "working"), ("retired", "seeking"), ("retired", "student")),
            ("working", "seeking"),
        ),
    )
)


def clash(a: Claim, b: Claim) -> bool:
    """Whether two claims cannot both be true of one person at one time."""
    if a.kind != b.kind:
        return False
    if a.kind == "age":
        low, high = float(a.value), float(b.value)
        return max(low, high) - min(max(a.high, low), max(b.high, high)) > 1
    if a.kind == "partner":
        return frozenset((str(a.value), str(b.value))) in _PARTNER_CLASHES
    if a.kind == "work":
        return frozenset((str(a.value), str(b.value))) in _WORK_CLASHES
    return a.value != b.value


# --- the record -------------------------------------------------------------------------------

_RANGE = re.compile(r"(\d{1,3})\s*(?:-|–|to|and)\s*(\d{1,3})")
_OVER = re.compile(
    r"(\d{2,3})\s*(?:\+|and over|or over|or older|years or more|and above)|over (\d+)"
)
_UNDER = re.compile(r"(?:under|below|less than|younger than) (\d{2})")


@functools.lru_cache(maxsize=20_000)
def record_claims(fact: Fact) -> list[Claim]:
    """Return what a fact of the record claims, in the same terms; [] where it says nothing so."""
    asked = f"{fact.name} {fact.label} {fact.wording}".casefold().replace("_", " ")
    answer = fact.answer.casefold()
    if fact.own_words or fact.withheld is not None:
        return []
    for pattern, read in _READERS:
        if pattern.search(asked):
            found = read(fact, answer)
            if found:
                return found
    return []


Reader = Callable[[Fact, str], list[Claim]]


def _age(fact: Fact, answer: str) -> list[Claim]:
    if fact.level in (Level.INTERVAL,) and isinstance(fact.code, float) and 13 <= fact.code <= 115:
        return [Claim("age", fact.code, fact.answer, fact.code)]
    if found := _RANGE.search(answer):
        return [Claim("age", float(found.group(1)), fact.answer, float(found.group(2)))]
    if found := _OVER.search(answer):
        return [Claim("age", float(found.group(1) or found.group(2)), fact.answer, 115.0)]
    if found := _UNDER.search(answer):
        return [Claim("age", 13.0, fact.answer, float(found.group(1)))]
    if answer.isdigit() and 13 <= int(answer) <= 115:
        return [Claim("age", float(answer), fact.answer, float(answer))]
    return []


def _by_words(kind: str, *choices: tuple[str, str]) -> Reader:
    """A reader that takes the first choice whose pattern is in the answer."""
    compiled = [(re.compile(pattern), value) for pattern, value in choices]

    def read(fact: Fact, answer: str) -> list[Claim]:
        for pattern, value in compiled:
            if pattern.search(answer):
                return [Claim(kind, value, fact.answer)] if value else []
        return []

    return read


def _children(fact: Fact, answer: str) -> list[Claim]:
    if isinstance(fact.code, float) and fact.level is Level.INTERVAL and 0 <= fact.code <= 20:
        return [Claim("children", fact.code, fact.answer)]
    if re.match(r"(?:no|none|zero|0|childless)\b", answer):
        return [Claim("children", 0.0, fact.answer)]
    if answer in _NUMBERS and _NUMBERS[answer] <= 12:
        return [Claim("children", float(_NUMBERS[answer]), fact.answer)]
    return [Claim("children", float(answer), fact.answer)] if answer.isdigit() else []


_READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (re.compile(r"\bage\b(?!.*(?:when|first|left))|how old are you|age (?:group|in years)"), _age),
    (
        re.compile(r"marital|married|relationship status|civil status"),
        _by_words(
            "partner",
            (r"never|single|unmarried", "never"),
            (r"divorc|separat", "divorced"),
            (r"widow", "widowed"),
            (r"\bmarried|registered partner", "married"),
        ),
    ),
    (
        re.compile(r"(?:number of|how many|have any|any) (?:\w+ )?(?:children|kids)|^children"),
        _children,
    ),
    (
        re.compile(r"employ|occupation|work status|working status|doing at present|main activity"),
        _by_words(
            "work",
            (r"retired|pension", "retired"),
            (r"unemployed|looking for work|seeking work|out of work", "seeking"),
            (r"student|in education|studying", "student"),
            (r"full[- ]time|part[- ]time|self-employed|employed|working|employee", "working"),
        ),
    ),
    (
        re.compile(r"educat|highest (?:degree|qualification|level)|schooling"),
        _by_words(
            "school",
            (
                r"bachelor|master|doctor|phd|university degree|college degree|graduate degree",
                "degree",
            ),
            (r"lower secondary|primary|no (?:formal|schooling)|less than high school", "little"),
        ),
    ),
    (
        re.compile(r"\b(?:gender|sex)\b|are you a man or a woman|male or female"),
        _by_words("sex", (r"\b(?:woman|female)\b", "woman"), (r"\b(?:man|male)\b", "man")),
    ),
    (
        re.compile(r"attend|religious services|go to church"),
        _by_words("services", (r"^never", "never"), (r"every week|once a week|weekly", "weekly")),
    ),
    (
        re.compile(r"(?:did you|have you) vote|voted? (?:at|in) "),
        _by_words("voting", (r"^yes|i did$|^voted", "yes"), (r"^no\b|did not", "no")),
    ),
    (
        re.compile(r"size of place|kind of place|urban|type of (?:place|community|settlement)"),
        _by_words("home", (r"village|countryside|rural", "village"), (r"\bcity\b|urban", "city")),
    ),
    (
        re.compile(r"smok"),
        _by_words("smoking", (r"never|^no\b|non-?smoker", "never"), (r"daily|^yes|smoker", "yes")),
    ),
)


def home_label(fact: Fact) -> bool:
    """Whether a fact says where in the country somebody lives."""
    asked = f"{fact.name} {fact.label} {fact.wording}".casefold()
    return fact.role is Role.DEMOGRAPHIC and bool(
        re.search(r"\bregion\b|part of the country", asked)
    )
