"""Fixtures for the store's contract suite: one store per adapter."""

from __future__ import annotations

import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.platform.store import Store
from shared.platform.store.firestore import FirestoreStore
from shared.platform.store.sqlite import SqliteStore
from tests.simulation.documents import Documents
from tests.simulation.memory import GoodLine, MemoryStore

PROJECT = "contract"


@pytest.fixture(
    params=["sqlite_store", "memory_store", pytest.param("firestore_store", marks=pytest.mark.emulators)]
)
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store, once per adapter."""
    empty: Store = request.getfixturevalue(request.param)
    return empty


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "store.db")
    yield opened
    opened.close()


@pytest.fixture
def memory_store() -> MemoryStore:
    """The simulation's store (tests/simulation)."""
    return MemoryStore(Documents(), GoodLine())


@pytest.fixture
def firestore_store(firestore_session: FirestoreStore, firestore_host: str) -> FirestoreStore:
    address = f"http://{firestore_host}/emulator/v1/projects/{PROJECT}/databases/(default)/documents"
    with urllib.request.urlopen(urllib.request.Request(address, method="DELETE"), timeout=10):
        return firestore_session


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def firestore_session(firestore_host: str) -> AsyncIterator[FirestoreStore]:
    """One client for all tests: its channel belongs to the session's loop."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        opened = FirestoreStore(PROJECT)
        yield opened
        await opened.close()
