"""What triggers plan and did, and the people whom the organisation knows, read from the documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from scripts.local.sim.directory import Directory
from scripts.local.vendors.requests import required
from shared.conversation.conversation import Conversation
from shared.conversation.occurrences import occurrence_id
from shared.models.occurrence import Occurrence
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.platform.store import Store, Where
from shared.tenants.listening import silence
from shared.tenants.local_time import zone_of
from shared.triggers.rules import Rules
from shared.triggers.silences import key
from shared.upkeep import people

#: Most occurrences of each kind in one response: the next planned ones, and the last closed ones.
LIMIT = 5_000
#: Most values of a condition `in`: https://firebase.google.com/docs/firestore/query-data/queries#limits_on_or_queries
_NAMES = 30
#: Most people that the phone can become.
PEOPLE = 200
_CLOSED = ["sent", "skipped", "cancelled", "failed"]

Json = dict[str, Any]


class Planned:
    """The routes: occurrences, soonest first, and people."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self._store, self._directory = store, directory

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/planned", self._planned, methods=["GET"]),
            Route("/people", self._people, methods=["GET"]),
        ]

    async def _planned(self, request: Request) -> Response:
        tenant, contact = self._tenant(request), request.query_params.get("contact", "")
        where = []
        if contact:
            found = await people.named(self._store, tenant.tenant, contact)
            names = [found.contact, *found.absorbed] if found else [contact]
            where = [Where("contact", "in", names[:_NAMES])]
        told = [*await self._occurrences(tenant, where), *await self._silences(tenant, where)]
        told.sort(key=lambda each: (each["due_at"], each["id"]))
        return JSONResponse({"occurrences": told})

    async def _occurrences(self, tenant: Tenant, where: list[Where]) -> list[Json]:
        ahead = await self._store.query(
            Occurrence,
            where=[*where, Where("state", "==", "planned")],
            order="due_at",
            limit=LIMIT,
            tenant=tenant.tenant,
        )
        over = [
            await self._store.query(
                Occurrence,
                where=[*where, Where("state", "==", state)],
                order="-closed_at",
                limit=LIMIT,
                tenant=tenant.tenant,
            )
            for state in _CLOSED
        ]
        return [_tell(each) for found in (ahead, *over) for each in found]

    async def _silences(self, tenant: Tenant, where: list[Where]) -> list[Json]:
        """Returns what comes if the person goes on to write nothing: it becomes an occurrence then."""
        spans = {
            rule.name: span
            for rule in await Rules(self._store).of(tenant)
            if rule.active and (span := silence(rule.definition)) is not None
        }
        if not spans:
            return []
        found = await self._store.query(Conversation, where=where, limit=LIMIT, tenant=tenant.tenant)
        return [told for each in found for told in _silences(tenant, each, spans)]

    async def _people(self, request: Request) -> Response:
        tenant = self._tenant(request)
        found = await self._store.query(
            Contact, where=[Where("phone", ">", "")], order="phone", limit=PEOPLE, tenant=tenant.tenant
        )
        people = [_person(tenant, each) for each in found if not each.merged_into]
        return JSONResponse({"people": sorted(people, key=lambda each: str(each["name"]))})

    def _tenant(self, request: Request) -> Tenant:
        [tenant] = required(request, "tenant")
        return self._directory.tenant(tenant).tenant


def _tell(one: Occurrence) -> Json:
    return {
        "id": one.occurrence,
        "trigger": one.trigger,
        "contact": one.contact,
        "due_at": _instant(one.due_at or one.planned_for),
        "local": one.local,
        "state": one.state,
        "why": one.why,
        "message": one.message,
    }


def _silences(tenant: Tenant, conversation: Conversation, spans: dict[str, timedelta]) -> Iterator[Json]:
    heard, next_at = conversation.writer.heard_at, conversation.writer.silent_at
    if heard is None or next_at is None or conversation.merged_into:
        return
    for trigger, span in spans.items():
        if (at := heard + span) >= next_at:
            local = at.astimezone(ZoneInfo(tenant.timezone)).replace(tzinfo=None)
            yield {
                "id": occurrence_id(trigger, conversation.contact, key(conversation, heard)),
                "trigger": trigger,
                "contact": conversation.contact,
                "due_at": _instant(at),
                "local": local.isoformat(timespec="minutes"),
                "state": "planned",
                "why": "if the person writes nothing until then",
                "message": "",
            }


def _person(tenant: Tenant, contact: Contact) -> Json:
    fields = contact.model_dump(include={"contact", "name", "phone", "language"})
    return {**fields, "timezone": zone_of(tenant, contact).key}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
