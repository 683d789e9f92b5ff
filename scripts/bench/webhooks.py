"""The same question as each gateway posts it, with the gateway's signature or token.

Each is a complete message as its vendor documents it, also with fields that we ignore: skipping them is part
of the work. `person` is the nth of many people, and `message` is unique.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from uuid import NAMESPACE_OID, uuid5
from zlib import crc32

from scripts.bench import messages
from scripts.bench.messages import QUESTION, TENANT
from scripts.bench.served import Ask
from scripts.local.seed import LOCAL_SECRET

_OURS, _NUMBER_ID, _ACCOUNT, _INSTANCE = "221330000000", "106540352242922", "102290129340398", 7103000000


def green_api(person: int, message: str) -> Ask:
    """Returns a text message:
    https://green-api.com/en/docs/api/receiving/notifications-format/incoming-message/TextMessage/"""
    chat = messages.chat(person)
    sender = {"chatId": chat, "chatName": "Awa", "sender": chat, "senderName": "Awa", "senderContactName": ""}
    body = {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": _INSTANCE, "wid": f"{_OURS}@c.us", "typeInstance": "whatsapp"},
        "timestamp": int(time.time()),
        "idMessage": message,
        "senderData": sender,
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": QUESTION}},
    }
    return _posted("green_api", json.dumps(body).encode(), {"Authorization": f"Bearer {LOCAL_SECRET}"})


def cloud_api(person: int, message: str) -> Ask:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/text"""
    number = messages.chat(person).partition("@")[0]
    user = f"SN.{number}1302741918"
    said = {
        "from": number,
        "from_user_id": user,
        "id": f"wamid.{message}",
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": QUESTION},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": _OURS, "phone_number_id": _NUMBER_ID},
        "contacts": [{"profile": {"name": "Awa"}, "wa_id": number, "user_id": user}],
        "messages": [said],
    }
    entry = {"id": _ACCOUNT, "changes": [{"value": value, "field": "messages"}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    return _posted("cloud_api", body, {"X-Hub-Signature-256": f"sha256={_digest(body)}"})


def telegram(person: int, message: str) -> Ask:
    """Returns an update: https://core.telegram.org/bots/api#update"""
    number = crc32(message.encode())
    named = {"first_name": "Awa", "last_name": "Diop", "username": f"awa{person}"}
    who = {"id": 770_000_000 + person, **named}
    said = {
        "message_id": number,
        "from": {**who, "is_bot": False, "language_code": "en"},
        "chat": {**who, "type": "private"},
        "date": int(time.time()),
        "text": QUESTION,
    }
    body = {"update_id": number, "message": said}
    return _posted("telegram", json.dumps(body).encode(), {"X-Telegram-Bot-Api-Secret-Token": LOCAL_SECRET})


def webchat(person: int, message: str) -> Ask:
    """Returns a post of our own page (shared/channels/webchat.py)."""
    visitor = f"bench-visitor-{person:06d}"
    until = int(time.time()) + 86_400
    token = f"{visitor}.{until}.{_digest(f'{TENANT}/webchat/{visitor}/{until}'.encode())}"
    body = {"id": str(uuid5(NAMESPACE_OID, message)), "text": QUESTION}
    return _posted("webchat", json.dumps(body).encode(), {"Authorization": f"Bearer {token}"})


def _posted(channel: str, body: bytes, proof: dict[str, str]) -> Ask:
    return Ask(body, {"Content-Type": "application/json", **proof}, f"/{TENANT}/{channel}")


def _digest(signed: bytes) -> str:
    return hmac.new(LOCAL_SECRET.encode(), signed, hashlib.sha256).hexdigest()


BY_CHANNEL: dict[str, Callable[[int, str], Ask]] = {
    "waha": messages.webhook,
    "green_api": green_api,
    "cloud_api": cloud_api,
    "telegram": telegram,
    "webchat": webchat,
}
