"""Retrieval: spelling variants that the index accepts, its confidence, and its use of memory."""

from __future__ import annotations

import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.knowledge.index import Index
from shared.knowledge.words import Words
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


def bytes_taken_by_rebuilding(times: int) -> int:
    many = [each.model_copy(update={"entry": f"{each.entry}-{n}"}) for n in range(20) for each in ENTRIES]
    kept = Index(many)
    before = resident_bytes()
    for _ in range(times):
        kept = Index(many)
    assert kept.search("piscine", "fr", 1)
    return resident_bytes() - before


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
    """A guest whose language is English may still type a French word."""
    assert index.search("piscine", "en", 1)[0].text.startswith("Yes")
    assert index.search("taxe de séjour", "en", 1)[0].language == "fr"


def test_a_question_of_an_entry_weighs_more_than_words_of_an_answer(index: Index) -> None:
    found = index.search("towels", "en", 2)
    assert found[0].id == "towels"
    assert all(passage.confidence < found[0].confidence for passage in found[1:])


def test_unknown_words_count_against_and_politeness_does_not(index: Index) -> None:
    plain, polite, mixed = (
        index.search(text, "fr", 1)[0].confidence
        for text in (
            "piscine",
            "Bonjour madame, je voudrais savoir svp la piscine merci",
            "piscine hélicoptère",
        )
    )
    assert min(plain, polite) >= 0.5
    assert mixed < plain


@pytest.mark.parametrize("text", ["", "   ", "?!", "bonjour svp merci", "😀"])
def test_nothing_is_found_for_nothing(index: Index, text: str) -> None:
    assert index.search(text, "fr", 5) == []


def test_the_limit_is_kept_and_an_empty_index_answers(index: Index) -> None:
    alike = [entry(f"pool-{n}", fr=(["Avez-vous une piscine ?"], "Oui.")) for n in range(3)]
    assert len(Index(alike).search("une piscine", "fr", 2)) == 2
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


def test_only_the_first_characters_are_read(index: Index) -> None:
    assert index.search("zz " * 700 + "piscine", "fr", 1) == index.search("zz " * 700, "fr", 1)


@pytest.mark.parametrize("language", ["pt", "wo", "ar", "xx"])
def test_a_language_without_words_of_ours_is_still_searched(language: str) -> None:
    """Portuguese and Arabic have a stemmer, Wolof has not."""
    words = {"pt": "piscina", "wo": "mbalka", "ar": "مسبح", "xx": "zwembad"}[language]
    found = Index([entry("pool", **{language: ([words], "…")})]).search(words, language, 1)
    assert [passage.id for passage in found] == ["pool"]


@pytest.mark.parametrize(
    ("language", "worded", "asked"),
    [
        ("fr", "Qui chante dans le chœur ?", "choeur"),
        ("ar", "أين المَدْرَسَة؟", "المدرسه"),
        ("ar", "مستشفى", "مستشفي"),
        ("de", "Straße", "STRASSE"),
        ("en", "room ٢٠١", "room 201"),
    ],
)
def test_a_word_is_found_however_it_is_written(language: str, worded: str, asked: str) -> None:
    found = Words([entry("fact", **{language: ([worded], "…")})]).matches(asked, language)
    assert [match.confidence for match in found.values()] == [1]


def test_more_entries_than_one_segment_holds_are_all_found() -> None:
    """Long answers of different words fill the memory of tantivy's writer more than once."""
    answers = (" ".join(f"w{7 * n + word}x" for word in range(450)) for n in range(700))
    index = Index([entry(f"fact-{n}", xx=([f"z{n}z"], answer)) for n, answer in enumerate(answers)])
    numbers = range(0, 700, 50)
    assert [index.search(f"z{n}z", "xx", 1)[0].id for n in numbers] == [f"fact-{n}" for n in numbers]


@pytest.mark.skipif(not STATM.exists(), reason="the kernel does not say how much memory is resident")
def test_rebuilding_takes_no_memory_for_good() -> None:
    """Runs in a process of its own: in this one, other tests' indexes have freed memory already."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        assert fresh.submit(bytes_taken_by_rebuilding, 12).result() < 25_000_000
