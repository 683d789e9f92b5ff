"""The outcomes of a conversation's messages, read from the documents that the functions wrote."""

from __future__ import annotations

import heapq
import re
from typing import Any

from scripts.local.vendors.registry import GATEWAYS
from shared.conversation.conversation import Conversation
from shared.errors import Rejected
from shared.models.message import Inbound, Outbound
from shared.models.parts import words
from shared.models.people import Identity, identity_id
from shared.models.tenant import Channel
from shared.platform.store import Store, Where

#: Maximum messages of each direction in one response, the newest ones.
LIMIT = 1000
_IDENTITY = re.compile(r"(whatsapp|telegram|web):", re.ASCII)


async def read(store: Store, place: Channel, peer: str) -> dict[str, Any]:
    """Returns this person's conversation on this channel, with its messages oldest first. Raises
    Rejected(404) if there is no such person or conversation."""
    tenant, channel = place.tenant, place.channel
    known = await store.get(Identity, tenant=tenant, identity=identity_id(identity(place.kind, peer)))
    if known is None:
        raise Rejected(404, f"{tenant} knows no such person")
    name = f"{channel}.{known.contact}"
    conversation = await store.get(Conversation, tenant=tenant, conversation=name)
    if conversation is None:
        raise Rejected(404, f"{tenant} has no conversation with this person on {channel}")
    return {
        "conversation": describe(conversation),
        "messages": await _messages(store, conversation),
    }


def identity(kind: str, peer: str) -> str:
    """Returns a person's identity; `peer` is an identity or any spelling that a channel of this kind knows.
    Raises Rejected(400)."""
    if _IDENTITY.match(peer):
        return peer
    if kind in GATEWAYS:
        gateway = GATEWAYS[kind]
        return gateway.identity(gateway.chat_id(peer))
    return f"web:{peer.partition('.')[0]}"  # the visitor's id, without the rest of the token


def describe(conversation: Conversation) -> dict[str, Any]:
    """Returns the conversation's state for the page: the owner, the reason, the preview."""
    fields = conversation.model_dump(mode="json")
    shown = {name: fields[name] for name in ("state", "why", "human", "preview", "chat")}
    return {"id": conversation.conversation, **shown}


async def _messages(store: Store, conversation: Conversation) -> list[dict[str, Any]]:
    inbound: list[Inbound] = []
    outbound: list[Outbound] = []
    for name in [conversation.conversation, *conversation.archive.earlier]:
        place = {"tenant": conversation.tenant, "conversation": name}
        inbound += await store.query(
            Inbound, where=[Where("direction", "==", "in")], order="-received_at", limit=LIMIT, **place
        )
        outbound += await store.query(
            Outbound, where=[Where("direction", "==", "out")], order="-at", limit=LIMIT, **place
        )
    # Each side in its own order; merged by our clock, since gateways often round to the second.
    came = [
        (each.received_at, _inbound(each)) for each in sorted(inbound, key=lambda m: (m.at, m.received_at))
    ]
    went = [(each.at, _outbound(each)) for each in sorted(outbound, key=lambda m: (m.at, m.seq))]
    return [line for _, line in heapq.merge(came, went, key=lambda pair: pair[0])]


def _inbound(doc: Inbound) -> dict[str, Any]:
    return {
        "id": doc.message,
        "direction": "in",
        "text": "\n".join(words(part) for part in doc.parts),
        "outcome": doc.outcome,
        "reason": doc.reason,
        "turn": doc.turn,
        "status": None,
        "at": doc.at.isoformat(),
    }


def _outbound(doc: Outbound) -> dict[str, Any]:
    return {
        "id": doc.message,
        "direction": "out",
        "text": "\n\n".join(words(sent.part) for sent in doc.parts),
        "outcome": None,
        "reason": doc.error,
        "turn": doc.message,
        "status": doc.status,
        "at": doc.at.isoformat(),
    }
