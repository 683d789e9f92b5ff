"""The credit that is left at OpenRouter, over the HTTP port."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from shared.llm import Connection, Credited, openai_compatible
from shared.platform.http import HttpAnswer
from tests.fakes.http import ScriptedHttp, answer


@dataclass
class Accounts(ScriptedHttp):
    """Answers each path of the vendor's with a status and a body."""

    paths: dict[str, tuple[int, Any]] = field(default_factory=dict)

    async def request(self, method: str, url: str, **_: Any) -> HttpAnswer:
        status, body = self.paths[url.rpartition("/v1")[2]]
        return HttpAnswer(status, {}, json.dumps(body).encode())


def model(**paths: tuple[int, Any]) -> Credited:
    async def key() -> str | None:
        return "not-a-key"

    http = Accounts(answer(200), paths={f"/{path}": found for path, found in paths.items()})
    found = openai_compatible.create(Connection("a/model", key, http, "https://openrouter.ai/api/v1"))
    assert isinstance(found, Credited)
    return found


async def test_the_keys_own_limit_counts_if_the_account_may_not_be_read() -> None:
    refused = (403, {"error": {"code": 403, "message": "Only management keys"}})
    asked = model(key=(200, {"data": {"limit_remaining": 4.5}}), credits=refused)
    assert await asked.credit() == 4.5


async def test_the_smaller_of_both_counts() -> None:
    account = (200, {"data": {"total_credits": 20, "total_usage": 17.5}})
    assert await model(key=(200, {"data": {"limit_remaining": 4.5}}), credits=account).credit() == 2.5


async def test_a_key_without_a_limit_has_none() -> None:
    refused = (403, {"error": {"code": 403, "message": "Only management keys"}})
    assert await model(key=(200, {"data": {"limit_remaining": None}}), credits=refused).credit() is None
