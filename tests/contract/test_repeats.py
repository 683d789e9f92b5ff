"""Equal bytes become equal events, at any time and in any instance.

A gateway posts a request again if any of its events could not be published; the others go out twice, and only
their ids tell that they are repeats. So no id may depend on a clock or on chance.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from scripts.local.vendors.green_api import webhooks as green_api
from scripts.local.vendors.telegram import webhooks as telegram
from scripts.local.vendors.waha import webhooks as waha
from shared.channels import Channel, Parsed
from shared.platform.http import Unreachable
from tests.contract.test_channels import CASES, FILES, posted
from tests.fakes.connection import NOW, connection
from tests.fakes.http import ScriptedHttp

EVENTS: dict[str, dict[str, Any]] = {
    "waha": waha.EVENTS,
    "green_api": green_api.EVENTS,
    "cloud_api": cloud_api.EVENTS,
    "telegram": telegram.EVENTS,
}
#: Gateways' names for the time of an event.
TIMES = {"timestamp", "time", "date", "edit_date"}


def bodies(name: str) -> Iterator[Any]:
    its = CASES[name]
    sent = EVENTS.get(name, {"message": json.loads(its.message)})
    for kind, event in sent.items():
        yield pytest.param(name, json.dumps(event).encode(), id=f"{name}-{kind}")
        yield pytest.param(name, json.dumps(_timeless(event)).encode(), id=f"{name}-{kind}-timeless")


def _timeless(value: Any) -> Any:
    match value:
        case dict():
            return {name: _timeless(held) for name, held in value.items() if name not in TIMES}
        case list():
            return [_timeless(held) for held in value]
    return value


def channel(name: str, now: datetime) -> Channel:
    its, module = CASES[name], importlib.import_module(f"shared.channels.{name}")
    made = connection(name, its.settings, its.secrets, ScriptedHttp(Unreachable()))
    created: Channel = module.create(replace(made, now=lambda: now))
    return created


def told(parsed: Parsed, now: datetime) -> list[dict[str, Any]]:
    """Returns the contents of the events without the time of parsing, which stands in for an absent `at`."""
    dumped = [event.model_dump(exclude={"received_at"}) for event in [*parsed.inbound, *parsed.receipts]]
    return [{k: v for k, v in event.items() if (k, v) != ("at", now)} for event in dumped]


def test_every_channel_is_here() -> None:
    assert set(EVENTS) == set(FILES) - {"webchat"}


@pytest.mark.parametrize(("name", "body"), [each for name in FILES for each in bodies(name)])
async def test_a_repeat_is_the_same_events(name: str, body: bytes) -> None:
    its, later = CASES[name], NOW + timedelta(days=1, seconds=17)
    first, again = channel(name, NOW), channel(name, later)
    webhook = posted(body, await its.sign(first, body))
    one, other = first.parse(webhook), again.parse(webhook)
    assert told(one, NOW) == told(other, later)
    assert one.dropped == other.dropped
