"""A model that speaks as the machine it is, or declines, where a person was to answer.

Patterns are few and narrow: a person who writes about artificial intelligence, or who cannot
remember, must not be taken for a machine.
"""

from __future__ import annotations

import re

__all__ = ["is_machine_talk", "is_refusal"]

_SEARCHED = 4_000
"""Characters looked at; what a model is, it says early."""

_ENGLISH = (
    r"\bas an? (?:ai|artificial intelligence)(?= ?(?:[,.;:—–]|$)| (?:i|it|language|model|assistant"
    r"|system|chatbot|program|trained|developed|created)\b)"
    r"|\bas an? (?:large )?language model\b"
    r"|\b(?:i am|i'm|being) (?:just |only |actually |really )?an? (?:large |advanced )?"
    r"(?:ai|artificial intelligence|language model|chatbot)(?= ?(?:[,.;:—–]|$)| (?:and|so|that|"
    r"language|model|assistant|system|created|developed|trained|designed|made|without)\b)"
    r"|\bi (?:do not|don't|cannot|can't) (?:actually |really )?have (?:any )?(?:personal |real )"
    r"(?:experiences?|opinions?|feelings?|beliefs?|preferences?|views)\b[^.]{0,60}\bai\b"
    r"|\bmy (?:training data|knowledge cut-?off)\b"
    r"|\bi(?: am|'m) (?:claude|chatgpt|gpt-?\d|gemini|llama|qwen|mistral|deepseek)\b"
    r"|\b(?:made|created|developed|trained) by (?:anthropic|openai)\b"
)
_OTHERS = (
    r"\bals (?:eine? )?(?:ki-|künstliche intelligenz|(?:großes )?sprachmodell)"
    r"|\bals ki(?:,| (?:habe|kann|bin|besitze|verfüge|darf) )"
    r"|\bich bin (?:nur )?ein(?:e)? (?:ki\b|künstliche intelligenz|sprachmodell)"
    r"|\ben tant qu['e ]+ ?(?:une )?(?:ia\b|intelligence artificielle|modèle de langage"
    r"|assistant ia)"
    r"|\bje suis une? (?:ia\b|intelligence artificielle|modèle de langage|assistant ia)"
    r"|(?:^|[.!?] )como (?:una )?(?:ia\b|inteligencia artificial\b),? (?:no|yo|carezco)\b"
    r"|\bcomo (?:un )?modelo de lenguaje\b|\bsoy una? (?:ia\b|inteligencia artificial|modelo de l)"
    r"|(?:^|[.!?] )como (?:uma )?(?:ia\b|inteligência artificial\b),? (?:não|eu)\b"
    r"|\bcomo (?:um )?modelo de linguagem\b|\bsou uma? (?:ia\b|inteligência artificial|modelo de l)"
    r"|\b(?:come|in quanto) (?:un )?(?:modello linguistico|assistente virtuale|ia,)"
    r"|\bin quanto (?:ia|intelligenza artificiale)\b"
    r"|\bsono (?:solo )?un['a]? ?(?:ia\b|intelligenza artificiale|modello linguistico)"
    r"|\bals (?:een )?(?:ai-|taalmodel)|\bals ai(?:,| (?:heb|kan|ben) ik\b)"
    r"|\bik ben (?:slechts )?een (?:ai\b|taalmodel|kunstmatige intelligentie)"
    r"|\bjako (?:ai\b|sztuczna inteligencja|model językowy)"
    r"|\bjestem (?:ai\b|sztuczną inteligencją|modelem językowym)"
    r"|\bsom (?:en |ett )?(?:ai[,-]|ai (?:har|kan|är|er) |språkmodell|sprogmodel)"
    r"|\b(?:jag är|jeg er) (?:bara |bare |kun )?e(?:n|tt|t) (?:ai\b|språkmodell|sprogmodel)"
    r"|\bolen (?:vain )?(?:tekoäly|kielimalli)|\b(?:tekoälynä|kielimallina)\b"
    r"|\bbir (?:yapay zeka|dil modeli) olarak|\bben bir (?:yapay zeka|dil modeli)"
    r"|\bкак (?:ии\b|искусственный интеллект,|(?:большая )?языковая модель)"
    r"|\bя (?:[—–-] )?(?:всего лишь )?(?:ии\b|искусственный интеллект|языковая модель)"
    r"|\bяк (?:ші\b|мовна модель)|\bя (?:[—–-] )?(?:мовна модель|штучний інтелект)"
    r"|作为(?:一个|一名|一款)?(?:大型)?(?:ai|人工智能|语言模型)(?:助手|模型|,|，|我)|作为(?:一个)?语言模型"
    r"|我(?:只)?是(?:一个|一名|一款)?(?:大型)?(?:ai|人工智能|语言模型)"
    r"|(?:ai|人工知能|言語モデル)として、?(?:私|わたし|個人)|私は(?:ai|人工知能|言語モデル)"
    r"|(?:ai|인공지능|언어 ?모델)(?:로서|이기 때문에|이므로)|저는 (?:ai|인공지능|언어 ?모델)"
    r"|ك(?:نموذج لغوي|ذكاء اصطناعي)|أنا (?:نموذج لغوي|ذكاء اصطناعي)"
    r"|एक (?:एआई|ai|भाषा मॉडल)(?: मॉडल)? (?:के रूप में|होने के नाते)"
)
_MACHINE = re.compile(f"{_ENGLISH}|{_OTHERS}")
_HINTS = (
    *("artificial", "language model", "chatbot", "training data", "knowledge cut", "claude"),
    *("gpt", "gemini", "llama", "qwen", "mistral", "deepseek", "anthropic", "openai", "künstliche"),
    *("sprachmodell", "intelligence"),
    *("langage", "lenguaje", "linguagem", "linguistico", "virtuale", "inteligencia"),
    *("inteligência", "intelligenza", "taalmodel", "intelligentie", "językow", "inteligencj"),
    *("språkmodell", "sprogmodel", "tekoäly", "kielimalli", "yapay", "dil modeli", "модель"),
    *("интеллект", "ии", "ші", "інтелект", "人工", "语言模型", "言語モデル", "인공", "모델"),
    *("نموذج", "ذكاء", "एआई", "मॉडल"),
)

_SHORT = re.compile("(?<![a-z])(?:ai|ia|ki)(?![a-z])")
"""Hints that stand inside many ordinary words."""

_REFUSAL = re.compile(
    r"\bi(?:'m| am)? ?(?:sorry|afraid)?,? ?(?:but )?(?:i )?(?:can't|cannot|can not|won't|will not"
    r"|am unable to|'m unable to|am not able to|'m not able to|must decline to)"
    r" (?:assist|help (?:you )?with (?:that|this)|fulfill?|comply|engage (?:in|with) (?:that|this)"
    r"|participate in (?:that|this)|provide (?:that|this|an answer|a response|any)"
    r"|generate|role-?play|impersonate|simulate|pretend|answer (?:that|this|these|as)"
    r"|respond to (?:that|this)|predict|continue with (?:that|this)|complete this)\b"
    r"|\bi (?:must|have to|need to) (?:respectfully )?decline\b"
    r"|\b(?:dabei|damit|bei dieser anfrage) kann ich (?:dir |ihnen |leider )*nicht helfen"
    r"|\bich kann (?:dir |ihnen )?(?:dabei|damit|bei dieser anfrage) (?:leider )?nicht helfen"
    r"|\bich kann diese(?:r)? (?:anfrage|bitte) (?:leider )?nicht (?:nachkommen|erfüllen)"
    r"|\bje ne (?:peux|suis) pas (?:en mesure de )?(?:vous |t')?(?:aider (?:avec|à) c"
    r"|répondre à cette demande|accéder à cette demande)"
    r"|\bno puedo (?:ayudar(?:te|le)? con eso|ayudar(?:te|le)? con es[at]|cumplir con esta solic"
    r"|participar en est)"
    r"|\bnon posso (?:aiutart[ia]|aiutarla) con quest|\bnão posso (?:ajudar|te ajudar) com iss"
    r"|\bik kan (?:je |u )?(?:hier|daar)(?:bij|mee) (?:helaas )?niet (?:mee )?helpen"
    r"|\bnie mogę (?:pomóc|spełnić tej prośby)"
    r"|\bя не могу (?:помочь с|выполнить (?:этот|данный) запрос)"
    r"|我(?:无法|不能)(?:协助|帮助(?:您|你)|满足(?:这个|此|该)请求)"
    r"|(?:お手伝い|お答え|対応)(?:する)?(?:こと)?(?:は|が)?できません"
)
_DECLINES = (
    *("can't", "cannot", "can not", "won't", "will not", "unable", "not able", "decline"),
    *("kann ich", "ich kann", "je ne", "no puedo", "non posso", "não posso", "ik kan"),
    *("nie mog", "не могу", "我无法", "我不能", "できません"),
)


def is_machine_talk(text: str) -> bool:
    """Whether a text says of itself that a machine wrote it ("As an AI …"), in any of 19 languages.

    >>> is_machine_talk("As an AI language model, I have no income.")
    True
    >>> is_machine_talk("I work as an AI engineer and use a chatbot now and then.")
    False
    """
    folded = _folded(text)
    hinted = any(hint in folded for hint in _HINTS) or _SHORT.search(folded) is not None
    return hinted and _MACHINE.search(folded) is not None


def is_refusal(text: str) -> bool:
    """Whether a text declines the request as assistants do ("I can't help with that").

    >>> is_refusal("I'm sorry, but I can't assist with that request.")
    True
    >>> is_refusal("I can't help my mother as often as I should.")
    False
    """
    folded = _folded(text)
    return any(hint in folded for hint in _DECLINES) and _REFUSAL.search(folded) is not None


def _folded(text: str) -> str:
    return " ".join(text[:_SEARCHED].replace("’", "'").casefold().split())
