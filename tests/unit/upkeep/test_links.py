"""Links: each gives its bearer one right on one channel until it expires."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Rejected
from shared.upkeep.links import Grant, read

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
KEY = "hotel-link-secret"
GRANT = Grant("hotel", "waha", "pair", NOW + timedelta(minutes=15))
TOKEN = GRANT.token(KEY)


def opened(token: str, key: str = KEY, now: datetime = NOW) -> Grant:
    grant = read(token, "pair", now)
    grant.check(token, key)
    return grant


def refused(token: str, key: str = KEY, now: datetime = NOW) -> str:
    with pytest.raises(Rejected) as error:
        opened(token, key, now)
    assert error.value.status == 401
    return error.value.detail


def test_a_token_says_what_it_was_made_for() -> None:
    assert opened(TOKEN) == GRANT


def test_it_ends() -> None:
    assert opened(TOKEN, now=GRANT.until - timedelta(seconds=1)) == GRANT
    assert "expired" in refused(TOKEN, now=GRANT.until)


def test_another_tenant_s_key_makes_no_token_of_ours() -> None:
    refused(GRANT.token("diocese-link-secret"))
    refused(TOKEN, "diocese-link-secret")


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_every_character_counts(place: int) -> None:
    for other in "0a9-._":
        if TOKEN[place] != other:
            refused(TOKEN[:place] + other + TOKEN[place + 1 :])


@pytest.mark.parametrize(
    ("part", "value"), [(0, "diocese"), (1, "green_api"), (3, "99999999999"), (2, "administer"), (2, "")]
)
def test_nothing_of_it_can_be_exchanged(part: int, value: str) -> None:
    parts = TOKEN.split(".")
    refused(".".join([*parts[:part], value, *parts[part + 1 :]]))


def test_names_that_share_letters_are_told_apart() -> None:
    """`a` + `b-c` differs from `a-b` + `c`."""
    until = GRANT.until
    assert Grant("a", "b-c", "pair", until).token(KEY) != Grant("a-b", "c", "pair", until).token(KEY)


def test_a_token_is_not_written_in_two_ways() -> None:
    refused(TOKEN + "\n")
    refused(TOKEN + "=")
    refused(" " + TOKEN)
    refused(TOKEN.replace(".pair.", ".pair.0"))


@given(st.text(max_size=200))
def test_anything_else_is_refused(token: str) -> None:
    refused(token)
