"""A gateway's events about one person and their message; the same arguments give the same event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from scripts.local.vendors.green_api import webhooks as green_api
from scripts.local.vendors.telegram import webhooks as telegram
from scripts.local.vendors.waha import webhooks as waha
from tests.security.gateways import GATEWAYS, Json, new_id, now, person

TEXT = "What time is breakfast?"


@dataclass(frozen=True)
class News:
    """Times (`at`) are seconds from `start`, mostly before it; `number` distinguishes several messages."""

    kind: str
    who: str = field(default_factory=person)
    id: str = field(default_factory=new_id)
    start: int = field(default_factory=now)

    @property
    def chat(self) -> str:
        return GATEWAYS[self.kind].chat(self.who)

    def key(self, number: int = 0) -> str:
        """Returns the message's id, as the gateway spells it."""
        return ("wamid." if self.kind == "cloud_api" else "") + f"{self.id}{number}"

    def text(self, words: str = TEXT, at: int = 0, number: int = 0) -> Json:
        return GATEWAYS[self.kind].message(self.who, words, f"{self.id}{number}", self.start + at)

    def edit(self, words: str, at: int = 0, target: str = "") -> Json:
        when, key = self.start + at, f"{self.id}{abs(at)}1"
        target = target or self.key()
        match self.kind:
            case "waha":
                said = waha.edited(words, target=target, key=key, timestamp=when, **{"from": self.chat})
                return waha.event("message.edited", said) | {"timestamp": when * 1000}
            case "green_api":
                now_said = {"textMessage": words, "stanzaId": target}
                return self._green_api("editedMessage", key, when, editedMessageData=now_said)
            case "cloud_api":
                words_now = {"type": "text", "text": {"body": words}}
                told = {"original_message_id": target, "message": words_now}
                return self._cloud_api(cloud_api.message("edit", told), key, when)
        changed = telegram.message(words, number=int(target), date=self.start - 3_600, edit_date=when)
        return self._telegram("edited_message", changed, int(key))

    def deletion(self, at: int = 0, target: str = "") -> Json:
        """Returns a deletion; Telegram has none."""
        when, key, target = self.start + at, f"{self.id}{abs(at)}2", target or self.key()
        match self.kind:
            case "waha":
                said = waha.revoked(target=target, chat=self.chat, timestamp=when)
                return waha.event("message.revoked", said) | {"timestamp": when * 1000}
            case "green_api":
                gone = {"stanzaId": target}
                return self._green_api("deletedMessage", key, when, deletedMessageData=gone)
        return self._cloud_api(cloud_api.revoke(target), key, when)

    def block(self, blocked: bool, at: int = 0) -> Json:
        """Returns a block of Green API or Telegram; the others report none."""
        when = self.start + at
        if self.kind == "green_api":
            told = green_api.block("blocked" if blocked else "unblocked")
            return told | {"chatId": self.chat, "timestamp": when}
        changed = telegram.membership("kicked" if blocked else "member", date=when)
        return self._telegram("my_chat_member", changed, int(f"{self.id}{abs(at)}3"))

    def staff(self, words: str, at: int = 0) -> Json:
        """Returns a message of staff on the organisation's own phone; Telegram has none."""
        when, key = self.start + at, f"{self.id}{abs(at)}4"
        match self.kind:
            case "waha":
                said = waha.own(words, chat=self.chat, key=key) | {"timestamp": when}
                return waha.event("message.any", said) | {"timestamp": when * 1000}
            case "green_api":
                said = green_api.staff(green_api.text(words, chat=self.chat))
                return said | {"idMessage": key, "timestamp": when}
        told = cloud_api.echo(said={"body": words}, key=f"wamid.{key}") | {"to": self.who, "to_user_id": None}
        return cloud_api.posted(
            cloud_api.change("smb_message_echoes", message_echoes=[told | {"timestamp": str(when)}])
        )

    def receipt(self, status: str, gateway_id: str) -> Json:
        """Returns the delivery status of a message that we sent; Telegram has none."""
        match self.kind:
            case "waha":
                level = {"sent": 1, "delivered": 2, "read": 3, "failed": -1}[status]
                key = f"true_{self.chat}_{gateway_id}"
                return waha.event("message.ack", waha.ack(level, chat=self.chat, id=key))
            case "green_api":
                return green_api.status(status, chatId=self.chat, idMessage=gateway_id)
        told = cloud_api.failed if status == "failed" else cloud_api.status
        more: Json = {"id": gateway_id, "recipient_id": self.who, "biz_opaque_callback_data": ""}
        said = told(**more) if status == "failed" else cloud_api.status(status, **more)
        return cloud_api.posted(cloud_api.change(statuses=[said]))

    def _green_api(self, kind: str, key: str, when: int, **data: Any) -> Json:
        return green_api.incoming(kind, chat=self.chat, key=key, **data) | {"timestamp": when}

    def _cloud_api(self, said: Json, key: str, when: int) -> Json:
        about = {"from": self.who, "id": f"wamid.{key}", "timestamp": str(when)}
        return cloud_api.received(said | about, contacts=[])

    def _telegram(self, kind: str, told: Json, number: int) -> Json:
        named = {"id": int(self.who), "type": "private", "first_name": "Awa"}
        return telegram.update(kind, told | {"chat": named, "from": named | {"is_bot": False}}, number)
