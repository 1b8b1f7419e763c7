"""Respondents by name. `make_respondent` makes one from a spec such as "statistical"."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from ...data.errors import RequestError, UnknownNameError
from ...twins.llm.specs import providers

if TYPE_CHECKING:
    from ...data.panel import Panel
    from ..respondent import Respondent

__all__ = [
    "RESPONDENTS",
    "Materials",
    "RespondentType",
    "make_respondent",
    "respondent_names",
    "voiced_by_model",
]

_GROUP = "understudy.respondents"

RESPONDENTS: Mapping[str, str] = MappingProxyType(
    {
        "statistical": ".statistical:StatisticalRespondent",
        "cognitive": ".cognitive:CognitiveRespondent",
        "fused": ".fused:FusedRespondent",
    }
)
"""Respondents that ship: name → module and class, imported when first used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """What a respondent may be made of.

    Attributes:
        name: The registered name that was asked for.
        panel: The panel file that the twins were made from, hidden answers included.
        learn_from: A pilot of other people.
        echo: Whether a twin's own recorded answer may be given back.
        options: Further options, by the names that the respondent's class gives them.
    """

    name: str = ""
    panel: Panel | None = None
    learn_from: Panel | None = None
    echo: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def known_options(self, names: Collection[str]) -> dict[str, Any]:
        """Return the options, all of which the respondent must know.

        Raises:
            UnknownNameError: It does not know one.
        """
        for option in self.options:
            if option not in names:
                raise UnknownNameError(f"option of the {self.name} respondent", option, names)
        return dict(self.options)


class RespondentType(Protocol):
    """What is registered: a class that can be made from a spec."""

    def from_spec(self, detail: str, materials: Materials) -> Respondent:
        """Make one. `detail` is what follows the colon in "NAME:DETAIL", or ""."""
        ...


def respondent_names() -> tuple[str, ...]:
    """Names of all respondents, installed plug-ins and providers of models included."""
    installed = {point.name for point in importlib.metadata.entry_points(group=_GROUP)}
    return tuple(sorted(installed | set(RESPONDENTS) | set(providers())))


def voiced_by_model(spec: str) -> bool:
    """Whether a spec names a language model."""
    return spec.partition(":")[0] in providers()


def make_respondent(
    spec: str,
    *,
    learn: Panel | None = None,
    learn_from: Panel | None = None,
    echo: bool = False,
    **options: Any,
) -> Respondent:
    """Make the respondent that a spec names.

    Args:
        spec: "NAME" or "NAME:DETAIL", such as "statistical", "statistical:blend",
            "anthropic:NAME".
        learn: The panel that the twins were made from, hidden answers included.
        learn_from: A pilot of other people.
        echo: Whether a twin's own recorded answer may be given back.
        options: Further options of the respondent's class.

    Raises:
        UnknownNameError: Nobody has that name; the message suggests the nearest.
        RequestError: The detail or an option makes no sense.
    """
    name, _, detail = spec.partition(":")
    materials = Materials(name=name, panel=learn, learn_from=learn_from, echo=echo, options=options)
    if voiced_by_model(spec):
        from .llm.respondent import LanguageModelRespondent

        return LanguageModelRespondent.from_spec(detail, materials)
    if name in RESPONDENTS:
        module, _, attribute = RESPONDENTS[name].partition(":")
        kind: RespondentType = getattr(importlib.import_module(module, __package__), attribute)
    else:
        points = [p for p in importlib.metadata.entry_points(group=_GROUP) if p.name == name]
        if not points:
            raise UnknownNameError("respondent", name, respondent_names())
        kind = points[0].load()
        if not hasattr(kind, "from_spec"):
            raise RequestError(
                "this is not a respondent",
                where=f"entry point {name} of {_GROUP}",
                remedy="give it a class method from_spec",
            )
    return kind.from_spec(detail, materials)
