"""Contract of the secrets port on both adapters, then the rules of the environment and its file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.errors import ConfigurationError
from shared.platform.secrets import Secrets
from shared.platform.secrets.environment import EnvironmentSecrets
from tests.contract.secrets.clock import NAME, FakeClock
from tests.fakes.secret_manager import FakeSecretManager

OTHER = "hotel-waha-api-key"


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
