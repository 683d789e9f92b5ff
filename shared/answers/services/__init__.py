"""Services of an organisation: chosen in a menu, by words, or by a model's understanding.

A gated service leads to the proof of an identity, and then to the actions of its profile. An id in a choice
proves nothing: rights are checked anew for each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from shared.answers import Answer, Asked
from shared.answers.human import hand_over
from shared.answers.menu import Menu
from shared.answers.services import offering, wording
from shared.answers.services.acting import ALL, Acting
from shared.answers.services.confirming import decided, given_up, repeated, waits
from shared.answers.services.meaning import Meaning, Meant, chosen_of, named_before
from shared.answers.services.offering import Offering
from shared.answers.services.parts import Proving
from shared.conversation.conversation import State
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Part, Text
from shared.models.verification import Errand, Linked, Verified


class Services:
    """Answers the choices of services and actions, an open question about one, and words that ask for one."""

    def __init__(
        self,
        offered: Offering,
        topics: Menu,
        acting: Acting,
        meaning: Meaning,
        proving: Callable[[], Proving],
    ) -> None:
        self._offered, self._topics, self._acting = offered, topics, acting
        self._meaning, self._proving = meaning, proving

    async def answer(self, asked: Asked) -> Answer | None:
        if not asked.tenant.services:
            return None
        verified = asked.conversation.session.verified
        if (errand := waits(asked)) and (answer := await self._pursued(asked, verified, errand)):
            return answer
        if asked.words.choice is not None:
            return await self._chosen(asked, verified, asked.words.choice.id)
        if again := repeated(asked):
            return again
        meant = await self._wish(asked, verified)
        return await self._meant(asked, verified, meant) if meant else None

    async def wished(self, asked: Asked) -> bool:
        """Whether the turn's words ask for a service or an action, for a person without a proven identity."""
        return await self._wish(asked, None) is not None

    async def _wish(self, asked: Asked, verified: Verified | None) -> Meant | None:
        return await self._meaning.of(asked, verified) if _free(asked) else None

    async def open(self, asked: Asked, name: str, first: int = 0) -> Answer | None:
        """Returns the answer of a service that is offered here, with its list from the index `first` on; None
        if there is no such service."""
        service = offering.services(asked).get(name)
        if service is None:
            return None
        if not offering.is_open(asked, service):
            return offering.closed(asked, service)
        verified = asked.conversation.session.verified
        match service.kind:
            case "human":
                return hand_over(asked)
            case "admin":
                return _said(asked, name, "service_staff")
            case "gated":
                return self._gate(asked, verified, name, service.profile or "", first)
        return await self._information(asked, name, first)

    async def proven(self, asked: Asked, verified: Verified, errand: Errand) -> Answer:
        """Returns the words after a proof: the action that was wished, else the actions of the profile."""
        if errand.action:
            action = asked.tenant.actions.get(errand.action)
            named = named_before(asked, wording.own(verified, action)) if action else []
            of = named[0].id if len(named) == 1 else None
            return await self._acting.begin(asked, verified, errand.action, errand.of or of)
        tenant, language = asked.tenant, asked.words.language
        words = text(tenant, language, "service_proven", person=verified.name) if verified.name else ""
        return offering.actions(asked, verified, offering.service_of(asked, verified) or "", words=words)

    async def act(
        self, asked: Asked, verified: Verified | None, name: str, of: str | None = None
    ) -> Answer | None:
        """Returns the answer of an action, or the question for the proof that it needs; None if no service
        offers it here."""
        ways = offering.profiles(asked, name)
        if not ways:
            return None
        if verified is not None and verified.profile in ways.values():
            return await self._acting.begin(asked, verified, name, of)
        services = {service: asked.tenant.services[service] for service in ways}
        for service, each in services.items():
            if offering.is_open(asked, each):
                return self._proving().ask(asked, ways[service], name)
        return offering.closed(asked, next(iter(services.values())))

    async def _pursued(self, asked: Asked, verified: Verified | None, errand: Errand) -> Answer | None:
        """Returns the answer to a reply to an open question about an action, or None if it is no reply."""
        if verified is None or verified.profile != errand.profile:
            return None
        if errand.step == "confirm":
            decision = decided(asked, errand)
            if decision is None:
                return None
            asked = _spoken(asked)
            return await self._acting.confirmed(asked, verified, errand) if decision else given_up(asked)
        action = offering.theirs(asked, verified).get(errand.action)
        if asked.words.choice is not None or action is None:
            return None
        found = chosen_of(asked, wording.own(verified, action))
        return await self._one_of(asked, verified, errand.action, *found) if found else None

    async def _chosen(self, asked: Asked, verified: Verified | None, id: str) -> Answer | None:
        asked = _spoken(asked)
        kind, _, rest = id.partition(":")
        name, _, more = rest.partition(":")
        match kind:
            case "service":
                return await self.open(asked, name, int(more) if _is_index(more) else 0)
            case "act" | "yes":  # the question of this yes is no longer open: it is asked again
                return await self.act(asked, verified, name, more or None)
            case "no":
                return given_up(asked)
            case "more" if _is_index(rest) and (page := await self._offered.menu(asked, int(rest))):
                return Answer([page], Outcome.ANSWERED, "choice:more", asked.words.language)
        return None

    async def _meant(self, asked: Asked, verified: Verified | None, meant: Meant) -> Answer | None:
        if meant.service:
            return await self.open(asked, meant.service)
        action = offering.theirs(asked, verified).get(meant.action)
        if action is None or verified is None:
            return await self.act(asked, verified, meant.action)
        if meant.strange and action.each:
            words = text(asked.tenant, asked.words.language, "service_refused")
            return self._acting.which(asked, verified, meant.action, words)
        return await self._one_of(asked, verified, meant.action, list(meant.named), meant.all)

    async def _one_of(
        self, asked: Asked, verified: Verified, action: str, named: list[Linked], every: bool
    ) -> Answer:
        known = asked.tenant.actions[action]
        every = every or len(named) == len(wording.own(verified, known)) > 1
        of = named[0].id if len(named) == 1 else ALL if every else None
        return await self._acting.begin(asked, verified, action, of)

    def _gate(self, asked: Asked, verified: Verified | None, name: str, profile: str, first: int) -> Answer:
        """Returns the actions behind a gated service, or the question for the proof that they need."""
        if verified is not None and verified.profile == profile:
            return offering.actions(asked, verified, name, first)
        return self._proving().ask(asked, profile)

    async def _information(self, asked: Asked, name: str, first: int) -> Answer:
        """Returns the topics of a service, or the questions of its only one."""
        service, language = asked.tenant.services[name], asked.words.language
        page = await self._offered.topics(asked, name, service, first)
        parts: list[Part] = [page] if page else []
        if page and not first and len(page.choices) == 1:
            entry = page.choices[0].id.partition(":")[2]
            parts = [Text(text=await self._topics.about(asked.tenant, language, entry))]
        if not parts:
            return _said(asked, name, "help")
        return Answer(parts, Outcome.ANSWERED, f"service:{name}", language)


def _said(asked: Asked, name: str, key: str) -> Answer:
    language = asked.words.language
    return Answer(
        [Text(text=text(asked.tenant, language, key))], Outcome.ANSWERED, f"service:{name}", language
    )


def _spoken(asked: Asked) -> Asked:
    """Returns the turn of a choice in the language in which it was offered."""
    language = asked.conversation.session.language or asked.tenant.languages[0]
    return replace(asked, words=replace(asked.words, language=language)) if asked.words.choice else asked


def _free(asked: Asked) -> bool:
    """Whether the turn's words may ask for a service: no command, no wish for a human, no answer to staff."""
    conversation, words = asked.conversation, asked.words
    answers = bool(conversation.staff.asked) and conversation.state == State.WAITING
    return not (words.command or words.wants_human or words.urgent or answers)


def _is_index(text: str) -> bool:
    return text.isdecimal() and len(text) <= 4
