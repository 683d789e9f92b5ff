"""Commands: words with one meaning only, understood without a model, in every language and tenant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from shared.language.folding import folded
from shared.language.identity import asks_who
from shared.language.languages import shipped


class Command(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    SERVICES = "services"
    CONTACT = "contact"
    WHO = "who"
    CANCEL = "cancel"
    LOGOUT = "logout"
    HUMAN = "human"
    GREETING = "greeting"
    THANKS = "thanks"


#: A command in Telegram's notation, with an optional bot's name and parameter: `/start@our_bot from_poster`
#: (https://core.telegram.org/bots/features#commands).
_SLASH = re.compile(r"\s*/(\w{1,32})(?:@\w{1,64})?(?:\s|\Z)")


#: Commands that opt a person out, or in again.
CONSENTS = (Command.STOP, Command.START)


def command(text: str) -> Command | None:
    """Returns the command if the whole text is one in words or starts with `/word`, else None."""
    slash = _SLASH.match(text)
    said = folded(slash[1] if slash else text)
    return _by_word().get(said) or (Command.WHO if asks_who(said) else None)


def opts_out_or_in(text: str) -> bool:
    """Whether the text is STOP or START, in any language."""
    return command(text) in CONSENTS


@cache
def _by_word() -> Mapping[str, Command]:
    return {
        phrase: Command(name)
        for language in shipped().values()
        for name, phrases in language.commands.items()
        for phrase in phrases
    }
