"""Replies to our mails as the inbound-mail services post them."""

from __future__ import annotations

import pytest

from shared.errors import ConfigurationError, Rejected
from shared.models.events import StaffAnswered
from shared.models.staff import NotifierEntry
from shared.models.webhook import Webhook
from shared.notifiers import Connection
from shared.tenants import plugins
from tests.fakes.connection import NOW
from tests.fakes.http import ScriptedHttp, answer
from tests.unit.notifiers.email.posted import (
    FROM,
    HEADERS,
    REQUEST,
    SERVICES,
    basic,
    posted,
    read,
    reader,
)

every_service = pytest.mark.parametrize("service", SERVICES)


@every_service
async def test_a_reply_is_the_staffs_answer(service: str) -> None:
    assert await read(service) == [
        StaffAnswered(
            tenant="hotel",
            notifier="desk",
            id="abc-1@mail.hotel.example",
            act="say",
            token=REQUEST,
            who="agent1@hotel.example",
            name="Dana Staff",
            text="Yes, until noon.",
            at=NOW,
        )
    ]


@every_service
async def test_the_quoted_notice_is_cut_off(service: str) -> None:
    text = "Oui, jusqu’à midi.\n\n> ##- Écrivez votre réponse au-dessus de cette ligne -##\n> Awa Diop"
    (said,) = await read(service, text)
    assert said.text == "Oui, jusqu’à midi."


@every_service
@pytest.mark.parametrize(
    ("text", "act", "said"),
    [
        ("#close", "close", ""),
        ("#Close\n\nBest regards,\nDana", "close", ""),
        ("#take", "take", ""),
        (" 1 \n", "take", ""),
        ("1\nI am on my way.", "say", "I am on my way."),
        ("1 moment please", "say", "1 moment please"),
        ("We #close at six", "say", "We #close at six"),
        ("", "say", ""),
    ],
)
async def test_the_first_line_may_be_a_command(service: str, text: str, act: str, said: str) -> None:
    (event,) = await read(service, text)
    assert (event.act, event.text) == (act, said)


@every_service
async def test_a_mail_of_html_alone(service: str) -> None:
    html = "<html><head><style>p{}</style></head><body><p>Yes,&nbsp;until<br>noon.</p><blockquote><p>old</p>"
    (said,) = await read(service, "", html=html)
    assert said.text == "Yes, until\nnoon."


@every_service
async def test_an_endless_text_is_shortened(service: str) -> None:
    (said,) = await read(service, "word " * 200_000)
    assert 10_000 < len(said.text) <= 20_000


@every_service
@pytest.mark.parametrize(
    "header",
    [
        ("References", f"<request.7@in.hotel.example> <reply+{REQUEST}@in.hotel.example> <x@mail.example>"),
        ("References", f"<request.7@in.hotel.example>\r\n <notice.1+{REQUEST}@in.hotel.example>"),
        ("In-Reply-To", f"<notice.1+{REQUEST}@in.hotel.example>"),
    ],
)
async def test_an_address_that_lost_its_token(service: str, header: tuple[str, str]) -> None:
    if service == "sendgrid":
        header = (header[0], header[1].replace("\r\n", "\n"))
    (said,) = await read(service, to="reply@in.hotel.example", headers=[*HEADERS, header])
    assert said.token == REQUEST


@every_service
async def test_the_envelope_comes_before_the_references(service: str) -> None:
    other = ("References", "<reply+another@in.hotel.example>")
    (said,) = await read(service, to=f"REPLY+{REQUEST.upper()}@in.hotel.example", headers=[*HEADERS, other])
    assert said.token == REQUEST


@every_service
async def test_ids_of_other_servers_name_no_request(service: str) -> None:
    foreign = ("References", "<CAEPk3R+4Zr@mail.example.org>")
    assert await read(service, to="reply@in.hotel.example", headers=[*HEADERS, foreign]) == []


@every_service
@pytest.mark.parametrize(
    "header",
    [
        ("Auto-Submitted", "auto-replied (vacation)"),
        ("Auto-Submitted", "auto-generated; owner-email=a@b.example"),
        ("X-Autoreply", "yes"),
        ("Content-Type", "multipart/report; report-type=delivery-status; boundary=x"),
        ("Precedence", "bulk"),
        ("Precedence", "list"),
        ("Return-Path", "<>"),
    ],
)
async def test_a_machines_mail_is_no_answer(service: str, header: tuple[str, str]) -> None:
    assert await read(service, headers=[*HEADERS, header]) == []


@every_service
async def test_a_bounce_is_no_answer(service: str) -> None:
    assert await read(service, sender="") == []


@every_service
async def test_a_person_may_say_that_it_is_no_machine(service: str) -> None:
    assert await read(service, headers=[*HEADERS, ("Auto-Submitted", "no")])


@every_service
async def test_a_mail_without_an_id_has_the_same_one_each_time(service: str) -> None:
    headers = [("From", FROM), ("Subject", "Re: Hotel")]
    first, second = [(await read(service, headers=headers))[0].id for _ in range(2)]
    other = (await read(service, "Something else", headers=headers))[0].id
    assert first == second != other


# --- strangers


@every_service
@pytest.mark.parametrize(
    "given", ["", basic("wrong"), "Bearer webhook-secret", "Basic ???", basic(""), "Basic é"]
)
async def test_a_stranger_is_refused(service: str, given: str) -> None:
    good = posted(service)
    request = Webhook(good.method, {**good.headers, "authorization": given}, {}, good.body)
    with pytest.raises(Rejected) as refused:
        await reader(service).verify(request)
    assert refused.value.status == 401


@every_service
async def test_an_empty_secret_lets_no_one_in(service: str) -> None:
    with pytest.raises(ConfigurationError, match="webhook_token"):
        await reader(service, {"webhook_token": ""}).verify(posted(service))


@every_service
@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff\xfe", b"--xYzZY\r\n", b"a=b"])
async def test_another_body_is_malformed(service: str, body: bytes) -> None:
    good = posted(service)
    with pytest.raises(Rejected) as refused:
        reader(service).parse(Webhook(good.method, good.headers, {}, body))
    assert refused.value.status == 400


def _answers(**settings: str | int | bool) -> object:
    async def secret(name: str) -> str:
        return name

    entry = NotifierEntry(kind="email", settings=settings)
    http = ScriptedHttp(answer(500))
    return plugins.answers("email", Connection("hotel", "desk", entry, secret, http, lambda: NOW))


def test_without_a_service_no_replies_are_taken() -> None:
    assert _answers() is None


def test_an_unknown_service_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"hotel/desk: settings\.inbound"):
        _answers(inbound="gmail")
