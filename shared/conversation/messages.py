"""Finds a message of a conversation by the gateway's id, also in earlier ones, and knows a repeat.

A message from before ids that name a person became digests is kept under its plain id. That costs a further
read, so it is looked for only if the two ids differ and the conversation is as old as that.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from itertools import chain, zip_longest

from shared.conversation.conversation import ALWAYS, REPEATS, Conversation
from shared.models.message import Inbound
from shared.models.people import document_id, plain_id
from shared.platform.store import Transaction

#: Messages whose repeat is known for good, the last that were accepted. A repeat of an older one finds its
#: document, as long as that is kept, and is late in any case (answers/late.py).
SEEN_KEPT = 500
#: Characters of a digest: 60 bits, so that nobody's message is ever taken for another of 500.
_DIGEST = 10


async def inbound(tx: Transaction, conversation: Conversation, gateway_id: str) -> Inbound | None:
    names = [document_id(gateway_id)]
    if conversation.ids_since != ALWAYS:
        names = list(dict.fromkeys([*names, plain_id(gateway_id)]))
    for name in names:
        for place in [conversation.conversation, *conversation.earlier]:
            found = await tx.get(Inbound, tenant=conversation.tenant, conversation=place, message=name)
            if found is not None:
                return found
    return None


async def is_repeat(tx: Transaction, conversation: Conversation, gateway_id: str, at: datetime) -> bool:
    """Whether the message that was sent at `at` was accepted before, even if its document is gone.

    If the conversation itself has the document, under its present id, creating it will tell.
    """
    name, plain = document_id(gateway_id), plain_id(gateway_id)
    if _digest(name) in conversation.seen:
        return True
    places = [(place, name) for place in conversation.earlier]
    since = conversation.ids_since
    if plain != name and (since is None or at < since + REPEATS):
        places += [(place, plain) for place in [conversation.conversation, *conversation.earlier]]
    for place, message in places:
        if await tx.get(Inbound, tenant=conversation.tenant, conversation=place, message=message):
            return True
    return False


def remember(conversation: Conversation, message: str) -> None:
    """Adds an accepted message to those whose repeat is known. The caller puts the conversation."""
    digest = _digest(message)
    if digest not in conversation.seen:
        conversation.seen = _last(f"{conversation.seen} {digest}".lstrip())


def joined(one: str, other: str) -> str:
    """What two conversations have seen, the newest of both last."""
    pairs = zip_longest(reversed(one.split()), reversed(other.split()))
    newest_first = dict.fromkeys(filter(None, chain.from_iterable(pairs)))
    return _last(" ".join(reversed(newest_first)))


def _last(seen: str) -> str:
    return seen[-(SEEN_KEPT * (_DIGEST + 1) - 1) :]


def _digest(message: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(message.encode()).digest())[:_DIGEST].decode()
