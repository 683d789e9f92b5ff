"""The index over one tenant's knowledge, in memory: which entries answer a question, and how surely.

Each entry is a document of a tantivy index, its questions and its answer in fields of each language, which
tantivy's analysers cut into words and stem: accents and plurals are forgiven, so are one typing error and
another word of the same family. A person's text is only ever cut into words and these into term queries:
there is no syntax in it that anything would obey.

BM25 scores cannot be compared between questions, so the confidence is another figure: the share of the
question's content that the entry covers, each word weighing its rarity (idf). Entries are ranked by tantivy's
BM25 times that share, the coordination factor of Lucene's classic similarity: an entry that repeats one word
of the question does not outrank one that holds them all.
"""

from __future__ import annotations

import ctypes
import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import tantivy
from tantivy import Occur, Query

from shared.knowledge.passage import Passage
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

#: What finding a word is worth: in a question or the answer of the entry, itself or something like it.
_FIELDS = {"question": 1.0, "answer": 0.6}
_ITSELF, _ALIKE, _FAMILY, _TYPO = 1.0, 0.8, 0.7, 0.8
#: A word that nothing is like counts as a little less than a rare one: people use words we never thought of.
_UNKNOWN = 0.8
#: An entry worded in another language than the person's comes after one that covers the same in theirs.
_FOREIGN = 0.9
#: Typing errors and families are looked for in words of at least so many letters.
_LETTERS = 5
#: Words of a question that are looked up.
_WORDS = 40
#: The least memory that tantivy lets a writer have, in bytes.
_HEAP = 15_000_000


@dataclass(frozen=True)
class _Match:
    """How well an entry fits a question."""

    rank: float
    confidence: float
    language: str


class Index:
    """Built once from its `entries`, then only read."""

    def __init__(self, entries: Sequence[KnowledgeEntry]) -> None:
        self.entries = entries
        languages = sorted({language for entry in entries for language in entry.wordings})
        schema = _schema(languages)
        searcher = _indexed(entries, languages, schema)
        self._languages = [_Language(language, searcher, schema) for language in languages]
        _give_memory_back()

    def search(self, text: str, language: str | None, limit: int) -> list[Passage]:
        """The entries that best fit the text, best first, each in the person's `language` where it is
        worded in it. None is any language. Entries that share no word with the text are not returned."""
        best: dict[int, _Match] = {}
        for index in self._languages:
            worth = 1.0 if language in (None, index.name) else _FOREIGN
            for number, match in index.search(text[:LIMIT], worth):
                if number not in best or match.rank > best[number].rank:
                    best[number] = match
        ranked = sorted(best.items(), key=lambda item: (-item[1].rank, item[0]))
        return [self._passage(self.entries[number], match, language) for number, match in ranked[:limit]]

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
    """The fields in one language."""

    def __init__(self, name: str, searcher: tantivy.Searcher, schema: tantivy.Schema) -> None:
        self.name = name
        self._searcher, self._schema = searcher, schema
        self._words, self._stems = _analyzer(name, stemmed=False), _analyzer(name, stemmed=True)
        ours = shipped().get(name)
        self._alike = ours.alike if ours else ()

    def search(self, text: str, worth: float) -> Iterator[tuple[int, _Match]]:
        """The entries that hold any of the text's words, by their number, in no order."""
        total = 0.0
        covered: dict[int, float] = defaultdict(float)
        scored: list[tuple[Occur, Query]] = []
        for word, stem in self._terms(text):
            terms = self._queries(word, stem)
            if word.isdigit() and not terms:
                continue  # an age, a date, a number of people: what is asked is in the other words
            shares = self._scores(_best_of([Query.const_score_query(term, share) for term, share in terms]))
            weight = self._idf(len(shares)) * (1.0 if shares else _UNKNOWN)
            total += weight
            for number, share in shares.items():
                covered[number] += weight * share
            scored.append((Occur.Should, _best_of([Query.boost_query(term, share) for term, share in terms])))
        bm25 = self._scores(Query.boolean_query(scored))
        for number, share in covered.items():
            confidence = worth * share / total
            yield number, _Match(confidence * bm25[number], confidence, self.name)

    def _terms(self, text: str) -> Iterator[tuple[str, str]]:
        """The text's words with content, each with its stem, and each stem once."""
        seen = set()
        for word in self._words.analyze(folded(text))[:_WORDS]:
            stem = self._stem(word)
            if stem not in seen:
                seen.add(stem)
                yield word, stem

    def _queries(self, word: str, stem: str) -> list[tuple[Query, float]]:
        """A query for each term that the word may stand for, with what finding it is worth."""
        return [
            (Query.term_query(self._schema, f"{field}_{self.name}", meant, "freq"), like * where)
            for meant, like in self._meanings(word, stem).items()
            for field, where in _FIELDS.items()
        ]

    def _meanings(self, word: str, stem: str) -> dict[str, float]:
        """The stems of the knowledge that the word may stand for, and how like it they are."""
        groups = (group for group in self._alike if word in group)
        others = {self._stem(other) for group in groups for other in group}
        like = {other: _ALIKE for other in others if self._held(other)}
        if self._held(stem):
            like[stem] = _ITSELF
        if len(word) < _LETTERS or not word.isalpha():
            return like
        if not like:
            like = {self._stem(other): _TYPO for other in self._from(word[0]) if one_error(word, other)}
        for other in self._from(word[:_LETTERS]):
            if same_family(word, other):
                like.setdefault(self._stem(other), _FAMILY)
        return like

    def _held(self, stem: str) -> bool:
        return any(self._searcher.doc_freq(f"{field}_{self.name}", stem) for field in _FIELDS)

    def _from(self, prefix: str) -> list[str]:
        """The words of the knowledge that begin so."""
        return [word for word, _ in self._searcher.terms_with_prefix(f"word_{self.name}", prefix)]

    def _stem(self, word: str) -> str:
        return next(iter(self._stems.analyze(word)), word)

    def _scores(self, query: Query) -> dict[int, float]:
        """The number of each entry that fits, with its score."""
        hits = self._searcher.search(query, self._searcher.num_docs, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        return dict(zip(cast("list[int]", numbers), (score for score, _ in hits), strict=True))

    def _idf(self, holders: int) -> float:
        """As BM25 has it, over entries: how much it tells that so many of them hold a word."""
        return math.log(1 + (self._searcher.num_docs - holders + 0.5) / (holders + 0.5))


def _best_of(queries: list[Query]) -> Query:
    return Query.disjunction_max_query(queries)


def _schema(languages: Sequence[str]) -> tantivy.Schema:
    """`question_…` and `answer_…` are ranked; `word_…` is the dictionary of the words as they are written."""
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
    """Cuts a folded text into words, without those that have no content of their own."""
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


def _give_memory_back() -> None:
    """A writer's threads leave what they freed in arenas of glibc's, one each (measured: 50 MB resident, then
    245 MB after 100 rebuilds for two tenants). This returns it to the system; other C libraries need none."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
