"""Failures of Firestore alone: no answer, and a lock held by another transaction."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from shared.errors import Retry
from shared.platform.store.firestore import FirestoreStore
from tests.contract.shelf import Book, book, keys

ROOT = Path(__file__).resolve().parents[2]


async def test_no_answer_is_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{silent.getsockname()[1]}")
        store = FirestoreStore("nowhere")
        with pytest.raises(Retry, match="firestore_unavailable"):
            await store.put(book("b"))
        await store.close()


@pytest.mark.emulators
async def test_a_lock_that_another_holds_is_a_retry(firestore_store: FirestoreStore) -> None:
    mine = book("b")
    await firestore_store.put(mine)

    async def write_under_the_lock() -> None:
        async with firestore_store._calls.locking() as transaction:
            await firestore_store._calls.get(mine.location(), transaction)
            await firestore_store.put(mine)

    with pytest.raises(Retry, match="contention"):
        await write_under_the_lock()
    await firestore_store.put(mine)
    assert await firestore_store.get(Book, **keys("b"))


def test_the_client_is_imported_when_it_is_first_used() -> None:
    script = (
        "import sys, shared.platform.store.firestore; sys.exit('google.cloud.firestore_v1' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=60).returncode == 0
