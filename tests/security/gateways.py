"""Posts of each gateway for a text that a person wrote just now, and their authentication."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from scripts.local.vendors.green_api import webhooks as green_api
from scripts.local.vendors.telegram import webhooks as telegram
from scripts.local.vendors.waha import webhooks as waha
from tests.security.run import Run, key

Json = dict[str, Any]

_people = itertools.count(221_770_500_000)
_ids = itertools.count(100_001)


@dataclass(frozen=True)
class Gateway:
    """A gateway's posts.

    `role` is the channel's name for the secret that authenticates them; `signed` makes the headers of a body
    and its value. `suffix` follows a person's digits in the gateway's name of a chat.
    """

    kind: str
    role: str
    signed: Callable[[bytes, str], dict[str, str]]
    message: Callable[..., Json]
    suffix: str = ""

    def headers(self, body: bytes, tenant: str = "hotel") -> dict[str, str]:
        return self.signed(body, key(tenant, self.kind, self.role))

    def chat(self, person: str) -> str:
        return person + self.suffix


def person() -> str:
    """Returns the digits of a new person: a phone number, or Telegram's id."""
    return str(next(_people))


def new_id() -> str:
    """Returns digits not used for any message yet."""
    return str(next(_ids))


def now() -> int:
    return int(time.time())


def post(run: Run, gateway: Gateway, event: Json | bytes, *, tenant: str = "hotel") -> Any:
    """Posts an authenticated event; returns the response's JSON, which must be a 200."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    answer = run.post(f"{tenant}/{gateway.kind}", body, gateway.headers(body, tenant))
    assert answer.status_code == 200, answer.text
    return answer.json()


def _waha(person: str, text: str, id: str, at: int | None = None, **more: Any) -> Json:
    said = waha.message(text, chat=f"{person}@c.us", key=id, timestamp=at or now(), **more)
    return waha.event("message", said) | {"timestamp": (at or now()) * 1000}


def _green_api(person: str, text: str, id: str, at: int | None = None) -> Json:
    return green_api.text(text, chat=f"{person}@c.us", key=id) | {"timestamp": at or now()}


def _cloud_api(person: str, text: str, id: str, at: int | None = None) -> Json:
    said = cloud_api.text(text, key=f"wamid.{id}", timestamp=str(at or now()))
    contact = {"profile": {"name": "Awa"}, "wa_id": person}
    return cloud_api.received(said | {"from": person}, contacts=[contact])


def _telegram(person: str, text: str, id: str, at: int | None = None, **more: Any) -> Json:
    who = {"id": int(person), "first_name": "Awa"}
    said = telegram.message(text, number=int(id), date=at or now(), **more)
    said |= {"chat": who | {"type": "private"}, "from": who | {"is_bot": False}}
    return telegram.update("message", said, int(id))


def _telegram_signed(_: bytes, token: str) -> dict[str, str]:
    return telegram.signed() | {"x-telegram-bot-api-secret-token": token}


GATEWAYS = {
    gateway.kind: gateway
    for gateway in (
        Gateway("waha", "hmac_key", waha.signed, _waha, "@c.us"),
        Gateway("green_api", "webhook_token", lambda _, token: green_api.signed(token), _green_api, "@c.us"),
        Gateway("cloud_api", "app_secret", cloud_api.signed, _cloud_api),
        Gateway("telegram", "secret_token", _telegram_signed, _telegram),
    )
}
