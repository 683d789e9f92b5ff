"""Behaviour of the SQLite store alone: several processes at once, a killed process, and SQL."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from shared.errors import Retry
from shared.platform.store import Where, sqlite
from shared.platform.store.sqlite import SqliteStore
from tests.contract.shelf import NOON, Book, book, keys

ROOT = Path(__file__).resolve().parents[2]

INCREMENTS = """
import asyncio, sys
from shared.platform.store.sqlite import SqliteStore
from tests.contract.test_store_transactions import increment

async def main():
    store = SqliteStore(sys.argv[1])
    for _ in range(int(sys.argv[2])):
        await store.transaction(increment("n"))

asyncio.run(main())
"""

KILLED = """
import asyncio, os, signal, sys
from shared.platform.store.sqlite import SqliteStore
from tests.contract.shelf import book

async def main():
    store = SqliteStore(sys.argv[1])
    await store.put(book("before"))

    async def work(transaction):
        transaction.put(book("before", pages=1))
        transaction.put(book("during"))

    def die_before_the_commit(statement):
        if statement == "COMMIT":
            os.kill(os.getpid(), signal.SIGKILL)

    store.open().set_trace_callback(die_before_the_commit)
    await store.transaction(work)

asyncio.run(main())
"""


def process(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script, *arguments], cwd=ROOT)


async def test_several_processes_increment_one_document(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "store.db"
    running = [process(INCREMENTS, str(path), "100") for _ in range(2)]
    assert [each.wait(timeout=60) for each in running] == [0, 0]
    store = SqliteStore(path)
    found = await store.get(Book, **keys("n"))
    store.close()
    assert found is not None
    assert found.pages == 200


async def test_a_killed_process_leaves_whole_transactions(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    assert process(KILLED, str(path)).wait(timeout=60) == -9
    store = SqliteStore(path)
    before = await store.get(Book, **keys("before"))
    assert before is not None
    assert before.pages == 0
    assert await store.get(Book, **keys("during")) is None
    await store.put(before)
    store.close()


async def test_a_file_that_stays_locked_is_a_retry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_S", 0.05)
    mine, other = (
        SqliteStore(tmp_path / "store.db"),
        sqlite3.connect(tmp_path / "store.db", isolation_level=None),
    )
    await mine.put(book("b"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Retry):
        await mine.put(book("b"))
    assert await mine.get(Book, **keys("b"))
    other.execute("ROLLBACK")
    await mine.put(book("b"))
    mine.close()
    other.close()


@pytest.mark.parametrize(
    "condition", [Where("pages') OR (1=1", "==", 1), Where("Pages", "==", 1), Where("", "==", 1)]
)
async def test_a_field_is_a_name(sqlite_store: SqliteStore, condition: Where) -> None:
    with pytest.raises(ValueError, match="no field's name"):
        await sqlite_store.query(Book, where=[condition], limit=1)


async def test_a_time_without_a_zone_is_refused(sqlite_store: SqliteStore) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        await sqlite_store.put(book("b", due_at=NOON.replace(tzinfo=None)))
