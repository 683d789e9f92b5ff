"""Push envelopes: those of Pub/Sub, Eventarc and our own queue read alike; other bodies are a 400."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Rejected
from shared.platform.bus import envelope

PUBLISHED = "2026-03-01T08:15:30.123Z"


def push(message: dict[str, Any] | None = None, **fields: Any) -> bytes:
    """Returns an envelope in Pub/Sub's format; a field given as None is left out."""
    whole = {
        "message": {
            "data": base64.b64encode(b'{"kind":"wake"}').decode(),
            "attributes": {"tenant": "hotel"},
            "messageId": "2070443601311540",
            "publishTime": PUBLISHED,
            **(message or {}),
        },
        "subscription": "projects/p/subscriptions/reply-inbound",
        **fields,
    }
    whole["message"] = {name: value for name, value in whole["message"].items() if value is not None}
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def test_every_field_of_a_wrapped_push_is_kept() -> None:
    delivery = envelope.parse(push({"orderingKey": "conversation-1"}, deliveryAttempt=3))

    assert delivery == envelope.Delivery(
        data=b'{"kind":"wake"}',
        attributes={"tenant": "hotel"},
        message_id="2070443601311540",
        published_at=datetime(2026, 3, 1, 8, 15, 30, 123000, UTC),
        ordering_key="conversation-1",
        attempt=3,
        subscription="projects/p/subscriptions/reply-inbound",
    )


def test_what_may_be_absent_has_a_plain_meaning() -> None:
    delivery = envelope.parse(push({"data": None, "attributes": None}))

    assert (delivery.data, delivery.attributes, delivery.ordering_key, delivery.attempt) == (
        b"",
        {},
        "",
        None,
    )


def test_twins_in_snake_case_may_appear_beside_or_alone() -> None:
    both = envelope.parse(push({"message_id": "2070443601311540", "publish_time": PUBLISHED}))
    alone = envelope.parse(
        push(
            {
                "messageId": None,
                "publishTime": None,
                "message_id": "2070443601311540",
                "publish_time": PUBLISHED,
            }
        )
    )

    assert both == alone == envelope.parse(push())


@pytest.mark.parametrize(
    "time",
    ["2026-03-01T08:15:30.123456789Z", "2026-03-01T08:15:30.123456Z", "2026-03-01T09:15:30.123456+01:00"],
)
def test_times_are_utc_whatever_their_precision_and_offset(time: str) -> None:
    delivery = envelope.parse(push({"publishTime": time}))

    assert delivery.published_at == datetime(2026, 3, 1, 8, 15, 30, 123456, UTC)
    assert delivery.published_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"message": null, "subscription": "s"}',
        b"[" * 100_000,
        push(subscription=None),
        push(subscription=7),
        push({"data": "not base64!"}),
        push({"data": "YQ"}),
        push({"data": "é"}),
        push({"data": 7}),
        push({"attributes": {"attempt": 1}}),
        push({"attributes": ["tenant"]}),
        push({"messageId": None}),
        push({"messageId": ""}),
        push({"messageId": 2070443601311540}),
        push({"publishTime": None}),
        push({"publishTime": "yesterday"}),
        push({"publishTime": "2026-03-01T08:15:30"}),
        push({"orderingKey": ["a"]}),
        push(deliveryAttempt=0),
        push(deliveryAttempt="3"),
        push(deliveryAttempt=True),
    ],
)
def test_anything_else_is_the_callers_fault(body: bytes) -> None:
    with pytest.raises(Rejected) as rejected:
        envelope.parse(body)

    assert rejected.value.status == 400


def test_a_refusal_quotes_nothing_of_the_body() -> None:
    with pytest.raises(Rejected) as rejected:
        envelope.parse(push({"data": "my secret!", "attributes": {"+221770000001": 1}}))

    assert "secret" not in rejected.value.detail
    assert "221770000001" not in rejected.value.detail


@given(
    data=st.binary(max_size=200),
    attributes=st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5),
    key=st.text(max_size=20),
    attempt=st.integers(1, 100),
    at=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))])),
)
def test_what_is_built_is_what_is_parsed(
    data: bytes, attributes: dict[str, str], key: str, attempt: int, at: datetime
) -> None:
    body = envelope.build(
        data,
        attributes=attributes,
        message_id="1",
        published_at=at,
        ordering_key=key,
        attempt=attempt,
        subscription="projects/local/subscriptions/s",
    )

    assert envelope.parse(body) == envelope.Delivery(
        data, attributes, "1", at, key, attempt, "projects/local/subscriptions/s"
    )
