"""Verification, signatures, receipts, health, batches and malformed bodies of Meta's Cloud API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.local.vendors.cloud_api import webhooks as meta
from shared.channels import Parsed, Webhook
from shared.errors import ConfigurationError, Rejected
from shared.models.events import MessageReceived, Receipt, SessionStatus
from shared.models.parts import Text
from tests.fakes.connection import Settings
from tests.unit.channels.cloud_api.parsing import SAID, SETTINGS, URL, channel, dropped, heard, parse, posted

# Signatures and the verification of the address.


def asked(**query: str) -> Webhook:
    named = {f"hub.{name}": value for name, value in query.items()}
    return Webhook(method="GET", headers={}, query=named, body=b"")


async def test_the_address_is_ours() -> None:
    check = asked(mode="subscribe", verify_token="local-secret", challenge="1158201444")
    assert await channel().challenge(check) == "1158201444"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"mode": "subscribe", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "local-secreT", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "\ud800é", "challenge": "1"},
        {"mode": "unsubscribe", "verify_token": "local-secret", "challenge": "1"},
        {"verify_token": "local-secret", "challenge": "1"},
    ],
)
async def test_nobody_else_learns_that(query: dict[str, str]) -> None:
    with pytest.raises(Rejected) as refused:
        await channel().challenge(asked(**query))
    assert refused.value.status == 403
    assert "local-secret" not in refused.value.detail


async def test_the_signature_is_of_the_raw_bytes() -> None:
    body = '{"object": "whatsapp_business_account",  "entry": [], "é": "🙏"}'.encode()
    await channel().verify(posted(body, meta.signed(body)))
    with pytest.raises(Rejected):
        await channel().verify(posted(json.dumps(json.loads(body)).encode(), meta.signed(body)))


@pytest.mark.parametrize("key", ["verify-token", "api-secret", ""])
async def test_only_the_app_secret_signs(key: str) -> None:
    with pytest.raises(Rejected) as refused:
        await channel().verify(posted(b"{}", meta.signed(b"{}", key)))
    assert refused.value.status == 401


async def test_an_empty_secret_proves_nothing() -> None:
    empty = channel(secrets={"app_secret": "", "verify_token": ""})
    with pytest.raises(ConfigurationError, match="app_secret"):
        await empty.verify(posted(b"{}", meta.signed(b"{}", "")))
    with pytest.raises(ConfigurationError, match="verify_token"):
        await empty.challenge(asked(mode="subscribe", verify_token="", challenge="1"))


@pytest.mark.parametrize(
    "settings",
    [{}, {"base_url": URL}, {"base_url": URL, "phone_number_id": "../1"}, {"phone_number_id": "1"}],
)
def test_unusable_settings(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="hotel/cloud_api: settings"):
        channel(settings)


# Receipts and health.


@pytest.mark.parametrize(
    ("told", "status"), [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("played", "read")]
)
def test_receipts_carry_the_turn(told: str, status: str) -> None:
    event = heard(meta.posted(meta.change(statuses=[meta.status(told)])))
    assert isinstance(event, Receipt)
    assert (event.id, event.status, event.detail, event.turn) == ("wamid.C1", status, "", "re-wamid.A1")


@pytest.mark.parametrize(
    ("code", "detail"),
    [(131047, "window_closed"), (130472, "meta_130472"), ("…\n", "meta___"), (None, "meta_none")],
)
def test_a_failure_says_why(code: Any, detail: str) -> None:
    event = heard(meta.posted(meta.change(statuses=[meta.failed(code)])))
    assert (event.status, event.detail) == ("failed", detail)


def test_an_error_beside_a_status_that_is_none() -> None:
    event = heard(meta.posted(meta.change(statuses=[meta.failed(131053) | {"status": "sent"}])))
    assert (event.status, event.detail) == ("sent", "meta_131053")


def test_statuses_that_say_nothing() -> None:
    assert dropped(meta.posted(meta.change(statuses=[meta.status("warning")]))) == "unknown_status:warning"
    assert dropped(meta.posted(meta.change(statuses=[meta.status(id=None)]))) == "no_id"


@pytest.mark.parametrize(
    ("change", "status", "working"),
    [
        (meta.account("ACCOUNT_DELETED"), "ACCOUNT_DELETED", False),
        (meta.account("ACCOUNT_OFFBOARDED"), "ACCOUNT_OFFBOARDED", False),
        (meta.account("ACCOUNT_RECONNECTED"), "ACCOUNT_RECONNECTED", True),
        (meta.account("DISABLED_UPDATE", ban_info={"waba_ban_state": "DISABLE"}), "DISABLE", False),
        (meta.account("DISABLED_UPDATE", ban_info={"waba_ban_state": "REINSTATE"}), "REINSTATE", True),
    ],
)
def test_the_accounts_health(change: meta.Json, status: str, working: bool) -> None:
    assert heard(meta.posted(change)) == SessionStatus(
        tenant="hotel", channel="cloud_api", status=status, working=working, at=SAID
    )


@pytest.mark.parametrize("other", ["999999999999999", "0", "", None, 5])
def test_another_accounts_news_is_not_ours(other: Any) -> None:
    body = meta.posted(meta.account("ACCOUNT_DELETED"))
    body["entry"][0]["id"] = other
    assert dropped(body) == "other_account"


@pytest.mark.parametrize("account", [meta.ACCOUNT_ID, ""])
def test_news_of_an_account_is_not_believed_if_the_channel_names_none(account: str) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != "business_account"}
    body = meta.posted(meta.account("ACCOUNT_DELETED"))
    body["entry"][0]["id"] = account
    parsed = channel(settings).parse(posted(json.dumps(body).encode()))
    assert parsed == Parsed(dropped=["no_business_account"])


def test_a_message_is_told_by_its_number_whatever_account_that_belongs_to() -> None:
    body = meta.EVENTS["text"] | {"entry": [meta.EVENTS["text"]["entry"][0] | {"id": "999999999999999"}]}
    assert heard(body).parts == [Text(text="Bonjour")]


# Batches.


def test_the_whole_batch() -> None:
    parsed = parse(meta.EVENTS["batch"])
    assert [event.id for event in parsed.inbound if isinstance(event, MessageReceived)] == [
        "wamid.A1",
        "wamid.A2",
        "wamid.A3",
    ]
    assert len(parsed.receipts) == 1
    assert not parsed.dropped


@pytest.mark.parametrize("bad", [None, 5, "x", [], {}, meta.text() | {"id": 5}, meta.message("order", {})])
def test_a_bad_event_leaves_its_neighbours(bad: Any) -> None:
    parsed = parse(meta.received(meta.text(), bad, meta.text("Deux", key="wamid.A2")))
    assert len(parsed.inbound) == 2
    assert len(parsed.dropped) == 1


def test_what_nobody_needs() -> None:
    assert dropped(meta.posted(meta.change(number_id="1", messages=[meta.text()]))) == "other_number"
    assert dropped(meta.posted({"field": "messages", "value": {"messages": [meta.text()]}})) == "other_number"
    assert dropped(meta.posted(meta.change("Account\n{x}" + "y" * 99))).startswith(
        "unknown_event:account__x_"
    )
    assert dropped(meta.posted(meta.account("PARTNER_ADDED"))) == "unknown_event:partner_added"
    assert dropped(meta.posted(meta.change())) == "empty"
    assert dropped(meta.posted(meta.change(messages=5))) == "empty"
    assert dropped(meta.EVENTS["account_error"]) == "error:meta_131000"
    assert dropped(meta.EVENTS["unsupported"]) == "unknown_kind:unsupported"
    assert dropped(meta.received(meta.message("order", {}))) == "unknown_kind:order"
    identity = meta.message("system", {"type": "customer_identity_changed"})
    assert dropped(meta.received(identity)) == "unknown_kind:customer_identity_changed"


# Malformed bodies.


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "body"),
        (b"[" * 100_000, "body"),
        (b'{"object": "page", "entry": []}', "body.object"),
        (b'{"object": "whatsapp_business_account"}', "body.entry"),
        (b'{"object": "whatsapp_business_account", "entry": {}}', "body.entry"),
        (b'{"object": "whatsapp_business_account", "entry": [5]}', "body.entry.0"),
        (b'{"object": "whatsapp_business_account", "entry": [{}]}', "body.entry.0.changes"),
        (
            b'{"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages"}]}]}',
            "body.entry.0.changes.0.value",
        ),
    ],
)
def test_rejected_by_the_name_of_the_field(body: bytes, named: str) -> None:
    with pytest.raises(Rejected) as refused:
        channel().parse(posted(body))
    assert refused.value.status == 400
    assert refused.value.detail.startswith(f"{named}: ")
