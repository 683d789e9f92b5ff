"""Search by words: the entries of one tenant that share words with a question.

Each entry is a document of a tantivy index, with fields for the questions and the answer in each language.
tantivy's analysers split them into words and stem these. Accents, plurals, one typing error and another word
of the same family are tolerated. A person's text becomes words, and words become term queries: the text is
never parsed as query syntax.

BM25 scores cannot be compared between questions, so the confidence is another figure: the share of the
question's content that the entry covers, with each word weighted by its rarity (idf). Entries are ranked by
tantivy's BM25 times that share, the coordination factor of Lucene's classic similarity: an entry that repeats
one word of the question does not outrank an entry with all its words.
"""

from __future__ import annotations

import ctypes
import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import tantivy
from tantivy import Occur, Query

from shared.knowledge.spelling import one_error, same_family
from shared.language.detection import LIMIT
from shared.language.folding import folded
from shared.language.languages import shipped
from shared.models.tenant import KnowledgeEntry

#: tantivy's stemmers (Snowball) by language; words of any other language are compared as they are.
_STEMMERS = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian",
    "nl": "dutch", "pt": "portuguese", "ru": "russian", "tr": "turkish",
}  # fmt: skip

#: Worth of a match by its field: a question or the answer of the entry.
_FIELDS = {"question": 1.0, "answer": 0.6}
#: Worth of a match by its kind: same word, synonym (`alike`), word of the same family, typing error.
_EXACT, _ALIKE, _FAMILY, _TYPO = 1.0, 0.8, 0.7, 0.8
#: Weight of an unknown word, a little less than of a rare one: people use words that no entry has.
_UNKNOWN = 0.8
#: Worth of an entry in another language than the person's: ranks it after an equal one in theirs.
_FOREIGN = 0.9
#: Least letters of a word for matches by typing error or family.
_LETTERS = 5
#: Most words of a question that are looked up.
_WORDS = 40
#: Words whose matches are kept, in each language of a tenant.
_REMEMBERED = 500
#: The least memory that tantivy allows a writer, in bytes.
_HEAP = 15_000_000


@dataclass(frozen=True)
class Match:
    """The match of an entry with a question, by words.

    `confidence` is the share of the question's content that the entry covers, 0…1; `rank` orders entries.
    """

    rank: float
    confidence: float
    language: str


class Words:
    """The words of the entries of one tenant; built once, then read only."""

    def __init__(self, entries: Sequence[KnowledgeEntry]) -> None:
        languages = sorted({language for entry in entries for language in entry.wordings})
        schema = _schema(languages)
        searcher = _indexed(entries, languages, schema)
        self._languages = [_Language(language, searcher, schema) for language in languages]
        _return_freed_memory()

    def matches(self, text: str, language: str | None) -> dict[int, Match]:
        """Returns the best match of each entry that shares a word with the text, by its number.

        Entries in the person's `language` come before equal ones; None means any language.
        """
        best: dict[int, Match] = {}
        for index in self._languages:
            worth = 1.0 if language in (None, index.name) else _FOREIGN
            for number, match in index.search(text[:LIMIT], worth):
                if number not in best or match.rank > best[number].rank:
                    best[number] = match
        return best


class _Language:
    """The index's fields in one language."""

    def __init__(self, name: str, searcher: tantivy.Searcher, schema: tantivy.Schema) -> None:
        self.name = name
        self._searcher, self._schema = searcher, schema
        self._words, self._stems = _analyzer(name, stemmed=False), _analyzer(name, stemmed=True)
        ours = shipped().get(name)
        self._alike = ours.alike if ours else ()
        # A question is read as a whole and in parts, and words come back in others.
        self._looked_up = lru_cache(maxsize=_REMEMBERED)(self._look_up)

    def search(self, text: str, worth: float) -> Iterator[tuple[int, Match]]:
        """Yields the number and match of each entry that has any of the text's words, in no order."""
        total = 0.0
        covered: dict[int, float] = defaultdict(float)
        scored: list[tuple[Occur, Query]] = []
        for word, stem in self._terms(text):
            terms, shares = self._looked_up(word, stem)
            if word.isdigit() and not terms:
                continue  # an age, a date, a number of people: the question is in the other words
            weight = self._idf(len(shares)) * (1.0 if shares else _UNKNOWN)
            total += weight
            for number, share in shares.items():
                covered[number] += weight * share
            scored.append((Occur.Should, _best_of([Query.boost_query(term, share) for term, share in terms])))
        bm25 = self._scores(Query.boolean_query(scored))
        for number, share in covered.items():
            confidence = worth * share / total
            yield number, Match(confidence * bm25[number], confidence, self.name)

    def _terms(self, text: str) -> Iterator[tuple[str, str]]:
        """Yields the text's words with content, each with its stem, and each stem once."""
        seen = set()
        for word in self._words.analyze(folded(text))[:_WORDS]:
            stem = self._stem(word)
            if stem not in seen:
                seen.add(stem)
                yield word, stem

    def _look_up(self, word: str, stem: str) -> tuple[list[tuple[Query, float]], dict[int, float]]:
        """Returns the queries of a word, and its share in each entry that matches, by the entry's number."""
        terms = self._queries(word, stem)
        best = _best_of([Query.const_score_query(term, share) for term, share in terms])
        return terms, self._scores(best)

    def _queries(self, word: str, stem: str) -> list[tuple[Query, float]]:
        """Returns a query for each term that the word may mean, with the worth of a match."""
        return [
            (Query.term_query(self._schema, f"{field}_{self.name}", meant, "freq"), like * where)
            for meant, like in self._meanings(word, stem).items()
            for field, where in _FIELDS.items()
        ]

    def _meanings(self, word: str, stem: str) -> dict[str, float]:
        """Returns the stems of the knowledge that the word may mean, each with its likeness (0…1)."""
        groups = (group for group in self._alike if word in group)
        others = {self._stem(other) for group in groups for other in group}
        like = {other: _ALIKE for other in others if self._has(other)}
        if self._has(stem):
            like[stem] = _EXACT
        if len(word) < _LETTERS or not word.isalpha():
            return like
        if not like:
            words = self._with_prefix(word[0])
            like = {self._stem(other): _TYPO for other in words if one_error(word, other)}
        for other in self._with_prefix(word[:_LETTERS]):
            if same_family(word, other):
                like.setdefault(self._stem(other), _FAMILY)
        return like

    def _has(self, stem: str) -> bool:
        return any(self._searcher.doc_freq(f"{field}_{self.name}", stem) for field in _FIELDS)

    def _with_prefix(self, prefix: str) -> list[str]:
        """Returns the words of the knowledge with this prefix."""
        return [word for word, _ in self._searcher.terms_with_prefix(f"word_{self.name}", prefix)]

    def _stem(self, word: str) -> str:
        return next(iter(self._stems.analyze(word)), word)

    def _scores(self, query: Query) -> dict[int, float]:
        """Returns the score of each entry that matches the query, by its number."""
        hits = self._searcher.search(query, self._searcher.num_docs, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        return dict(zip(cast("list[int]", numbers), (score for score, _ in hits), strict=True))

    def _idf(self, holders: int) -> float:
        """Returns BM25's inverse document frequency of a word that `holders` entries have."""
        return math.log(1 + (self._searcher.num_docs - holders + 0.5) / (holders + 0.5))


def _best_of(queries: list[Query]) -> Query:
    return Query.disjunction_max_query(queries)


def _schema(languages: Sequence[str]) -> tantivy.Schema:
    """Returns the schema: ranked `question_…` and `answer_…`, and `word_…`, the unstemmed words."""
    schema = tantivy.SchemaBuilder().add_unsigned_field("number", fast=True)
    for language in languages:
        for field in _FIELDS:
            schema.add_text_field(
                f"{field}_{language}", tokenizer_name=f"stem_{language}", index_option="freq"
            )
        schema.add_text_field(f"word_{language}", tokenizer_name=f"word_{language}", index_option="basic")
    return schema.build()


def _indexed(
    entries: Sequence[KnowledgeEntry], languages: Sequence[str], schema: tantivy.Schema
) -> tantivy.Searcher:
    index = tantivy.Index(schema)
    index.config_reader("manual")
    for language in languages:
        index.register_tokenizer(f"stem_{language}", _analyzer(language, stemmed=True))
        index.register_tokenizer(f"word_{language}", _analyzer(language, stemmed=False))
    with index.writer(_HEAP, num_threads=1) as writer:
        for number, entry in enumerate(entries):
            writer.add_document(_document(number, entry))
    index.reload()
    return index.searcher()


def _document(number: int, entry: KnowledgeEntry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("number", number)
    for language, wording in entry.wordings.items():
        answer = f"{entry.topic.get(language, '')} {wording.answer}"
        texts = [("question", question) for question in wording.questions] + [("answer", answer)]
        for field, text in texts:
            words = folded(text)
            document.add_text(f"{field}_{language}", words)
            document.add_text(f"word_{language}", words)
    return document


def _analyzer(language: str, *, stemmed: bool) -> tantivy.TextAnalyzer:
    """Returns an analyser that splits a folded text into words, without everyday words."""
    ours = shipped().get(language)
    everyday = ours.everyday.difference(*ours.alike) if ours else frozenset()
    analyzer = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(40))
        .filter(tantivy.Filter.custom_stopword(sorted(everyday)))
    )
    if stemmed and language in _STEMMERS:
        analyzer = analyzer.filter(tantivy.Filter.stemmer(_STEMMERS[language]))
    return analyzer.build()


def _return_freed_memory() -> None:
    """Returns freed memory to the system, on Linux with glibc; other C libraries do so themselves.

    glibc keeps the freed memory of a writer's threads in one arena each (measured: 50 MB resident, then
    245 MB after 100 rebuilds for two tenants).
    """
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
