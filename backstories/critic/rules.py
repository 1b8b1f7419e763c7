"""Rules that need nothing but the answer, the question and earlier answers.

Each is a function from a passage and its situation to a finding or None. They are for English,
but for machine talk and refusals, which are recognised in 19 languages. In doubt they find nothing:
"rambling but related" passes, as with Higher-Order Binding's critic.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from ...twins.llm.language import is_wrong_language
from ...twins.llm.machine_talk import is_machine_talk, is_refusal
from ...twins.wording import content_words
from .faults import Fault, Finding, Passage, Situation

__all__ = ["RULES", "Rule"]

Rule = Callable[[Passage, Situation], Finding | None]

_OUTSIDER = re.compile(
    r"\b(?:here(?:'s| is| are)|below is|this is) (?:an? |the |my |your )?(?:\w+ ){0,3}?"
    r"(?:response|answer|backstory|rewrite|revision|version|continuation|monologue|narrative)\b"
    r"|\b(?:this|the|my|above|following) (?:\w+ )?(?:response|answer|text|narrative|backstory) "
    r"(?:is|was|reflects?|captures?|aims?|shows?|stays?|maintains?|incorporates?|portrays?|should"
    r"|above|below|keeps|avoids|draws)\b"
    r"|\b(?:in|using|with) (?:the|this) (?:voice|persona|role|character) of\b"
    r"|\b(?:the|this|my|your) (?:persona|character|respondent|interviewee|simulated person|profile)"
    r"(?:'s)? (?:is|was|would|might|may|has|should|answers?|feels?|speaks?|says?|given|provided"
    r"|above|described|profile|record|background|data)\b"
    r"|\b(?:staying|stay|remain(?:ing)?|speaking|answering|respond(?:ing)?|writing|written|playing)"
    r" (?:in|out of) character\b|\bin[- ]character (?:response|answer)\b"
    r"|\bas (?:you )?(?:instructed|requested)\b|\bper (?:the|your) (?:instructions|request"
    r"|prompt)\b"
    r"|\b(?:according to|based on|as per|from|given|in line with) (?:the|my|your|this) "
    r"(?:\w+ )?(?:record|profile|persona|survey (?:data|answers|responses)|data provided"
    r"|information (?:provided|given|above)|instructions|prompt|demographics?)\b"
    r"|\b(?:hope this helps|let me know if|feel free to|happy to (?:revise|adjust|expand|elaborate"
    r"|provide))\b|\b(?:i(?:'ve| have)|i) (?:kept|written|tried to keep|made sure)"
    r" (?:it|this|the (?:answer|tone|response))\b"
    r"|\b(?:sure|certainly|of course|absolutely)[!,.]? (?:here|i(?:'ll| will| can) (?:answer|write"
    r"|respond|provide|speak as))"
    r"|\b(?:the|this) (?:prompt|question) (?:asks|wants|requires|is asking)\b"
)

_CODE = re.compile(
    r"```|~~~|</?(?:div|span|p|br|html|body|b|i|ul|li|ol|h[1-6]|a|table|tr|td|script|said|answer"
    r"|response|think(?:ing)?)\b[^<>]*>"
    r"|\{\s*\"\w+\"\s*:|^\s*\{\s*'\w+'\s*:"
    r"|^\s*(?:def|class) \w+\s*[(:]|^\s*import \w+|^\s*from \w[\w.]* import |^\s*#include\b"
    r"|\bprint\(|\bconsole\.log\(|\breturn \w+;|\bfunction \w*\(|=>\s*\{|\bvar \w+ =|\blet \w+ ="
    r"|\bSELECT\b.{1,60}\bFROM\b|\\begin\{|\\[nt](?=\S)|\$\{|&(?:nbsp|amp|lt|gt|quot);"
    r"|^\s*(?:if|for|while) \(.*\)\s*\{|\w+\[['\"]\w+['\"]\]\s*=|^\s*\w+: \w+\n\s*\w+: \w+\n",
    re.MULTILINE,
)

_EDITOR = re.compile(
    r"[\[(](?:\w+'?s? )?(?:notes?|n\.?b|ed(?:itor)?|author|insert|continued|to be continued|pause"
    r"s?|laughs?|sighs?|chuckles?|smiles?|nods?|omitted|redacted|placeholder|todo|name|place|city"
    r"|town|company|job title|your|the person|word count|end of|approx\w*|about \d+ words|\d+ words"
    r"|edited|revised|draft|beat|silence|inaudible|transcript\w*)\b[^\])]{0,200}[\])]"
    r"|^\s*(?:\*\*|__)?(?:editor'?s? note|author'?s note|notes?|word count|draft|revised"
    r"(?: version)?|version \d|final (?:answer|version)|edit|summary|title|tags?|response|answer"
    r"|backstory|p\.?s\.? ?note|disclaimer|tone|objective|learning objective)"
    r"(?: \d+)?(?:\*\*|__)?\s*:(?:\*\*|__)?"
    r"|^\s*#{1,6} \S|^\s*(?:\*\*|__)[^*_\n]{2,60}(?:\*\*|__)\s*:?\s*$|^\s*(?:-{3,}|\*{3,}"
    r"|={3,})\s*$"
    r"|\b(?:editor|author)'?s note\s*:|\bword count\b|\(\s*\d{2,4} words\s*\)|\b(?:TODO|TBD"
    r"|FIXME|XXX)\b|\[(?:\.\.\.|…|_+|\s*)\]"
    r"|_{4,}",
    re.IGNORECASE | re.MULTILINE,
)

_NEXT_QUESTION = re.compile(
    r"^\s*(?:next |follow-?up |another )?question(?: \d+| number \w+)?\s*[:.)]"
    r"|^\s*q(?:uestion)? ?\d*\s*[:.)]\s|\b(?:next|another|following|second|further) question"
    r"(?: \w+){0,3}?(?: is|:| would be| asks)|^\s*(?:\d{1,2}[.)]|[-*]) [^\n]{5,200}\?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_TO_YOU = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_RHETORICAL = re.compile(
    r"\b(?:you know|you see|know what i mean|you know what i mean|can you (?:believe|imagine)"
    r"|would you believe|what (?:can|could|would|do|are|will|else) (?:can |could )?you (?:do"
    r"|say|gonna"
    r"|going to do|want|expect|make of)|what can you|who do you think|what did you expect"
    r"|how (?:can|could|do|would) you (?:not|explain|say no|describe|put|argue|plan|live|save|know"
    r"|tell|ever|stop|trust|get|even)|where (?:do|would|can) you (?:even )?(?:begin|start|go|find)"
    r"|isn't it|aren't they|right|if you (?:ask|see|want|like)|do you see what i mean|why would you"
    r"|don't you think|wouldn't you|couldn't you|haven't we all|you understand|you follow"
    r"|do you know what (?:he|she|they|it|i)|did you know|is that what you (?:mean|meant"
    r"|are asking)"
    r"|what do you call|how do you call|have you (?:ever )?(?:seen|heard)|you remember"
    r"|does that make sense)\b",
    re.IGNORECASE,
)
_TAG = re.compile(
    r",? (?:do|does|did|is|are|was|were|has|have|had|can|could|would|will|should)n't "
    r"(?:you|it|they|he|she|we|i|one)\W*$",
    re.IGNORECASE,
)
"""A tag: "…, don't you?" asks nothing."""
_TURNED = re.compile(
    r"\b(?:what about you|how about you|and you|and yourself|what do you think|what's your|what is"
    r" your|where are you from|do you (?:have|like|want|agree|feel|also|remember|live|work|believe)"
    r"|have you (?:been|had|got|tried|always)|are you (?:married|from|happy|close|still|ready"
    r"|interested)|(?:can|could|would|will) you (?:tell|share|describe|explain|say|walk|give|talk"
    r"|elaborate|like to)|how (?:did|do|has|have|was|are|were) (?:you|your)|(?:what|when|where|who"
    r"|which) (?:was|were|is|are|did|do|has|have|made|makes|led|would) (?:you|your))\b",
    re.IGNORECASE,
)

_ROLE = re.compile(
    r"^\s*(?:\*\*)?(?:interviewer|researcher|moderator|assistant|user|system|human|ai)"
    r"(?:\*\*)?\s*:"
    r"|\b(?:thank you|thanks) (?:so much |very much )?for (?:sharing|telling (?:me|us) (?:that"
    r"|about"
    r"|your)|your (?:answers?|openness|honesty|story|responses?|candou?r)|opening up|participating"
    r"|that (?:answer|detailed))\b"
    r"|\b(?:let's|let us|shall we|we(?:'ll| will| can)|i(?:'d| would) like to) (?:now )?(?:move on"
    r"|talk about your|turn to (?:your|the next)|continue with the (?:next|interview)|ask you"
    r"|hear (?:more )?about your|explore your|go back to your|know more about (?:you|your))\b"
    r"|\bmy next question\b|\bas (?:an|the|your) interviewer\b|\btell me (?:more )?about (?:your|a"
    r" time)\b|\bthat(?:'s| is) (?:a )?(?:very )?(?:interesting|fascinating|great|wonderful"
    r"|helpful)"
    r"(?: answer|\. (?:can|could|how|what) you)|\b(?:it )?sounds like you(?:'ve| have|'re| are)?\b"
    r"|\bi(?:'m| am) (?:here to|going to|conducting) (?:ask|interview|an interview)"
    r"|\bi(?:'d| would) (?:love|like) to (?:hear|know|learn) (?:more )?(?:about )?(?:you|your"
    r"|how you"
    r"|what you)\b",
    re.IGNORECASE | re.MULTILINE,
)

_THIRD = re.compile(
    r"\b(?:the|this) (?:respondent|participant|interviewee|person|individual|subject|speaker"
    r"|narrator) (?:is|was|has|had|lives?|works?|grew|feels?|believes?|would|says?|describes?"
    r"|tends?|values?|reports?|enjoys?|thinks?|trusts?)\b"
    r"|^\s*(?:he|she|they) (?:is|are|was|were) (?:an? )?(?:\d{2}[- ]year|[\w-]+ (?:man|woman"
    r"|person|"
    r"mother|father))",
    re.IGNORECASE,
)
_NOT_HUMAN = re.compile(
    r"\bi (?:do not|don't|cannot|can't|have no|don't actually|do not actually)"
    r" (?:have |experience |possess |feel )?(?:any |an? )?(?:actual |real |personal |human "
    r"|physical )*"
    r"(?:childhood|body|emotions|experiences?|memories|family or friends|upbringing"
    r"|biography|consciousness)\b(?! (?:without|like|left|worth|of|insurance|with|that))"
    r"|\bi(?:'m| am) (?:just |only |actually )?(?:an? )?(?:virtual|digital|simulated|fictional"
    r"|artificial|synthetic|computer) (?:person|being|character|assistant|persona|respondent|entity"
    r"|human|program|intelligence)\b"
    r"|\bi was (?:trained|programmed|created by|built by (?:a|the) (?:company|team))\b"
    r"|\bas a (?:bot|machine|chatbot|computer program|simulation|program)\b"
    r"|\bmy (?:training|programming|algorithms?|developers|creators)\b(?! (?:as|to be|course|at|in"
    r"|job|class|was (?:at|in|hard)|company|skills|team|day|lasted|took|with))",
    re.IGNORECASE,
)
_FIRST = frozenset("i i'm i've i'd i'll me my mine myself we we're we've us our ours".split())  # noqa: SIM905
_OF_OTHERS = frozenset("he she his her him hers they their them".split())  # noqa: SIM905
_LEAST_WORDS = 25
"""Words from which it counts that nobody says "I"."""

# A pattern of many branches is only tried where one of its words stands at all: most answers hold
# none of them, and finding that out this way costs a tenth.
_OUTSIDER_HINTS = (
    *("response", "answer", "backstory", "rewrite", "revision", "version", "continuation"),
    *("monologue", "narrative", "persona", "character", "respondent", "interviewee", "profile"),
    *("simulated", "instruct", "request", "prompt", "record", "survey", "data provided", "voice"),
    *(
        "information",
        "demographic",
        "hope this",
        "let me know",
        "feel free",
        "happy to",
        "the tone",
    ),
    *("keep it", "kept it", "kept this", "written", "made sure", "sure", "certainly", "of course"),
    *("absolutely", "question", "text "),
)
_CODE_HINTS = (
    *("```", "~~~", "<", "{", "[", "=", ";", "(", "\\", "def ", "class ", "import ", "select"),
    *("#include", "return ", "\n"),
)
_EDITOR_HINTS = (
    "[",
    "(",
    ":",
    "#",
    "*",
    "__",
    "--",
    "==",
    "word count",
    "todo",
    "tbd",
    "fixme",
    "xxx",
)
_ROLE_HINTS = (
    *("interview", ":", "thank", "let's", "let us", "shall we", "we'll", "we will", "we can"),
    *("like to", "love to", "next question", "tell me", "that's", "that is", "sounds like"),
)
_THIRD_HINTS = (
    *("respondent", "participant", "interviewee", "person", "individual", "subject", "speaker"),
    "narrator",
)
_NOT_HUMAN_HINTS = (
    *("virtual", "digital", "simulat", "fiction", "artificial", "synthetic", "computer", "program"),
    *(
        "trained",
        "training",
        "created by",
        "built by",
        " bot",
        "machine",
        "algorithm",
        "developers",
    ),
    *("creators", "body", "childhood", "emotions", "experience", "memories", "family or"),
    *("upbringing", "biography", "consciousness", "chatbot"),
)
_THEY = re.compile(r"^\s*(?:he|she|they) (?:is|are|was|were) ", re.IGNORECASE)

REPEATED_WORDS = 8
"""Words of a sentence from which saying it again counts."""
OVERLAP = 0.3
"""Share of runs of five words that stand in one earlier answer, from which it is a repetition."""


def outsider(passage: Passage, situation: Situation) -> Finding | None:
    """It speaks about the answer, the task or the persona."""
    del situation
    folded = passage.folded
    found = _OUTSIDER.search(folded) if _any(_OUTSIDER_HINTS, folded) else None
    return _finding(Fault.OUTSIDER, passage, found)


def code(passage: Passage, situation: Situation) -> Finding | None:
    """It holds code, markup or data in a notation."""
    del situation
    found = _CODE.search(passage.text) if _any(_CODE_HINTS, passage.folded) else None
    return _finding(Fault.CODE, passage, found)


def editor(passage: Passage, situation: Situation) -> Finding | None:
    """It holds what an editor writes: notes, headings, counts, gaps."""
    del situation
    found = _EDITOR.search(passage.text) if _any(_EDITOR_HINTS, passage.folded) else None
    return _finding(Fault.EDITOR, passage, found)


def question(passage: Passage, situation: Situation) -> Finding | None:
    """It goes on to further questions, or ends by asking back."""
    del situation
    if "?" not in passage.text and "question" not in passage.folded and ":" not in passage.text:
        return None
    found = _NEXT_QUESTION.search(passage.text)
    if found:
        return _finding(Fault.QUESTION, passage, found)
    last = next((s for s in reversed(passage.sentences) if any(c.isalpha() for c in s)), "")
    asks = last.rstrip("\"')* ").endswith("?") and _TO_YOU.search(last)
    if (
        asks
        and not _said(last)
        and not _TAG.search(last)
        and (_TURNED.search(last) or not _RHETORICAL.search(last))
    ):
        return Finding(Fault.QUESTION, last)
    return None


def irrelevant(passage: Passage, situation: Situation) -> Finding | None:
    """It shares nothing with question, objective or record, and nobody speaks in it.

    A person who answers another question than the one asked is not seen by this rule: that takes
    a reader.
    """
    words = passage.words
    if len(words) < _LEAST_WORDS:
        return None
    if not _FIRST.isdisjoint(words):
        return None
    about = content_words(f"{situation.asked} {situation.objective}")
    shared = about & content_words(passage.text)
    if len(shared) >= 2:
        return None
    return Finding(Fault.IRRELEVANT, passage.sentences[0] if passage.sentences else "")


def not_a_person(passage: Passage, situation: Situation) -> Finding | None:
    """It speaks of the person, or as a machine."""
    del situation
    folded = passage.folded
    for pattern, hints in ((_THIRD, _THIRD_HINTS), (_NOT_HUMAN, _NOT_HUMAN_HINTS)):
        tried = _any(hints, folded) or (pattern is _THIRD and _THEY.match(folded))
        found = pattern.search(passage.text) if tried else None
        if found and not _said(_around(passage.text, found)):
            return _finding(Fault.NOT_A_PERSON, passage, found)
    if is_machine_talk(passage.text):
        return Finding(Fault.NOT_A_PERSON, passage.sentences[0])
    words = passage.words
    if len(words) >= _LEAST_WORDS and not any(word in _FIRST for word in words):
        others = sum(word in _OF_OTHERS for word in words)
        if others * 25 >= len(words):
            return Finding(Fault.NOT_A_PERSON, passage.sentences[0])
    return None


def repetition(passage: Passage, situation: Situation) -> Finding | None:
    """It says again what an earlier answer said, or itself, word for word."""
    seen: set[str] = set()
    for sentence, line in zip(passage.sentences, passage.lines, strict=True):
        if line.count(" ") + 1 >= REPEATED_WORDS - 2 and line in seen:
            return Finding(Fault.REPETITION, sentence)
        seen.add(line)
    if situation.composed or not situation.earlier:
        return _stuck(passage)
    grams = passage.grams
    for number, earlier in enumerate(map(situation.passage, situation.earlier), 1):
        before = earlier.line_set
        for sentence, line in zip(passage.sentences, passage.lines, strict=True):
            if line.count(" ") + 1 >= REPEATED_WORDS and line in before:
                return Finding(Fault.REPETITION, sentence, f"said in answer {number}")
        if len(grams) >= 12 and len(grams & earlier.grams) >= OVERLAP * len(grams):
            return Finding(Fault.REPETITION, passage.sentences[0], f"much of answer {number}")
    return _stuck(passage)


def role(passage: Passage, situation: Situation) -> Finding | None:
    """It speaks as the interviewer."""
    del situation
    found = _ROLE.search(passage.text) if _any(_ROLE_HINTS, passage.folded) else None
    if found is None or _said(_around(passage.text, found)):
        return None
    return _finding(Fault.ROLE, passage, found)


def refused(passage: Passage, situation: Situation) -> Finding | None:
    """It declines as assistants do."""
    del situation
    return Finding(Fault.REFUSED, passage.sentences[0]) if is_refusal(passage.text) else None


def language(passage: Passage, situation: Situation) -> Finding | None:
    """It is in another language than the interview."""
    if is_wrong_language(passage.text, situation.language):
        return Finding(Fault.LANGUAGE, passage.sentences[0] if passage.sentences else "")
    return None


RULES: tuple[Rule, ...] = (
    *(language, refused, not_a_person, role, code, editor, outsider, question),
    *(repetition, irrelevant),
)
"""In the order in which they are tried; all are."""


def _stuck(passage: Passage) -> Finding | None:
    """The same few words over and over."""
    words = passage.words
    if len(words) >= 30 and len(set(words)) < 0.25 * len(words):
        return Finding(Fault.REPETITION, passage.sentences[0])
    runs = 0
    for a, b in pairwise(passage.lines):
        runs = runs + 1 if a and a == b else 0
        if runs >= 2:
            return Finding(Fault.REPETITION, passage.sentences[0])
    return None


def _any(hints: tuple[str, ...], text: str) -> bool:
    return any(hint in text for hint in hints)


def _said(sentence: str) -> bool:
    """Whether a sentence reports what somebody said, in quotation marks."""
    return sentence.count('"') >= 2 or '"' in sentence[:2]


def _around(text: str, found: re.Match[str]) -> str:
    """The sentence that a match stands in, roughly."""
    start = max(text.rfind(mark, 0, found.start()) for mark in ".!?\n") + 1
    ends = [at for mark in ".!?\n" if (at := text.find(mark, found.end())) >= 0]
    return text[start : min(ends, default=len(text)) + 2]


def _finding(fault: Fault, passage: Passage, found: re.Match[str] | None) -> Finding | None:
    if found is None:
        return None
    return Finding(fault, " ".join(passage.text[found.start() : found.end()].split()))
