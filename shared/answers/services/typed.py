"""Codes in a person's words: those that were asked for, and those that come unasked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial

from shared.answers import Answer, Asked
from shared.conversation.conversation import Conversation
from shared.formats import codes
from shared.language.commands import Command
from shared.language.folding import folded
from shared.language.languages import shipped
from shared.models.message import Inbound
from shared.models.one_time import DIGITS
from shared.models.service import Profile, Service
from shared.models.tenant import Tenant
from shared.models.verification import Errand
from shared.models.words import words_of

#: The form of a one-time code.
_ONE_TIME = f"{{{DIGITS} digits}}"
#: Everyday words that begin family names too ("de Souza"), so that they introduce no code.
_PARTICLES = frozenset(
    "abd abu al ben bin da de del della den der di do dos du el ibn la le mac mc ould san van von".split()
)
#: A text of more words, or without a number this long, is no attempt at a code, unless it is very short.
_WORDS, _NUMBER, _FEW, _LONG = 8, 3, 3, 500


def proving(errand: Errand | None) -> bool:
    """Whether the person has been asked for a code or for a one-time code."""
    return errand is not None and errand.step in ("code", "one_time")


def asked_code(tenant: Tenant, said: str, form: str) -> str | None:
    """Returns the code of this form in words that answer the question for it, or None."""
    return codes.code_in(said, form, _introduces(tenant))


def one_time_code(tenant: Tenant, said: str) -> str | None:
    """Returns the digits of a one-time code in words that answer the question for it, or None."""
    return codes.code_in(said, _ONE_TIME, _introduces(tenant))


def unasked_code(tenant: Tenant, channel: str, said: str) -> tuple[str, str] | None:
    """Returns the profile and the code of words with a code that was not asked for, or None.

    The code must be written with the signs of its form, and a service of the channel must lead to its
    profile. Of several forms, the one with most characters of its own counts (`CAT-…` before any letters).
    """
    offered = {name: tenant.profiles[name] for name in _provable(tenant, channel)}
    for name, profile in sorted(offered.items(), key=_own_characters, reverse=True):
        if found := codes.written_in(said, profile.proof.form):
            return name, found
    return None


def holds_code(asked: Asked) -> bool:
    """Whether the turn's words may hold a code, so that no model may read them."""
    conversation = asked.conversation
    unasked = unasked_code(asked.tenant, conversation.channel, asked.words.said)
    return proving(conversation.session.errand) or unasked is not None


def is_code(tenant: Tenant, conversation: Conversation, said: str) -> bool:
    """Whether words have a code, asked for or not: then neither the history nor staff may have them."""
    errand = conversation.session.errand
    profile = tenant.profiles.get(errand.profile) if errand else None
    if errand and profile and proving(errand):
        digits = errand.step == "one_time" and one_time_code(tenant, said)
        if digits or asked_code(tenant, said, profile.proof.form):
            return True
    return unasked_code(tenant, conversation.channel, said) is not None


def concealed(tenant: Tenant, conversation: Conversation, batch: Sequence[Inbound], answer: Answer) -> Answer:
    """Returns the answer, which conceals the person's words if they have a code, from any answerer."""
    has_code = any(is_code(tenant, conversation, words_of(message)) for message in batch)
    return replace(answer, concealed=True) if has_code else answer


def is_attempt(said: str) -> bool:
    """Whether words without a code of the form are meant as one, rather than as a question."""
    words = said.split()
    longest = max((sum(map(str.isdecimal, word)) for word in words), default=0)
    if not longest and ("?" in said or "؟" in said or not _thanks().isdisjoint(folded(said).split())):
        return False
    return len(words) <= _FEW or len(said) > _LONG or (len(words) <= _WORDS and longest >= _NUMBER)


@cache
def _thanks() -> frozenset[str]:
    return frozenset[str]().union(*(each.commands[Command.THANKS] for each in shipped().values()))


def _provable(tenant: Tenant, channel: str) -> set[str]:
    """Returns the profiles to which a service of this channel leads."""
    return {
        service.profile
        for service in tenant.services.values()
        if service.profile in tenant.profiles and _offered(service, channel)
    }


def _offered(service: Service, channel: str) -> bool:
    return service.kind == "gated" and (not service.channels or channel in service.channels)


def _own_characters(entry: tuple[str, Profile]) -> tuple[int, str]:
    return codes.literals(entry[1].proof.form), entry[0]


def _introduces(tenant: Tenant) -> Callable[[str], bool]:
    languages = [shipped()[code] for code in tenant.languages if code in shipped()]
    words = frozenset[str]().union(*(language.everyday | language.codes for language in languages))
    return partial(_introducing, words - _PARTICLES)


def _introducing(words: frozenset[str], word: str) -> bool:
    """Whether all words in a piece of text ("c'est") come before a code and are none of it."""
    pieces = folded(word).split()
    return bool(pieces) and all(piece in words for piece in pieces)
