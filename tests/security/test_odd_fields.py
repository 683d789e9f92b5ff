"""A good event with one field of another type, value or name: 200, or 400 that names the gateway's field.

No function fails on the events that passed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from scripts.local.vendors.green_api import webhooks as green_api
from scripts.local.vendors.telegram import webhooks as telegram
from scripts.local.vendors.waha import webhooks as waha
from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, Json, new_id, now, person
from tests.security.odd import CANARY
from tests.security.run import Run

#: With a space, unlike ids of messages, which a log may hold.
WRONG: list[Any] = [
    None,
    True,
    10**400,
    "\ud800",
    {"x": []},
    f"\x1b[31m{CANARY} \r\n",
    {f"{CANARY} ": CANARY},
    f"{CANARY} " * 2_000,
]
EVENTS: dict[str, tuple[str, Json]] = {
    "waha-text": ("waha", waha.event("message", waha.message("Hello", replyTo={"id": "A", "body": "B"}))),
    "waha-photo": ("waha", waha.event("message", waha.media("image/jpeg", caption="Hello", url=None))),
    "waha-receipt": ("waha", waha.event("message.ack", waha.ack(0, "PENDING"))),
    "green-api-text": ("green_api", green_api.reply()),
    "green-api-block": ("green_api", green_api.block("unblocked")),
    "cloud-api-text": ("cloud_api", cloud_api.received(cloud_api.text(context={"id": "wamid.C1"}))),
    "cloud-api-button": ("cloud_api", cloud_api.received(cloud_api.button_reply())),
    "telegram-text": ("telegram", telegram.update("message", telegram.reply())),
    "telegram-press": ("telegram", telegram.update("callback_query", telegram.press())),
}
#: Fields of the gateways that we do not read.
UNREAD = {"me", "environment", "chat_instance", "language_code", "engine", "version", "is_bot", "username"}
Path = tuple[Any, ...]
Attempt = tuple[str, Json, Path]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yields the path of each value of a document."""
    for step in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*path, step)
        yield from paths(value[step], (*path, step))


def mutated(event: Json, path: Path) -> Iterator[bytes]:
    """Yields the event with each wrong value at the path, without the field, with it renamed, and twice."""
    for wrong in [*WRONG, ..., CANARY]:
        changed = json.loads(json.dumps(event))
        place = changed
        for step in path[:-1]:
            place = place[step]
        if wrong is ...:
            del place[path[-1]]
        elif wrong == CANARY and isinstance(place, dict):
            place[f"{CANARY}{path[-1]}"] = place.pop(path[-1])
        else:
            place[path[-1]] = wrong
        yield json.dumps(changed).encode()


def fields() -> Iterator[tuple[str, Attempt]]:
    """Yields each field of any event of a gateway once."""
    seen = set()
    for name, (kind, event) in EVENTS.items():
        for path in paths(event):
            if (kind, path) not in seen and not UNREAD & set(path):
                seen.add((kind, path))
                yield f"{name}:{'.'.join(map(str, path))}", (kind, event, path)


def of_somebody(event: Json) -> Json:
    """Returns the event as from a new person, a moment ago."""
    told = json.dumps(event)
    for fixed in ("221770000001", str(telegram.PERSON)):
        told = told.replace(fixed, person())
    for fixed in ("3EB0A1", "wamid.A1", "4382bfdwdsb323b2d9"):
        told = told.replace(fixed, new_id())
    return dict(json.loads(told.replace(str(waha.AT), str(now()))))


@attempts(dict(fields()))
def test_a_field_that_is_not_what_it_should_be(run: Run, attempt: Attempt) -> None:
    kind, event, path = attempt
    before, known = len(run.lines), set(_names(event)) | {"body", "int", "str"}
    for body in mutated(of_somebody(event), path):
        answer = run.post(f"hotel/{kind}", body, GATEWAYS[kind].headers(body))
        assert answer.status_code in (200, 400), (answer.text, body)
        assert CANARY not in answer.text
        if answer.status_code == 400:
            steps = answer.json()["error"].partition(": ")[0].split(".")
            assert {step for step in steps if not step.isdecimal()} <= known, answer.text
    assert run.told(CANARY, before) == []


def _names(value: Any) -> Iterator[str]:
    """Yields the names of all fields in a document, in the gateway's spelling and ours."""
    for step in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield str(step)
        yield from _names(value[step])


def test_no_function_failed_on_what_passed(run: Run) -> None:
    run.settle()
    assert [line for line in run.lines if line["event"] in ("failed", "dead_lettered")] == []
    assert run.told(CANARY) == []
    assert all(str(value).isprintable() for line in run.lines for value in line.values())


@pytest.mark.parametrize("kind", GATEWAYS)
def test_each_gateway_still_answers(run: Run, kind: str) -> None:
    who, gateway = person(), GATEWAYS[kind]
    body = json.dumps(gateway.message(who, "What time is breakfast?", new_id())).encode()
    assert run.post(f"hotel/{kind}", body, gateway.headers(body)).json()["published"] == 1
    run.settle()
    assert len(run.calls(gateway.chat(who))) == 1
