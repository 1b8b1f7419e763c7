import pytest

from understudy.data.codebook import Reason
from understudy.data.reasons import reason_from_label


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("Refused", Reason.REFUSED),
        ("Prefer not to say", Reason.REFUSED),
        ("REF", Reason.REFUSED),
        ("Verweigert", Reason.REFUSED),
        ("Rifiuta di rispondere", Reason.REFUSED),
        ("Don't know", Reason.DONT_KNOW),
        ("Don’t know", Reason.DONT_KNOW),
        ("DK", Reason.DONT_KNOW),
        ("Weiß nicht", Reason.DONT_KNOW),
        ("Ne sait pas", Reason.DONT_KNOW),
        ("No sabe", Reason.DONT_KNOW),
        ("Vet ej", Reason.DONT_KNOW),
        ("Not applicable", Reason.NOT_APPLICABLE),
        ("IAP", Reason.NOT_APPLICABLE),
        ("Trifft nicht zu", Reason.NOT_APPLICABLE),
        ("Not asked in this wave", Reason.NOT_ASKED),
        ("Question not asked: refused earlier", Reason.NOT_ASKED),
        ("No answer", Reason.NO_ANSWER),
        ("Keine Angabe", Reason.NO_ANSWER),
        ("k.A.", Reason.NO_ANSWER),
        ("Skipped", Reason.NO_ANSWER),
        ("Broke off before this question", Reason.BROKE_OFF),
        ("Missing", Reason.NOT_RECORDED),
        ("Aardvark", Reason.OTHER),
        ("", Reason.OTHER),
    ],
)
def test_reason_is_read_off_the_label(label: str, reason: Reason) -> None:
    assert reason_from_label(label) is reason


@pytest.mark.parametrize(
    "reason",
    [
        r
        for r in Reason
        if r not in (Reason.OTHER, Reason.UNPARSED, Reason.FAILED, Reason.CANNOT_KNOW)
    ],
)
def test_reason_written_as_label_is_read_back(reason: Reason) -> None:
    assert reason_from_label(reason.value) is reason
