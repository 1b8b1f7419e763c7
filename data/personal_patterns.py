"""What personal data look like: names of columns, wording of questions, shapes of content."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["ALWAYS", "COMPANIONS", "KINDS", "Evidence", "PersonalKind"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The content of a column of texts.

    Attributes:
        texts: Different texts, stripped.
        distinct: Number of different values divided by the number of values.
        count: Number of values.
    """

    texts: Sequence[str]
    distinct: float
    count: int

    @property
    def varied(self) -> bool:
        """Whether people seldom give the same text, as with names and addresses."""
        return self.distinct > 0.3 or self.count < 5

    def share(self, pattern: re.Pattern[str]) -> float:
        """Share of the texts that match `pattern` as a whole."""
        return sum(pattern.fullmatch(text) is not None for text in self.texts) / len(self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalKind:
    """One kind of personal data.

    Attributes:
        title: As reported: "e-mail address".
        plural: For reasons: "e-mail addresses".
        names: Words of column names, in lower case without accents.
        asked: Wording of a question that asks for it.
        whole: What a value looks like.
        within: What it looks like inside a longer text.
        plausible: Whether texts could be of this kind, given that the name says so.
        numbers: Whether different numbers could be of this kind, given that the name says so.
        dates: Whether a column of dates can be of this kind.
    """

    title: str
    plural: str
    names: frozenset[str] = frozenset()
    asked: re.Pattern[str] | None = None
    whole: re.Pattern[str] | None = None
    within: re.Pattern[str] | None = None
    plausible: Callable[[Evidence], bool] = lambda evidence: evidence.varied
    numbers: Callable[[Sequence[float]], bool] | None = None
    dates: bool = False


ALWAYS: Mapping[str, str] = {
    "ipaddress": "IP address",
    "locationlatitude": "location",
    "locationlongitude": "location",
    "recipientemail": "e-mail address",
    "recipientfirstname": "name",
    "recipientlastname": "name",
    "externalreference": "external reference",
    "externaldatareference": "external reference",
    "responseid": "response id",
    "prolificpid": "response id",
    "mturkworkerid": "response id",
    "workerid": "response id",
}
"""Columns of survey platforms that are personal by definition."""

COMPANIONS = frozenset(
    {
        *("your", "my", "the", "of", "respondent", "respondents", "participant", "recipient"),
        *("person", "contact", "user", "customer", "client", "patient", "student", "employee"),
        *("full", "first", "last", "middle", "given", "family", "home", "work", "private"),
        *("mobile", "cell", "primary", "secondary", "main", "current", "address", "number", "no"),
        *("nr", "num", "numero", "nummer", "text", "q", "open", "de", "du", "del", "la", "le"),
        *("adresse", "adresa", "direccion", "adres", "id", "code", "gps", "location", "geo"),
        *("coordinate", "coordinates", "deg", "degrees", "response", "survey"),
    }
)
"""Words that may stand beside a telling one; any other makes the name that of a question."""

_EMAIL = r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_IPV6 = (
    r"(?=[0-9A-Fa-f:]{6,})(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,6}|[0-9A-Fa-f:]*::1"
)
_PHONE = r"(?:\+|00)\d{1,3}[ ./()-]{0,2}(?:\d[ ./()-]{0,2}){6,13}\d"
_PHONE_LOCAL = r"(?=(?:\D*\d){9})\(?0?\d{2,5}\)?[ ./-]\d{2,4}(?:[ ./-]\d{2,5}){1,3}"
_DIGITS = re.compile(r"\+?[\d ()./-]{7,20}")
_STREET = (
    r"\b\d{1,5}[A-Za-z]?,?\s+(?:[A-ZÀ-Þ0-9][\w'.-]*\s+){1,3}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Place|Pl"
    r"|Terrace|Crescent|Close|Square)\b\.?"
    r"|\b[A-ZÄÖÜ][\wäöüß.-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer)"
    r"\s*\d{1,4}[a-z]?\b"
    r"|\b\d{1,4}(?:\s?(?:bis|ter))?,?\s+(?:rue|avenue|boulevard|place|chemin|allée|impasse|quai)"
    r"\s+\w+"
    r"|\b(?:[Cc]alle|[Aa]venida|Avda\.?|[Pp]laza|[Pp]aseo|[Cc]arrer)\s+[\wÀ-ÿ' ]{3,40},?\s*"
    r"(?:n[ºo°.]+\s*)?\d{1,4}\b"
    r"|\b[A-Z][\wÀ-ÿ'-]*(?:straat|laan|weg|plein|gracht|kade|singel|dijk)\s+\d{1,4}[a-z]?\b"
    r"|\bP\.?\s?O\.?\s?Box\s+\d+"
)
_POSTCODE = (
    r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}"  # United Kingdom
    r"|[ABCEGHJ-NPRSTVXY]\d[A-Z]\s?\d[A-Z]\d"  # Canada
    r"|\d{4}\s?[A-Z]{2}"  # Netherlands
    r"|\d{5}-\d{4}"  # United States, ZIP+4
)
_POSTCODE_WITHIN = (
    r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b|\b\d{4}\s[A-Z]{2}\s+[A-Z][a-z]{2,}"
    r"|\b[A-Z]{2}\s+\d{5}(?:-\d{4})?\b|\b(?:D|F|E)-\d{5}\s+[A-ZÀ-Þ][a-zà-ÿ]{2,}"
)
_POSTAL_TEXT = re.compile(rf"(?:{_POSTCODE}|(?:[A-Z]{{1,2}}-)?\d{{3,6}})", re.IGNORECASE)
_PERSON = re.compile(
    r"(?:[^\W\d_]+(?:[-'’.][^\W\d_]*)*)(?:,?\s+[^\W\d_]+(?:[-'’.][^\W\d_]*)*){0,4}"
)


def _like_names(evidence: Evidence) -> bool:
    return evidence.varied and evidence.share(_PERSON) > 0.6 and _short(evidence, 40)


def _like_phones(evidence: Evidence) -> bool:
    return evidence.share(_DIGITS) > 0.3


def _like_emails(evidence: Evidence) -> bool:
    return sum("@" in text for text in evidence.texts) > 0.3 * len(evidence.texts)


def _short(evidence: Evidence, length: int) -> bool:
    return sum(len(text) for text in evidence.texts) <= length * len(evidence.texts)


def _like_addresses(evidence: Evidence) -> bool:
    digits = sum(any(letter.isdigit() for letter in text) for text in evidence.texts)
    return evidence.varied and digits > 0.3 * len(evidence.texts)


def _like_coordinates(numbers: Sequence[float]) -> bool:
    within = all(abs(number) <= 180 for number in numbers)
    return within and any(number != round(number) for number in numbers)


def _like_postcodes(numbers: Sequence[float]) -> bool:
    whole = all(number == round(number) for number in numbers)
    large = sum(100 <= number <= 999_999 for number in numbers)
    return whole and large >= 0.9 * len(numbers)


def _like_phone_numbers(numbers: Sequence[float]) -> bool:
    return all(number == round(number) and number >= 1e6 for number in numbers)


KINDS: tuple[PersonalKind, ...] = (
    PersonalKind(
        title="e-mail address",
        plural="e-mail addresses",
        names=frozenset({"email", "mail", "e", "emailaddress", "correo", "courriel", "emailadres"}),
        asked=re.compile(r"\be-?mail[- ]?(?:address|adresse|adres)|correo electr[oó]nico", re.I),
        whole=re.compile(rf"<?{_EMAIL}>?"),
        within=re.compile(rf"(?<![\w.]){_EMAIL}"),
        plausible=_like_emails,
    ),
    PersonalKind(
        title="IP address",
        plural="IP addresses",
        names=frozenset({"ip", "ipaddress", "ipaddr", "ipv4", "ipv6"}),
        whole=re.compile(rf"{_IPV4}|{_IPV6}"),
        plausible=lambda evidence: evidence.share(re.compile(rf"{_IPV4}|{_IPV6}")) > 0.1,
    ),
    PersonalKind(
        title="location",
        plural="coordinates",
        names=frozenset(
            {
                *("latitude", "longitude", "lat", "lon", "lng", "long", "gps", "breitengrad"),
                *("laengengrad", "langengrad", "latitud", "longitud", "breedtegraad"),
                *("lengtegraad", "latlon", "latlong", "geolocation", "coordinates"),
            }
        ),
        whole=re.compile(
            r"\(?[-+]?(?:[0-8]?\d|90)\.\d{3,}°?\s*[,; ]\s*[-+]?(?:1[0-7]\d|\d?\d|180)\.\d{3,}°?\)?"
        ),
        plausible=lambda e: e.share(re.compile(r"[-+(]?\d{1,3}[.,]\d.*")) > 0.5,
        numbers=_like_coordinates,
    ),
    PersonalKind(
        title="response id",
        plural="response ids",
        names=frozenset({"prolificid", "prolific", "mturkid", "mturk", "assignmentid", "hitid"}),
        whole=re.compile(r"R_[A-Za-z0-9]{11,17}|[0-9a-f]{24}|A(?=[A-Z0-9]*\d)[A-Z0-9]{9,14}"),
    ),
    PersonalKind(
        title="national id or account number",
        plural="national ids or account numbers",
        names=frozenset(
            {
                *("ssn", "socialsecurity", "socialsecuritynumber", "nino", "nationalid", "bsn"),
                *("passport", "dni", "nif", "steuerid", "sozialversicherungsnummer", "iban"),
                *("nationalinsurancenumber", "passportnumber", "burgerservicenummer"),
            }
        ),
        whole=re.compile(
            r"\d{3}-\d{2}-\d{4}|[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?"
        ),
        within=re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"),
        numbers=_like_phone_numbers,
    ),
    PersonalKind(
        title="phone number",
        plural="phone numbers",
        names=frozenset(
            {
                *("phone", "telephone", "tel", "mobile", "cellphone", "phonenumber", "handy"),
                *("telefon", "telefonnummer", "handynummer", "telefono", "movil", "portable"),
                *("telefoon", "telefoonnummer", "mobilephone", "fax", "whatsapp", "mobiel"),
            }
        ),
        asked=re.compile(r"\b(?:tele)?phone number|\btelefonnummer|\btelefoonnummer", re.I),
        whole=re.compile(rf"{_PHONE}|{_PHONE_LOCAL}"),
        within=re.compile(rf"(?<![\w.]){_PHONE}(?!\w)|\(\d{{3}}\) ?\d{{3}}-\d{{4}}\b"),
        plausible=_like_phones,
        numbers=_like_phone_numbers,
    ),
    PersonalKind(
        title="date of birth",
        plural="dates of birth",
        names=frozenset(
            {
                *("dob", "birthdate", "dateofbirth", "birthday", "geburtsdatum", "geburtstag"),
                *("datedenaissance", "datenaissance", "fechanacimiento", "fechadenacimiento"),
                *("geboortedatum",),
            }
        ),
        plausible=lambda e: e.share(re.compile(r"\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}.*")) > 0.5,
        dates=True,
    ),
    PersonalKind(
        title="postal code",
        plural="postal codes",
        names=frozenset(
            {
                *("zip", "zipcode", "postcode", "postalcode", "plz", "postleitzahl", "codepostal"),
                *("codigopostal", "postal", "zip5", "pincode", "eircode", "postnummer"),
            }
        ),
        asked=re.compile(r"\b(?:zip|postal|post) ?code|\bpostleitzahl|\bcode postal", re.I),
        whole=re.compile(_POSTCODE),
        plausible=lambda evidence: evidence.share(_POSTAL_TEXT) > 0.5,
        numbers=_like_postcodes,
    ),
    PersonalKind(
        title="postal address",
        plural="postal addresses",
        names=frozenset(
            {
                *("address", "streetaddress", "street", "strasse", "anschrift", "wohnadresse"),
                *("adresse", "rue", "calle", "direccion", "domicilio", "straat", "adres"),
                *("postaladdress", "mailingaddress", "homeaddress", "hausnummer", "housenumber"),
            }
        ),
        asked=re.compile(r"\b(?:home|street|postal|mailing) address|\byour address\b", re.I),
        within=re.compile(rf"{_STREET}|{_POSTCODE_WITHIN}"),
        plausible=_like_addresses,
    ),
    PersonalKind(
        title="name",
        plural="names",
        names=frozenset(
            {
                *("name", "firstname", "lastname", "surname", "fullname", "forename", "givenname"),
                *("familyname", "middlename", "maidenname", "vorname", "nachname", "familienname"),
                *("nom", "prenom", "nombre", "apellido", "apellidos", "achternaam", "voornaam"),
                *("naam", "fname", "lname", "initials", "signature"),
            }
        ),
        asked=re.compile(
            r"\byour (?:full |first |last |own )*name\b|\bihr(?:en)? (?:vor|nach)?namen?\b"
            r"|\bvotre (?:pré)?nom\b|\b(?:su|tu) nombre\b|\b(?:uw|je) naam\b",
            re.I,
        ),
        plausible=_like_names,
    ),
    PersonalKind(
        title="user name",
        plural="user names",
        names=frozenset({"username", "login", "screenname", "twitterhandle", "instagramhandle"}),
        whole=re.compile(r"@[A-Za-z0-9_.]{3,30}"),
    ),
)
"""Tried in this order; the first that fits is reported."""
