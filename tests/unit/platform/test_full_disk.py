"""A full disk during the local run: callers retry, no process ends, and no event is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Retry
from shared.platform.bus import pusher as pushers
from shared.platform.bus.pusher import Pusher
from shared.platform.bus.sqlite import SqliteBus
from shared.platform.store.sqlite import SqliteStore
from tests.contract.bus.pushes import Endpoint, acknowledge, patient, receiving
from tests.contract.shelf import book, keys

LONG = "x" * 200_000


def fill(connection: sqlite3.Connection) -> None:
    """Forbids the database to grow beyond its present pages."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


def empty(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA max_page_count = 1000000")


async def test_a_store_that_is_full_is_a_retry_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    await store.put(book("one"))
    fill(store.open())
    for write in (store.create, store.put):
        with pytest.raises(Retry, match="sqlite_full"):
            await write(book("two", title=LONG))

    async def work(tx: Any) -> None:
        tx.create(book("two", title=LONG))

    with pytest.raises(Retry, match="sqlite_full"):
        await store.transaction(work)
    assert await store.get(type(book("one")), **keys("one")) is not None
    assert await store.get(type(book("one")), **keys("two")) is None
    empty(store.open())
    await store.transaction(work)
    assert await store.get(type(book("one")), **keys("two")) is not None


@pytest.mark.parametrize(
    "code", ["SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_BUSY"]
)
async def test_what_may_pass_is_a_retry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    error = sqlite3.OperationalError("zebra")
    error.sqlite_errorcode, error.sqlite_errorname = getattr(sqlite3, code), code

    def fail() -> sqlite3.Connection:
        raise error

    store = SqliteStore(tmp_path / "store.db")
    monkeypatch.setattr(store, "open", fail)
    with pytest.raises(Retry, match=code.lower()):
        await store.put(book("one"))
    with pytest.raises(Retry, match=code.lower()):
        await store.get(type(book("one")), **keys("one"))


async def test_a_queue_that_is_full_is_a_retry(tmp_path: Path) -> None:
    Pusher(tmp_path / "bus.db", [patient(Endpoint("http://localhost:9/", acknowledge))])
    bus = SqliteBus(tmp_path / "bus.db")
    await bus.reach()
    assert bus._queue is not None
    fill(bus._queue._connection)
    with pytest.raises(Retry, match="SQLITE_FULL"):
        await bus.publish("inbound", LONG.encode(), attributes={})
    empty(bus._queue._connection)
    assert await bus.publish("inbound", LONG.encode(), attributes={})


async def test_a_pusher_that_cannot_write_says_so_and_pushes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(pushers, "UNWRITABLE_PAUSE_S", 0.1)
    path = tmp_path / "bus.db"
    async with receiving() as receiver:
        endpoint = receiver.endpoint()
        pusher = Pusher(path, [patient(endpoint)])
        await SqliteBus(path).publish("inbound", b"x", attributes={})
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # no other connection can write
        running = asyncio.create_task(pusher.run())
        await endpoint.received(2)
        other.execute("ROLLBACK")
        await asyncio.wait_for(pusher.drained(), 10)
        running.cancel()
    said = [line for line in lines if line["event"] == "queue_unwritable"]
    assert len(said) == len(endpoint.deliveries) - 1
    assert (said[0]["error"], said[0]["file"]) == ("SQLITE_BUSY", str(path))
