"""Updates as Telegram posts them: https://core.telegram.org/bots/api#update.

All people are invented. Keyword arguments replace the defaults.
"""

from __future__ import annotations

from typing import Any

from scripts.local.vendors.gateway import OWN_NAME

Json = dict[str, Any]

PERSON = 700_000_001
BOT = {"id": 7_100_000_001, "is_bot": True, "first_name": OWN_NAME, "username": "concierge_bot"}
AWA = {"id": PERSON, "is_bot": False, "first_name": "Awa", "last_name": "Diop", "language_code": "fr"}
CHAT = {"id": PERSON, "type": "private", "first_name": "Awa", "last_name": "Diop"}
GROUP = {"id": -1_001_000_000_001, "type": "supergroup", "title": "Paroisse"}
AT = 1_784_884_627


def update(kind: str, event: Any, number: int = 500_001) -> Json:
    """Returns the envelope: one event under the name of its kind."""
    return {"update_id": number, kind: event}


def message(text: str | None = "Bonjour", *, number: int = 17, **more: Any) -> Json:
    said = {"message_id": number, "from": AWA, "chat": CHAT, "date": AT} | more
    return said if text is None else said | {"text": text}


def file(name: str = "BQACAgQAAxkBAAIB", **more: Any) -> Json:
    return {"file_id": name, "file_unique_id": "AgAD0w", "file_size": 12_345} | more


def photo() -> list[Json]:
    sizes = (90, 72), (800, 638), (320, 255)
    return [file(f"photo-{width}", width=width, height=height) for width, height in sizes]


def place(**more: Any) -> Json:
    return {"latitude": 14.6937, "longitude": -17.4441} | more


def reply(text: str = "Oui", **more: Any) -> Json:
    asked = message("Demain ?", number=15) | {"from": BOT}
    return message(text, reply_to_message=asked, **more)


def keyboard(*titles: tuple[str, str]) -> Json:
    return {"inline_keyboard": [[{"text": title, "callback_data": data}] for data, title in titles]}


def press(data: str = "yes", **more: Any) -> Json:
    buttons = keyboard(("no", "Non"), ("yes", "Oui"))
    asked = message("Demain ?", number=15, reply_markup=buttons) | {"from": BOT}
    return {
        "id": "4382bfdwdsb323b2d9",
        "from": AWA,
        "message": asked,
        "chat_instance": "-1",
        "data": data,
    } | more


def reaction(*emoji: str, **more: Any) -> Json:
    now = [{"type": "emoji", "emoji": one} for one in emoji]
    return {
        "chat": CHAT,
        "message_id": 15,
        "user": AWA,
        "date": AT,
        "old_reaction": [],
        "new_reaction": now,
    } | more


def membership(status: str = "kicked", **more: Any) -> Json:
    was, now = ({"user": BOT, "status": each} for each in ("member", status))
    return {"chat": CHAT, "from": AWA, "date": AT, "old_chat_member": was, "new_chat_member": now} | more


def signed(token: str = "local-secret") -> dict[str, str]:  # noqa: S107
    """Returns the headers of Telegram's request."""
    return {"content-type": "application/json", "x-telegram-bot-api-secret-token": token}


#: One event of each kind that we handle, by a name for the test's report.
EVENTS: dict[str, Json] = {
    "text": update("message", message()),
    "photo": update("message", message(None, photo=photo(), caption="Mon reçu")),
    "voice": update("message", message(None, voice=file(duration=5, mime_type="audio/ogg"))),
    "animation": update("message", message(None, document=file(), animation=file(mime_type="video/mp4"))),
    "sticker": update(
        "message", message(None, sticker=file(type="regular", emoji="🙏", width=512, height=512))
    ),
    "location": update("message", message(None, location=place(live_period=900))),
    "venue": update(
        "message",
        message(None, location=place(), venue={"location": place(), "title": "Bureau", "address": "Dakar"}),
    ),
    "contact": update(
        "message", message(None, contact={"phone_number": "+221770000002", "first_name": "Fatou"})
    ),
    "reply": update("message", reply()),
    "forwarded": update(
        "message", message(forward_origin={"type": "user", "sender_user": AWA, "date": AT - 60})
    ),
    "dice": update("message", message(None, dice={"emoji": "🎲", "value": 3})),
    "group": update("message", message(chat=GROUP)),
    "channel_post": update("channel_post", {"message_id": 3, "chat": GROUP, "date": AT, "text": "Avis"}),
    "edited": update("edited_message", message("Bonsoir", edit_date=AT + 30)),
    "press": update("callback_query", press()),
    "press_inline": update("callback_query", press(message=None, inline_message_id="AgAAAA")),
    "reaction": update("message_reaction", reaction("🙏")),
    "blocked": update("my_chat_member", membership()),
    "unknown": update("poll", {"id": "1", "question": "Demain ?"}),
}
