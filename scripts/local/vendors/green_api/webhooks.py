"""Webhooks as Green API posts them: https://green-api.com/en/docs/api/receiving/notifications-format/.

All people are invented. Keyword arguments replace the defaults.
"""

from __future__ import annotations

from typing import Any

from scripts.local.vendors.gateway import OWN_NAME, OWN_NUMBER

Json = dict[str, Any]

INSTANCE = 7103000000
PERSON = "221770000001@c.us"
LID = "100000000000001@lid"
GROUP = "120363000000000001@g.us"
OURS = f"{OWN_NUMBER}@c.us"
AT = 1_784_884_627
MEDIA_URL = "https://media.green-api.example/7103000000/5005fe15.bin"


def event(kind: str, *, instance: Any = INSTANCE, **more: Any) -> Json:
    """Returns the envelope of any notification."""
    account = {"idInstance": instance, "wid": OURS, "typeInstance": "whatsapp"}
    return {"typeWebhook": kind, "instanceData": account, "timestamp": AT, "idMessage": "3EB0A1"} | more


def incoming(kind: str, *, chat: str = PERSON, sender: str = "", key: str = "3EB0A1", **data: Any) -> Json:
    """Returns a message from a person, of any typeMessage."""
    who = {"chatId": chat, "sender": sender or chat, "chatName": "Awa", "senderName": "Awa"}
    who["senderContactName"] = "Mme Awa"
    return event(
        "incomingMessageReceived",
        idMessage=key,
        senderData=who,
        messageData={"typeMessage": kind, **data},
    )


def text(words: str = "Bonjour", **more: Any) -> Json:
    return incoming("textMessage", textMessageData={"textMessage": words}, **more)


def extended(words: str = "Voyez https://hotel.example", **more: Any) -> Json:
    """Returns an extended text: a text with a link, or an advertisement's greeting."""
    data = {"text": words, "description": "", "title": "", "isForwarded": False, "forwardingScore": 0}
    return incoming("extendedTextMessage", extendedTextMessageData=data, **more)


def reply(words: str = "Oui", **more: Any) -> Json:
    said = {"text": words, "stanzaId": "OTHER", "participant": OURS}
    quoted = {"stanzaId": "3EB0C1", "participant": OURS, "typeMessage": "textMessage"}
    quoted["textMessage"] = "Demain ?"
    return incoming("quotedMessage", extendedTextMessageData=said, quotedMessage=quoted, **more)


def file(kind: str, mimetype: str, **more: Any) -> Json:
    data = {"downloadUrl": MEDIA_URL, "caption": "", "fileName": "5005fe15.bin", "jpegThumbnail": ""}
    about: Json = {"mimeType": mimetype, "isForwarded": False, "forwardingScore": 0}
    return incoming(kind, fileMessageData=data | about | more)


def location(latitude: Any = 14.6937, longitude: Any = -17.4441, **more: Any) -> Json:
    place = {"nameLocation": "Bureau", "address": "Dakar", "latitude": latitude, "longitude": longitude}
    return incoming("locationMessage", locationMessageData=place | {"jpegThumbnail": ""} | more)


def vcard(name: str = "Fatou Sow") -> str:
    return f"BEGIN:VCARD\nVERSION:3.0\nN:;{name};;;\nFN:{name}\nTEL;type=CELL:+221 77 000 00 02\nEND:VCARD"


def contact(display: str = "Tata Fatou") -> Json:
    return incoming("contactMessage", contactMessageData={"displayName": display, "vcard": vcard()})


def contacts(count: int = 2) -> Json:
    cards = [{"displayName": f"Personne {n}", "vcard": vcard(f"Personne {n}")} for n in range(count)]
    return incoming("contactsArrayMessage", messageData={"contacts": cards})


def button(key: str = "yes", title: str = "Oui") -> Json:
    chosen = {"stanzaId": "3EB0C1", "selectedButtonId": key, "selectedButtonText": title}
    return incoming("buttonsResponseMessage", buttonsResponseMessage=chosen)


def template_button(key: str = "yes", title: str = "Oui", kind: str = "templateButtonsReplyMessage") -> Json:
    chosen = {"stanzaId": "3EB0C1", "selectedIndex": 0, "selectedId": key, "selectedDisplayText": title}
    return incoming(kind, templateButtonReplyMessage=chosen)


def list_row(key: Any = "yes", title: str = "Oui") -> Json:
    chosen = {"stanzaId": "3EB0C1", "title": title, "listType": 1, "singleSelectReply": key}
    return incoming("listResponseMessage", listResponseMessage=chosen)


def reaction(emoji: str = "🙏", target: str = "3EB0C1") -> Json:
    on = {"stanzaId": target, "participant": OURS}
    return incoming(
        "reactionMessage", key="3EB0D1", extendedTextMessageData={"text": emoji}, quotedMessage=on
    )


def edited(words: str = "Bonsoir", *, key: str = "3EB0E1") -> Json:
    return incoming("editedMessage", key=key, editedMessageData={"textMessage": words, "stanzaId": "3EB0A1"})


def deleted(target: str = "3EB0A1") -> Json:
    return incoming("deletedMessage", key="3EB0F1", deletedMessageData={"stanzaId": target})


def staff(said: Json | None = None, *, kind: str = "outgoingMessageReceived") -> Json:
    """Returns a message typed on the phone, or (`outgoingAPIMessageReceived`) sent through the API."""
    sent = said or text("Je m'en occupe")
    who = sent["senderData"] | {"sender": OURS, "senderName": OWN_NAME}
    return sent | {"typeWebhook": kind, "idMessage": "3EB0B1", "senderData": who}


def status(word: str = "read", **more: Any) -> Json:
    said = {"chatId": PERSON, "idMessage": "3EB0C1", "status": word, "sendByApi": True}
    return event("outgoingMessageStatus", **(said | more))


def state(word: str = "authorized") -> Json:
    said = event("stateInstanceChanged", stateInstance=word)
    del said["idMessage"]
    return said


def block(word: str = "blocked") -> Json:
    said = event("incomingBlock", chatId=PERSON, chatState=word)
    del said["idMessage"]
    return said


def signed(key: str = "local-secret") -> dict[str, str]:
    """Returns the headers of Green API's request."""
    return {"content-type": "application/json", "authorization": f"Bearer {key}"}


#: One event of each kind that we handle, by a name for the test's report.
EVENTS: dict[str, Json] = {
    "text": text(),
    "extended": extended(),
    "reply": reply(),
    "image": file("imageMessage", "image/jpeg", caption="Mon reçu"),
    "document": file("documentMessage", "application/pdf", fileName="reçu.pdf"),
    "voice": file("audioMessage", "audio/ogg; codecs=opus"),
    "location": location(),
    "contact": contact(),
    "contacts": contacts(),
    "button": button(),
    "template_button": template_button(),
    "list_row": list_row({"selectedRowId": "yes"}),
    "group": text(chat=GROUP, sender=PERSON),
    "reaction": reaction(),
    "edited": edited(),
    "deleted": deleted(),
    "staff": staff(),
    "own_api": staff(kind="outgoingAPIMessageReceived"),
    "status": status(),
    "state": state(),
    "block": block(),
    "call": event("incomingCall", **{"from": PERSON}),
    "unknown": event("pollClosed"),
}
