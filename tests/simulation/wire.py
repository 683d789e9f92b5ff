"""Requests of the gateways: WAHA's in its own format, the plain ones in the port's."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from scripts.local.vendors.waha import webhooks as waha
from shared.channels import Webhook
from shared.models.events import (
    InboundEvent,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    PeerBlocked,
    PeerMoved,
    Quote,
    Reaction,
    Receipt,
    StaffMessage,
)
from shared.models.parts import Location, Media, Part, Pressed, Text
from shared.models.people import Address
from tests.simulation.clock import BEGINNING
from tests.simulation.people import PICTURE, PLACE, STICKER, Act
from tests.simulation.plain import Batch, identity

TENANT = "parish"
#: Stands in `Act.chat` for the chat of the person's number, if their other one hides it.
PHONE = "phone"
_ACKS = {"failed": (-1, "ERROR"), "sent": (1, "SERVER"), "delivered": (2, "DEVICE"), "read": (3, "READ")}


def chats(person: int) -> tuple[str, ...]:
    """Returns every spelling of this person's chat; every third person's hides the number."""
    phone, lid = f"22177{person:07d}@c.us", f"1000{person:011d}@lid"
    return ((phone,), (phone, lid), (lid,))[person % 3]


def post(act: Act, spelling: int) -> Webhook:
    """Returns the gateway's request for an act; `spelling` chooses one of several forms."""
    return _waha(act, spelling) if act.channel == "waha" else plain([act])


def receipt(channel: str, chat: str, gateway_id: str, status: str, turn: str) -> Webhook:
    """Returns a receipt. Plain gateways return the turn given with the message; WAHA does not."""
    if channel == "waha":
        level, name = _ACKS[status]
        said = waha.ack(level, name, chat=chat, id=f"true_{chat}_{gateway_id}")
        return _signed(waha.event("message.ack", said))
    told = Receipt.model_validate(
        {
            "tenant": TENANT,
            "channel": channel,
            "id": gateway_id,
            "status": status,
            "turn": turn,
            "received_at": BEGINNING,
        }
    )
    return _batch(Batch(receipts=[told]))


def together(one: Webhook, other: Webhook) -> Webhook:
    """Returns the events of two requests of a plain gateway in one."""
    batches = [Batch.model_validate_json(hook.body) for hook in (one, other)]
    inbound = [event for batch in batches for event in batch.inbound]
    return _batch(Batch(inbound=inbound, receipts=[told for batch in batches for told in batch.receipts]))


def echo(chat: str, gateway_id: str, text: str) -> Webhook:
    """Returns WAHA's post of a message that we sent ourselves."""
    return _signed(waha.event("message.any", waha.own(text, chat=chat, key=gateway_id, source="api")))


def _at_once(event: dict[str, Any], at: float) -> Webhook:
    """Returns the signed event; its envelope has the time (ms) at which WAHA received it."""
    return _signed(event | {"timestamp": int((BEGINNING.timestamp() + at) * 1000)})


def _signed(event: dict[str, Any]) -> Webhook:
    body = json.dumps(event).encode()
    return Webhook("POST", waha.signed(body), {}, body)


def _batch(batch: Batch) -> Webhook:
    return Webhook("POST", {}, {}, batch.model_dump_json().encode())


def _waha(act: Act, spelling: int) -> Webhook:
    phone = f"22177{act.person:07d}@c.us"
    names = (phone,) if act.chat == PHONE else chats(act.person)
    names = (phone, *names) if act.how == "both" else names
    chat = names[spelling % len(names)]
    more: dict[str, Any] = {"timestamp": int(BEGINNING.timestamp() + act.written)}
    if act.how == "both":
        chat = names[-1]
    if len(names) > 1 and chat.endswith("@lid"):  # then each engine tells the number in its own way
        alternatives = {"SenderAlt": names[0].replace("c.us", "s.whatsapp.net"), "RecipientAlt": names[0]}
        more["_data"] = {"Info": alternatives} if spelling % 4 < 2 else {"key": {"remoteJidAlt": names[0]}}
    match act.do:
        case "say" | "desk":
            kind = "message" if spelling % 3 else "message.any"
            more |= {"replyTo": {"id": act.quote, "body": "…"}} if act.quote else {}
            return _at_once(waha.event(kind, _said(act, chat, more)), act.at)
        case "staff":
            staff = waha.own(act.text, chat=chat, key=act.id) | more
            return _at_once(waha.event("message.any", staff), act.at)
        case "edit":
            edited = waha.edited(act.text, target=act.target, key=act.id, chat=chat, **more)
            return _at_once(waha.event("message.edited", edited), act.at)
        case "delete":
            before = waha.message("x", chat=chat, key=act.target, **more)
            revoked = waha.revoked(target=act.target, before=before, chat=chat, **more)
            return _at_once(waha.event("message.revoked", revoked), act.at)
    target = f"false_{chat}_{act.target}"
    reaction = waha.reaction(act.text, target=target, chat=chat, **more)
    return _at_once(waha.event("message.reaction", reaction), act.at)


def _said(act: Act, chat: str, more: dict[str, Any]) -> dict[str, Any]:
    if act.text == PLACE:
        place = {"latitude": "14.6937", "longitude": "-17.4441", "live": False}
        return waha.message("", chat=chat, key=act.id, location=place, **more)
    if act.text == STICKER:
        return waha.media("image/webp", chat=chat, key=act.id, **more) | {
            "_data": {"type": "sticker"} | more.get("_data", {})
        }
    if act.text == PICTURE:
        return waha.media("image/jpeg", caption=f"photo {act.mark}", chat=chat, key=act.id, **more)
    return waha.message(act.text, chat=chat, key=act.id, **more)


def plain(acts: Sequence[Act]) -> Webhook:
    """Returns acts of several people in one request of a plain gateway."""
    return _batch(Batch(inbound=[_plain(act) for act in acts]))


def _plain(act: Act) -> InboundEvent:
    """Returns the event of an act. One plain gateway tells whole seconds and the order within them."""
    chat = act.chat or f"{act.person:07d}"
    peer = Address(chat=chat, identities=[identity(act.channel, chat)], name="Awa")
    facts: dict[str, Any] = {
        "tenant": TENANT,
        "channel": act.channel,
        "id": act.id,
        "peer": peer,
        "at": BEGINNING + timedelta(seconds=seconds(act)),
        "order": order(act) if act.channel == "blind" else 0,
        "received_at": BEGINNING,
    }
    match act.do:
        case "say" | "desk":
            quote = Quote(id=act.quote) if act.quote else None
            return MessageReceived(parts=[_part(act)], quote=quote, **facts)
        case "staff":
            return StaffMessage(parts=[Text(text=act.text)], **facts)
        case "edit":
            return MessageEdited(target=act.target, parts=[Text(text=act.text)], **facts)
        case "delete":
            return MessageDeleted(target=act.target, **facts)
        case "block" | "unblock":
            return PeerBlocked(blocked=act.do == "block", **facts)
        case "move":
            facts["peer"] = Address(chat=act.target, identities=peer.identities)
            return PeerMoved(identities=[f"{act.channel}:{act.target}"], **facts)
    return Reaction(target=act.target, emoji=act.text, **facts)


def seconds(act: Act) -> float:
    """Returns the act's time as its gateway tells it: most know whole seconds only."""
    return act.written if act.channel == "listed" else float(math.floor(act.written))


def order(act: Act) -> int:
    """Returns the act's rank among the acts of its second, as its gateway tells it."""
    return int((BEGINNING.timestamp() + act.at) * 1000)


def _part(act: Act) -> Part:
    if act.text == PLACE:
        return Location(latitude=14.7, longitude=-17.4)
    if act.text == STICKER:
        return Media(kind="sticker")
    if act.text == PICTURE:
        return Media(kind="image", caption=f"photo {act.mark}")
    if act.press:
        return Pressed(id=act.press, title=act.text)
    return Text(text=act.text)
