"""Why an answer is missing, read off the label that a file gives its missing code."""

from __future__ import annotations

import functools
import re
import unicodedata

from .codebook import Reason

__all__ = ["reason_from_label"]

# English, German, French, Spanish, Italian, Dutch, Portuguese, Swedish, Danish and Norwegian.
# Order decides: "not asked: refused earlier question" is about not having been asked, and
# "no answer/refused" is a refusal, so the more telling reason stands first.
_WORDS: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    (
        Reason.NOT_ASKED,
        (
            "not asked",
            "not in wave",
            "not fielded",
            "not presented",
            "not shown",
            "question not put",
            "not in split",
            "other split",
            "nicht gefragt",
            "nicht erhoben",
            "nicht gestellt",
            "non pose",
            "pas pose",
            "no preguntad",
            "non chiest",
            "niet gevraagd",
            "nao perguntad",
            "ej tillfragad",
            "inte tillfragad",
            "ikke spurt",
            "ikke spurgt",
        ),
    ),
    (
        Reason.BROKE_OFF,
        (
            "broke off",
            "break off",
            "breakoff",
            "partial interview",
            "interview terminated",
            "abgebrochen",
            "interview abandonne",
        ),
    ),
    (
        Reason.REFUSED,
        (
            "refus",
            "prefer not",
            "rather not",
            "decline",
            "unwilling",
            "won't say",
            "verweiger",
            "prefiere no",
            "rehus",
            "rifiut",
            "geweiger",
            "weigert",
            "recus",
            "vagrar",
            "vil ikke svare",
            "nekter",
        ),
    ),
    (
        Reason.DONT_KNOW,
        (
            "don't know",
            "dont know",
            "do not know",
            "dk",
            "d.k.",
            "can't say",
            "cannot say",
            "can't choose",
            "not sure",
            "unsure",
            "no opinion",
            "weiss nicht",
            "weiß nicht",
            "ne sait pas",
            "nsp",
            "no sabe",
            "ns/nc",
            "non so",
            "non sa",
            "weet niet",
            "nao sabe",
            "vet ej",
            "vet inte",
            "vet ikke",
            "ved ikke",
        ),
    ),
    (
        Reason.NOT_APPLICABLE,
        (
            "not applicable",
            "inapplicable",
            "does not apply",
            "n/a",
            "n.a.",
            "iap",
            "valid skip",
            "legitimate skip",
            "not relevant",
            "trifft nicht zu",
            "entfallt",
            "sans objet",
            "non concerne",
            "no procede",
            "no aplica",
            "non applicabile",
            "niet van toepassing",
            "nao se aplica",
            "ej relevant",
            "ikke relevant",
            "filter",
        ),
    ),
    (
        Reason.NO_ANSWER,
        (
            "no answer",
            "not answered",
            "unanswered",
            "no response",
            "nonresponse",
            "non-response",
            "skipped",
            "skip",
            "left blank",
            "blank",
            "no reply",
            "keine antwort",
            "keine angabe",
            "nicht beantwortet",
            "sans reponse",
            "pas de reponse",
            "no contesta",
            "no responde",
            "nessuna risposta",
            "geen antwoord",
            "sem resposta",
            "nao responde",
            "inget svar",
            "ej svar",
            "ikke svar",
            "intet svar",
        ),
    ),
    (
        Reason.NOT_RECORDED,
        (
            "not ascertained",
            "not recorded",
            "not available",
            "not stated",
            "not determined",
            "missing",
            "system missing",
            "fehlend",
            "manquant",
            "perdido",
            "mancante",
            "ontbrek",
            "uppgift saknas",
        ),
    ),
)


def _fold(label: str) -> str:
    """Lower case without accents, apostrophes made alike, runs of spaces made one."""
    decomposed = unicodedata.normalize("NFKD", label.casefold().replace("’", "'"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.split())


def _pattern(word: str) -> str:
    # Stems may go on ("refus" in "refused"); abbreviations may not ("dk" in "dkk").
    text = _fold(word)
    return rf"(?<![a-z]){re.escape(text)}" + ("(?![a-z])" if len(text) < 4 else "")


_PATTERNS = tuple(
    (reason, re.compile("|".join(_pattern(word) for word in words))) for reason, words in _WORDS
)
_ABBREVIATIONS = re.compile(r"^\W*(?P<short>dk|ref|rf|na|nap|iap|k\.? ?a\.?|t\.? ?n\.? ?z\.?)\W*$")
_BY_ABBREVIATION = {
    "dk": Reason.DONT_KNOW,
    "ref": Reason.REFUSED,
    "rf": Reason.REFUSED,
    "na": Reason.NO_ANSWER,
    "nap": Reason.NOT_APPLICABLE,
    "iap": Reason.NOT_APPLICABLE,
    "ka": Reason.NO_ANSWER,
    "tnz": Reason.NOT_APPLICABLE,
}


_OURS = {
    reason.value: reason
    for reason in (
        Reason.MODEL_REFUSED,
        Reason.OUT_OF_CHARACTER,
        Reason.TRUNCATED,
        Reason.FILTERED,
        Reason.OUT_OF_RANGE,
        Reason.WRONG_LANGUAGE,
    )
}
"""Labels that our own exports write, and nobody else's file is likely to."""


@functools.lru_cache(maxsize=4096)  # a file repeats a handful of labels in hundreds of variables
def reason_from_label(label: str) -> Reason:
    """Guess why there is no answer from the label of a missing code; else `Reason.OTHER`.

    >>> reason_from_label("Prefer not to say")
    <Reason.REFUSED: 'refused'>
    """
    text = _fold(label)
    if text in _OURS:
        return _OURS[text]
    short = _ABBREVIATIONS.match(text)
    if short:
        return _BY_ABBREVIATION[re.sub(r"[^a-z]", "", short["short"])]
    for reason, pattern in _PATTERNS:
        if pattern.search(text):
            return reason
    return Reason.OTHER
