"""Webhooks as Meta's Cloud API posts them:
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/.

All people are invented. Keyword arguments replace the defaults.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from scripts.local.vendors.gateway import OWN_NUMBER

Json = dict[str, Any]

NUMBER_ID = "106540352242922"
ACCOUNT_ID = "102290129340398"
OURS = OWN_NUMBER
PERSON = "221770000001"
USER = "SN.10000000000000000001"
AT = 1_784_884_627
CONTACT: Json = {"profile": {"name": "Awa"}, "wa_id": PERSON, "user_id": USER}


def change(field: str = "messages", *, number_id: str = NUMBER_ID, **value: Any) -> Json:
    """Returns one change; `value` holds its fields beside the metadata."""
    metadata = {"display_phone_number": "+221 33 000-00-00", "phone_number_id": number_id}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata} | value}


def posted(*changes: Json) -> Json:
    """Returns the envelope around changes."""
    entry = {"id": ACCOUNT_ID, "time": AT, "changes": list(changes)}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def received(*messages: Json, contacts: list[Any] | None = None) -> Json:
    """Returns the envelope around messages of one person."""
    return posted(change(contacts=[CONTACT] if contacts is None else contacts, messages=list(messages)))


def message(kind: str, said: Any, *, key: str = "wamid.A1", **more: Any) -> Json:
    """Returns a message that a person sent; `said` is its content, under the name of its kind."""
    return {"from": PERSON, "id": key, "timestamp": str(AT), "type": kind, kind: said} | more


def text(body: str = "Bonjour", **more: Any) -> Json:
    return message("text", {"body": body}, **more)


def media(kind: str = "image", *, mime_type: str = "image/jpeg", **more: Any) -> Json:
    file = {"id": "1003383421387256", "mime_type": mime_type, "sha256": "SfInY0gGKTsJlUWb="}
    return message(kind, file | more)


def location(latitude: Any = 14.6937, longitude: Any = -17.4441, **more: Any) -> Json:
    return message("location", {"latitude": latitude, "longitude": longitude} | more)


def contact_card(name: str = "Fatou Sow", **more: Any) -> Json:
    named = {"formatted_name": name, "first_name": name}
    phones = [{"phone": "77 000 00 02", "wa_id": "221770000002", "type": "CELL"}]
    return {"name": named, "phones": phones} | more


def button_reply(name: str = "book", title: str = "Réserver", kind: str = "button_reply") -> Json:
    said = {"type": kind, kind: {"id": name, "title": title}}
    return message("interactive", said, context={"from": OURS, "id": "wamid.C1"})


def template_reply(payload: str = "yes", title: str = "Oui") -> Json:
    said = {"payload": payload, "text": title}
    return message("button", said, context={"from": OURS, "id": "wamid.C1"})


def reaction(**said: Any) -> Json:
    return message("reaction", {"message_id": "wamid.C1"} | said, key="wamid.D1")


def edit(kind: str = "text", said: Any = None, **more: Any) -> Json:
    words = {"type": kind, kind: said or {"body": "Bonsoir"}}
    return message("edit", {"original_message_id": "wamid.A1", "message": words}, key="wamid.E1", **more)


def revoke(target: str = "wamid.A1") -> Json:
    return message("revoke", {"original_message_id": target}, key="wamid.F1")


def unsupported() -> Json:
    told = [{"code": 131051, "title": "Message type unknown", "message": "Message type unknown"}]
    return message("unsupported", None, errors=told)


def new_number(number: str = "221770000009") -> Json:
    said = {"body": "User Awa changed", "wa_id": number, "type": "user_changed_number"}
    return message("system", said, key="wamid.S1")


def new_user_id(current: str = "SN.20000000000000000002", previous: str = USER) -> Json:
    said = {"user_id": current, "previous_user_id": previous, "type": "user_changed_user_id"}
    told = message("system", said, key="wamid.S2")
    del told["from"]
    return told


def user_id_update(current: str = "SN.20000000000000000002", previous: str = USER) -> Json:
    """Returns the entry of the field `user_id_update`."""
    ids = {"previous": previous, "current": current}
    return {"wa_id": PERSON, "detail": "User id has been updated.", "user_id": ids, "timestamp": str(AT)}


def echo(kind: str = "text", said: Any = None, key: str = "wamid.B1") -> Json:
    """Returns a message that staff typed in the WhatsApp Business app."""
    words = {"body": "Je m'en occupe"} if said is None else said
    return message(kind, words, key=key) | {"from": OURS, "to": PERSON, "to_user_id": USER}


def status(how: str = "delivered", **more: Any) -> Json:
    told = {"id": "wamid.C1", "status": how, "timestamp": str(AT), "recipient_id": PERSON}
    return told | {"biz_opaque_callback_data": "re-wamid.A1"} | more


def failed(code: Any = 131047, **more: Any) -> Json:
    return status("failed", errors=[{"code": code, "title": "…", "error_data": {"details": "…"}}], **more)


def account(event: str, **more: Any) -> Json:
    """Returns a change of the account's own events, which names no number."""
    return {"field": "account_update", "value": {"event": event} | more}


def signed(body: bytes, secret: str = "local-secret") -> dict[str, str]:  # noqa: S107
    """Returns the headers of Meta's request."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}


#: One event of each kind that we handle, by a name for the test's report.
EVENTS: dict[str, Json] = {
    "text": received(text()),
    "user_without_number": received(
        text() | {"from": None, "from_user_id": USER}, contacts=[CONTACT | {"wa_id": None}]
    ),
    "reply": received(text("Oui", context={"from": OURS, "id": "wamid.C1"})),
    "forwarded": received(text(context={"forwarded": True})),
    "image": received(media(caption="Mon reçu")),
    "voice": received(media("audio", mime_type="audio/ogg; codecs=opus", voice=True)),
    "document": received(media("document", mime_type="application/pdf", filename="reçu.pdf")),
    "location": received(location(name="Bureau", address="Dakar")),
    "contacts": received(message("contacts", [contact_card()])),
    "button": received(button_reply()),
    "list": received(button_reply(kind="list_reply")),
    "template_button": received(template_reply()),
    "reaction": received(reaction(emoji="🙏")),
    "edit": received(edit()),
    "revoke": received(revoke()),
    "new_number": posted(change(messages=[new_number()])),
    "new_user_id": posted(change(messages=[new_user_id()])),
    "user_id_update": posted(change("user_id_update", user_id_update=[user_id_update()])),
    "echo": posted(change("smb_message_echoes", contacts=[CONTACT], message_echoes=[echo()])),
    "delivered": posted(change(statuses=[status()])),
    "failed": posted(change(statuses=[failed()])),
    "batch": posted(
        change(contacts=[CONTACT], messages=[text(), text("Deux", key="wamid.A2")], statuses=[status()]),
        change(contacts=[CONTACT], messages=[text("Trois", key="wamid.A3")]),
    ),
    "account": posted(account("DISABLED_UPDATE", ban_info={"waba_ban_state": "DISABLE"})),
    "account_error": posted(change(errors=[{"code": 131000, "title": "Something went wrong"}])),
    "unsupported": received(unsupported()),
    "unknown": posted({"field": "message_template_status_update", "value": {"event": "APPROVED"}}),
}
