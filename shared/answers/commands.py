"""Words that mean one thing only: they are understood without a model, in every tenant alike."""

from __future__ import annotations

import re
from enum import StrEnum

from shared.models.words import folded


class Command(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    SERVICES = "services"
    CONTACT = "contact"
    CANCEL = "cancel"
    HUMAN = "human"
    GREETING = "greeting"
    THANKS = "thanks"


def _either(*words: str) -> frozenset[str]:
    return frozenset(words)


#: Folded, in French, in English, and in what people here mix into both.
_WORDS: dict[Command, frozenset[str]] = {
    Command.STOP: _either("stop", "stopp", "arret", "arreter", "desabonner", "unsubscribe"),
    Command.START: _either("start", "reprendre", "commencer", "recommencer"),
    Command.HELP: _either("help", "aide", "info", "infos"),
    Command.SERVICES: _either(
        "services", "service", "vos services", "your services", "menu", "sujets", "themes", "topics"
    ),
    Command.CONTACT: _either(
        "contact", "contacts", "coordonnees", "vos coordonnees", "nous contacter", "vous contacter",
        "contact us", "contact details",
    ),
    Command.CANCEL: _either(
        "cancel", "annuler", "annule", "annulez", "laisse tomber", "laissez tomber", "never mind", "nevermind"
    ),
    Command.HUMAN: _either(
        "human", "humain", "humaine", "agent", "conseiller", "conseillere", "operator", "operateur",
        "secretaire", "reception",
    ),
    Command.GREETING: _either(
        "bonjour", "bonsoir", "salut", "coucou", "hello", "hi", "hey", "good morning", "good evening", "salam"
    ),
    Command.THANKS: _either(
        "merci", "merci beaucoup", "merci bien", "grand merci", "thanks", "thank you",
        "thank you very much", "thx", "jerejef", "ok merci", "ok thanks", "ok thank you", "d accord merci",
    ),
}  # fmt: skip
_BY_WORD = {word: command for command, words in _WORDS.items() for word in words}
#: As Telegram writes one, which a bot's name and a parameter may follow: `/start@our_bot from_poster`
#: (https://core.telegram.org/bots/features#commands).
_SLASH = re.compile(r"\s*/(\w{1,32})(?:@\w{1,64})?(?:\s|\Z)")


def command(text: str) -> Command | None:
    """The command that the whole text is, or that it begins with as `/start`; None where it is none."""
    slash = _SLASH.match(text)
    return _BY_WORD.get(folded(slash[1] if slash else text))
