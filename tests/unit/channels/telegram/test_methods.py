"""Every request to Telegram conforms to its published methods (Bot API 10.1)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from tests.fakes.http import ScriptedHttp, answer
from tests.unit.channels.telegram.calls import CHAT, PARTS, send, telegram
from tests.unit.channels.telegram.test_samples import sample


@cache
def published(kind: str) -> Any:
    """Returns the Bot API's `methods` or `types`, by name."""
    return json.loads(sample("bot_api_10.1_spec.json"))[kind]


PLAIN: dict[str, Any] = {"Integer": int, "String": str, "Boolean": bool, "Float": (int, float)}


def check(value: Any, names: list[str], at: str) -> None:
    """Checks that a value has one of these types; an object has known fields only, and all required ones."""
    types = published("types")
    if isinstance(value, list):
        inner = [name.removeprefix("Array of ") for name in names if name.startswith("Array of ")]
        assert inner, f"{at}: no list ({names})"
        for number, item in enumerate(value):
            check(item, inner, f"{at}.{number}")
    elif isinstance(value, dict):
        fitting = [types[name] for name in names if name in types and set(value) <= fields(types[name])]
        assert fitting, f"{at}: {sorted(value)} fit none of {names}"
        check_fields(value, fitting[0]["fields"], at)
    else:
        assert any(isinstance(value, PLAIN[name]) for name in names if name in PLAIN), (
            f"{at}: expected {names}"
        )


def fields(described: dict[str, Any]) -> set[str]:
    return {field["name"] for field in described.get("fields", [])}


def check_fields(given_fields: dict[str, Any], described: list[dict[str, Any]], at: str) -> None:
    known = {field["name"]: field for field in described}
    assert set(given_fields) <= set(known), at
    assert {name for name, field in known.items() if field["required"]} <= set(given_fields), at
    for name, value in given_fields.items():
        check(value, known[name]["types"], f"{at}.{name}")


async def test_requests_are_what_the_bot_api_describes() -> None:
    http = ScriptedHttp(answer(200))
    subject = telegram("https://telegram.example", http)
    for part, _ in PARTS.values():
        await send(subject, part)
    await subject.show_seen(CHAT, ["callback.1"])
    await subject.show_typing(CHAT)
    for request in http.requests:
        method = request["url"].rpartition("/")[2]
        check_fields(request["json"], published("methods")[method]["fields"], method)
    assert len(http.requests) == len(PARTS) + 2


def test_the_check_sees_what_is_wrong() -> None:
    described = published("methods")["sendMessage"]["fields"]
    good = {"chat_id": CHAT, "text": "Bonjour"}
    check_fields(good, described, "sendMessage")
    keyboards: list[Any] = [
        {"inline_keyboard": [{}]},
        {"inline_keyboard": [[{"callback_data": "x"}]]},
        {"x": 1},
    ]
    wrong: list[dict[str, Any]] = [{"text": 5}, {"chat": 1}, *({"reply_markup": each} for each in keyboards)]
    for each in wrong:
        with pytest.raises(AssertionError):
            check_fields(good | each, described, "sendMessage")
    with pytest.raises(AssertionError):
        check_fields({"chat_id": CHAT}, described, "sendMessage")
