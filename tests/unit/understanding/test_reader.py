"""The reader's kept texts: a message is read when it is accepted, and again in its turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from shared.models.tenant import Tenant
from shared.understanding import reader
from shared.understanding.reader import Danger, Reader
from shared.understanding.signs import Sign
from tests.evals.cases import EMBEDDER
from tests.fakes.parish import offer

if TYPE_CHECKING:
    from shared.embeddings import Vectors

DANGER = "my son fell in the pool hes not moving help"


class Counting:
    """The local embedder, with a count of the texts that it was asked for."""

    name, loaded = EMBEDDER.name, True

    def __init__(self) -> None:
        self.texts = 0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return await EMBEDDER.embed(texts)


async def test_a_text_is_read_once() -> None:
    embedder = Counting()
    reads = Reader(embedder)
    first = await reads.signs(DANGER)
    assert await reads.signs(DANGER) == first
    assert embedder.texts == 1


async def test_only_the_last_texts_are_kept() -> None:
    embedder = Counting()
    reads = Reader(embedder)
    await reads.signs(DANGER)
    for number in range(reader._KEPT):
        await reads.signs(f"{DANGER} {number}")
    before = embedder.texts
    await reads.signs(f"{DANGER} 1")
    assert embedder.texts == before
    await reads.signs(DANGER)
    assert embedder.texts == before + 1


async def test_a_text_with_half_a_character_is_read() -> None:
    assert await Reader(EMBEDDER).signs(f"{DANGER} \ud83c") is not None


OFFERED = ["suivi de mon enfant", "étapes de mon enfant", "solde de mon enfant", "enfant en danger"]
READERS = pytest.mark.parametrize("reads", [Reader(None), Reader(EMBEDDER)], ids=["letters", "meaning"])


def parish(words: Sequence[str] = OFFERED) -> Tenant:
    """Returns a parish whose parents ask for the fees in these words."""
    fields = offer()
    fields["actions"]["fees"]["words"]["fr"] = list(words)
    emergencies = {"words": ["enfant en danger"]}
    return Tenant.model_validate(
        {"tenant": "parish", "name": "Parish", "languages": ["fr"], "emergencies": emergencies, **fields}
    )


@READERS
@pytest.mark.parametrize("text", ["Suivi de mon enfant", "étapes de mon enfant !", "Tous", "toutes"])
async def test_words_that_we_offer_ourselves_are_no_danger(reads: Reader, text: str) -> None:
    assert await reads.danger(parish(), text) == Danger.NONE


@READERS
@pytest.mark.parametrize(
    "text",
    [
        "enfant en danger",  # a word for an emergency too
        "suivi de mon enfant il ne respire plus",
        "au secours",
        "tous au secours il se noie",
    ],
)
async def test_an_offer_hides_no_danger(reads: Reader, text: str) -> None:
    assert await reads.danger(parish(), text) == Danger.ALARM


@pytest.mark.parametrize(
    "text",
    [
        "les notes de Awa Diop",
        "les notes de Rose",
        "Les notes de Ndeye Astou",
        "notes à Babacar",
        "je voudrais le relevé de notes de Paul",
        "le carnet de Binta",
        "reçu de paiement de Mame Diarra",
        "the exam results of Chidi",
        "Ngozi's marks",
        "nota do Pedro",
        "recibo de pago de Juan",
    ],
)
async def test_a_short_request_for_a_record_is_no_opt_out(text: str) -> None:
    assert (await Reader(EMBEDDER).signs(text))[Sign.OPT_OUT] < 0.15


@pytest.mark.parametrize(
    "text",
    [
        "je ne veux plus recevoir les notes de ma fille",
        "arrêtez d'envoyer les notes",
        "stop sending me the notes",
    ],
)
async def test_an_opt_out_that_names_a_record_is_one(text: str) -> None:
    assert (await Reader(EMBEDDER).signs(text))[Sign.OPT_OUT] >= 0.4


@pytest.mark.parametrize(
    "text", ["tous mes enfants", "les deux filles", "all three children", "mes 4 enfants"]
)
async def test_children_who_are_named_together_are_in_no_danger(text: str) -> None:
    assert await Reader(EMBEDDER).danger(parish(), text) == Danger.NONE


@pytest.mark.parametrize(
    "text",
    [
        "mon compte est bloqué",
        "log me out",
        "trop d'essais",
        "l'autre numéro",
        "mon code ne marche plus, bloqué",
    ],
)
async def test_a_person_behind_a_lock_does_not_opt_out(text: str) -> None:
    assert (await Reader(EMBEDDER).signs(text))[Sign.OPT_OUT] < 0.4


@pytest.mark.parametrize(
    "text", ["elle ne vient plus au caté", "mon fils a abandonné", "j'ai fini", "il a eu zéro"]
)
async def test_news_of_a_child_at_school_is_no_danger(text: str) -> None:
    assert await Reader(EMBEDDER).danger(parish(), text) == Danger.NONE


@pytest.mark.parametrize(
    "text",
    [
        "Au secours, il y a le feu à la paroisse",
        "hay un incendio en el hotel",
        "la salle de caté brûle",
        "ma femme accouche maintenant",
        "un catéchiste touche mon fils",
        "call the police now",
        "quelqu'un appelle les pompiers svp",
        "électrocuté dans la douche",
        "je vais me jeter du balcon",
        "des gens cassent la porte",
        "inondation, l eau monte, on est sur le toit",
        "dama bëgga dee",
    ],
)
async def test_a_plain_cry_for_help_is_an_alarm(text: str) -> None:
    assert await Reader(EMBEDDER).danger(parish(), text) == Danger.ALARM


@pytest.mark.parametrize(
    "text",
    ["emergency exit where", "la bombe de rasage est vide", "drowning in paperwork", "a bird hit the window"],
)
async def test_words_of_danger_alone_are_no_alarm(text: str) -> None:
    assert await Reader(EMBEDDER).danger(parish(), text) < Danger.ALARM
