"""The benchmark's requests: webhooks as WAHA signs them, and pushes as functions get them from a topic."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

from pydantic import BaseModel

from scripts.bench.served import Ask
from scripts.local.seed import LOCAL_SECRET
from scripts.local.vendors.waha import webhooks as waha
from shared.models.events import MessageReceived, OutboundReady
from shared.models.message import Outbound, SentPart, Status
from shared.models.parts import Text
from shared.models.people import Address
from shared.platform.bus import envelope

TENANT, CHANNEL = "hotel", "waha"
#: A complete question with an answer in the hotel's knowledge, so that no burst is waited for.
QUESTION = "What time is breakfast served?"
_FIRST_NUMBER = 221_770_000_000


def chat(person: int) -> str:
    """Returns the chat id of the nth person."""
    return f"{_FIRST_NUMBER + person}@c.us"


def webhook(person: int, message: str, tenant: str = TENANT, text: str = QUESTION) -> Ask:
    """Returns a text as a signed webhook from the person, in WAHA's envelope (engine WEBJS)."""
    at = int(time.time())
    told = {
        "id": {"fromMe": False, "remote": chat(person), "id": message},
        "body": text,
        "type": "chat",
        "t": at,
        "notifyName": "Awa",
        "from": chat(person),
        "to": waha.OURS,
        "links": [],
    }
    payload = waha.message(text, chat=chat(person), key=message, timestamp=at, vCards=[], _data=told)
    body = json.dumps(waha.event("message", payload) | {"timestamp": at * 1000}).encode()
    return Ask(body, waha.signed(body, LOCAL_SECRET), f"/{tenant}/{CHANNEL}")


def inbound(person: int, message: str, text: str = QUESTION) -> Ask:
    """Returns the push of such a webhook's event to `reply`, with any text."""
    now = datetime.now(UTC)
    event = MessageReceived(
        tenant=TENANT,
        channel=CHANNEL,
        id=message,
        peer=Address(chat=chat(person), identities=[f"whatsapp:+{_FIRST_NUMBER + person}"], name="Awa"),
        at=now,
        received_at=now,
        parts=[Text(text=text)],
    )
    return _push("inbound", event)


def queued(person: int, message: str) -> Outbound:
    """Returns an answer in the outbox of the person's conversation."""
    return Outbound(
        tenant=TENANT,
        conversation=f"{CHANNEL}.bench-{person}",
        message=message,
        channel=CHANNEL,
        to=chat(person),
        parts=[SentPart(part=Text(text="From 7 to 10:30, on the terrace."), status=Status.QUEUED)],
        at=datetime.now(UTC),
        seq=1,
    )


def outbound(answer: Outbound) -> Ask:
    """Returns the push of its event to `deliver`."""
    ready = OutboundReady(tenant=answer.tenant, conversation=answer.conversation, message=answer.message)
    return _push("outbound", ready)


def sweep() -> Ask:
    """Returns the scheduler's request to `maintenance`."""
    return Ask(b"", {})


def _push(topic: str, event: BaseModel) -> Ask:
    body = envelope.build(
        event.model_dump_json().encode(),
        attributes={"tenant": TENANT},
        message_id="1",
        published_at=datetime.now(UTC),
        ordering_key="",
        attempt=1,
        subscription=f"projects/bench/subscriptions/{topic}",
    )
    return Ask(body, {"Content-Type": "application/json"}, f"/{topic}")


def at(prefix: str, ask: Ask) -> Ask:
    """Returns the same request below a prefix, for servers on which functions have their names as paths."""
    return Ask(ask.body, ask.headers, f"{prefix}{ask.path}")
