"""Lookup of a conversation's messages by the gateway's id, also in earlier conversations, and dedupe.

An id that may name a person is stored as a digest; older messages are stored under the plain id. Looking for
the plain id costs one more read, so it is done only if the two ids differ and the conversation is old enough.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from itertools import chain, zip_longest

from shared.conversation.conversation import REPEATS, Conversation
from shared.conversation.groups import ALWAYS
from shared.models.message import Inbound
from shared.models.people import document_id, plain_id
from shared.platform.store import Transaction

#: Number of last accepted messages whose repeat is recognised without a document. A repeat of an older one is
#: recognised while its document is kept, and is late in any case (answers/late.py).
SEEN_KEPT = 500
#: Characters of a digest: 60 bits, so that two of 500 messages never have the same one.
_DIGEST = 10


async def inbound(tx: Transaction, conversation: Conversation, gateway_id: str) -> Inbound | None:
    """Returns the message with this gateway's id, or None."""
    names = [document_id(gateway_id)]
    if conversation.archive.ids_since != ALWAYS:
        names = list(dict.fromkeys([*names, plain_id(gateway_id)]))
    for name in names:
        for place in [conversation.conversation, *conversation.archive.earlier]:
            found = await tx.get(Inbound, tenant=conversation.tenant, conversation=place, message=name)
            if found is not None:
                return found
    return None


async def is_repeat(tx: Transaction, conversation: Conversation, gateway_id: str, at: datetime) -> bool:
    """Whether the message that was sent at `at` was accepted before, even if its document is gone.

    Does not look for the document under its present id in the conversation itself: creating it finds that.
    """
    name, plain = document_id(gateway_id), plain_id(gateway_id)
    if _digest(name) in conversation.archive.seen:
        return True
    places = [(place, name) for place in conversation.archive.earlier]
    since = conversation.archive.ids_since
    if plain != name and (since is None or at < since + REPEATS):
        places += [(place, plain) for place in [conversation.conversation, *conversation.archive.earlier]]
    for place, message in places:
        if await tx.get(Inbound, tenant=conversation.tenant, conversation=place, message=message):
            return True
    return False


def remember(conversation: Conversation, message: str) -> None:
    """Adds an accepted message to `seen`, which recognises its repeat. The caller puts the conversation."""
    digest = _digest(message)
    if digest not in conversation.archive.seen:
        conversation.archive.seen = _last(f"{conversation.archive.seen} {digest}".lstrip())


def joined(one: str, other: str) -> str:
    """Returns the digests that two conversations have seen, the newest of both last."""
    pairs = zip_longest(reversed(one.split()), reversed(other.split()))
    newest_first = dict.fromkeys(filter(None, chain.from_iterable(pairs)))
    return _last(" ".join(reversed(newest_first)))


def _last(seen: str) -> str:
    return seen[-(SEEN_KEPT * (_DIGEST + 1) - 1) :]


def _digest(message: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(message.encode()).digest())[:_DIGEST].decode()
