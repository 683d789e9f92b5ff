"""The offline provider: an entry word for word, an honest "I do not know", or a human."""

from __future__ import annotations

import time

import pytest

from shared.llm import Connection, Passage, Question, Reply
from shared.llm.offline import THRESHOLD, create
from shared.models.tenant import Tenant

HOTEL = Tenant(tenant="hotel", name="Hôtel Kër Ndox", languages=["en", "fr"])


async def no_secret(name: str) -> str | None:
    return None


def passage(
    confidence: float, *, name: str = "pool", language: str = "fr", source: str = "Livret, p. 3"
) -> Passage:
    return Passage(name, language, "Piscine", "De *8h* à 20h.", source, confidence)


async def ask(text: str, *passages: Passage, language: str = "fr") -> Reply:
    provider = create(Connection("", no_secret))
    return await provider.reply(Question(HOTEL, language, text, list(passages), []))


async def test_the_answer_is_the_entry_word_for_word_with_its_source() -> None:
    reply = await ask("la piscine ?", passage(0.9), passage(0.8, name="bar"))
    assert reply == Reply("De *8h* à 20h.\n\n_Source : Livret, p. 3_", known=True, sources=["pool"])


@pytest.mark.parametrize(
    ("language", "line"),
    [("fr", "_Source : G_"), ("en", "_Source: G_"), ("pt", "_Fonte: G_"), ("wo", "_Source: G_")],
)
async def test_the_source_is_named_in_the_language_of_the_answer(language: str, line: str) -> None:
    reply = await ask("?", passage(1, language=language, source="G"), language=language)
    assert reply.text.splitlines()[-1] == line


async def test_no_source_no_line() -> None:
    assert (await ask("?", passage(1, source=""))).text == "De *8h* à 20h."


async def test_the_threshold_parts_knowing_from_guessing() -> None:
    assert (await ask("?", passage(THRESHOLD))).known
    assert not (await ask("?", passage(THRESHOLD - 0.01))).known


@pytest.mark.parametrize("language", ["fr", "en", "pt", "es", "wo", "ar", "xx"])
async def test_not_knowing_is_said_and_its_way_out_works(language: str) -> None:
    """The text offers a word in bold; writing that word really asks for a person."""
    reply = await ask("?", language=language)
    assert (reply.known, reply.wants_human, reply.sources) == (False, False, [])
    word = reply.text.split("*")[1]
    assert (await ask(word, language=language)).wants_human


async def test_each_language_has_words_of_its_own() -> None:
    texts = {(await ask("?", language=language)).text for language in ("fr", "en", "pt", "es", "wo", "ar")}
    assert len(texts) == 6


@pytest.mark.parametrize(
    "text",
    [
        "parler à quelqu'un",
        "Je voudrais parler à quelqu’un SVP",
        "je veux discuter avec un conseiller",
        "puis-je parler avec une vraie personne ?",
        "passez moi un humain",
        "un conseiller svp",
        "écrire à l'équipe",
        "can I speak to someone please",
        "talk to a real human",
        "let me talk to the manager",
        "HUMAN",
        "quero falar com alguém",
        "quiero hablar con una persona",
        "أريد التحدث مع شخص",
    ],
)
async def test_asking_for_a_person_is_understood_whatever_is_found(text: str) -> None:
    reply = await ask(text, passage(1))
    assert reply.wants_human
    assert reply.sources == []


@pytest.mark.parametrize(
    "text",
    [
        "do you speak English",
        "une chambre pour une personne",
        "parlez-vous français avec les enfants",
        "which languages does the staff speak",
        "je voudrais voir la chambre",
        "une personne handicapée peut venir ?",
        "the human rights museum",
    ],
)
async def test_other_words_about_people_do_not_call_one(text: str) -> None:
    assert not (await ask(text, passage(1))).wants_human


async def test_an_answer_takes_less_than_five_milliseconds_however_long_the_question() -> None:
    began = time.perf_counter()
    for _ in range(10):
        await ask("parler à " * 1_000, passage(0.1))
    assert (time.perf_counter() - began) / 10 < 0.005
