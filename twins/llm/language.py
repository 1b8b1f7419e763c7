"""Whether an open answer is in another language than the questionnaire. In doubt it is not."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter

__all__ = ["is_wrong_language", "language_name"]

_LEAST_LETTERS = 12
"""Letters of a foreign script that it takes: a place or a name may be written in one."""
_LEAST_WORDS = 12
"""Words of Latin script that it takes to tell languages apart by stop words."""
_FOREIGN_SHARE = 0.7

# First code point of each run of one script, after the Unicode blocks that answers are written in.
_RUNS = (
    *((0x41, "Latn"), (0x5B, ""), (0x61, "Latn"), (0x7B, ""), (0xC0, "Latn"), (0x250, "")),
    *((0x370, "Grek"), (0x400, "Cyrl"), (0x530, "Armn"), (0x590, "Hebr"), (0x600, "Arab")),
    *((0x700, ""), (0x750, "Arab"), (0x780, ""), (0x8A0, "Arab"), (0x900, "Deva")),
    *((0x980, "Beng"), (0xA00, "Guru"), (0xA80, "Gujr"), (0xB00, "Orya"), (0xB80, "Taml")),
    *((0xC00, "Telu"), (0xC80, "Knda"), (0xD00, "Mlym"), (0xD80, "Sinh"), (0xE00, "Thai")),
    *((0xE80, "Laoo"), (0xF00, "Tibt"), (0x1000, "Mymr"), (0x10A0, "Geor"), (0x1100, "Hang")),
    *((0x1200, "Ethi"), (0x13A0, ""), (0x1780, "Khmr"), (0x1800, "Mong"), (0x18B0, "")),
    *((0x1E00, "Latn"), (0x1F00, "Grek"), (0x2000, ""), (0x3040, "Kana"), (0x3100, "Hans")),
    *((0x3130, "Hang"), (0x3190, ""), (0x3400, "Hans"), (0xA000, ""), (0xAC00, "Hang")),
    *((0xD800, ""), (0xF900, "Hans"), (0xFB00, ""), (0xFB1D, "Hebr"), (0xFB50, "Arab")),
    *((0xFE00, ""), (0xFE70, "Arab"), (0xFF00, ""), (0x20000, "Hans"), (0x323B0, "")),
)
_BEYOND_LATIN = "\u0370"
_STARTS = tuple(start for start, _ in _RUNS)

_SCRIPTS: dict[str, frozenset[str]] = {
    language: frozenset(scripts.split())
    for languages, scripts in (
        (
            "en de fr es it pt nl sv da no nb nn fi pl cs sk sl hr hu ro et lv lt tr id ms vi ca "
            "eu gl is ga cy mt sq af sw tl so ha yo ig zu xh lb",
            "Latn",
        ),
        ("ru uk bg be mk ky tg", "Cyrl"),
        ("sr bs kk uz az mn tt", "Cyrl Latn"),
        ("el", "Grek"),
        ("hy", "Armn"),
        ("ka", "Geor"),
        ("he yi", "Hebr"),
        ("ar fa ur ps ckb sd ug", "Arab"),
        ("hi mr ne", "Deva"),
        ("bn as", "Beng"),
        ("pa", "Guru Arab"),
        ("gu", "Gujr"),
        ("or", "Orya"),
        ("ta", "Taml"),
        ("te", "Telu"),
        ("kn", "Knda"),
        ("ml", "Mlym"),
        ("si", "Sinh"),
        ("th", "Thai"),
        ("lo", "Laoo"),
        ("my", "Mymr"),
        ("km", "Khmr"),
        ("am ti", "Ethi"),
        ("ko", "Hang"),
        ("ja", "Kana Hans"),
        ("zh yue", "Hans"),
    )
    for language in languages.split()
}

_WRITTEN_IN = {
    "hant": frozenset({"Hans"}),
    "jpan": frozenset({"Kana", "Hans"}),
    "kore": frozenset({"Hang"}),
}
"""Script subtags that stand for other or several of the scripts told apart here."""

_STOP_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and to of is that it was for with my not but have this are they be been because "
        "you we on at would when there what so an",
        "de": "der die das und ist nicht ich mit für auf ein eine es zu dem den auch aber wie wir "
        "sich von im weil man mir sind haben",
        "fr": "le la les et est des une que qui pas je pour dans sur avec nous il elle mais ce "
        "sont du au plus parce c'est j'ai très",
        "es": "el la los las y que de en es no una por con para mi pero como se lo más porque muy "
        "está son hay me",
        "it": "il la che di e è non per una sono con mi ma più come anche del della perché gli "
        "ho si molto nel questo",
        "pt": "o os que de e não uma para com em é mais por mas como do da meu minha são porque "
        "muito eu isso nos",
        "nl": "de het een en is niet ik van met dat voor op maar zijn ook wat er wel om als te ze "
        "mijn omdat heb",
        "sv": "och att det är en som inte på för med jag av ett har men om till de vi mycket så",
        "da": "og at det er en som ikke på for med jeg af et har men om til de vi meget den så",
        "no": "og at det er en som ikke på for med jeg av et har men om til de vi mye den så",
        "fi": "ja on ei se että en olen mutta kun niin ovat minun myös tai joka oli hyvin koska",
        "pl": "i w nie na się z jest że to do jak o ale co tak mnie są bardzo po jestem przez od",
        "cs": "a v se na je že to s z do o ale jak si by jsem jsou když mě tak co pro velmi",
        "hu": "a az és hogy nem is egy van meg de csak mert azt volt nagyon ha vagy én már mint",
        "ro": "și de la în nu că o un este cu pe mai pentru dar sunt din să foarte am ce fi",
        "tr": "ve bir bu için çok da de ne ama daha gibi ben var mi değil olarak en kadar ile",
        "id": "yang dan di untuk dengan tidak ini itu dari saya karena ada lebih juga akan pada "
        "sangat bisa tapi",
        "vi": "và là của không có tôi cho với một được trong nhưng người các đã rất những này để",
    }.items()
}
_STOP_WORDS |= {"nb": _STOP_WORDS["no"], "nn": _STOP_WORDS["no"] | {"og", "ikkje", "eg", "ei"}}

_NAMED = """\
en:English de:German fr:French es:Spanish it:Italian pt:Portuguese nl:Dutch sv:Swedish da:Danish
no:Norwegian nb:Norwegian nn:Nynorsk fi:Finnish pl:Polish cs:Czech sk:Slovak sl:Slovene hr:Croatian
sr:Serbian hu:Hungarian ro:Romanian bg:Bulgarian el:Greek tr:Turkish ru:Russian uk:Ukrainian
ar:Arabic he:Hebrew fa:Persian hi:Hindi bn:Bengali ur:Urdu ta:Tamil id:Indonesian vi:Vietnamese
th:Thai zh:Chinese ja:Japanese ko:Korean sw:Swahili et:Estonian lv:Latvian lt:Lithuanian ca:Catalan
ka:Georgian"""
_NAMES = dict(pair.split(":") for pair in _NAMED.split())

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SAMPLED = 4_000
"""Characters looked at."""


def language_name(tag: str) -> str:
    """English name of the language of a BCP 47 tag; the tag itself where it is not a common one.

    >>> language_name("pt-BR")
    'Portuguese (pt-BR)'
    """
    name = _NAMES.get(_primary(tag))
    if name is None:
        return f"the language “{tag}”"
    return name if _primary(tag) == tag else f"{name} ({tag})"


def is_wrong_language(text: str, tag: str) -> bool:
    """Whether a text is certainly not in the language of a BCP 47 tag.

    It is if a dozen letters or more, and most of them, are of a script that the language is not
    written in; or if a text of a dozen words or more in Latin script has the stop words of another
    language and next to none of this one. Latin letters in a language of another script count only
    when their stop words tell a language, since brands, and much of what is typed, are Latin.

    >>> is_wrong_language("Das habe ich nie so gesehen, aber es ist mir auch nicht wichtig", "en")
    True
    >>> is_wrong_language("Schadenfreude", "en")
    False
    """
    text = text[:_SAMPLED]
    language = _primary(tag)
    expected = _scripts(tag, language)
    if expected is None:
        return False
    if (text and max(text) >= _BEYOND_LATIN) or "Latn" not in expected:
        found = Counter(map(_script, text))
        found.pop("", None)
        letters = found.total()
        foreign = letters - sum(found[script] for script in expected)
        if "Latn" not in expected:
            foreign -= found["Latn"]
        if "Kana" in expected and not found["Kana"]:
            foreign += found["Hans"]  # Japanese is not written without kana, Chinese is
        if foreign >= _LEAST_LETTERS and foreign > _FOREIGN_SHARE * letters:
            return True
    return _is_other_latin(text, language, "Latn" in expected)


def _is_other_latin(text: str, language: str, latin: bool) -> bool:
    if len(text) < 3 * _LEAST_WORDS:
        return False
    own = _STOP_WORDS.get(language, frozenset())
    if latin and not own:
        return False
    words = [word.replace("’", "'") for word in _WORD.findall(text.casefold())]
    if len(words) < _LEAST_WORDS:
        return False
    at_home = sum(word in own for word in words)
    if at_home > 0.1 * len(words):
        return False
    most = max(sum(word in stops for word in words) for stops in _STOP_WORDS.values())
    return most >= 4 and most >= 0.2 * len(words) and most >= 4 * at_home


def _primary(tag: str) -> str:
    return tag.split("-", 1)[0].split("_", 1)[0].casefold()


def _scripts(tag: str, language: str) -> frozenset[str] | None:
    """Scripts a language is written in; a script in the tag ("sr-Latn") decides."""
    for subtag in tag.replace("_", "-").split("-")[1:]:
        if len(subtag) == 4 and subtag.isalpha():
            return _WRITTEN_IN.get(subtag.casefold(), frozenset({subtag.capitalize()}))
    return _SCRIPTS.get(language)


def _script(character: str) -> str:
    return _RUNS[bisect_right(_STARTS, ord(character)) - 1][1] if character >= "A" else ""
