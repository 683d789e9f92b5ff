"""Triggers in the store when a tenant's file is written again: definitions change, and our state stays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scripts.local import seed
from shared.models.trigger import AT_ONCE, Confirmation, Trigger
from shared.platform.store.sqlite import SqliteStore
from shared.tenants.documents import written
from shared.tenants.validation import Invalid, validate
from tests.fakes.clinic import VALID

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
NEWS: dict[str, Any] = {"when": {"once": "confirmed"}, "says": {"fr": {"text": "Bonne année !"}}}
HELLO: dict[str, Any] = {"when": {"event": "new_contact"}, "says": {"fr": {"text": "Bienvenue !"}}}


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "store.db")


async def declare(store: SqliteStore, **triggers: Any) -> None:
    await seed.write(store, [validate(VALID | {"triggers": triggers})])


async def stored(store: SqliteStore, name: str) -> Trigger:
    found = await store.get(Trigger, tenant="clinic", trigger=name)
    assert found is not None
    return found


async def confirmed(store: SqliteStore) -> Trigger:
    """Returns a broadcast that is on its way, with a second confirmation that is still to be read."""
    await declare(store, news=NEWS, hello=HELLO)
    trigger = await stored(store, "news")
    trigger.confirmed = Confirmation(count=12, by="console", at=NOW, revision="r1")
    trigger.revision, trigger.why, trigger.confirm, trigger.due_at = "r1", "12 people", 13, None
    await store.put(trigger)
    return trigger


async def test_a_new_trigger_is_looked_at_at_once(store: SqliteStore) -> None:
    await declare(store, news=NEWS)
    trigger = await stored(store, "news")
    assert (trigger.state, trigger.due_at, trigger.definition) == ("active", AT_ONCE, NEWS)


async def test_the_same_definition_again_changes_nothing(store: SqliteStore) -> None:
    trigger = await confirmed(store)
    await declare(store, news=NEWS | {"rating": False, "late": {"hours": 12}}, hello=HELLO)
    assert await stored(store, "news") == trigger


async def test_a_changed_definition_keeps_the_state_and_is_looked_at_at_once(store: SqliteStore) -> None:
    trigger = await confirmed(store)
    trigger.state = "paused"
    await store.put(trigger)
    await declare(store, news=NEWS | {"kind": "promotion"}, hello=HELLO)
    found = await stored(store, "news")
    assert (found.state, found.due_at, found.confirmed) == ("paused", AT_ONCE, trigger.confirmed)
    assert found.definition["kind"] == "promotion"
    assert found.confirm is None, "the number was meant for other words"


async def test_a_dropped_trigger_is_stopped_and_comes_back_if_it_is_declared_again(
    store: SqliteStore,
) -> None:
    await confirmed(store)
    await declare(store, hello=HELLO)
    found = await stored(store, "news")
    assert (found.state, found.why, found.due_at) == ("stopped", "no longer declared", AT_ONCE)
    assert (await stored(store, "hello")).state == "active"
    found.due_at = None
    await store.put(found)
    await declare(store, hello=HELLO)
    assert (await stored(store, "news")).due_at is None
    await declare(store, news=NEWS, hello=HELLO)
    found = await stored(store, "news")
    assert (found.state, found.why, found.due_at) == ("active", "", AT_ONCE)


async def test_a_trigger_that_people_stopped_stays_stopped(store: SqliteStore) -> None:
    await declare(store, hello=HELLO)
    trigger = await stored(store, "hello")
    trigger.state, trigger.why = "stopped", "by an administrator"
    await store.put(trigger)
    await declare(store)
    await declare(store, hello=HELLO)
    found = await stored(store, "hello")
    assert (found.state, found.why) == ("stopped", "by an administrator")


def test_stored_triggers_come_back_in_the_form_that_people_write() -> None:
    documents = validate(VALID | {"triggers": {"news": NEWS, "hello": HELLO}})
    news, hello = documents.triggers
    hello.drop()
    news.problem, news.due_at = "no language", None
    console = {
        "tenant": documents.tenant.model_dump(),
        "channels": {},
        "knowledge": {},
        "triggers": {each.trigger: each.model_dump() for each in documents.triggers},
        "sources": {},
    }
    assert written(**console)["triggers"] == {"news": NEWS}
    console["triggers"]["news"] |= {"stat": "paused"}
    console["tenant"]["contacts"] = console["tenant"]["staff"] = {}
    console["tenant"]["contacts"] = []
    with pytest.raises(Invalid, match=r"^triggers\.news\.stat: is not a field"):
        validate(written(**console))
