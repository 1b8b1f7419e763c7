from __future__ import annotations

import pytest

from understudy.data.codebook import Codebook, Level, Role, Variable
from understudy.data.errors import RequestError, UnknownNameError
from understudy.twins.holdout import Holdout, resolve_holdout
from understudy.twins.wording import normalise, without_wave


def book(*variables: Variable) -> Codebook:
    return Codebook(variables)


def asking(**questions: str) -> Codebook:
    return Codebook(tuple(Variable(name=n, question=q) for n, q in questions.items()))


def item(name: str, **rest: object) -> Variable:
    return Variable(name=name, **rest)  # type: ignore[arg-type]


def test_names_patterns_blocks_and_groups_are_understood_with_their_reasons() -> None:
    codebook = book(
        item("wave_weight", role=Role.WEIGHT, block="politics"),
        item("trust_police", label="Police"),
        item("trust_army", label="Army"),
        item("vote", label="Vote", block="politics"),
        item("left_right", label="Self-placement", block="politics"),
        item("row_1", label="Bread", group="food"),
        item("row_2", label="Cheese", group="food"),
        item("age", label="Age"),
    )
    holdout = resolve_holdout(codebook, ["age", "trust_*", "politics", "group:food"])
    assert holdout.reasons == {
        "trust_police": "pattern trust_*",
        "trust_army": "pattern trust_*",
        "vote": "block politics",
        "left_right": "block politics",
        "row_1": "group food",
        "row_2": "group food",
        "age": "named",
    }
    assert holdout.asked == holdout.names
    assert "age" in holdout
    assert "wave_weight" not in holdout
    assert resolve_holdout(codebook, ["block:politics"]).names == ("vote", "left_right")
    assert resolve_holdout(codebook, ["food"]).names == ("row_1", "row_2")


def test_a_variable_goes_before_a_block_of_the_same_name() -> None:
    codebook = book(item("trust", label="A"), item("other", label="B", block="trust"))
    assert resolve_holdout(codebook, ["trust"]).names == ("trust",)
    assert resolve_holdout(codebook, ["block:trust"]).names == ("other",)


def test_a_named_item_is_called_named_even_if_a_pattern_came_first() -> None:
    codebook = book(item("trust", label="A"))
    assert resolve_holdout(codebook, ["tr*", "trust"]).reasons == {"trust": "named"}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("trsut", "holdout: there is no variable, group or block 'trsut'; did you mean trust?"),
        ("politcs", "there is no variable, group or block 'politcs'; did you mean politics?"),
        ("block:politcs", "there is no block 'politcs'; did you mean politics?"),
        ("group:foodd", "there is no group 'foodd'; did you mean food?"),
        ("trsut*", "there is no variable that matches 'trsut*'; did you mean trust?"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest_name(wanted: str, message: str) -> None:
    codebook = book(
        item("trust", label="A"),
        item("vote", label="B", block="politics"),
        item("bread", label="C", group="food"),
    )
    with pytest.raises(UnknownNameError) as caught:
        resolve_holdout(codebook, [wanted])
    assert message in str(caught.value)


def test_a_single_text_is_refused_rather_than_read_letter_by_letter() -> None:
    with pytest.raises(RequestError, match=r"give a list, such as \['trust'\]"):
        resolve_holdout(asking(trust="Trust?"), "trust")


def test_siblings_are_hidden_in_both_directions_and_onwards() -> None:
    codebook = book(
        item("a", label="Apples", siblings=("b", "elsewhere")),
        item("b", label="Boats"),
        item("c", label="Clouds", siblings=("b",)),
        item("d", label="Doors"),
    )
    assert resolve_holdout(codebook, ["c"]).reasons == {
        "a": "sibling of b",
        "b": "sibling of c",
        "c": "named",
    }


def test_a_multiple_response_set_is_one_answer_and_matrix_rows_are_not() -> None:
    question = "Which of these did you read?"
    codebook = book(
        item("m_1", question=question, label="Sun", level=Level.MULTIPLE, group="m"),
        item("m_2", question=question, label="Times", level=Level.MULTIPLE, group="m"),
        item("m_other", question=question, label="Other", level=Level.TEXT, kind="text", group="m"),
        item("r_1", question="How much do you like them?", label="Sun", group="r"),
        item("r_2", question="How much do you like them?", label="Times", group="r"),
        item("r_3", question="How much do you like them?", group="r"),
        item("r_4", question="How much do you like them?", group="r"),
    )
    assert resolve_holdout(codebook, ["m_2"]).reasons == {
        "m_1": "same multiple-response set as m_2",
        "m_2": "named",
        "m_other": "same multiple-response set as m_2",
    }
    assert resolve_holdout(codebook, ["r_1"]).names == ("r_1",)
    assert resolve_holdout(codebook, ["r_3"]).names == ("r_3",)


@pytest.mark.parametrize(
    "again",
    [
        "can most people be trusted",
        "Q12a. Can most people be TRUSTED?",
        "(3) Can most people be trusted?",
        "<p>Can <b>most</b>&nbsp;people be trusted?</p>",
        "Can most\n people — be trusted …",
        "Wave 2: Can most people be trusted?",
        "Can most people be trusted? (wave 3)",
        "Can most people be trusted? [2019]",
        "Can most people be trusted? - follow-up",
    ],
)
def test_the_same_wording_is_recognised_whatever_its_form(again: str) -> None:
    codebook = asking(trust="Can most people be trusted?", x9=again, tea="Do you like tea?")
    assert resolve_holdout(codebook, ["trust"]).reasons == {
        "trust": "named",
        "x9": "same wording as trust",
    }


def test_a_wording_may_stand_in_the_label_of_one_and_the_question_of_the_other() -> None:
    codebook = book(
        item("a", label="Can people be trusted?"), item("b", question="Can people be trusted")
    )
    assert resolve_holdout(codebook, ["a"]).names == ("a", "b")


def test_a_matrix_without_groups_is_told_apart_by_labels() -> None:
    rows = ("Police", "Army", "Courts", "Press")
    codebook = book(*(item(r.lower(), question="How much do you trust it?", label=r) for r in rows))
    assert resolve_holdout(codebook, ["police"]).names == ("police",)


def test_wave_labels_do_not_make_a_repeated_question_a_matrix() -> None:
    codebook = book(
        *(
            item(f"t{year}", question="Trust?", label=f"Trust ({year})")
            for year in (2019, 2020, 2021)
        )
    )
    assert resolve_holdout(codebook, ["t2020"]).names == ("t2019", "t2020", "t2021")


@pytest.mark.parametrize(
    "again",
    [
        "Would you say most people can be trusted?",
        "Generally speaking, do you think that most people can be trusted?",
        "Most people can be trusted these days",
        "Most people cannot be trusted",
        "Most people can be trusted, or can you not be too careful in dealing with people?",
    ],
)
def test_near_duplicates_are_hidden_and_say_how_near(again: str) -> None:
    codebook = asking(
        trust="Most people can be trusted.",
        again=again,
        job="How satisfied are you with your job?",
        news="How often do you read the news?",
        tea="Do you prefer tea or coffee?",
    )
    reasons = resolve_holdout(codebook, ["trust"]).reasons
    assert set(reasons) == {"trust", "again"}
    assert reasons["again"].startswith(("nearly the same wording as trust (", "same wording"))


BIG_FIVE = (
    "is talkative",
    "tends to find fault with others",
    "does a thorough job",
    "is depressed, blue",
    "is original, comes up with new ideas",
    "is reserved",
    "is helpful and unselfish with others",
    "can be somewhat careless",
    "is relaxed, handles stress well",
    "is curious about many different things",
    "worries a lot",
    "worries about others",
)


@pytest.mark.parametrize(
    "stem", ["I see myself as someone who {}.", "{}: is that how you see yourself?"]
)
def test_items_of_a_battery_are_not_swept_in_by_their_stem(stem: str) -> None:
    codebook = asking(**{f"bfi{i}": stem.format(text) for i, text in enumerate(BIG_FIVE)})
    for name in codebook.names:
        assert resolve_holdout(codebook, [name]).names == (name,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How much do you trust the police?", "How much do you trust the army?"),
        (
            "On a scale from 0 to 10, how much do you personally trust each of these: the police",
            "On a scale from 0 to 10, how much do you personally trust each of these: politicians",
        ),
        ("Would you take 10 dollars today?", "Would you take 20 dollars today?"),
        ("How satisfied are you with your life?", "How satisfied are you with your family life?"),
        ("Household income", "Satisfaction with household income and savings"),
        ("Your grandmother's schooling", "Your grandfather's schooling"),
    ],
)
def test_different_things_asked_in_the_same_words_stay_visible(one: str, other: str) -> None:
    codebook = asking(a=one, b=other, c="Do you like tea?")
    assert resolve_holdout(codebook, ["a"]).names == ("a",)
    assert resolve_holdout(codebook, ["b"]).names == ("b",)


def test_the_same_row_under_two_stems_is_two_items_and_under_none_is_the_same() -> None:
    rows = ("Drug dealers should be punished", "Taxes ought to rise", "Trains run on time")
    stems = {"you": "How far do you agree", "peers": "How likely is it"}
    codebook = asking(
        **{
            f"{key}{i}": f"{stem} - {row}"
            for key, stem in stems.items()
            for i, row in enumerate(rows)
        },
        alone="Drug dealers should be punished.",
    )
    assert resolve_holdout(codebook, ["you0"]).names == ("you0", "alone")


def test_near_duplicates_of_near_duplicates_are_not_followed() -> None:
    chain = [
        "We should build many windmills",
        "Offshore we should build many windmills",
        "Many windmills we should build offshore near harbours",
    ]
    codebook = asking(a=chain[0], b=chain[1], c=chain[2], tea="Do you like tea?")
    assert resolve_holdout(codebook, ["a"]).names == ("a", "b")


def test_the_relatives_of_a_near_duplicate_are_hidden_with_it() -> None:
    codebook = book(
        item("trust", question="Most people can be trusted."),
        item("near", question="Generally, most people can be trusted now: agree", siblings=("z",)),
        item("z", question="Zebras"),
        item("tea", question="Do you like tea?"),
    )
    codebook = codebook.with_variables(
        [item("near", question="Do you think most people can be trusted?", siblings=("z",))]
    )
    assert resolve_holdout(codebook, ["trust"]).names == ("trust", "near", "z")


@pytest.mark.parametrize(
    "name",
    ["trust_w2", "w2_trust", "trust_t1", "trust.wave3", "trustW2", "trust_retest", "t1_trust"],
)
def test_the_same_name_in_another_wave_is_hidden_even_without_wording(name: str) -> None:
    codebook = book(item("trust"), item(name), item("tea"))
    assert resolve_holdout(codebook, ["trust"]).reasons == {
        "trust": "named",
        name: "trust in another wave",
    }


def test_numbered_items_are_no_waves() -> None:
    codebook = book(*(item(n) for n in ("trust_1", "trust_2", "A1", "A2", "t1", "t2", "w1")))
    for name in codebook.names:
        assert resolve_holdout(codebook, [name]).names == (name,)
    assert without_wave("t1") == "t1"


def test_nothing_wanted_hides_nothing() -> None:
    assert resolve_holdout(asking(a="Trust?", b="Trust?"), []) == Holdout()
    assert not resolve_holdout(asking(), [])


@pytest.mark.parametrize("text", ["", "?!", "<br/>", "Q1."])
def test_wordings_without_words_are_never_alike(text: str) -> None:
    codebook = asking(a=text, b=text, c="Trust?")
    assert resolve_holdout(codebook, ["a"]).names == (("a",) if not normalise(text) else ("a", "b"))
