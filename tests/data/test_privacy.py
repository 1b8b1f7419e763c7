"""Columns that look like personal data, and columns that only sound like it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from understudy.data.codebook import Variable
from understudy.data.privacy import find_personal
from understudy.data.table import Table


def table_of(name: str, values: list[object], *, question: str = "") -> Table:
    column = pd.Series(values, dtype=object)
    kind = "text"
    if all(v is None or isinstance(v, (int, float)) for v in values):
        column, kind = column.astype(np.float64), "number"
    elif all(v is None or isinstance(v, np.datetime64) for v in values):
        column, kind = pd.Series(np.array(values, dtype="datetime64[us]")), "date"
    variable = Variable(name=name, kind=kind, question=question)  # type: ignore[arg-type]
    return Table(frame=pd.DataFrame({name: column}), variables=(variable,))


EMAILS: list[object] = ["ann@example.org", "b.o'neil+x@mail.example.co.uk", None, "z@x.de"]
PEOPLE: list[object] = ["Ann Lee", "José García", "Zoë O'Neil", "Müller, Hans", "Li Wei"]
PHONES: list[object] = ["+49 170 1234567", "(617) 555-0199", "020 7946 0018", "+1-202-555-0143"]

PERSONAL = [
    ("q7", EMAILS, "e-mail address"),
    ("Email", ["none@x.com", "no", "a@b.co"], "e-mail address"),
    ("RecipientEmail", [np.nan, np.nan], "e-mail address"),
    ("comments", ["fine"] * 3 + ["write to me at a@b.org please", "nice, me@x.com"], "e-mail addr"),
    ("IPAddress", ["10.0.0.1", "192.168.1.20"], "IP address"),
    ("v3", ["10.0.0.1", "2001:db8::8a2e:370:7334", "81.2.69.160"], "IP address"),
    ("LocationLatitude", [52.52, 48.13], "location"),
    ("lon", [13.404954, -0.1276, 2.3522], "location"),
    ("home_lat", [52.520008, 51.5], "location"),
    ("where", ["52.5200, 13.4050", "48.8566, 2.3522"], "location"),
    ("ResponseId", ["R_1abcDEF23ghiJKL", "R_2abcDEF23ghiJKL"], "response id"),
    ("x", ["R_1abcDEF23ghiJKL", "R_2abcDEF23ghiJKL"], "response id"),
    ("PROLIFIC_PID", ["5f3c1a2b4d5e6f7a8b9c0d1e", "6f3c1a2b4d5e6f7a8b9c0d1e"], "response id"),
    ("pid", ["5f3c1a2b4d5e6f7a8b9c0d1e", "6f3c1a2b4d5e6f7a8b9c0d1e"], "response id"),
    ("worker", ["A1B2C3D4E5F6G7", "AXYZ12345ABCDE"], "response id"),
    ("ExternalReference", ["k1", "k2"], "external reference"),
    ("name", PEOPLE, "name"),
    ("First Name", ["Ann", "Bo", "Cy", "Di", "Ed", "Flo"], "name"),
    ("Nachname", ["Müller", "Schmidt", "Öztürk", "Weiß", "Groß"], "name"),
    ("apellidos", ["García López", "Pérez", "Núñez", "Ruiz", "Gil"], "name"),
    ("prénom", ["Zoé", "Chloé", "Rémi", "Anaïs", "Luc"], "name"),
    ("achternaam", ["de Vries", "van den Berg", "Jansen", "Bakker", "Visser"], "name"),
    ("phone", PHONES, "phone number"),
    ("Q12", PHONES, "phone number"),
    ("phone_number", [2025550143.0, 6175550199.0], "phone number"),
    ("Telefonnummer", ["0170 1234567", "030 901820"], "phone number"),
    ("zip", [2139.0, 90210.0, 10001.0], "postal code"),
    ("zip", ["02139", "90210", "10001"], "postal code"),
    ("PLZ", ["10115", "80331", "50667"], "postal code"),
    ("código_postal", ["28013", "08001", "41001"], "postal code"),
    ("where2", ["SW1A 1AA", "EC1A 1BB", "M1 1AE"], "postal code"),
    ("address", ["12 Elm Street", "4 Oak Ave", "9 High Rd"], "postal address"),
    ("Adresse", ["Hauptstr. 5, Berlin", "Ringweg 12", "Am Markt 3"], "postal address"),
    ("other", ["ok", "I live at 12 Elm Street", "10 Downing Street, London"], "postal address"),
    ("text", ["Calle Mayor 12, Madrid", "15 rue de Rivoli", "Kerkstraat 9"], "postal address"),
    ("date_of_birth", ["1980-02-03", "03.04.1990"], "date of birth"),
    ("geboortedatum", [np.datetime64("1980-02-03"), np.datetime64("1990-02-03")], "date of birth"),
    ("ssn", ["078-05-1120", "219-09-9999"], "national id"),
    ("k", ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"], "national id"),
    ("handle", ["@ann_lee", "@bo.1990", "@cyd"], "user name"),
]


@pytest.mark.parametrize("name, values, kind", PERSONAL)
def test_personal_data_is_found(name: str, values: list[object], kind: str) -> None:
    (found,) = find_personal(table_of(name, values))
    assert found.name == name
    assert found.kind.startswith(kind)
    assert found.why


@pytest.mark.parametrize(
    "question, values, kind",
    [
        ("Please enter your full name.", PEOPLE, "name"),
        ("What is your e-mail address?", ["a@b.co", "none", "x@y.org"], "e-mail address"),
        ("What is your ZIP code?", ["02139", "10001", "dunno"], "postal code"),
        ("What is your phone number?", ["5550143", "555 0199"], "phone number"),
        ("Wie lautet Ihr Nachname?", ["Müller", "Schmidt", "Weiß", "Groß"], "name"),
    ],
)
def test_the_wording_of_a_question_counts(question: str, values: list[object], kind: str) -> None:
    (found,) = find_personal(table_of("Q5_TEXT", values, question=question))
    assert found.kind == kind


LIKERT: list[object] = [1.0, 2.0, 3.0, 4.0, 5.0, np.nan]
OFTEN: list[object] = ["Daily", "Weekly", "Never", "Daily", "Never", "Weekly"]

HARMLESS = [
    ("phone_use", LIKERT),
    ("phone", LIKERT),
    ("mobile_phone_ownership", [0.0, 1.0]),
    ("name_recognition", LIKERT),
    ("name_recognition", OFTEN),
    ("brand_name", ["Nike", "Puma", "Asics", "Adidas", "Fila"]),
    ("email_frequency", OFTEN),
    ("email", LIKERT),
    ("email", OFTEN),
    ("mail_in_ballot", OFTEN),
    ("ip", LIKERT),
    ("lat", LIKERT),
    ("long", [10.0, 20.0, 30.0]),
    ("long_term_view", [1.5, 2.5]),
    ("zip", LIKERT),
    ("postal_vote", ["yes", "no", "yes"]),
    ("address_climate_change", LIKERT),
    ("address", OFTEN),
    ("street_safety", OFTEN),
    ("state", ["MA", "NY", "CA"]),
    ("city_size", ["small", "large"]),
    ("age", [18.0, 43.5]),
    ("income", [12000.0, 98000.0]),
    ("birth_year", [1980.0, 1990.0]),
    ("response_time", [1.23, 4.56]),
    ("version", ["136.0.0.0.1", "9.1"]),
    ("comments", ["I walked 20 minutes down the road", "the street was nice", "call me maybe"]),
    ("open", ["It costs 1000 to 2000 dollars", "about 5 or 6", "2019-2020 was hard"]),
    ("party", ["Left", "Right", "Green"]),
    ("code", ["A1", "B2", "C3"]),
    ("condition", ["A", "ACONTROLGROUP", "AB"]),
    ("date", ["2024-05-01", "2024-05-02"]),
    ("wtp", ["12.50", "3.99", "100.00"]),
    ("years", ["1990-1995", "1996-2000", "2001-2005"]),
    ("score", ["1-2-3", "10-20", "3/4"]),
    ("nothing", [None, None]),
    ("nothing", [np.nan, np.nan]),
    ("trust_name", LIKERT),
    ("e", LIKERT),
]


@pytest.mark.parametrize("name, values", HARMLESS)
def test_questions_that_only_sound_personal_are_left_alone(name: str, values: list[object]) -> None:
    assert find_personal(table_of(name, values)) == ()


def test_labelled_answers_are_no_personal_data() -> None:
    table = table_of("zip", [10001.0, 20002.0])
    labelled = table.variables[0].replace(labels=((10001.0, "urban"), (20002.0, "rural")))
    assert find_personal(Table(frame=table.frame, variables=(labelled,))) == ()


def test_order_and_reasons() -> None:
    frame = pd.DataFrame({"b": EMAILS, "a": PEOPLE[:4], "phone": PHONES})
    variables = tuple(Variable(name=n, kind="text") for n in frame.columns)
    found = find_personal(Table(frame=frame, variables=variables))
    assert [w.name for w in found] == ["b", "phone"]
    assert found[0].why == "3 of 3 different values look like e-mail addresses"
    assert found[1].why == "column name"
