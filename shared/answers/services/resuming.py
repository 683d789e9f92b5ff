"""Resuming: an errand that an idle session broke off is offered again, once, within a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.answers import Answer, Asked
from shared.conversation.verifying import LogOut, Pursue, Verify
from shared.language.commands import CONSENTS
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Choice, Choices, Part, Text, shortened
from shared.models.tenant import Tenant
from shared.models.verification import RESUMED, Errand
from shared.understanding.reader import Danger

#: The kinds of choices that are about a service.
_OF_SERVICES = ("service", "act", "yes", "no", "more")
#: The bounds of a text with choices and of a title (models/parts.py).
_LONGEST, _TITLE = 1_024, 24


def with_resumption(asked: Asked, answer: Answer) -> Answer:
    """Returns the answer with an offer to go on with the errand that was broken off, or the answer as it is.

    It is offered after an answer that is not about a service itself, and that offers nothing else: never
    after a code, an emergency, an opt-out or a call for a human, and never to staff. After one offer the
    errand is forgotten; the choice alone leads back to it.
    """
    errand = asked.conversation.session.broken_off
    if errand is None or asked.now - errand.at > RESUMED or not _leaves_room(asked, answer):
        return answer
    choice = _choice(asked.tenant, errand)
    if choice is None:
        return answer
    language = answer.language
    question = text(asked.tenant, language, "resume", what=_what(asked.tenant, errand, language))
    offered = [Choice(id=choice, title=text(asked.tenant, language, "resume_yes")[:_TITLE])]
    parts = _with_question(answer.parts, question, offered)
    return replace(answer, parts=parts, acts=[*answer.acts, Pursue(None)])


def code_again(asked: Asked) -> str | None:
    """Returns the reason for asking the code again, None if no identity ended with an idle session."""
    if not asked.conversation.session.lapsed:
        return None
    minutes = str(asked.tenant.limits.session_idle_minutes)
    return text(asked.tenant, asked.words.language, "code_again", minutes=minutes)


def _leaves_room(asked: Asked, answer: Answer) -> bool:
    words = asked.words
    of_service = (
        bool(answer.private)
        or answer.concealed
        or any(isinstance(act, Verify | Pursue | LogOut) for act in answer.acts)
        or (words.choice is not None and words.choice.id.partition(":")[0] in _OF_SERVICES)
    )
    wishes_else = words.danger != Danger.NONE or words.may_opt_out or words.wants_human
    consents = words.command in CONSENTS
    plain = bool(answer.parts) and not any(isinstance(part, Choices) for part in answer.parts)
    answered = answer.outcome == Outcome.ANSWERED and not answer.calls
    return answered and plain and not (of_service or wishes_else or consents or asked.batch[-1].staff)


def _choice(tenant: Tenant, errand: Errand) -> str | None:
    """Returns the id of the choice that leads back, None if the tenant no longer offers the errand."""
    if not errand.action:
        of_profile = (name for name, each in tenant.services.items() if each.profile == errand.profile)
        return next((f"service:{name}" for name in of_profile), None)
    if errand.action not in tenant.actions:
        return None
    return f"act:{errand.action}:{errand.of}" if errand.of else f"act:{errand.action}"


def _what(tenant: Tenant, errand: Errand, language: str) -> str:
    """Returns the name of the errand's action, or of its profile's service."""
    if errand.action:
        names = tenant.actions[errand.action].names
    else:
        names = next(each.names for each in tenant.services.values() if each.profile == errand.profile)
    return names.get(language) or next(iter(names.values()))


def _with_question(parts: Sequence[Part], question: str, offered: list[Choice]) -> list[Part]:
    """Returns the parts with the question after the last text, in one message if it is short enough."""
    *others, last = parts
    if isinstance(last, Text) and len(last.text) + len(question) + 2 <= _LONGEST:
        return [*others, Choices(text=f"{last.text}\n\n{question}", choices=offered)]
    return [*parts, Choices(text=shortened(question, _LONGEST), choices=offered)]
