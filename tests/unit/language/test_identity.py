"""Questions like "are you a robot?" are understood; wishes for a person and other questions stay apart."""

from __future__ import annotations

import pytest

from shared.language.commands import Command, command

ASKED = {
    "en": [
        "Are you a bot?", "are u real or a robot", "Am I talking to a human?", "Are you an AI",
        "Hello, is this a real person?", "are you real?", "Who are you?",
        "Are you a real human being or just a computer?",
    ],
    "fr": [
        "c'est un robot ?", "t un robot", "êtes-vous une vraie personne", "Tu es une IA ?", "Qui êtes-vous ?",
        "Est-ce que je parle à une vraie personne ou à un robot ?", "C'est une machine qui répond ?",
        "vous êtes une intelligence artificielle ?", "Bonjour, vous êtes un humain ?",
    ],
    "es": ["¿Eres un robot?", "hablo con una persona real?", "¿Quién eres?", "eres una inteligencia"],
    "pt": ["Você é um robô?", "estou falando com uma pessoa?", "vc é real?", "Quem é você?"],
    "ar": ["هل أنت روبوت؟", "هل أنت إنسان أم روبوت", "من أنت؟"],
    "wo": ["ndax nit nga", "robot nga?", "yaa di kan?"],
}  # fmt: skip
OTHERS = [
    "I want to talk to a human", "is there a real person", "I am a person with a disability", "are you open?",
    "this is real", "no robot please", "real person please", "who are you looking for",
    "parler à une personne", "parlé a une personne", "je veux une vraie personne", "vous êtes ouverts ?",
    "c'est pour une personne", "c'est combien par personne ?", "vous êtes là ?", "c'est à la machine",
    "qui êtes-vous allé voir", "es una persona", "es para una persona", "quiero hablar con una persona",
    "é uma pessoa", "quero falar com uma pessoa", "أريد التحدث إلى شخص", "bëgg naa wax ak nit", "robot",
]  # fmt: skip


@pytest.mark.parametrize("said", [said for texts in ASKED.values() for said in texts])
def test_the_question_is_understood(said: str) -> None:
    assert command(said) == Command.WHO


@pytest.mark.parametrize("said", OTHERS)
def test_other_words_are_not_taken_for_it(said: str) -> None:
    assert command(said) != Command.WHO
