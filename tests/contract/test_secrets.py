"""Contract of the secrets port on both adapters, then each adapter's own rules."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from shared.errors import ConfigurationError, Retry
from shared.platform.secrets import Secrets
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.platform.secrets.secret_manager import SecretManagerSecrets
from tests.fakes.secret_manager import FakeSecretManager

NAME = "diocese-waha-api-key"
OTHER = "hotel-waha-api-key"


class FakeClock:
    def __init__(self) -> None:
        self._now = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture
async def vault() -> AsyncIterator[FakeSecretManager]:
    async with FakeSecretManager("concierge-test") as running:
        yield running


@pytest.fixture
def managed(vault: FakeSecretManager, clock: FakeClock) -> SecretManagerSecrets:
    return SecretManagerSecrets("concierge-test", clock, insecure_host=vault.host, deadline=2.0)


@dataclass(frozen=True)
class Adapter:
    """One adapter, a function that sets a secret behind it, and one that ages a rotation by a minute."""

    secrets: Secrets
    store: Callable[[str, str], None]
    a_minute_passes: Callable[[], None]


@pytest.fixture(params=["environment", "secret_manager"])
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Adapter:
    if request.param == "environment":
        env_file = tmp_path / ".env"
        lines: dict[str, str] = {}

        def write(name: str, value: str) -> None:
            lines[name] = f"SECRET_{name.upper().replace('-', '_')}={value}\n"
            env_file.write_text("".join(lines.values()))

        return Adapter(EnvironmentSecrets(env_file, {}), write, lambda: None)
    vault: FakeSecretManager = request.getfixturevalue("vault")
    clock: FakeClock = request.getfixturevalue("clock")

    def rotate(name: str, value: str) -> None:
        vault.values[name] = value.encode()

    return Adapter(request.getfixturevalue("managed"), rotate, lambda: clock.advance(60))


async def test_a_secret_is_read_by_its_name(adapter: Adapter) -> None:
    adapter.store(NAME, "clé=très;secrète#1")
    adapter.store(OTHER, "other")

    assert await adapter.secrets.get(NAME) == "clé=très;secrète#1"
    assert await adapter.secrets.get(OTHER) == "other"


async def test_a_rotated_value_is_in_force_within_the_minute(adapter: Adapter) -> None:
    adapter.store(NAME, "before")
    assert await adapter.secrets.get(NAME) == "before"

    adapter.store(NAME, "after-rotation")
    adapter.a_minute_passes()

    assert await adapter.secrets.get(NAME) == "after-rotation"


async def test_a_missing_secret_is_named_and_may_come_later(adapter: Adapter) -> None:
    with pytest.raises(ConfigurationError, match=NAME):
        await adapter.secrets.get(NAME)

    adapter.store(NAME, "late")

    assert await adapter.secrets.get(NAME) == "late"


async def test_an_empty_value_is_no_secret(adapter: Adapter) -> None:
    adapter.store(NAME, "")

    with pytest.raises(ConfigurationError, match=NAME):
        await adapter.secrets.get(NAME)


# The environment and its file


async def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("SECRET_DIOCESE_WAHA_API_KEY=from-file\n")
    environ = {"SECRET_DIOCESE_WAHA_API_KEY": "from-environment"}

    assert await EnvironmentSecrets(env_file, environ).get(NAME) == "from-environment"
    assert await EnvironmentSecrets(env_file, {}).get(NAME) == "from-file"
    assert await EnvironmentSecrets(None, environ).get(NAME) == "from-environment"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("SECRET_KEY=plain", "plain"),
        ("  SECRET_KEY = spaced  ", "spaced"),
        ("SECRET_KEY='in quotes '", "in quotes "),
        ('SECRET_KEY="in quotes "', "in quotes "),
        ("SECRET_KEY=a#b=c", "a#b=c"),
        ("SECRET_KEY='", "'"),
        ("# comment\n\n   # another\nSECRET_KEY=last", "last"),
        ("SECRET_KEY=first\nSECRET_KEY=last", "last"),
    ],
)
async def test_lines_of_the_file(tmp_path: Path, line: str, value: str) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(line + "\n")

    assert await EnvironmentSecrets(env_file, {}).get("key") == value


async def test_a_change_of_the_same_length_is_seen(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("SECRET_KEY=one")
    secrets = EnvironmentSecrets(env_file, {})
    assert await secrets.get("key") == "one"

    changed = env_file.stat().st_mtime_ns + 1_000_000
    env_file.write_text("SECRET_KEY=two")
    os.utime(env_file, ns=(changed, changed))

    assert await secrets.get("key") == "two"


async def test_a_file_that_goes_takes_its_values_with_it(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("SECRET_KEY=one")
    secrets = EnvironmentSecrets(env_file, {})
    assert await secrets.get("key") == "one"

    env_file.unlink()

    with pytest.raises(ConfigurationError, match="expected SECRET_KEY in the environment or"):
        await secrets.get("key")


@pytest.mark.parametrize(
    "content", [b"SECRET_KEY=fine\nhunter2\n", b"SECRET_KEY=fine\n=hunter2", b"\xffhunter2"]
)
async def test_a_damaged_file_is_named_and_not_quoted(tmp_path: Path, content: bytes) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"\.env:") as refused:
        await EnvironmentSecrets(env_file, {}).get("key")

    assert "hunter2" not in str(refused.value)


# Secret Manager


async def test_a_value_is_fetched_once_a_minute(
    managed: SecretManagerSecrets, vault: FakeSecretManager, clock: FakeClock
) -> None:
    vault.values[NAME] = b"value"
    for _ in range(3):
        await managed.get(NAME)
        clock.advance(19.9)

    assert vault.calls == [f"projects/concierge-test/secrets/{NAME}/versions/latest"]

    clock.advance(0.3)
    await managed.get(NAME)

    assert len(vault.calls) == 2


async def test_those_who_ask_together_share_one_fetch(
    managed: SecretManagerSecrets, vault: FakeSecretManager
) -> None:
    vault.values[NAME] = b"value"

    assert set(await asyncio.gather(*(managed.get(NAME) for _ in range(50)))) == {"value"}
    assert len(vault.calls) == 1


async def test_one_who_gives_up_does_not_take_the_others_along(
    managed: SecretManagerSecrets, vault: FakeSecretManager
) -> None:
    vault.values[NAME] = b"value"
    impatient = asyncio.create_task(managed.get(NAME))
    patient = asyncio.create_task(managed.get(NAME))
    await asyncio.sleep(0)
    impatient.cancel()

    assert await patient == "value"
    with pytest.raises(asyncio.CancelledError):
        await impatient


@pytest.mark.parametrize("outage", ["UNAVAILABLE", "hanging"])
async def test_an_outage_is_bridged_and_its_end_is_noticed(
    vault: FakeSecretManager, clock: FakeClock, outage: str
) -> None:
    secrets = SecretManagerSecrets("concierge-test", clock, insecure_host=vault.host, deadline=0.3)
    vault.values[NAME] = b"known"
    await secrets.get(NAME)
    _begin(outage, vault)
    clock.advance(61)

    assert await secrets.get(NAME) == "known"
    assert await secrets.get(NAME) == "known"
    assert len(vault.calls) == 2, "an outage must not slow every request"

    vault.fault, vault.hanging = None, False
    vault.values[NAME] = b"rotated meanwhile"
    clock.advance(10)

    assert await secrets.get(NAME) == "rotated meanwhile"


def _begin(outage: str, vault: FakeSecretManager) -> None:
    if outage == "hanging":
        vault.hanging = True
    else:
        vault.fault = grpc.StatusCode[outage]


async def test_an_outage_of_ten_minutes_is_too_long(
    managed: SecretManagerSecrets, vault: FakeSecretManager, clock: FakeClock
) -> None:
    vault.values[NAME] = b"known"
    await managed.get(NAME)
    vault.fault = grpc.StatusCode.UNAVAILABLE
    clock.advance(599)
    assert await managed.get(NAME) == "known"

    clock.advance(10)

    with pytest.raises(Retry, match=NAME):
        await managed.get(NAME)


@pytest.mark.parametrize("fault", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "INTERNAL"])
async def test_what_heals_is_a_retry(
    managed: SecretManagerSecrets, vault: FakeSecretManager, fault: str
) -> None:
    vault.fault = grpc.StatusCode[fault]

    with pytest.raises(Retry, match=NAME):
        await managed.get(NAME)


@pytest.mark.parametrize("fault", ["PERMISSION_DENIED", "FAILED_PRECONDITION"])
async def test_a_secret_withdrawn_is_not_bridged(
    managed: SecretManagerSecrets, vault: FakeSecretManager, clock: FakeClock, fault: str
) -> None:
    vault.values[NAME] = b"known"
    await managed.get(NAME)
    vault.fault = grpc.StatusCode[fault]
    clock.advance(60)
    with pytest.raises(ConfigurationError, match=NAME):
        await managed.get(NAME)

    vault.fault = grpc.StatusCode.UNAVAILABLE

    with pytest.raises(Retry):
        await managed.get(NAME)


async def test_bytes_that_are_no_text_are_refused_and_not_quoted(
    managed: SecretManagerSecrets, vault: FakeSecretManager
) -> None:
    vault.values[NAME] = b"hunter2\xff"

    with pytest.raises(ConfigurationError, match=NAME) as refused:
        await managed.get(NAME)

    assert "hunter2" not in str(refused.value)
