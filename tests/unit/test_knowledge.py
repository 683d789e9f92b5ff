"""Retrieval: what the index forgives, how sure it is, what language a text is in, and how long it is kept."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.knowledge import library
from shared.knowledge.index import Index
from shared.knowledge.language import detect
from shared.knowledge.library import Library
from shared.models.tenant import KnowledgeEntry, Wording


def entry(name: str, **wordings: tuple[list[str], str]) -> KnowledgeEntry:
    return KnowledgeEntry(
        tenant="hotel",
        entry=name,
        topic={"fr": "Séjour", "en": "Stay"},
        source={"fr": f"Livret, {name}", "en": f"Guide, {name}"},
        wordings={
            language: Wording(questions=questions, answer=answer)
            for language, (questions, answer) in wordings.items()
        },
    )


ENTRIES = [
    entry(
        "breakfast",
        fr=(["À quelle heure est le petit déjeuner ?"], "De 6h30 à 10h, sur la terrasse."),
        en=(["What time is breakfast?"], "From 6:30 to 10:00, on the terrace."),
    ),
    entry(
        "pool",
        fr=(["Avez-vous une piscine ?", "horaires de la piscine"], "Oui, de 8h à 20h. Serviettes au bar."),
        en=(["Do you have a swimming pool?"], "Yes, from 8:00 to 20:00. Towels at the bar."),
    ),
    entry(
        "towels",
        fr=(["Fournissez-vous des serviettes de plage ?"], "Oui, gratuitement."),
        en=(["Do you provide beach towels?"], "Yes, free of charge."),
    ),
    entry("taxes", fr=(["Y a-t-il une taxe de séjour ?"], "Oui, 1 000 F par nuit.")),
    entry("reception", fr=(["Où est la réception ?"], "Au bout de l'allée.")),
]


STATM = Path("/proc/self/statm")


def resident_bytes() -> int:
    return int(STATM.read_text().split()[1]) * resource.getpagesize()


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(ENTRIES)


@pytest.mark.parametrize(
    ("asked", "language", "expected"),
    [
        ("À quelle heure est le petit déjeuner ?", "fr", "breakfast"),
        ("petit dejeuner", "fr", "breakfast"),
        ("les piscines", "fr", "pool"),
        ("la pisicne svp", "fr", "pool"),
        ("taxes", "fr", "taxes"),
        ("un réceptionniste", "fr", "reception"),
        ("BREAKFAST", "en", "breakfast"),
        ("swiming pools", "en", "pool"),
    ],
    ids=[
        "as worded",
        "no accents",
        "plural",
        "typing error",
        "one word",
        "family",
        "capitals",
        "both",
    ],
)
def test_people_find_what_they_mean(index: Index, asked: str, language: str, expected: str) -> None:
    found = index.search(asked, language, 3)
    assert found[0].id == expected
    assert found[0].confidence >= 0.5


def test_a_passage_is_the_answer_with_its_source_in_the_language_asked(index: Index) -> None:
    french, english = index.search("piscine", "fr", 1)[0], index.search("pool", "en", 1)[0]
    assert (french.text, french.source) == ("Oui, de 8h à 20h. Serviettes au bar.", "Livret, pool")
    assert (english.text, english.topic, english.language) == (
        "Yes, from 8:00 to 20:00. Towels at the bar.",
        "Stay",
        "en",
    )


def test_an_entry_is_found_through_another_language(index: Index) -> None:
    """A guest whose phone says English may still type a French word."""
    assert index.search("piscine", "en", 1)[0].text.startswith("Yes")
    assert index.search("taxe de séjour", "en", 1)[0].language == "fr"


def test_a_question_of_an_entry_weighs_more_than_words_of_an_answer(index: Index) -> None:
    found = index.search("towels", "en", 2)
    assert [passage.id for passage in found] == ["towels", "pool"]
    assert found[0].confidence > found[1].confidence


def test_unknown_words_count_against_and_politeness_does_not(index: Index) -> None:
    plain, polite, mixed = (
        index.search(text, "fr", 1)[0].confidence
        for text in (
            "piscine",
            "Bonjour madame, je voudrais savoir svp la piscine merci",
            "piscine hélicoptère",
        )
    )
    assert plain == polite == 1
    assert mixed < 0.5


@pytest.mark.parametrize("text", ["", "   ", "?!", "bonjour svp merci", "😀", "zzzzz qqqqq"])
def test_nothing_is_found_for_nothing(index: Index, text: str) -> None:
    assert index.search(text, "fr", 5) == []


def test_the_limit_is_kept_and_an_empty_index_answers(index: Index) -> None:
    assert len(index.search("serviettes piscine taxe", "fr", 2)) == 2
    assert Index([]).search("piscine", "fr", 5) == []


@pytest.mark.parametrize(
    "text", ['stems:"piscine" OR *', "+piscine -piscine", "piscine^9 AND (", "[a TO z] piscine~2"]
)
def test_query_syntax_is_only_words(index: Index, text: str) -> None:
    assert index.search(text, "fr", 1)[0].id == "pool"


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=2_000), language=st.sampled_from(["fr", "en", "wo", None]))
def test_any_text_is_answered_with_figures_in_range(text: str, language: str | None) -> None:
    found = INDEX.search(text, language, 5)
    assert len(found) <= 5
    assert all(0 < passage.confidence <= 1 for passage in found)


INDEX = Index(ENTRIES)


def test_only_the_first_500_characters_are_read(index: Index) -> None:
    assert index.search("x " * 250 + "piscine", "fr", 1) == []


@pytest.mark.parametrize("language", ["pt", "wo", "ar", "xx"])
def test_a_language_without_words_of_ours_is_still_searched(language: str) -> None:
    """Portuguese and Arabic have a stemmer, Wolof has none."""
    words = {"pt": "piscina", "wo": "mbalka", "ar": "مسبح", "xx": "zwembad"}[language]
    found = Index([entry("pool", **{language: ([words], "…")})]).search(words, language, 1)
    assert [passage.id for passage in found] == ["pool"]


def test_more_entries_than_one_segment_holds_are_all_found() -> None:
    """Long answers in ever other words fill the memory of tantivy's writer more than once."""
    answers = (" ".join(f"w{7 * n + word}x" for word in range(450)) for n in range(700))
    index = Index([entry(f"fact-{n}", xx=([f"z{n}z"], answer)) for n, answer in enumerate(answers)])
    numbers = range(0, 700, 50)
    assert [index.search(f"z{n}z", "xx", 1)[0].id for n in numbers] == [f"fact-{n}" for n in numbers]


def test_a_hundred_entries_are_indexed_and_searched_in_no_time() -> None:
    many = [each.model_copy(update={"entry": f"{each.entry}-{n}"}) for n in range(20) for each in ENTRIES]
    began = time.perf_counter()
    built = Index(many)
    indexed = time.perf_counter()
    built.search("bonjour la pisicne svp " * 30, "fr", 5)
    assert indexed - began < 0.1
    assert time.perf_counter() - indexed < 0.05


@pytest.mark.skipif(not STATM.exists(), reason="the kernel does not say how much memory is resident")
def test_rebuilding_takes_no_memory_for_good() -> None:
    """Each of these left 10 MB with the allocator before the index gave them back."""
    many = [each.model_copy(update={"entry": f"{each.entry}-{n}"}) for n in range(20) for each in ENTRIES]
    kept = Index(many)
    before = resident_bytes()
    for _ in range(15):
        kept = Index(many)
    assert resident_bytes() - before < 25_000_000
    assert kept.search("piscine", "fr", 1)


@pytest.mark.parametrize(
    ("text", "among", "expected"),
    [
        ("Bonjour", ["en", "fr"], "fr"),
        ("what time is breakfast", ["fr", "en"], "en"),
        ("c koi l'adresse svp", ["en", "fr"], "fr"),
        ("hello", ["fr", "en"], "en"),
        ("merci beaucoup", ["en", "fr"], "fr"),
        ("été", ["en", "fr"], "fr"),
        ("bom dia, quanto custa o quarto?", ["en", "fr", "pt"], "pt"),
        ("hola, a qué hora es el desayuno", ["en", "pt", "es"], "es"),
        ("nanga def, naka la liggéey bi", ["fr", "wo"], "wo"),
        ("أين الفندق من فضلك", ["fr", "ar"], "ar"),
    ],
)
def test_short_texts_tell_their_language(text: str, among: list[str], expected: str) -> None:
    assert detect(text, among, "xx") == expected


@pytest.mark.parametrize("text", ["wifi ?", "ok", "", "12h30", "😀", "أين الفندق"])
def test_where_nothing_tells_the_language_stays_as_it_was(text: str) -> None:
    assert detect(text, ["en", "fr"], "fr") == "fr"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 2, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Shelf:
    """The one question that a library asks of the store."""

    def __init__(self) -> None:
        self.entries: list[KnowledgeEntry] = ENTRIES[:1]
        self.asked: list[str] = []
        self.ill = False

    async def query(
        self,
        model: type[KnowledgeEntry],
        /,
        *,
        where: Sequence[Any] = (),
        order: str = "",
        limit: int,
        **keys: str,
    ) -> list[KnowledgeEntry]:
        self.asked.append(keys["tenant"])
        await asyncio.sleep(0)
        if self.ill:
            raise ConnectionError
        return [each.model_copy(deep=True) for each in self.entries[:limit]]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def books(shelf: Shelf, clock: Clock) -> Library:
    return Library(shelf, clock)  # type: ignore[arg-type]


async def test_a_change_of_the_knowledge_is_in_force_after_two_minutes(
    books: Library, shelf: Shelf, clock: Clock
) -> None:
    await books.index("hotel")
    shelf.entries = ENTRIES
    await clock.sleep(119)
    assert (await books.index("hotel")).search("piscine", "fr", 1) == []
    await clock.sleep(1)
    assert (await books.index("hotel")).search("piscine", "fr", 1)[0].id == "pool"
    assert len(shelf.asked) == 2


async def test_knowledge_that_has_not_changed_is_not_indexed_again(
    books: Library, shelf: Shelf, clock: Clock
) -> None:
    first = await books.index("hotel")
    for _ in range(3):
        await clock.sleep(120)
        assert await books.index("hotel") is first
    assert len(shelf.asked) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: entries[:1],
        lambda entries: [*entries, *ENTRIES[2:3]],
        lambda entries: [entries[0], entries[1].model_copy(update={"source": {"fr": "Page 9"}})],
        lambda entries: [entries[0], entries[1].model_copy(update={"wordings": entries[0].wordings})],
    ],
    ids=["one less", "one more", "another source", "other words"],
)
async def test_whatever_changes_in_the_knowledge_is_indexed(
    books: Library, shelf: Shelf, clock: Clock, change: Callable[[list[KnowledgeEntry]], list[KnowledgeEntry]]
) -> None:
    shelf.entries = ENTRIES[:2]
    first = await books.index("hotel")
    shelf.entries = change(shelf.entries)
    await clock.sleep(120)
    second = await books.index("hotel")
    assert second is not first
    await clock.sleep(120)
    assert await books.index("hotel") is second


async def test_many_who_ask_at_once_are_one_read(books: Library, shelf: Shelf) -> None:
    indexes = await asyncio.gather(*(books.index("hotel") for _ in range(20)))
    assert len(shelf.asked) == 1
    assert len({id(index) for index in indexes}) == 1


async def test_a_failed_read_is_raised_and_not_kept(books: Library, shelf: Shelf) -> None:
    shelf.ill = True
    with pytest.raises(ConnectionError):
        await books.index("hotel")
    shelf.ill = False
    assert await books.index("hotel")


async def test_the_tenant_not_asked_for_longest_goes_first(
    books: Library, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "TENANTS", 2)
    for tenant in ("a", "b", "a", "c", "a", "b"):
        await books.index(tenant)
    assert shelf.asked == ["a", "b", "c", "b"]
