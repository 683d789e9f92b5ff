"""Signed links to a request for a human: to read it, take it, write to the person, and close it.

A link acts as the member of staff who was told, and needs no account. Only a POST acts: programs that look
through mails open every link with a GET.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from shared.conversation import taking
from shared.conversation.briefing import brief
from shared.conversation.conversation import Conversation
from shared.conversation.taking import Verdict
from shared.errors import Rejected, Retry
from shared.formats import wire
from shared.formats.wire import TEXT_LIMIT
from shared.handoff.answered import Act, Answered, readable
from shared.handoff.grants import granted
from shared.handoff.ladder import members
from shared.handoff.notices import name_of
from shared.models.handoff import PHONE, Handoff
from shared.models.parts import whole
from shared.models.tenant import Tenant
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.platform.store import Store
from shared.tenants import roster
from shared.tenants.directory import Directory
from shared.tenants.links import StaffGrant, refusal

#: The largest body (bytes) with words: JSON may write each half of an emoji as six bytes.
BODY_LIMIT = 12 * TEXT_LIMIT + 1_000
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

#: `waiting` can be taken; `yours` and `theirs` are taken; `over` is closed.
RequestState = Literal["waiting", "yours", "theirs", "over"]


@dataclass(frozen=True)
class ShownFact:
    label: str
    value: str


@dataclass(frozen=True)
class ShownLine:
    """A message of the conversation; `time` is a time of day in the tenant's zone."""

    author: Literal["person", "concierge", "staff"]
    time: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A request as the page shows it. `who` has it, "" if nobody; `verdict` is what became of an act, "" if
    none was asked for."""

    tenant: str
    language: str
    title: str
    facts: Sequence[ShownFact]
    lines: Sequence[ShownLine]
    state: RequestState
    who: str
    verdict: Verdict | Literal[""]


@dataclass(frozen=True)
class Words:
    """Words for the person; `id` is made by the page, the same when it sends them again."""

    id: str
    text: str

    @classmethod
    def read(cls, body: bytes) -> Words:
        """Reads the page's JSON. Raises Rejected(400), which names the field, if it does not fit."""
        told = wire.as_it_stands(body)
        if not isinstance(told, dict):
            raise Rejected(400, "body: expected JSON with text and id")
        name, text = told.get("id"), told.get("text")
        if not isinstance(name, str) or not _ID.fullmatch(name):
            raise Rejected(400, "id: expected 8 to 64 letters, digits or -")
        if not isinstance(text, str) or not readable(text):
            raise Rejected(400, "text: expected at least one word")
        if len(text) > TEXT_LIMIT:
            raise Rejected(400, f"text: expected at most {TEXT_LIMIT} characters")
        return cls(name, whole(text).strip())


class StaffLinks:
    """The use of links. Raises Rejected: 401 the link, or its holder has left; 404 if the request is gone."""

    def __init__(
        self, store: Store, clock: Clock, directory: Directory, answered: Answered, pause: Pause
    ) -> None:
        self._store, self._clock, self._directory, self._answered = store, clock, directory, answered
        self._pause = pause

    async def show(self, token: str) -> Shown:
        """Returns the request of a link."""
        tenant, grant = await self._granted(token)
        return await self._shown(tenant, grant)

    async def act(self, token: str, act: Literal["take", "close"]) -> Shown:
        """Takes or closes the request of a link; returns the request as it is then."""
        tenant, grant = await self._admitted(token)
        result = await self._answered.act(tenant, Act(act, grant.handoff, grant.staff, grant.way))
        return await self._shown(tenant, grant, result.verdict)

    async def say(self, token: str, words: Words) -> Shown:
        """Passes words on to the person of a request, once; words take a request that nobody has."""
        tenant, grant = await self._admitted(token)
        name = f"link.{grant.handoff}.{grant.staff}.{words.id}"
        act = Act("say", grant.handoff, grant.staff, grant.way, name, words.text)
        result = await self._answered.act(tenant, act)
        return await self._shown(tenant, grant, result.verdict)

    async def _admitted(self, token: str) -> tuple[Tenant, StaffGrant]:
        """Returns the grant of an act. Raises Retry while the deployment is paused: an act is written into
        this database alone, which is perhaps being moved away."""
        granted = await self._granted(token)
        if await self._pause.in_force():
            raise Retry("paused")
        return granted

    async def _granted(self, token: str) -> tuple[Tenant, StaffGrant]:
        grant = await granted(StaffGrant, token, self._directory, self._clock)
        tenant = await self._directory.tenant(grant.tenant)
        if tenant is None or grant.staff not in members(tenant):
            raise refusal()
        return tenant, grant

    async def _shown(self, tenant: Tenant, grant: StaffGrant, verdict: Verdict | Literal[""] = "") -> Shown:
        request, person = await self._found(grant)
        language = roster.reader(tenant, grant.staff)
        told, zone = brief(tenant, request, person, language, self._clock.now()), ZoneInfo(tenant.timezone)
        return Shown(
            tenant=tenant.name,
            language=language,
            title=told.title,
            facts=[ShownFact(*fact) for fact in told.facts],
            lines=[
                ShownLine(line.author, f"{line.at.astimezone(zone):%H:%M}", line.text) for line in told.lines
            ],
            state=_state(request, grant.staff),
            who=_holder(tenant, request),
            verdict=verdict,
        )

    async def _found(self, grant: StaffGrant) -> tuple[Handoff, Conversation]:
        request = await self._store.get(Handoff, tenant=grant.tenant, handoff=grant.handoff)
        if request is None:
            raise Rejected(404, "the request is gone")
        try:
            return request, await self._store.transaction(lambda tx: taking.person_of(tx, request))
        except LookupError:
            raise Rejected(404, "the request is gone") from None


def _state(request: Handoff, staff: str) -> RequestState:
    if not request.open:
        return "over"
    if request.state != "taken":
        return "waiting"
    if request.holder == staff:
        return "yours"
    return "waiting" if request.transfer_to == staff else "theirs"


def _holder(tenant: Tenant, request: Handoff) -> str:
    if not request.holder:
        return ""
    return "☎" if request.holder == PHONE else name_of(tenant, request.holder)
