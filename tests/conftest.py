"""Fixtures for all tests: log lines, and Google's emulators, each started once a session on first use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from scripts.local.emulators import Emulator, Emulators
from shared.platform import log_fields, logs

# How long examples take to make says how busy the machine is, and nothing about the code.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")


@pytest.fixture(scope="session")
def misfits() -> Iterator[list[str]]:
    """Yields the values that were logged under another type than their field's, as `name=value`."""
    found: list[str] = []
    convert = log_fields.converted

    def converted(name: str, value: Any) -> Any:
        found.append(f"{name}={value!r}")
        return convert(name, value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_fields, "converted", converted)
        yield found


@pytest.fixture(autouse=True)
def _each_log_field_has_its_type(misfits: list[str], request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which the code logs a value of another type than its field's, or an unknown field."""
    misfits.clear()
    yield
    if request.node.get_closest_marker("misfits") is None:
        assert misfits == [], "see shared/platform/log_fields.py"


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
