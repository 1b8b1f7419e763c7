"""The facts nearest to a question, by TF-IDF over wordings, labels and answers.

The wordings are indexed once per population and ranked once per question, so that the cost per
twin is that of picking. Only open answers, which differ from person to person, are scored anew.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..data.codebook import Codebook, Role, Variable
from .plain import plain
from .record import Fact
from .wording import FUNCTION_WORDS

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

__all__ = ["Retriever"]

FloatArray = npt.NDArray[np.float64]

QUESTIONS_KEPT = 256

MOST_READ = 5_000
"""Characters of an open answer that are searched."""


class Retriever:
    """Ranks the variables of a population by nearness to a question.

    Words count by sublinear term frequency × inverse document frequency (Salton & Buckley 1988,
    Information Processing & Management 24:513), documents being the visible variables: wording,
    label, block and value labels. Nearness is the cosine.

    Args:
        codebook: The visible variables.
    """

    def __init__(self, codebook: Codebook) -> None:
        self._variables = tuple(codebook)
        self._position = {v.name: i for i, v in enumerate(self._variables)}
        self._rank = functools.lru_cache(maxsize=QUESTIONS_KEPT)(self._score)

    def __reduce__(self) -> tuple[object, ...]:
        return (Retriever, (Codebook(self._variables),))

    @functools.cached_property
    def _index(self) -> tuple[TfidfVectorizer, csr_matrix] | None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        documents = [_document(v) for v in self._variables]
        vectorizer = TfidfVectorizer(
            sublinear_tf=True,
            strip_accents="unicode",
            stop_words=sorted(FUNCTION_WORDS),
            token_pattern=r"(?u)\b\w+\b",  # noqa: S106
        )
        if not any(vectorizer.build_analyzer()(text) for text in documents):
            return None
        return vectorizer, vectorizer.fit_transform(documents)

    def _score(self, question: str) -> FloatArray:
        """Nearness of every variable to a question, 0 to 1. Shape (variables,)."""
        if self._index is None:
            return np.zeros(len(self._variables))
        vectorizer, documents = self._index
        return _rounded((documents @ vectorizer.transform([plain(question)]).T).toarray().ravel())

    def nearest(self, facts: Sequence[Fact], question: str, k: int) -> tuple[Fact, ...]:
        """Return the `k` of `facts` nearest to `question`, in the order of `facts`.

        Facts that share no word with the question come after all that do: demographics first,
        then the order of the record. Fewer than `k` facts are returned whole.
        """
        if len(facts) <= k:
            return tuple(facts)
        scores = self._rank(question)
        near = {fact.name: float(scores[self._position[fact.name]]) for fact in facts}
        asked = self._words(question)
        for fact in facts:
            if fact.own_words and asked:
                near[fact.name] = max(near[fact.name], _cosine(asked, self._words(fact.answer)))
        order = sorted(
            range(len(facts)),
            key=lambda i: (-near[facts[i].name], facts[i].role is not Role.DEMOGRAPHIC, i),
        )
        return tuple(facts[i] for i in sorted(order[:k]))

    def _words(self, text: str) -> dict[str, float]:
        """Words of a text with their rarity; words that no wording has are as rare as can be."""
        if self._index is None:
            return {}
        vectorizer, _ = self._index
        rarity, known = vectorizer.idf_, vectorizer.vocabulary_
        rarest = math.log((1 + len(self._variables)) / 2) + 1
        return {
            word: float(rarity[known[word]]) if word in known else rarest
            for word in vectorizer.build_analyzer()(plain(text[:MOST_READ]))
        }


def _cosine(left: dict[str, float], right: dict[str, float]) -> float:
    if not left or not right:
        return 0.0
    shared = sum(left[word] ** 2 for word in left if word in right)
    lengths = [math.sqrt(sum(w * w for w in side.values())) for side in (left, right)]
    return round(shared / math.prod(lengths), 9)


def _rounded(scores: FloatArray) -> FloatArray:
    """Scores that tie when they are equal but for the order in which a machine added them up."""
    return np.asarray(np.round(scores, 9), dtype=np.float64)


def _document(variable: Variable) -> str:
    labels = dict.fromkeys(text for _, text in variable.labels)
    parts = (variable.question, variable.label, variable.block, *labels)
    return plain(" . ".join(part for part in parts if part)) or variable.name
