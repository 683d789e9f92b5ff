"""Secret Manager as a store for secrets: caching, outages, withdrawn values."""

from __future__ import annotations

import asyncio

import grpc  # type: ignore[import-untyped]
import pytest

from shared.errors import ConfigurationError, Retry
from shared.platform.secrets.secret_manager import SecretManagerSecrets
from tests.contract.secrets.clock import NAME, FakeClock
from tests.fakes.secret_manager import FakeSecretManager

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


# Rotation


def _rotated(vault: FakeSecretManager, clock: FakeClock, *values: bytes | None) -> None:
    """Sets the values of a secret that was rotated just now, oldest first."""
    *earlier, newest = values
    assert newest is not None
    vault.earlier[NAME], vault.values[NAME] = earlier, newest
    vault.made_at[NAME] = clock.now()


async def test_the_values_before_a_rotation_count_for_a_day(
    managed: SecretManagerSecrets, vault: FakeSecretManager, clock: FakeClock
) -> None:
    _rotated(vault, clock, b"first", b"old", b"new")
    assert await managed.get(NAME) == "new"
    assert await managed.others(NAME) == ["old", "first"]
    clock.advance(24 * 3600 - 1)
    assert await managed.others(NAME) == ["old", "first"]
    clock.advance(10)
    assert await managed.others(NAME) == []


async def test_a_disabled_value_counts_no_more(
    managed: SecretManagerSecrets, vault: FakeSecretManager, clock: FakeClock
) -> None:
    _rotated(vault, clock, b"first", None, b"new")
    await managed.get(NAME)
    assert await managed.others(NAME) == ["first"]


async def test_of_many_values_the_two_before_the_newest_count(
    managed: SecretManagerSecrets, vault: FakeSecretManager, clock: FakeClock
) -> None:
    _rotated(vault, clock, b"leaked", b"first", b"wrong", b"new")
    await managed.get(NAME)
    assert await managed.others(NAME) == ["wrong", "first"]


async def test_the_newest_value_counts_before_the_minute_is_over(
    managed: SecretManagerSecrets, vault: FakeSecretManager, clock: FakeClock
) -> None:
    vault.values[NAME] = b"old"
    await managed.get(NAME)
    _rotated(vault, clock, b"old", b"new")
    assert await managed.get(NAME) == "old"
    assert await managed.others(NAME) == ["new"]


async def test_strangers_cost_a_look_each_ten_seconds(
    managed: SecretManagerSecrets, vault: FakeSecretManager, clock: FakeClock
) -> None:
    _rotated(vault, clock, b"first", b"old", b"new")
    for _ in range(3):
        await asyncio.gather(*(managed.others(NAME) for _ in range(50)))
        clock.advance(3)
    assert len(vault.calls) == 4  # the newest, its age, and two before it


@pytest.mark.parametrize("fault", ["UNAVAILABLE", "PERMISSION_DENIED", "NOT_FOUND"])
async def test_without_an_answer_no_other_value_counts(
    managed: SecretManagerSecrets, vault: FakeSecretManager, clock: FakeClock, fault: str
) -> None:
    _rotated(vault, clock, b"old", b"new")
    await managed.get(NAME)
    vault.fault = grpc.StatusCode[fault]
    assert await managed.others(NAME) == []
