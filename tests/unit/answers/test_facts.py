"""Facts: a knowledge entry word for word, two or three to choose from, or an honest "I do not know"."""

from __future__ import annotations

import pytest

from shared.answers.facts import AT_ONCE, Facts
from shared.knowledge.passage import Passage
from shared.language.languages import shipped
from shared.language.texts import text
from shared.models.parts import words
from shared.models.tenant import Tenant
from tests.fakes.asked import Found, asked

HOTEL = Tenant(tenant="hotel", name="Hôtel Kër Ndox", languages=["en", "fr"])


def passage(
    confidence: float, *, name: str = "pool", language: str = "fr", source: str = "Livret, p. 3"
) -> Passage:
    return Passage(name, language, "Piscine", "De *8h* à 20h.", source, confidence)


async def ask(question: str, *passages: Passage, language: str = "fr") -> tuple[str, str]:
    """Returns the words of the answer, and the reason for it."""
    answer = await Facts(Found(passages)).answer(asked(HOTEL, question, language))
    assert answer is not None
    (part,) = answer.parts
    return words(part), answer.why


async def test_the_answer_is_the_entry_word_for_word_with_its_source() -> None:
    said = await ask("la piscine ?", passage(0.9), passage(0.8, name="bar"))
    assert said == ("De *8h* à 20h.\n\n_Source : Livret, p. 3_", "offline:pool")


@pytest.mark.parametrize(
    ("language", "line"),
    [("fr", "_Source : G_"), ("en", "_Source: G_"), ("pt", "_Fonte: G_"), ("wo", "_Source: G_")],
)
async def test_the_source_is_named_in_the_language_of_the_answer(language: str, line: str) -> None:
    said, _ = await ask("?", passage(1, language=language, source="G"), language=language)
    assert said.splitlines()[-1] == line


async def test_no_source_no_line() -> None:
    assert (await ask("?", passage(1, source="")))[0] == "De *8h* à 20h."


async def test_the_confidence_parts_knowing_from_asking_and_asking_from_guessing() -> None:
    assert (await ask("?", passage(AT_ONCE)))[1] == "offline:pool"
    assert (await ask("?", passage(AT_ONCE - 0.01)))[1] == "offer:pool"
    assert (await ask("?", passage(0.05)))[1] == "offline:unknown"


async def test_what_may_be_meant_is_offered_with_its_own_question() -> None:
    said, why = await ask("?", passage(0.3), passage(0.2, name="bar"), passage(0.001, name="gym"))
    assert why == "offer:pool,bar"
    offered = "Où est pool ? | Où est bar ? | Parler à quelqu'un"
    assert said == f"{text(HOTEL, 'fr', 'do_you_mean')} [{offered}]"


async def test_a_person_of_another_language_gets_the_fact_and_a_sentence_in_their_own() -> None:
    said, _ = await ask("?", passage(0.9, source=""), language="es")
    assert said == f"{text(HOTEL, 'es', 'foreign')}\n\nDe *8h* à 20h."


@pytest.mark.parametrize("language", [*shipped(), "xx"])
async def test_not_knowing_is_said_in_the_persons_language(language: str) -> None:
    assert await ask("?", language=language) == (text(HOTEL, language, "unknown"), "offline:unknown")
