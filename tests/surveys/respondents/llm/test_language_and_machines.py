"""Other languages and machine talk are noticed, and people are not taken for either."""

from __future__ import annotations

import doctest
import importlib

import pytest

from understudy.twins.llm.language import is_wrong_language, language_name
from understudy.twins.llm.machine_talk import is_machine_talk, is_refusal

MACHINES = [
    "As an AI language model, I do not have personal opinions.",
    "As an AI, I can't vote.",
    "as an artificial intelligence I don't eat",
    "I'm just an AI assistant created by Anthropic.",
    "I am an AI and have no age.",
    "I'm Claude, so I have no favourite colour.",
    "I don't have personal experiences, being an AI.",
    "My training data ends in 2023.",
    "Als KI-Sprachmodell habe ich keine Meinung.",
    "Als KI habe ich kein Alter.",
    "Ich bin eine KI und wähle nicht.",
    "En tant qu'IA, je n'ai pas d'avis.",
    "En tant que modèle de langage, je ne peux pas voter.",
    "Como modelo de lenguaje, no tengo opiniones.",
    "Como IA, no tengo edad.",
    "Como um modelo de linguagem, não tenho idade.",
    "In quanto modello linguistico non ho opinioni.",
    "Als taalmodel heb ik geen mening.",
    "Als AI heb ik geen leeftijd.",
    "Jako model językowy nie mam zdania.",
    "Som en språkmodell har jag inga åsikter.",
    "Bir yapay zeka olarak fikrim yok.",
    "Как языковая модель, я не имею мнения.",
    "作为一个AI，我没有个人观点。",
    "AIとして、私には意見がありません。",
    "저는 AI라서 의견이 없습니다.",
    "كنموذج لغوي ليس لدي رأي",
]

PEOPLE = [
    "I work as an AI engineer.",
    "As an AI researcher I worry about it.",
    "I think AI will take our jobs, and language models too.",
    "I am an air traffic controller.",
    "Als AI banen overneemt, word ik bang.",
    "Seit es KI gibt, ist alles anders. Als KI aufkam, war ich 50.",
    "Las tecnologías como la inteligencia artificial no me gustan.",
    "I'm not sure, I don't have any strong opinions.",
    "I can't remember.",
    "I'm sorry, but I can't say.",
    "I cannot answer because I was not there.",
    "I won't help the party again.",
    "I can't help it, I just like it.",
    "Ich kann mich nicht erinnern.",
    "Je ne peux pas répondre.",
    "No puedo ayudar a todos.",
    "Maine is the state I am in.",
    "",
]

REFUSALS = [
    "I'm sorry, but I can't assist with that.",
    "I can't help with that request.",
    "I cannot fulfill this request.",
    "I’m unable to provide that information.",
    "I must decline.",
    "I won't roleplay as this person.",
    "Dabei kann ich leider nicht helfen.",
    "Je ne peux pas vous aider avec cette demande.",
    "No puedo ayudarte con eso.",
    "我无法协助您完成这个请求。",
]


@pytest.mark.parametrize("text", MACHINES)
def test_machines_are_known_by_what_they_say(text: str) -> None:
    assert is_machine_talk(text)
    assert is_machine_talk(f"Well. {text.upper() if text.isascii() else text}")


@pytest.mark.parametrize("text", REFUSALS)
def test_refusals_are_known(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", PEOPLE)
def test_people_are_not_taken_for_machines(text: str) -> None:
    assert not is_machine_talk(text)
    assert not is_refusal(text)


ENGLISH = "I have always lived here and I do not want to move because of my family and the garden."
SAID = {
    "en": ENGLISH,
    "de": "Ich habe immer hier gelebt und will nicht weg, weil die Familie und der Garten da sind.",
    "fr": "J'ai toujours vécu ici et je ne veux pas partir à cause de la famille et du jardin.",
    "es": "Siempre he vivido aquí y no me quiero ir por la familia y porque el jardín es lo mejor.",
    "it": "Ho sempre vissuto qui e non voglio andare via per la famiglia e per il giardino che ho.",
    "pt": "Eu sempre vivi aqui e não quero sair por causa da família e do jardim que é muito bom.",
    "nl": "Ik heb hier altijd gewoond en wil niet weg omdat de familie en de tuin hier zijn.",
    "sv": "Jag har alltid bott här och vill inte flytta för att familjen och trädgården är här.",
    "pl": "Zawsze tu mieszkam i nie chcę się wyprowadzać, bo jest rodzina i ogród, to jest ważne.",
    "tr": "Ben her zaman burada yaşadım ve taşınmak istemiyorum çünkü ailem ve bahçem çok iyi.",
    "ru": "Я всегда здесь жил и не хочу уезжать из-за семьи и сада.",
    "el": "Πάντα ζούσα εδώ και δεν θέλω να φύγω λόγω της οικογένειας.",
    "ar": "لقد عشت هنا دائما ولا أريد أن أنتقل بسبب عائلتي والحديقة.",
    "hi": "मैं हमेशा यहीं रहा हूँ और परिवार के कारण जाना नहीं चाहता।",
    "zh": "我一直住在这里，因为家人和花园，我不想搬走。",
    "ja": "ずっとここに住んでいて、家族と庭があるので引っ越したくありません。",
    "ko": "저는 항상 여기서 살았고 가족과 정원 때문에 이사하고 싶지 않습니다.",
    "he": "תמיד גרתי כאן ואני לא רוצה לעבור בגלל המשפחה והגינה.",
}


@pytest.mark.parametrize("language", SAID)
def test_a_text_in_its_own_language_is_right(language: str) -> None:
    assert not is_wrong_language(SAID[language], language)
    assert not is_wrong_language(SAID[language], f"{language}-XX")


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("asked", ["en", "de", "ru", "ja", "ar"])
def test_a_text_in_another_language_is_wrong(language: str, asked: str) -> None:
    assert is_wrong_language(SAID[language], asked) is (language != asked)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Москва", "en"),
        ("iPhone 15 Pro Max", "ru"),
        ("Schadenfreude", "en"),
        ("Grüezi mitenand, mir gaats guet", "de"),
        ("mujhe yahan rehna pasand hai kyunki ghar hai aur sab log achhe hain yahan par", "hi"),
        ("😀😀😀😀😀😀😀😀😀😀😀😀😀", "en"),
        ("12345 67890 12345 67890 12345", "ja"),
        (ENGLISH, "xx"),
        (ENGLISH, ""),
        ("", "en"),
        ("Ja sam uvek živeo ovde i ne želim da se selim zbog porodice", "sr"),
        ("Ja sam uvek živeo ovde i ne želim da se selim zbog porodice", "sr-Latn"),
    ],
)
def test_in_doubt_the_language_is_right(text: str, language: str) -> None:
    assert not is_wrong_language(text, language)


def test_a_script_in_the_tag_decides() -> None:
    assert is_wrong_language(SAID["ru"], "sr-Latn")
    assert not is_wrong_language(SAID["ru"], "sr")
    assert not is_wrong_language(SAID["zh"], "zh-Hant-TW")


def test_languages_have_names() -> None:
    assert language_name("en") == "English"
    assert language_name("pt-BR") == "Portuguese (pt-BR)"
    assert language_name("tlh") == "the language “tlh”"


@pytest.mark.parametrize(
    "module",
    [
        *("twins.llm.language", "twins.llm.machine_talk"),
        *(f"surveys.respondents.llm.{name}" for name in ("choices", "fields", "numbers")),
        "surveys.respondents.llm.pictures",
    ],
)
def test_examples_in_docstrings_hold(module: str) -> None:
    found = importlib.import_module(f"understudy.{module}")
    results = doctest.testmod(found)
    assert results.attempted
    assert not results.failed
