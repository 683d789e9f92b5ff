"""The index over one tenant's knowledge, in memory: which entries answer a question, and how surely.

Every question and every answer of an entry is a small text of its own, cut into words and stemmed by
tantivy's analysers: accents and plurals are forgiven, so are one typing error and another word of the same
family. A person's text is only ever cut into words: there is no syntax in it that anything would obey.

BM25 scores cannot be compared between questions, so the confidence is another figure: the share of the
question's content that the entry covers, each word weighing its rarity (idf). BM25 then tells apart the
entries that cover the same.

The postings are plain dictionaries, not a tantivy index: each of those leaves its writer's freed heap behind
in the allocator (measured: 236 MB resident after 60 rebuilds for two tenants, against 47 MB here).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import tantivy

from shared.knowledge.language import LIMIT
from shared.knowledge.words import ALIKE, EVERYDAY, fold
from shared.llm import Passage
from shared.models.tenant import KnowledgeEntry

#: tantivy's stemmers (Snowball) by language; words of any other language are compared as they are.
_STEMMERS = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian",
    "nl": "dutch", "pt": "portuguese", "ru": "russian", "tr": "turkish",
}  # fmt: skip

#: What finding a word is worth: in a question or an answer of the entry, itself or something like it.
_QUESTION, _ANSWER = 1.0, 0.6
_ITSELF, _ALIKE, _FAMILY, _TYPO = 1.0, 0.8, 0.7, 0.8
#: A word that nothing is like counts as a little less than a rare one: people use words we never thought of.
_UNKNOWN = 0.8
#: How much BM25 says beside the confidence.
_BM25 = 0.2
#: An entry worded in another language than the person's comes after one that covers the same in theirs.
_FOREIGN = 0.9
#: Typing errors and families are looked for in words of at least so many letters.
_LETTERS = 5
#: Words of a question that are looked up.
_WORDS = 40
#: BM25's usual parameters, as Lucene and tantivy have them.
_K1, _B = 1.2, 0.75


@dataclass(frozen=True)
class _Match:
    """How well an entry fits a question."""

    rank: float
    confidence: float
    language: str


class Index:
    """Built once from its entries, then only read."""

    def __init__(self, entries: Sequence[KnowledgeEntry]) -> None:
        self._entries = {entry.entry: entry for entry in entries}
        languages = sorted({language for entry in entries for language in entry.wordings})
        self._languages = {language: _Language(language, entries) for language in languages}

    def search(self, text: str, language: str | None, limit: int) -> list[Passage]:
        """The entries that best fit the text, best first, each in the person's `language` where it is
        worded in it. None is any language. Entries that share no word with the text are not returned."""
        best: dict[str, _Match] = {}
        for name, index in self._languages.items():
            worth = 1.0 if language in (None, name) else _FOREIGN
            for entry, (rank, confidence) in index.search(text[:LIMIT]).items():
                match = _Match(worth * rank, worth * confidence, name)
                if entry not in best or match.rank > best[entry].rank:
                    best[entry] = match
        ranked = sorted(best.items(), key=lambda item: (-item[1].rank, item[0]))
        return [self._passage(self._entries[entry], match, language) for entry, match in ranked[:limit]]

    def _passage(self, entry: KnowledgeEntry, match: _Match, asked: str | None) -> Passage:
        language = asked if asked in entry.wordings else match.language
        return Passage(
            id=entry.entry,
            language=language,
            topic=entry.topic.get(language, ""),
            text=entry.wordings[language].answer,
            source=entry.source.get(language, ""),
            confidence=match.confidence,
        )


class _Language:
    """The wordings in one language."""

    def __init__(self, language: str, entries: Sequence[KnowledgeEntry]) -> None:
        self._alike: dict[str, set[str]] = defaultdict(set)
        for group in ALIKE.get(language, []):
            for word in group:
                self._alike[word] |= group
        self._cutter = _cutter(EVERYDAY.get(language, frozenset()) - self._alike.keys())
        self._stemmer = _stemmer(language)
        self._size = 0
        #: For each text: whose it is, what a word found in it is worth, and how many words it has.
        self._texts: list[tuple[str, float, int]] = []
        #: For each stem: how often it is in which texts.
        self._postings: dict[str, dict[int, int]] = defaultdict(dict)
        self._stem_of: dict[str, str] = {}
        for entry in entries:
            if wording := entry.wordings.get(language):
                self._size += 1
                for question in wording.questions:
                    self._add(entry.entry, _QUESTION, question)
                self._add(entry.entry, _ANSWER, f"{entry.topic.get(language, '')} {wording.answer}")
        self._dictionary = sorted(self._stem_of)
        self._length = sum(length for _, _, length in self._texts) / max(1, len(self._texts))

    def _add(self, entry: str, worth: float, text: str) -> None:
        words = self._cutter.analyze(fold(text))
        for word in set(words) - self._stem_of.keys():
            self._stem_of[word] = self._stem(word)
        for stem, count in Counter(self._stem_of[word] for word in words).items():
            self._postings[stem][len(self._texts)] = count
        self._texts.append((entry, worth, len(words)))

    def search(self, text: str) -> dict[str, tuple[float, float]]:
        """Rank and confidence (0…1) by entry."""
        total = 0.0
        covered: dict[str, float] = defaultdict(float)
        scores: dict[int, float] = defaultdict(float)
        for word, stem in self._terms(text):
            found = self._find(word, stem)
            if word.isdigit() and not found:
                continue  # an age, a date, a number of people: what is asked is in the other words
            worth: dict[str, float] = defaultdict(float)
            for number, (share, _) in found.items():
                entry = self._texts[number][0]
                worth[entry] = max(worth[entry], share)
            weight = self._idf(len(worth)) * (1.0 if found else _UNKNOWN)
            total += weight
            for entry, share in worth.items():
                covered[entry] += weight * share
            for number, (share, frequency) in found.items():
                scores[number] += weight * share * frequency
        best: dict[str, float] = defaultdict(float)
        for number, score in scores.items():
            entry = self._texts[number][0]
            best[entry] = max(best[entry], score)
        return {
            entry: ((share + _BM25 * best[entry]) / total, share / total) for entry, share in covered.items()
        }

    def _terms(self, text: str) -> Iterator[tuple[str, str]]:
        """The text's words with content, each with its stem, and each stem once."""
        seen = set()
        for word in self._cutter.analyze(fold(text))[:_WORDS]:
            stem = self._stem(word)
            if stem not in seen:
                seen.add(stem)
                yield word, stem

    def _find(self, word: str, stem: str) -> dict[int, tuple[float, float]]:
        """The texts that hold the word or something like it: what that is worth, and BM25's frequency."""
        found: dict[int, tuple[float, float]] = {}
        for meant, how in self._meanings(word, stem).items():
            for number, count in self._postings[meant].items():
                _, where, length = self._texts[number]
                norm = _K1 * (1 - _B + _B * length / self._length)
                here = (how * where, count * (_K1 + 1) / (count + norm))
                found[number] = max(found.get(number, here), here)
        return found

    def _meanings(self, word: str, stem: str) -> dict[str, float]:
        """The stems of the knowledge that the word may stand for, and how like it they are."""
        like = {self._stem_of[other]: _ALIKE for other in self._alike.get(word, ()) if other in self._stem_of}
        if stem in self._postings:
            like[stem] = _ITSELF
        if len(word) < _LETTERS or not word.isalpha():
            return like
        if not like:
            like = {self._stem_of[other]: _TYPO for other in self._from(word[0]) if _one_error(word, other)}
        for other in self._from(word[:_LETTERS]):
            if _same_family(word, other):
                like.setdefault(self._stem_of[other], _FAMILY)
        return like

    def _from(self, prefix: str) -> list[str]:
        """The words of the knowledge that begin so."""
        start = bisect_left(self._dictionary, prefix)
        return self._dictionary[start : bisect_left(self._dictionary, prefix + "\U0010ffff", start)]

    def _stem(self, word: str) -> str:
        return (self._stemmer.analyze(word) or [word])[0] if self._stemmer else word

    def _idf(self, holders: int) -> float:
        """As BM25 has it, over entries: how much it tells that so many of them hold a word."""
        return math.log(1 + (self._size - holders + 0.5) / (holders + 0.5))


def _cutter(skipped: frozenset[str]) -> tantivy.TextAnalyzer:
    """Cuts a folded text into words ("œ" becomes "oe"), without the skipped ones and what is no word."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(40))
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.custom_stopword(sorted(skipped)))
        .build()
    )


def _stemmer(language: str) -> tantivy.TextAnalyzer | None:
    if language not in _STEMMERS:
        return None
    stem = tantivy.Filter.stemmer(_STEMMERS[language])
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(stem).build()


def _same_family(word: str, other: str) -> bool:
    """Whether most of both is the same beginning: "communiant" and "communion"."""
    shared = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), None)
    length = min(len(word), len(other)) if shared is None else shared
    return length >= 0.6 * max(len(word), len(other))


def _one_error(word: str, meant: str) -> bool:
    """Whether one letter is wrong, missing, too many, or swapped with the next one."""
    if abs(len(word) - len(meant)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), len(word))
    rest, wanted = word[start:], meant[start:]
    return (
        rest[1:] == wanted[1:]
        or rest[1:] == wanted
        or rest == wanted[1:]
        or (rest[1:2] + rest[:1] + rest[2:] == wanted)
    )
