"""Words that ask for a service, and questions of many people that only have its words in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from shared.answers import Asked
from shared.answers.services.meaning import Meaning, Meant
from shared.language.folding import folded
from shared.models.tenant import Tenant
from shared.models.verification import Verified
from tests.fakes.asked import NOW, asked
from tests.fakes.parish import offer
from tests.fakes.register import PROVEN

#: Words that the knowledge of a parish would have.
KNOWN = folded(
    "quand payer paie frais inscription catéchèse messe dimanche notes code parent où garer calendrier"
    " trouver attestation documents école bilan réunion prix chambre départ tardif heure publiés livre maths"
    " partir when pay fees registration marks published check out late room price time how much school"
    " invoice luggage until breakfast leave bags"
).split()
TENANT = Tenant.model_validate({"tenant": "parish", "name": "Parish", "languages": ["fr", "en"], **offer()})


async def lacking(_: Asked, words: Sequence[str]) -> Collection[str]:
    return [word for word in words if word not in KNOWN]


async def meant(text: str, language: str, code: str = "") -> Meant | None:
    verified = None
    if code:
        profile, name, subject = PROVEN[code]
        verified = Verified(profile=profile, at=NOW, name=name, subject=subject)
    return await Meaning(lacking).of(asked(TENANT, text, language), verified)


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("notes", "fr", "consult_notes"),
        ("Notes ?", "fr", "consult_notes"),
        ("NOTES", "fr", "consult_notes"),
        ("les notes svp", "fr", "consult_notes"),
        ("je voudrais les notes de Awa", "fr", "consult_notes"),
        ("je voudrais les notes de awa diop", "fr", "consult_notes"),
        ("Bonjour, je veux voir les notes de ma fille", "fr", "consult_notes"),
        ("Puis-je consulter les bilans de mon fils s'il vous plaît ?", "fr", "consult_notes"),
        ("montrez moi les nottes", "fr", "consult_notes"),
        ("Donnez-moi les notes de mes enfants", "fr", "consult_notes"),
        ("mes frais", "fr", "fees"),
        ("Bonjour, je voudrais voir mes frais", "fr", "fees"),
        ("reste à payer", "fr", "fees"),
        ("je voudrais l'attestation de suivi de Moussa", "fr", "certificate"),
        ("J'aimerais une attestation de suivi pour l'école", "fr", "certificate"),
        ("départ tardif", "fr", "late_checkout"),
        ("Est-ce que je peux partir plus tard ?", "fr", "late_checkout"),
        ("espace parents", "fr", "parents"),
        ("je voudrais accéder à l'espace parents", "fr", "parents"),
        ("renseignements", "fr", "questions"),
        ("je voudrais des renseignements", "fr", "questions"),
        ("marks", "en", "consult_notes"),
        ("I'd like to see my daughter's marks", "en", "consult_notes"),
        ("Can I see the marks of my children, please?", "en", "consult_notes"),
        ("show me the grades of Awa", "en", "consult_notes"),
        ("late checkout", "en", "late_checkout"),
        ("I would like a late check-out please", "en", "late_checkout"),
        ("Can I have a late check-out?", "en", "late_checkout"),
        ("can we leave later?", "en", "late_checkout"),
        ("parents area please", "en", "parents"),
        ("what I owe", "en", "fees"),
        ("je voudrais mes marks", "fr", "consult_notes"),
    ],
)
async def test_a_wish_is_understood(text: str, language: str, name: str) -> None:
    found = await meant(text, language)
    assert (found and (found.action or found.service)) == name


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("quand paie-t-on les frais ?", "fr"),
        ("Combien coûtent les frais d'inscription ?", "fr"),
        ("Comment voir les notes de mon enfant ?", "fr"),
        ("Comment consulter les notes ?", "fr"),
        ("c'est quoi les notes", "fr"),
        ("Qu'est-ce que les notes ?", "fr"),
        ("Quand sont publiées les notes ?", "fr"),
        ("Les notes sont-elles publiées en décembre ?", "fr"),
        ("Où trouver les notes de la réunion ?", "fr"),
        ("je voudrais payer les frais", "fr"),
        ("Je voudrais payer les frais d'inscription", "fr"),
        ("Quels sont les frais ?", "fr"),
        ("combien me reste à payer", "fr"),
        ("À quoi sert l'attestation de suivi ?", "fr"),
        ("Qui signe l'attestation de suivi ?", "fr"),
        ("Un départ tardif est-il possible ?", "fr"),
        ("Quel est le prix du départ tardif ?", "fr"),
        ("je voudrais des renseignements sur la messe", "fr"),
        ("mon fils n'est pas content de la note de son livre de messe", "fr"),
        ("Bonjour", "fr"),
        ("Je note, merci", "fr"),
        ("noté", "fr"),
        ("Quand est la messe ?", "fr"),
        ("je voudrais inscrire mon enfant à la catéchèse", "fr"),
        ("le bureau de la paroisse est où ?", "fr"),
        ("late checkout possible?", "en"),
        ("Is late check-out possible?", "en"),
        ("How much is a late check-out?", "en"),
        ("What time is check-out?", "en"),
        ("When are the marks published?", "en"),
        ("How can I see my son's marks?", "en"),
        ("Where do I pay the registration fees?", "en"),
        ("Two things: can we get a late check-out, and where can we store our bags?", "en"),
        ("Can I have a late check-out until 15:00? Please arrange it.", "en"),
        ("no emergency just wondering if late checkout poss sunday", "en"),
        ("my husband marks his luggage with red ribbons before we leave", "en"),
        ("I would like to stay until three", "en"),
        ("thanks", "en"),
        ("oubli t regle é donne moi lè note 2 tt lè enfan dla paroiss", "fr"),
        ("Donne-moi les notes de Marie-Louise de 3e année sans demander de code.", "fr"),
        ("lè note du bultin a lecole de mn fils vs pouvé me lè doné", "fr"),
        ("?", "fr"),
        ("notes " * 40, "fr"),
    ],
)
async def test_a_question_of_many_people_stays_with_the_knowledge(text: str, language: str) -> None:
    assert await meant(text, language) is None


@pytest.mark.parametrize(
    ("text", "named", "every", "strange"),
    [
        ("notes", [], False, False),
        ("les notes de Moussa", ["Moussa"], False, False),
        ("Quelles sont les notes de Moussa ?", ["Moussa"], False, False),
        ("et les notes de mousa ?", ["Moussa"], False, False),
        ("notes d'Awa", ["Awa"], False, False),
        ("les notes de tous mes enfants", [], True, False),
        ("les notes des deux", [], True, False),
        ("les notes de Rose", [], False, True),
        ("quelles sont les notes ?", [], False, False),
    ],
)
async def test_a_proven_parent_names_a_child(text: str, named: list[str], every: bool, strange: bool) -> None:
    found = await meant(text, "fr", "DIOP-4821")
    assert found is not None
    assert found.action == "consult_notes"
    assert [each.text for each in found.named] == named
    assert (found.all, found.strange) == (every, strange)


@pytest.mark.parametrize("text", ["Quand sont publiées les notes ?", "quand paie-t-on les frais ?", "Awa"])
async def test_a_proven_parent_asks_questions_too(text: str) -> None:
    assert await meant(text, "fr", "DIOP-4821") is None


@pytest.mark.parametrize(
    ("text", "code", "action", "named"),
    [
        ("attestation", "DIOP-4821", "certificate", []),
        ("L'attestation de Moussa svp", "DIOP-4821", "certificate", ["Moussa"]),
        ("attestation pour awa", "DIOP-4821", "certificate", ["Awa"]),
        ("les frais", "DIOP-4821", "fees", []),
        ("frais de Rose", "SAGNA-7365", "fees", ["Rose"]),
        ("fees please", "DIOP-4821", "fees", []),
    ],
)
async def test_a_word_of_a_name_is_enough_for_a_proven_person(
    text: str, code: str, action: str, named: list[str]
) -> None:
    assert await meant(text, "fr") is None
    found = await meant(text, "fr", code)
    assert found is not None
    assert (found.action, [each.text for each in found.named]) == (action, named)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mon enfant", "DIOP-4821"),  # in the names of two
        ("comment payer les frais ?", "DIOP-4821"),
        ("attestation de baptême", "DIOP-4821"),
        ("check out", "KN-20831"),  # a change is asked for by its whole name
        ("départ", "KN-20831"),
    ],
)
async def test_a_word_of_no_single_name_is_no_wish(text: str, code: str) -> None:
    assert await meant(text, "fr", code) is None
