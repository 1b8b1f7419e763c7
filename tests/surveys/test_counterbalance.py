"""Options reversed for half of the people, and nothing else changed."""

from __future__ import annotations

from understudy.data.codebook import Reason
from understudy.surveys.counterbalance import counterbalanced
from understudy.surveys.flow import Walk
from understudy.surveys.question import Option, Shuffle
from understudy.surveys.questionnaire import Block, Group, Questionnaire
from understudy.surveys.questions import Likert, Single, Text

SCALE = tuple(Option(code=float(c), label=str(c)) for c in range(1, 6))


def survey() -> Questionnaire:
    closed = Likert(
        name="scale",
        text="How much?",
        options=(*SCALE, Option(code=9.0, label="don't know", reason=Reason.DONT_KNOW)),
    )
    shuffled = Single(name="brand", text="Which?", options=SCALE, shuffle_options=Shuffle.RANDOM)
    inner = Block(name="inner", pages=((closed, Text(name="why", text="Why?")),))
    return Questionnaire(
        name="q",
        blocks=(Group(name="g", blocks=(inner,)), Block(name="outer", pages=((shuffled,),))),
    )


def shown(person: str) -> list[float | str]:
    walk = Walk(counterbalanced(survey()), person=person, arms={}, seed=0)
    page = walk.next_page({})
    assert page is not None
    return [option.code for option in page.questions[0].options]


def test_half_of_the_people_see_the_scale_reversed_and_non_answers_stay_last() -> None:
    orders = [tuple(shown(f"p{n}")) for n in range(400)]
    assert set(orders) == {(1.0, 2.0, 3.0, 4.0, 5.0, 9.0), (5.0, 4.0, 3.0, 2.0, 1.0, 9.0)}
    assert 160 < orders.count((1.0, 2.0, 3.0, 4.0, 5.0, 9.0)) < 240


def test_what_is_shuffled_or_open_stays_as_it_is() -> None:
    before, after = survey(), counterbalanced(survey())
    kinds = {q.name: q.shuffle_options for q in after.written()}
    assert kinds == {"scale": Shuffle.REVERSE, "why": Shuffle.FIXED, "brand": Shuffle.RANDOM}
    assert before.codebook() == after.codebook()
    assert before.fingerprint != after.fingerprint
