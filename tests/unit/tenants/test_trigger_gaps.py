"""Triggers that are right, and yet leave people without their message, are told before they hurt."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scripts import tenant_file
from shared.tenants.validation import validate
from tests.fakes.clinic import VALID

NOW = datetime(2026, 12, 24, 18, 29, tzinfo=UTC)
BOTH = {"fr": {"text": "Bonjour !"}, "en": {"text": "Hello!"}}
APPROVED = {"fr": {"name": "hello"}, "en": {"name": "hello"}}
CLOUD = {
    "kind": "cloud_api",
    "settings": {"base_url": "https://graph.example", "phone_number_id": "106540352242922"},
}
MAIN = VALID["channels"]["main"]


def told(channels: dict[str, Any], fields: dict[str, Any], now: datetime = NOW) -> list[str]:
    trigger = {"when": {"event": "new_contact"}, "says": BOTH, "template": APPROVED} | fields
    file = validate(VALID | {"channels": channels, "triggers": {"one": trigger}})
    return [line for line in tenant_file.gaps(file, now) if line.startswith("triggers.")]


def test_a_trigger_with_everything_has_no_gap() -> None:
    assert told({"main": MAIN, "cloud": CLOUD}, {}) == []


@pytest.mark.parametrize(
    ("channels", "fields", "line"),
    [
        (
            {"main": MAIN},
            {"says": {"fr": BOTH["fr"]}},
            "triggers.one.says: said in another language to people who speak en",
        ),
        (
            {"main": MAIN, "cloud": CLOUD},
            {"template": {"fr": APPROVED["fr"]}},
            "triggers.one.template: not sent outside the window of cloud to people who speak en",
        ),
        (
            {"main": MAIN},
            {"when": {"before_window_closes": "2h"}},
            "triggers.one.when.before_window_closes: no channel has a window, so it never begins",
        ),
        (
            {"main": MAIN, "cloud": CLOUD},
            {"when": {"before_window_closes": "2h"}, "channels": ["main"]},
            "triggers.one.when.before_window_closes: no channel has a window, so it never begins",
        ),
        (
            {"main": MAIN},
            {"kind": "promotion"},
            "triggers.one.kind: only people imported with their consent get it: "
            "secrets.contacts_key is not set",
        ),
    ],
    ids=str,
)
def test_a_gap_is_told(channels: dict[str, Any], fields: dict[str, Any], line: str) -> None:
    assert told(channels, fields) == [line]


def test_no_template_is_missed_without_a_window() -> None:
    assert told({"main": MAIN}, {"template": {}}) == []
    assert told({"main": MAIN, "cloud": CLOUD}, {"template": {}, "channels": ["main"]}) == []
    when = {"before_window_closes": "2h"}
    assert told({"main": MAIN, "cloud": CLOUD}, {"template": {}, "when": when}) == []


def test_a_broadcast_of_the_past_is_told() -> None:
    when = {"when": {"once": "2026-12-24T18:30"}}
    assert told({"main": MAIN}, when) == []
    later = NOW.replace(minute=31)
    assert told({"main": MAIN}, when, later) == ["triggers.one.when.once: 2026-12-24T18:30 is past"]
