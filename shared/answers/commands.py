"""Words that mean one thing only: they are understood without a model, in every tenant alike."""

from __future__ import annotations

from enum import StrEnum

from shared.models.words import folded


class Command(StrEnum):
    STOP = "stop"
    START = "start"
    HUMAN = "human"
    HELP = "help"
    GREETING = "greeting"
    THANKS = "thanks"


_WORDS: dict[Command, frozenset[str]] = {
    Command.STOP: frozenset({"stop", "arret", "arreter", "desabonner", "unsubscribe", "stopp"}),
    Command.START: frozenset({"start", "reprendre", "commencer", "recommencer"}),
    Command.HUMAN: frozenset(
        {
            "human",
            "humain",
            "agent",
            "conseiller",
            "contact",
            "operator",
            "operateur",
            "secretaire",
            "reception",
        }
    ),
    Command.HELP: frozenset({"help", "aide", "menu", "info", "infos"}),
    Command.GREETING: frozenset(
        {
            "bonjour",
            "bonsoir",
            "salut",
            "coucou",
            "hello",
            "hi",
            "hey",
            "good morning",
            "good evening",
            "salam",
        }
    ),
    Command.THANKS: frozenset(
        {
            "merci",
            "merci beaucoup",
            "merci bien",
            "grand merci",
            "thanks",
            "thank you",
            "thank you very much",
            "thx",
            "jerejef",
            "ok merci",
            "ok thanks",
            "ok thank you",
            "d accord merci",
        }
    ),
}
_BY_WORD = {word: command for command, words in _WORDS.items() for word in words}


def command(text: str) -> Command | None:
    """The command that the whole text is, or None; `/start` and `START` are the same."""
    return _BY_WORD.get(folded(text))
