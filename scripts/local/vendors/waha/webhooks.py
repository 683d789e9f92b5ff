"""Webhooks as WAHA posts them, in the forms of its engines: https://waha.devlike.pro/docs/how-to/events/.

All people are invented. Keyword arguments replace the defaults.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from scripts.local.vendors.gateway import OWN_NAME, OWN_NUMBER

Json = dict[str, Any]

PERSON = "221770000001@c.us"
LID = "100000000000001@lid"
GROUP = "120363000000000001@g.us"
OURS = f"{OWN_NUMBER}@c.us"
AT = 1_784_884_627


def event(kind: str, payload: Json, *, session: str = "default", engine: str = "WEBJS") -> Json:
    """Returns the envelope around any event's payload."""
    digest = hashlib.sha256(json.dumps([kind, payload]).encode()).hexdigest()
    return {
        "id": f"evt_{digest[:26]}",
        "timestamp": AT * 1000 + 250,
        "event": kind,
        "session": session,
        "metadata": {},
        "me": {"id": OURS, "pushName": OWN_NAME},
        "payload": payload,
        "engine": engine,
        "environment": {"version": "2026.7.1", "engine": engine, "tier": "CORE", "browser": None},
    }


def message(body: str | None = "Bonjour", *, chat: str = PERSON, key: str = "3EB0A1", **more: Any) -> Json:
    """Returns the payload of a message that a person sent."""
    return {
        "id": f"false_{chat}_{key}",
        "timestamp": AT,
        "from": chat,
        "fromMe": False,
        "source": "app",
        "to": OURS,
        "participant": None,
        "body": body,
        "hasMedia": False,
        "media": None,
        "ack": 1,
        "ackName": "SERVER",
        "location": None,
        "vCards": None,
        "replyTo": None,
        "_data": {"notifyName": "Awa", "type": "chat"},
    } | more


def own(
    body: str = "Je m'en occupe", *, chat: str = PERSON, key: str = "3EB0B1", source: str = "app"
) -> Json:
    """Returns the payload of our own message, typed on the phone (`app`) or sent through the API (`api`)."""
    mine: Json = {"id": f"true_{chat}_{key}", "fromMe": True, "source": source, "from": OURS, "to": chat}
    return message(body, chat=chat, **mine, _data={"notifyName": "Concierge"})


def media(mimetype: str, *, caption: str | None = "", url: str | None = "", **more: Any) -> Json:
    """Returns the payload of a file; `url=""` makes a link up, None means that WAHA has not downloaded it."""
    made_up = "http://localhost:3000/api/files/default/3EB0A1.bin"
    file = {"url": made_up if url == "" else url, "mimetype": mimetype, "filename": None, "error": None}
    return message(caption, hasMedia=True, media=file, **more)


def gows_lid(body: str = "Bonjour") -> Json:
    """Returns the payload of a message from behind a LID, in the form of GOWS."""
    info = {"Chat": LID, "Sender": LID, "SenderAlt": "221770000001@s.whatsapp.net", "PushName": "Awa ✨"}
    return message(body, chat=LID, to=None, _data={"Info": info, "Message": {"conversation": body}})


def noweb_lid(body: str = "Bonjour") -> Json:
    """Returns the payload of a message from behind a LID, in the form of NOWEB."""
    key = {"remoteJid": LID, "remoteJidAlt": "221770000001@s.whatsapp.net", "fromMe": False, "id": "3EB0A1"}
    return message(body, chat=LID, to=None, _data={"key": key, "pushName": "Awa"})


def location(latitude: Any = "14.6937", longitude: Any = "-17.4441", **more: Any) -> Json:
    place = {"latitude": latitude, "longitude": longitude, "live": False} | more
    return message("/9j/4AAQSkZJRgABAQAAAQABAAD", location=place)


def noweb_location() -> Json:
    place = {"degreesLatitude": 14.6937, "degreesLongitude": -17.4441, "name": "Bureau", "address": "Dakar"}
    return message(None, _data={"message": {"locationMessage": place}, "pushName": "Awa"})


def vcard(name: str = "Fatou Sow") -> str:
    return f"BEGIN:VCARD\nVERSION:3.0\nN:;{name};;;\nFN:{name}\nTEL;type=CELL:+221 77 000 00 02\nEND:VCARD"


def reaction(emoji: str = "🙏", *, target: str = f"true_{PERSON}_3EB0C1", **more: Any) -> Json:
    said = {"timestamp": AT + 0.853, "reaction": {"text": emoji, "messageId": target}}
    return message(None, key="3EB0D1") | said | more


def edited(body: str = "Bonsoir", *, target: str | None = "3EB0A1", key: str = "3EB0E1", **more: Any) -> Json:
    return message(body, key=key, editedMessageId=target) | more


def revoked(*, target: str | None = "3EB0A1", before: Json | None = None, **more: Any) -> Json:
    return {"after": message("", key="3EB0F1", **more), "before": before, "revokedMessageId": target}


def ack(level: Any, name: str = "", *, chat: str = PERSON, **more: Any) -> Json:
    said = {"id": f"true_{chat}_3EB0C1", "from": chat, "to": OURS, "participant": None, "fromMe": True}
    return said | {"ack": level, "ackName": name} | more


def session_status(status: str = "WORKING") -> Json:
    return {"name": "default", "status": status, "statuses": [{"status": status, "timestamp": AT * 1000}]}


def signed(body: bytes, key: str = "local-secret") -> dict[str, str]:
    """Returns the headers of WAHA's request."""
    digest = hmac.new(key.encode(), body, hashlib.sha512).hexdigest()
    return {
        "content-type": "application/json",
        "x-webhook-request-id": "18a767mkh37y0h",
        "x-webhook-timestamp": str(AT * 1000 + 300),
        "x-webhook-hmac": digest,
        "x-webhook-hmac-algorithm": "sha512",
    }


#: One event of each kind that we handle, by a name for the test's report.
EVENTS: dict[str, Json] = {
    "text": event("message", message()),
    "text_any": event("message.any", message()),
    "text_gows": event("message", gows_lid(), engine="GOWS"),
    "text_noweb": event("message", noweb_lid(), engine="NOWEB"),
    "own_app": event("message.any", own()),
    "own_api": event("message.any", own(source="api")),
    "image": event("message", media("image/jpeg", caption="Mon reçu")),
    "not_downloaded": event("message", media("application/pdf", url=None)),
    "location": event("message", location()),
    "location_noweb": event("message", noweb_location(), engine="NOWEB"),
    "contact": event("message", message(vcard(), vCards=[vcard()])),
    "reply": event("message", message("Oui", replyTo={"id": "3EB0C1", "body": "Demain ?"})),
    "group": event("message", message(chat=GROUP, participant=PERSON)),
    "reaction": event("message.reaction", reaction()),
    "edited": event("message.edited", edited()),
    "revoked": event("message.revoked", revoked()),
    "ack": event("message.ack", ack(3, "READ")),
    "session": event("session.status", session_status()),
    "unknown": event("poll.vote", {"poll": {"id": "1"}, "vote": {"selectedOptions": ["Oui"]}}),
}
