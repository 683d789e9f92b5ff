"""Requests for a human in every language, told apart from sentences about people."""

from __future__ import annotations

import pytest

from shared.language.human import asks_for_human


@pytest.mark.parametrize(
    "text",
    [
        "parler à quelqu'un",
        "Je voudrais parler à quelqu’un SVP",
        "je veux discuter avec un conseiller",
        "puis-je parler avec une vraie personne ?",
        "parler directement à un membre de l'équipe",
        "passez moi un humain",
        "un conseiller svp",
        "une conseillère, s'il vous plaît",
        "écrire à l'équipe",
        "Bonjour,\nma fille est inscrite.\nJe voudrais parler à parler à la réception",
        "can I speak to someone please",
        "talk to a real human",
        "let me talk to the manager",
        "chat directly with your front desk",
        "HUMAN",
        "quero falar com alguém",
        "Gostaria de falar com um atendente, por favor",
        "quiero hablar con una persona",
        "¿puedo hablar con la recepción?",
        "humano por favor",
        "dama bëgg a wax ak nit",
        "WAX AK BENN NIT",
        "أريد التحدث مع شخص",
        "أُرِيدُ التَّحَدُّثَ إِلَى مُوَظَّف",
        "اريد اتكلم مع موظف من فضلكم",
        "إنسان",
    ],
)
def test_asking_for_a_person_is_understood(text: str) -> None:
    assert asks_for_human(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "svp",
        "do you speak English",
        "une chambre pour une personne",
        "parlez-vous français avec les enfants",
        "which languages does the staff speak",
        "je voudrais voir la chambre",
        "une personne handicapée peut venir ?",
        "the human rights museum",
        "où est la réception",
        "la réception ?",
        "para uma pessoa",
        "una persona",
        "ñaata nit",
        "شخص واحد",
    ],
)
def test_other_words_about_people_do_not_call_one(text: str) -> None:
    assert not asks_for_human(text)
