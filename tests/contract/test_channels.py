"""Contract of every channel file, for any gateway. A file without a case here fails."""

from __future__ import annotations

import importlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from scripts.local.vendors.green_api import webhooks as green_api
from scripts.local.vendors.telegram import webhooks as telegram
from scripts.local.vendors.waha import webhooks as waha
from shared.channels import Channel, Download, Later, Parsed, Refused, SendResult, Sent, Unclear, Webhook
from shared.errors import Drop, Rejected, Retry
from shared.models.events import INBOUND, MessageReceived
from shared.models.parts import Media, Text
from shared.models.people import identity_id
from shared.platform.http import Http, Unanswered, Unreachable
from shared.tenants import plugins
from tests.fakes.connection import NOW, Settings, connection
from tests.fakes.http import ScriptedHttp, answer

FILES = sorted(plugins.names("channels"))
TEXT = Text(text="Bonjour")


@dataclass(frozen=True)
class Case:
    """A channel's settings and an example: a body with one text message in its gateway's format, the headers
    that authenticate a body, one of them in another spelling, and the address for the answer."""

    settings: Settings
    secrets: dict[str, str]
    message: bytes
    sign: Callable[[Channel, bytes], Awaitable[dict[str, str]]]
    signature: str
    to: str


async def _sign_waha(channel: Channel, body: bytes) -> dict[str, str]:
    return waha.signed(body)


async def _sign_telegram(channel: Channel, body: bytes) -> dict[str, str]:
    return telegram.signed()


async def _sign_cloud_api(channel: Channel, body: bytes) -> dict[str, str]:
    return cloud_api.signed(body)


async def _sign_green_api(channel: Channel, body: bytes) -> dict[str, str]:
    return green_api.signed()


async def _sign_webchat(channel: Channel, body: bytes) -> dict[str, str]:
    from shared.channels.webchat import Webchat

    assert isinstance(channel, Webchat)
    return {"authorization": f"Bearer {await channel.issue_token('visitor-0123456789abcdef')}"}


CASES = {
    "waha": Case(
        settings={"base_url": "https://waha.example", "session": "default"},
        secrets={"api_key": "api-secret", "hmac_key": "local-secret"},
        message=json.dumps(waha.EVENTS["text"]).encode(),
        sign=_sign_waha,
        signature="x-webhook-hmac",
        to=waha.PERSON,
    ),
    "telegram": Case(
        settings={"base_url": "https://telegram.example"},
        secrets={"api_key": "7100000001:api-secret", "secret_token": "local-secret"},
        message=json.dumps(telegram.EVENTS["text"]).encode(),
        sign=_sign_telegram,
        signature="x-telegram-bot-api-secret-token",
        to=str(telegram.PERSON),
    ),
    "cloud_api": Case(
        settings={"base_url": "https://graph.example/v23.0", "phone_number_id": cloud_api.NUMBER_ID},
        secrets={"api_key": "api-secret", "app_secret": "local-secret", "verify_token": "local-secret"},
        message=json.dumps(cloud_api.EVENTS["text"]).encode(),
        sign=_sign_cloud_api,
        signature="x-hub-signature-256",
        to=cloud_api.PERSON,
    ),
    "green_api": Case(
        settings={"base_url": "https://7103.api.green-api.example", "instance": "7103000000"},
        secrets={"api_key": "api-secret", "webhook_token": "local-secret"},
        message=json.dumps(green_api.EVENTS["text"]).encode(),
        sign=_sign_green_api,
        signature="authorization",
        to=green_api.PERSON,
    ),
    "webchat": Case(
        settings={"allowed_origins": ["https://hotel.example"]},
        secrets={"signing_key": "local-secret"},
        message=b'{"id": "5f0c6a52-7c1e-4a6e-9d9b-0d2b8a1f3c4d", "text": "Bonjour"}',
        sign=_sign_webchat,
        signature="authorization",
        to="visitor-0123456789abcdef",
    ),
}

every_file = pytest.mark.parametrize("name", FILES)


def case(name: str) -> Case:
    if name not in CASES:
        pytest.fail(f"shared/channels/{name}.py has no case in {__name__}")
    return CASES[name]


def channel(name: str, http: Http | None = None) -> Channel:
    its, module = case(name), importlib.import_module(f"shared.channels.{name}")
    made: Channel = module.create(
        connection(name, its.settings, its.secrets, http or ScriptedHttp(Unreachable()))
    )
    return made


def posted(body: bytes, headers: dict[str, str]) -> Webhook:
    return Webhook(method="POST", headers=headers, query={}, body=body)


def test_every_case_has_its_file() -> None:
    assert set(CASES) == set(FILES)


@every_file
async def test_a_signed_message_is_one_inbound_event(name: str) -> None:
    its, subject = case(name), channel(name)
    webhook = posted(its.message, await its.sign(subject, its.message))
    await subject.verify(webhook)
    parsed = subject.parse(webhook)
    assert parsed == subject.parse(webhook)  # a repeat is the same event
    (event,) = parsed.inbound
    assert isinstance(event, MessageReceived)
    assert INBOUND.validate_json(INBOUND.dump_json(event)) == event  # serialisable
    assert (event.tenant, event.channel, event.parts) == ("hotel", name, [TEXT])
    assert event.peer.chat == its.to
    assert all(identity_id(identity) == identity for identity in event.peer.identities)
    assert event.at <= event.received_at == NOW


@every_file
async def test_a_signature_that_is_missing_or_wrong_is_401(name: str) -> None:
    its, subject = case(name), channel(name)
    good = await its.sign(subject, its.message)
    value = good[its.signature]
    forged = [
        value[:-1],
        value + "0",
        value[:-1] + ("1" if value[-1] == "0" else "0"),
        "",
        " ",
        "é" * 64,
        "\x00",
    ]
    without = {header: text for header, text in good.items() if header != its.signature}
    for headers in [{}, without, *(good | {its.signature: text} for text in forged)]:
        with pytest.raises(Rejected) as refused:
            await subject.verify(posted(its.message, headers))
        assert refused.value.status == 401


@every_file
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=60), value=st.text(max_size=200))
async def test_no_noise_passes_for_a_signature(name: str, body: bytes, value: str) -> None:
    with pytest.raises(Rejected) as refused:
        await channel(name).verify(posted(body, {case(name).signature: value}))
    assert refused.value.status == 401


@every_file
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"null",
        b"[]",
        b"5",
        b'"x"',
        b"{}",
        b"\xff\xfe\x00",
        b"[" * 50_000,
        b'{"a": 1e',
        b"\x00",
    ],
)
async def test_what_is_not_the_gateways_is_400(name: str, body: bytes) -> None:
    subject = channel(name)
    with pytest.raises(Rejected) as refused:
        subject.parse(posted(body, await case(name).sign(subject, body)))
    assert refused.value.status == 400
    assert refused.value.detail


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@every_file
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_damaged_message_is_parsed_or_400(name: str, data: st.DataObject) -> None:
    its, subject = case(name), channel(name)
    document = json.loads(its.message)
    place = document
    while isinstance(place, dict) and place:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    body = json.dumps(document).encode()
    try:
        assert isinstance(subject.parse(posted(body, await its.sign(subject, body))), Parsed)
    except Rejected as refused:
        assert refused.status == 400  # noqa: PT017


OUTCOMES = [
    Unreachable(),
    Unanswered(),
    *(answer(status, b"<html>") for status in (200, 204, 301, 400, 401, 404, 409, 422, 429, 500, 502, 503)),
    answer(200, b'{"id": 5, "messages": 7}'),
]


@every_file
@pytest.mark.parametrize("outcome", OUTCOMES, ids=str)
async def test_a_send_ends_in_a_result(name: str, outcome: Exception) -> None:
    result: SendResult = await channel(name, ScriptedHttp(outcome)).send(case(name).to, TEXT, turn="turn-1")
    assert isinstance(result, Sent | Later | Unclear | Refused)
    assert result.gateway_id if isinstance(result, Sent) else result.reason


@every_file
async def test_what_a_failed_call_proves(name: str) -> None:
    """Channels distinguish calls that never left from calls that may have been done."""
    http = ScriptedHttp(Unanswered())
    lost = await channel(name, http).send(case(name).to, TEXT, turn="turn-1")
    never = await channel(name, ScriptedHttp(Unreachable())).send(case(name).to, TEXT, turn="turn-1")
    if http.requests:
        assert isinstance(lost, Unclear)
        assert isinstance(never, Later)
    else:
        assert isinstance(lost, Sent)
        assert lost == never


@every_file
async def test_a_refused_key_says_so(name: str) -> None:
    """On every channel it is the same alert."""
    http = ScriptedHttp(answer(401, b"{}"))
    result = await channel(name, http).send(case(name).to, TEXT, turn="turn-1")
    assert result == Later("credentials") or not http.requests


@every_file
@pytest.mark.parametrize("outcome", OUTCOMES, ids=str)
async def test_settling_tells_or_says_that_it_cannot(name: str, outcome: Exception) -> None:
    subject = channel(name, ScriptedHttp(outcome))
    try:
        found = await subject.find_sent(case(name).to, TEXT, since=NOW - timedelta(minutes=1), known=[])
    except (Retry, NotImplementedError):
        return
    assert found is None


@every_file
@pytest.mark.parametrize("outcome", OUTCOMES, ids=str)
async def test_ticks_and_typing_work_or_ask_to_be_repeated(name: str, outcome: Exception) -> None:
    subject = channel(name, ScriptedHttp(outcome))
    for show in (subject.show_seen(case(name).to, ["3EB0A1"]), subject.show_typing(case(name).to)):
        try:
            await show
        except Retry as later:
            assert later.reason  # noqa: PT017


FILE = Media(kind="image", url="https://files.example/1", id="AgACAgQ")


@every_file
@pytest.mark.parametrize("outcome", OUTCOMES, ids=str)
async def test_a_file_is_fetched_or_says_why_not(name: str, outcome: Exception) -> None:
    subject = channel(name, ScriptedHttp(outcome))
    for media in (FILE, Media(kind="image")):
        try:
            assert isinstance(await subject.fetch(media), Download)
        except (Retry, Drop) as why:
            assert why.reason  # noqa: PT017


@every_file
async def test_a_file_that_the_gateway_does_not_name_is_missing(name: str) -> None:
    http = ScriptedHttp(answer(200, b"x"))
    with pytest.raises(Drop, match="media_missing"):
        await channel(name, http).fetch(Media(kind="voice"))
    assert http.requests == http.fetched == []
