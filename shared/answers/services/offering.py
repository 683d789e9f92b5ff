"""The services that a person is offered: by the channel, the hours, the role and the proven identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.answers import Answer, Asked
from shared.answers.hours import spoken
from shared.answers.menu import PAGE, Menu, offer
from shared.language.commands import Command
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Choice, Choices, Part, Text, shortened
from shared.models.service import Action, Offered, Profile, Service
from shared.models.tenant import Tenant
from shared.models.verification import Verified
from shared.tenants import working_time

#: The bounds of shared/models/parts.
_TITLE, _DESCRIPTION = 24, 72
#: Most characters of a record's id within the id of a choice.
ID = 100


class Offering:
    """Services in the tenant's order, as menus and as answers. Ids of choices are `service:NAME`,
    `service:NAME:N` (its list from the Nth on), `act:ACTION` and `more:N` (the menu from the Nth service
    on)."""

    def __init__(self, topics: Menu) -> None:
        self._topics = topics

    async def menu(self, asked: Asked, first: int = 0) -> Choices | None:
        """Returns a page of the menu, or None if there is none: services, or topics if the tenant has no
        services."""
        tenant, language = asked.tenant, asked.words.language
        if not tenant.services:
            return await self._topics.topics(tenant, language, first)
        choices = [
            choice(f"service:{name}", tenant, language, each) for name, each in services(asked).items()
        ]
        return _page(asked, text(tenant, language, "service_menu"), choices, first, "more:")

    async def topics(self, asked: Asked, name: str, service: Service, first: int = 0) -> Choices | None:
        """Returns a page of the topics of a service of the kind `information`, or None if there are none."""
        tenant, language = asked.tenant, asked.words.language
        return await self._topics.topics(tenant, language, first, service.topics, f"service:{name}:")


def actions(asked: Asked, verified: Verified, name: str, first: int = 0, words: str = "") -> Answer:
    """Returns the actions of a proven person as choices, under these words or our own."""
    tenant, language = asked.tenant, asked.words.language
    choices = [
        choice(f"act:{action}", tenant, language, each) for action, each in theirs(asked, verified).items()
    ]
    told = words or text(tenant, language, "service_actions")
    page = _page(asked, told, choices, first, f"service:{name}:")
    parts: list[Part] = [page] if page else [Text(text=told)]
    why = f"service:{name}"
    return Answer(parts, Outcome.ANSWERED, why, language, private=f"[{verified.profile}]")


def services(asked: Asked) -> dict[str, Service]:
    """Returns the services that the person is offered on this channel, at any hour, by their names."""
    return {name: each for name, each in asked.tenant.services.items() if _is_offered(asked, each)}


def profiles(asked: Asked, action: str) -> dict[str, str]:
    """Returns the services through which an action is offered here, with their profiles."""
    known = asked.tenant.profiles
    return {
        name: each.profile
        for name, each in services(asked).items()
        if each.profile in known and action in known[each.profile].actions
    }


def theirs(asked: Asked, verified: Verified | None) -> dict[str, Action]:
    """Returns the actions of a proven person that a service offers here, open or closed."""
    profile = profile_of(asked, verified)
    if profile is None or service_of(asked, verified) is None:
        return {}
    known = asked.tenant.actions
    return {name: known[name] for name in profile.actions if name in known}


def profile_of(asked: Asked, verified: Verified | None) -> Profile | None:
    """Returns the profile of a proven person, or None if the tenant has it no more."""
    return asked.tenant.profiles.get(verified.profile) if verified else None


def service_of(asked: Asked, verified: Verified | None) -> str | None:
    """Returns the service that leads to the person's profile: an open one if there is any."""
    found = [
        (name, each)
        for name, each in services(asked).items()
        if verified is not None and each.profile == verified.profile
    ]
    opened = (name for name, each in found if is_open(asked, each))
    return next(opened, found[0][0] if found else None)


def is_open(asked: Asked, service: Service) -> bool:
    """Whether the service is open now."""
    if not service.open:
        return True
    span = next(working_time.spans(asked.tenant, service.open, asked.now), None)
    return span is not None and span.begins <= asked.now


def closed(asked: Asked, service: Service) -> Answer:
    """Returns the words for a closed service: when it opens, and the offer of a human."""
    tenant, language = asked.tenant, asked.words.language
    name = titled(tenant, language, service.names)
    coming = (span.begins for span in working_time.spans(tenant, service.open, asked.now))
    opening = next((begins for begins in coming if begins > asked.now), None)
    if opening is None:
        words = text(tenant, language, "service_closed_long", service=name)
    else:
        when = spoken(tenant, opening, asked.now, language)
        words = text(tenant, language, "service_closed", service=name, opening=when)
    return with_human(asked, words, "service:closed")


def with_human(asked: Asked, words: str, why: str, *before: Choice) -> Answer:
    """Returns the words with the choice of a human after these choices."""
    tenant, language = asked.tenant, asked.words.language
    title = shortened(text(tenant, language, "talk"), _TITLE)
    choices = offer(words, [*before, Choice(id=f"command:{Command.HUMAN}", title=title)])
    return Answer([choices] if choices else [], Outcome.ANSWERED, why, language)


def choice(id: str, tenant: Tenant, language: str, offered: Offered) -> Choice:
    """Returns the choice of a service or an action; a long name is its description too."""
    return titled_choice(id, titled(tenant, language, offered.names))


def titled_choice(id: str, title: str) -> Choice:
    """Returns a choice whose title fits; the description has more of a long one."""
    more = shortened(title, _DESCRIPTION) if len(title) > _TITLE else ""
    return Choice(id=id, title=shortened(title, _TITLE), description=more)


def titled(tenant: Tenant, language: str, names: Mapping[str, str]) -> str:
    """Returns a name in the language, else in the first of the tenant's languages that has one."""
    return next(
        (names[code] for code in (language, *tenant.languages) if code in names), next(iter(names.values()))
    )


def _is_offered(asked: Asked, service: Service) -> bool:
    if service.channels and asked.conversation.channel not in service.channels:
        return False
    if service.kind != "admin":
        return True
    member = asked.tenant.staff.get(asked.batch[-1].staff)
    return member is not None and not {*(service.roles or ["admin"])}.isdisjoint(member.roles)


def _page(asked: Asked, words: str, choices: Sequence[Choice], first: int, more: str) -> Choices | None:
    """Returns a page of choices from the index `first` on; the last one leads to the rest, by the id `more`
    with its index."""
    tenant, language = asked.tenant, asked.words.language
    rest = list(choices[first:])
    shown = rest if len(rest) <= PAGE else rest[: PAGE - 1]
    if len(shown) < len(rest):
        title = text(tenant, language, "more")
        shown = [*shown, Choice(id=f"{more}{first + len(shown)}", title=shortened(title, _TITLE))]
    return offer(words, shown, text(tenant, language, "choose"))
