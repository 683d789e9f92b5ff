"""Client of the local run: posts signed WAHA webhooks and reads the calls to the simulated gateways."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from typing import Any

import httpx

SECRET = "local-secret"
#: How long (s) a test waits for what must happen, on a busy machine too: a guard against hanging, no figure.
WAIT_S = 60.0
#: The same after a process was killed at work: its claim (60 s) ends first, then the bus tries again.
AFTER_A_DEATH_S = 180.0
_people = itertools.count(221_770_100_000)
_messages = itertools.count(1)


class Concierge:
    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.http = httpx.Client(base_url=origin, timeout=2 * WAIT_S, trust_env=False)

    def post(
        self, body: bytes, *, tenant: str = "hotel", channel: str = "waha", **headers: str
    ) -> httpx.Response:
        """Posts a signed webhook; `headers` replace ours."""
        signed = {"X-Webhook-Hmac": sign(body), "Content-Type": "application/json", **headers}
        return self.http.post(f"/webhook/{tenant}/{channel}", content=body, headers=signed)

    def say(self, person: str, text: str, *, tenant: str = "hotel", id: str = "") -> str:
        """Posts a person's message; returns its id."""
        name = id or f"E2E{next(_messages)}"
        answer = self.post(json.dumps(waha_message(person, text, name)).encode(), tenant=tenant)
        assert answer.status_code == 200, answer.text
        return name

    def calls(self, person: str) -> list[dict[str, Any]]:
        """Returns the calls to the gateway for this person."""
        found = self.http.get("/_sim/outbox", params={"since": 0}).json()["calls"]
        return [call for call in found if call["to"] == chat(person) and call["kind"] == "text"]

    def texts(self, person: str) -> list[str]:
        """Returns the texts that reached the person."""
        return [call["text"] for call in self.calls(person) if call["status"] in (0, 200, 201)]

    def ledger(self, person: str, tenant: str = "hotel") -> list[dict[str, Any]]:
        answer = self.http.get(
            "/_sim/ledger", params={"tenant": tenant, "channel": "waha", "peer": chat(person)}
        )
        return list(answer.json()["messages"]) if answer.status_code == 200 else []

    def outcomes(self, person: str) -> list[str | None]:
        return [message["outcome"] for message in self.ledger(person) if message["direction"] == "in"]

    def until_texts(self, person: str, number: int, within: float = WAIT_S) -> list[str]:
        """Waits for that many texts and returns them."""
        wait_for(lambda: len(self.texts(person)) >= number, lambda: str(self.ledger(person)), within)
        return self.texts(person)

    def fault(self, person: str, **fault: object) -> None:
        """Makes calls for this person fail. A message to somebody of the demo may be due just then, and
        would use up a fault for everybody."""
        answer = self.http.post("/_sim/faults", json={"channel": "waha", "to": chat(person), **fault})
        assert answer.is_success, answer.text


def person() -> str:
    """Returns a new person's number."""
    return str(next(_people))


def chat(person: str) -> str:
    return f"{person}@c.us"


def sign(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, hashlib.sha512).hexdigest()


def waha_message(person: str, text: str, id: str, **payload: object) -> dict[str, Any]:
    """Returns WAHA's `message` event, as its engine WEBJS sends it."""
    return {
        "event": "message",
        "session": "default",
        "engine": "WEBJS",
        "payload": {
            "id": f"false_{chat(person)}_{id}",
            "timestamp": int(time.time()),
            "from": chat(person),
            "fromMe": False,
            "body": text,
            "hasMedia": False,
            **payload,
        },
    }


def wait_for(condition: Any, tell: Any = lambda: "", within: float = WAIT_S) -> None:
    """Waits until the condition holds. Raises AssertionError with `tell()` after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {tell()}"
        time.sleep(0.05)
