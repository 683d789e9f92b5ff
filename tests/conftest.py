"""Fixtures for all tests: log lines, and Google's emulators, each started once a session on first use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.local.emulators import Emulator, Emulators
from shared.platform import logs

#: A developer's own choice of a deployment (scripts/deployment.py) must reach no test.
for _name in ("PROJECT", "REGION", "ENV", "DEMO", "YES", "DELETE", "CONFIRM"):
    os.environ.pop(_name, None)


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """Yields the log lines of a test."""
    found: list[dict[str, Any]] = []
    logs.configure("info", lambda line: found.append(dict(line)))
    yield found
    logs.configure("info", lambda _: None)


@pytest.fixture(scope="session")
def emulators() -> Emulators:
    found = Emulators.find()
    if found is None:
        reason = "no Google emulators: install the Cloud SDK's cloud-firestore-emulator and pubsub-emulator"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def firestore_host(emulators: Emulators) -> Iterator[str]:
    """Yields `127.0.0.1:PORT` of the Firestore emulator."""
    yield from _running(emulators.firestore)


@pytest.fixture(scope="session")
def pubsub_host(emulators: Emulators) -> Iterator[str]:
    """Yields `127.0.0.1:PORT` of the Pub/Sub emulator."""
    yield from _running(emulators.pubsub)


def _running(emulator: Emulator) -> Iterator[str]:
    host = emulator.start()
    try:
        yield host
    finally:
        emulator.stop()
