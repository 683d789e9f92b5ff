"""Settings: a wrong environment stops the start with one line that names the expected value."""

from __future__ import annotations

import pytest

from shared.errors import ConfigurationError
from shared.platform import logs
from shared.platform.settings import Settings
from shared.wiring import process
from shared.wiring.ports import connect

GOOD = {
    "CONCIERGE_STORE": "sqlite:store.db",
    "CONCIERGE_BUS": "sqlite:bus.db",
    "CONCIERGE_SECRETS": "environment",
    "PATH": "/bin",
}


def test_what_is_given_is_read_and_the_rest_has_defaults() -> None:
    assert Settings.from_environment(GOOD) == Settings(
        "sqlite:store.db", "sqlite:bus.db", "environment", "info"
    )


@pytest.mark.parametrize("name", ["CONCIERGE_STORE", "CONCIERGE_BUS", "CONCIERGE_SECRETS"])
def test_a_missing_setting_is_named(name: str) -> None:
    given = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(ConfigurationError, match=f"environment: {name} is not set"):
        Settings.from_environment(given)


def test_a_misspelt_setting_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"CONCIERGE_STOER is not a setting .*CONCIERGE_STORE"):
        Settings.from_environment({**GOOD, "CONCIERGE_STOER": "x"})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("jaeger", "expected one of off, log, cloud, otlp"),
        ("otlp", "expected kind:where"),
        ("cloud:", "kind:where"),
    ],
)
def test_traces_go_where_there_is_somebody_to_take_them(
    value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, given in {**GOOD, "CONCIERGE_TRACES": value}.items():
        monkeypatch.setenv(name, given)
    process.surroundings.cache_clear()
    with pytest.raises(ConfigurationError, match=expected):
        process.surroundings()
    process.surroundings.cache_clear()
    logs.configure("info", lambda _: None)


@pytest.mark.parametrize("value", ["yes", "On", "1"])
def test_wake_ahead_is_on_or_off(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, given in {**GOOD, "CONCIERGE_WAKE_AHEAD": value}.items():
        monkeypatch.setenv(name, given)
    process.surroundings.cache_clear()
    with pytest.raises(ConfigurationError, match=r"CONCIERGE_WAKE_AHEAD is .* \(expected on or off\)"):
        process.surroundings()
    process.surroundings.cache_clear()
    logs.configure("info", lambda _: None)


@pytest.mark.parametrize("value", ["", "X-Client-Address", "x client", "x-client:", "-x"])
def test_the_header_with_a_clients_address_is_a_headers_name(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, given in {**GOOD, "CONCIERGE_CLIENT_IP": value}.items():
        monkeypatch.setenv(name, given)
    process.surroundings.cache_clear()
    with pytest.raises(ConfigurationError, match=r"CONCIERGE_CLIENT_IP is .* header's name in lower case"):
        process.surroundings()
    process.surroundings.cache_clear()
    logs.configure("info", lambda _: None)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("store", "mongo:x", "expected one of sqlite, firestore"),
        ("store", "sqlite", "expected kind:where"),
        ("bus", "kafka:x", "expected one of sqlite, pubsub"),
        ("secrets", "vault:x", "expected one of environment, secret_manager"),
        ("blobs", "ftp:x", "expected one of gs, s3, folder"),
        ("blobs", "gs", "expected kind:where"),
    ],
)
def test_an_adapter_that_is_not_there_is_refused(field: str, value: str, expected: str) -> None:
    settings = Settings(**{"store": "sqlite:a", "bus": "sqlite:b", "secrets": "environment", field: value})
    with pytest.raises(ConfigurationError, match=expected):
        connect(settings)
