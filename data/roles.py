"""What a variable is for, by its name: demographic, paradata, or something to ask about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .codebook import Role, Variable
from .name_words import squeezed, words_of
from .persons import CUSTOMARY as CUSTOMARY_IDS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LIKE_ID", "suggest_role", "unordered_by_name"]

LIKE_ID = "looks like an identifier by its name; to use it, name it with --id"

# English, German, French, Spanish and Dutch, without accents.
_DEMOGRAPHIC = frozenset(
    {
        *("age", "alter", "edad", "leeftijd", "birthyear", "yob", "yearborn", "geburtsjahr"),
        *("sex", "gender", "geschlecht", "sexe", "genre", "sexo", "genero", "geslacht"),
        *("education", "educ", "edu", "degree", "schooling", "bildung", "schulabschluss"),
        *("diplome", "educacion", "estudios", "opleiding"),
        *("income", "hhi", "earnings", "einkommen", "revenu", "ingresos", "inkomen"),
        *("region", "province", "bundesland", "provincia", "provincie", "country", "land"),
        *("race", "ethnicity", "ethnic", "ethnie", "hispanic", "latino", "etnia", "raza"),
        *("marital", "married", "familienstand", "estadocivil", "matrimonial"),
        *("religion", "religious", "denomination", "konfession"),
        *("employment", "employed", "occupation", "job", "erwerb", "beruf", "profession", "empleo"),
        *("nationality", "citizenship", "nationalite", "nacionalidad", "migration", "birthplace"),
        *("urban", "rural", "urbanicity", "hhsize", "householdsize", "children", "kids", "state"),
    }
)
_UNORDERED = frozenset(
    {
        *("sex", "gender", "geschlecht", "sexe", "genre", "sexo", "genero", "geslacht"),
        *("region", "province", "bundesland", "provincia", "provincie", "country", "land", "state"),
        *("race", "ethnicity", "ethnic", "ethnie", "hispanic", "latino", "etnia", "raza"),
        *("marital", "married", "familienstand", "estadocivil", "matrimonial"),
        *("religion", "denomination", "konfession", "employment", "employed", "occupation", "job"),
        *("beruf", "profession", "empleo", "nationality", "citizenship", "nationalite"),
        *("nacionalidad", "migration", "birthplace", "party", "vote"),
    }
)
_COMPANIONS = frozenset(
    {
        *("group", "grp", "groups", "cat", "category", "categories", "level", "band", "bracket"),
        *("years", "year", "yrs", "yr", "in", "r", "resp", "respondent", "respondents", "self"),
        *("hh", "household", "family", "personal", "net", "gross", "annual", "monthly", "total"),
        *("code", "coded", "rec", "recode", "recoded", "status", "size", "number", "num", "n"),
        *("q", "d", "dem", "demo", "demographic", "demographics", "highest", "geographic", "us"),
        *("identity", "background", "census", "residence", "of", "the", "w", "v", "attained", "3"),
    }
)
_WEIGHT = frozenset(
    {
        *("weight", "weights", "wt", "wgt", "wght", "pweight", "finalweight", "surveyweight"),
        *("finalwt", "pspwght", "dweight", "pweight", "anweight", "wtss", "wtssall", "weightvec"),
        *("wtssps", "gewicht", "gewichtung", "poids", "ponderation", "pond", "peso", "weging"),
    }
)
_WAVE = frozenset(
    {
        *("wave", "waveid", "wavenumber", "round", "occasion", "time", "timepoint", "welle"),
        *("vague", "ola", "ronda", "golf", "meting", "messzeitpunkt"),
    }
)
_PARADATA = frozenset(
    {
        *("startdate", "enddate", "recordeddate", "starttime", "endtime", "submitdate"),
        *("progress", "finished", "durationinseconds", "duration", "interviewlength"),
        *("responseid", "distributionchannel", "userlanguage", "interviewdate", "interviewer"),
        *("interviewerid", "timestamp", "datestamp", "startlanguage", "lastpage", "device"),
        *("useragent", "browser", "operatingsystem", "screenresolution", "mode"),
    }
)
_IDS = frozenset(squeezed(name) for name in CUSTOMARY_IDS)
_TIMING = ("firstclick", "lastclick", "pagesubmit", "clickcount")


def suggest_role(variable: Variable, column: pd.Series[Any]) -> tuple[Role, str]:
    """A role for a variable that has none yet, and a sentence that says why, or "".

    Weights, waves and ids change every figure, so they are never assumed: such a column becomes
    paradata, and the sentence says how to name it.
    """
    word, words = squeezed(variable.name), words_of(variable.name)
    if word in _PARADATA or word.endswith(_TIMING):
        return Role.PARADATA, "taken as paradata by its name"
    if _is_demographic(words, word):
        return Role.DEMOGRAPHIC, "taken as demographic by its name"
    if word in _WEIGHT and _could_be_weight(variable, column):
        return Role.PARADATA, "looks like a survey weight; to use it, name it with --weight"
    if word in _WAVE and variable.kind != "date" and 1 < column.nunique() <= 20:
        return Role.PARADATA, "may tell waves apart; if so, name it with --wave"
    if _could_be_id(words, word, column):
        return Role.PARADATA, LIKE_ID
    return Role.ITEM, ""


def unordered_by_name(variable: Variable) -> bool:
    """Whether the codes of a variable of this name have no order, as those of a region."""
    return any(word in _UNORDERED for word in words_of(variable.name))


def _is_demographic(words: tuple[str, ...], whole: str) -> bool:
    if whole in _DEMOGRAPHIC:
        return True
    named = [word for word in words if word in _DEMOGRAPHIC]
    others = [word for word in words if word not in _DEMOGRAPHIC]
    return bool(named) and all(word in _COMPANIONS or word.isdigit() for word in others)


def _could_be_weight(variable: Variable, column: pd.Series[Any]) -> bool:
    if variable.kind != "number" or variable.labels:
        return False
    values = column.to_numpy(dtype=np.float64)
    values = values[~np.isnan(values)]
    if len(values) == 0 or (values < 0).any():
        return False
    return bool(0.2 < values.mean() < 5 and (values != np.rint(values)).any())


def _could_be_id(words: tuple[str, ...], whole: str, column: pd.Series[Any]) -> bool:
    customary = whole in _IDS
    named = bool(words) and (words[-1] == "id" or "uuid" in whole or whole.endswith("caseno"))
    if not (customary or named):
        return False  # before counting, which takes longer than all the rest
    distinct, answered = column.nunique(), int(column.notna().sum())
    if customary:
        return distinct == answered or distinct > 20
    return distinct == answered or (distinct > 20 and distinct >= 0.3 * answered)
