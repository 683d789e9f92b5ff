"""Requests for a human with their steps, read from the documents that the functions wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from shared.conversation.conversation import Conversation
from shared.models.handoff import Handoff
from shared.models.people import Contact
from shared.models.tenant import Channel
from shared.platform.store import Store

#: Maximum requests in one response, the newest ones.
LIMIT = 500
#: The network of each kind of channel, as identities name it.
_NETWORKS = {"telegram": "telegram", "webchat": "web"}
_FIELDS = (
    "conversation", "reason", "reasons", "state", "taken_by", "number", "name", "promised_at", "rating",
    "summary", "created_at", "broken", "refused",
)  # fmt: skip
_STEP = ("at", "step", "by", "to", "way", "result", "why")


async def read(store: Store, tenant: str, kinds: dict[str, str]) -> list[dict[str, Any]]:
    """Returns the tenant's requests, newest first; `kinds` has the kind of each of its channels."""
    found = await store.query(Handoff, order="-created_at", limit=LIMIT, tenant=tenant)
    return list(await asyncio.gather(*(_tell(store, each, kinds) for each in found)))


def kinds(channels: Sequence[Channel]) -> dict[str, str]:
    """Returns the kind of each channel by its name."""
    return {each.channel: each.kind for each in channels}


async def _tell(store: Store, request: Handoff, kinds: dict[str, str]) -> dict[str, Any]:
    fields = request.model_dump(mode="json")
    steps = [{name: step[name] for name in _STEP} for step in fields["steps"]]
    told = {name: fields[name] for name in _FIELDS}
    return {"id": request.handoff, "peer": await _peer(store, request, kinds), **told, "steps": steps}


async def _peer(store: Store, request: Handoff, kinds: dict[str, str]) -> str:
    """Returns the person's address as their phone knows it: `+221…` on WhatsApp, else the network's id."""
    keys = {"tenant": request.tenant, "conversation": request.conversation}
    conversation = await store.get(Conversation, **keys)
    contact = await store.get(Contact, tenant=request.tenant, contact=request.contact)
    if conversation is None or contact is None:
        return ""
    network = _NETWORKS.get(kinds.get(conversation.channel, ""), "whatsapp")
    names = [name.partition(":") for name in contact.identities]
    values = [value for its, _, value in names if its == network]
    return next((each for each in values if each.startswith("+")), values[0] if values else conversation.chat)
