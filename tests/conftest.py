"""What all tests share: Google's emulators, each started once a session and only where a test uses it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scripts.local.emulators import Emulator, Emulators


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
    """`127.0.0.1:PORT` of the Firestore emulator."""
    yield from _running(emulators.firestore)


@pytest.fixture(scope="session")
def pubsub_host(emulators: Emulators) -> Iterator[str]:
    """`127.0.0.1:PORT` of the Pub/Sub emulator."""
    yield from _running(emulators.pubsub)


def _running(emulator: Emulator) -> Iterator[str]:
    host = emulator.start()
    try:
        yield host
    finally:
        emulator.stop()
