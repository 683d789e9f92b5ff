"""The notifier for mail through a real SMTP server on a socket."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import pytest_asyncio

from shared.errors import ConfigurationError
from shared.notifiers import Later, Refused, Told, Unclear
from shared.notifiers.email import smtp
from shared.platform.http import Http
from shared.tenants import plugins
from tests.contract.notifiers import smtp_server
from tests.contract.notifiers.smtp_server import PASSWORD, USER, Mailbox
from tests.contract.notifiers.suite import (
    NOTICE,
    Fate,
    NotifierContract,
    Settings,
    Vendor,
    connection,
    notify,
)
from tests.fakes import certificate
from tests.fakes.http import ScriptedHttp, answer

#: A server without TLS, which our own tests ask for a login all the same.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@dataclass
class MailVendor:
    """The server as the suite's vendor."""

    box: Mailbox
    settings: Settings
    secrets: dict[str, str] = field(default_factory=lambda: {"user": USER, "password": PASSWORD})
    kind: str = "email"
    to: str = "agent1@hotel.example"
    #: Not used: mail goes by SMTP.
    http: Http = field(default_factory=lambda: ScriptedHttp(answer(500)))

    def will(self, fate: Fate) -> None:
        match fate:
            case "refuses":
                self.box.at_recipient = "550 5.1.1 User unknown"
            case "busy":
                self.box.at_recipient = "450 4.2.1 Try again later"
            case "silent":
                self.box.hang = True
            case "gone":
                self.settings["port"] = 1

    def received(self) -> list[str]:
        return [str(mail.get_body(("plain",)).get_content()) for mail in self.box.mails]  # type: ignore[union-attr]


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context, with a certificate for `localhost` that the clients of this test trust."""
    path = certificate.write(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    smtp.trusted.cache_clear()
    return certificate.serving(path)


@pytest.fixture(autouse=True)
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "DEADLINE_S", 0.8)


@pytest_asyncio.fixture
async def box(trusted: ssl.SSLContext) -> AsyncIterator[Mailbox]:
    async with smtp_server.serving(Mailbox(tls=trusted)) as serving:
        yield serving
    smtp.trusted.cache_clear()


@pytest.fixture
def mail_vendor(box: Mailbox) -> MailVendor:
    return MailVendor(box, _at(box, reply_domain="in.hotel.example"))


def _at(box: Mailbox, **more: str) -> Settings:
    return {"host": "localhost", "port": box.port, "sender": "concierge@hotel.example", **more}


class TestEmail(NotifierContract):
    @pytest.fixture
    def vendor(self, mail_vendor: MailVendor) -> Vendor:
        return mail_vendor


# --- refusals of the server


async def test_one_mail_goes_to_one_recipient(mail_vendor: MailVendor) -> None:
    assert await notify(mail_vendor) == Told("2.0.0 Ok: queued as 4F7A")
    assert mail_vendor.box.recipients == ["agent1@hotel.example"]
    assert mail_vendor.box.logins == 1


async def test_a_wrong_password_is_tried_once_and_told_to_the_operator(mail_vendor: MailVendor) -> None:
    mail_vendor.secrets["password"] = "another-password"
    assert await notify(mail_vendor) == Refused("credentials")
    assert mail_vendor.box.logins == 1


async def test_a_server_that_asks_for_a_login_that_we_lack(mail_vendor: MailVendor) -> None:
    mail_vendor.secrets.clear()
    assert await notify(mail_vendor) == Refused("credentials")  # 530 5.7.0


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_for_another_name_ends_it(trusted: ssl.SSLContext, security: str) -> None:
    async with smtp_server.serving(Mailbox(tls=trusted, implicit_tls=security == "tls")) as box:
        vendor = MailVendor(box, _at(box, host="127.0.0.1", security=security))
        assert await notify(vendor) == Refused("certificate")
    assert not box.mails
    assert not box.logins


async def test_a_certificate_of_a_stranger_ends_it(
    mail_vendor: MailVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    smtp.trusted.cache_clear()
    assert await notify(mail_vendor) == Refused("certificate")


async def test_a_server_without_starttls_gets_nothing() -> None:
    async with smtp_server.serving(Mailbox()) as box:
        assert await notify(MailVendor(box, _at(box))) == Refused("starttls_not_offered")
    assert not box.mails
    assert not box.logins


async def test_tls_from_the_first_byte(trusted: ssl.SSLContext) -> None:
    async with smtp_server.serving(Mailbox(tls=trusted, implicit_tls=True)) as box:
        assert isinstance(await notify(MailVendor(box, _at(box, security="tls"))), Told)


async def test_plain_smtp_on_the_loopback_interface() -> None:
    async with smtp_server.serving(Mailbox()) as box:
        assert isinstance(await notify(MailVendor(box, _at(box, security="none"))), Told)


@pytest.mark.parametrize(
    ("at_recipient", "expected"),
    [
        ("421 4.7.0 Too many connections", Later("smtp_421")),
        ("450 4.2.1 Too quickly", Later("smtp_450")),
        ("452 4.2.2 Mailbox full", Later("smtp_452")),
        ("550 5.1.1 User unknown", Refused("smtp_550")),
        ("552 Too many recipients", Later("smtp_552")),
        ("554 5.7.1 Rejected", Refused("smtp_554")),
    ],
)
async def test_the_first_digit_decides_at_the_recipient(
    mail_vendor: MailVendor, at_recipient: str, expected: Later | Refused
) -> None:
    mail_vendor.box.at_recipient = at_recipient
    assert await notify(mail_vendor) == expected


@pytest.mark.parametrize(
    ("at_content", "expected"),
    [
        ("451 4.3.0 Try again later", Later("smtp_451")),
        ("552 Error: Too much mail data", Refused("smtp_552")),
        ("554 5.7.1 Spam", Refused("smtp_554")),
    ],
)
async def test_the_first_digit_decides_after_the_content(
    mail_vendor: MailVendor, at_content: str, expected: Later | Refused
) -> None:
    mail_vendor.box.at_content = at_content
    assert await notify(mail_vendor) == expected


async def test_a_mail_larger_than_the_server_takes_is_refused_before_it_is_sent(
    mail_vendor: MailVendor,
) -> None:
    mail_vendor.box.size_limit = 2_000
    assert await notify(mail_vendor) == Refused("smtp_552")


async def test_a_connection_lost_after_the_content_leaves_it_unclear(mail_vendor: MailVendor) -> None:
    mail_vendor.box.drop = True
    assert await notify(mail_vendor) == Unclear("unanswered")


async def test_a_silent_server_ends_within_the_deadline(mail_vendor: MailVendor) -> None:
    mail_vendor.box.hang = True
    begun = time.monotonic()
    assert await notify(mail_vendor) == Unclear("unanswered")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("to", ["", "agent1", "a@b@c", "a b@hotel.example", "a@hotel.example\r\nDATA"])
async def test_an_address_that_is_none_is_refused(mail_vendor: MailVendor, to: str) -> None:
    mail_vendor.to = to
    assert await notify(mail_vendor) == Refused("no_address")


# --- the mail


async def test_the_headers_bring_replies_back_and_keep_machines_quiet(mail_vendor: MailVendor) -> None:
    await notify(mail_vendor, replace(NOTICE, urgent=True))
    (mail,) = mail_vendor.box.mails
    assert mail["from"] == "Hôtel Teranga <concierge@hotel.example>"
    assert mail["to"] == "agent1@hotel.example"
    assert mail["reply-to"] == "Hôtel Teranga <reply+k3v9x2m7q4@in.hotel.example>"
    assert mail["message-id"] == "<notice.notice-1+k3v9x2m7q4@in.hotel.example>"
    assert (
        mail["references"] == "<request.hotel-request-7@in.hotel.example> <reply+k3v9x2m7q4@in.hotel.example>"
    )
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["x-auto-response-suppress"] == "All"
    assert mail["importance"] == "high"
    assert mail["date"].datetime.isoformat() == "2026-08-01T12:00:00+00:00"
    assert not [name for name in mail if name.lower().startswith("list-")]


async def test_all_notices_of_a_request_are_one_thread(mail_vendor: MailVendor) -> None:
    await notify(mail_vendor)
    await notify(mail_vendor, replace(NOTICE, id="notice-2", purpose="message", title="Awa Diop wrote"))
    await notify(mail_vendor, replace(NOTICE, id="notice-3", thread="hotel-request-8"))
    first, second, other = mail_vendor.box.mails
    assert first["subject"] == second["subject"] != other["subject"]
    assert first["references"] == second["references"] != other["references"]
    assert len({mail["message-id"] for mail in (first, second, other)}) == 3


async def test_without_a_domain_for_replies_the_mail_says_so(mail_vendor: MailVendor) -> None:
    await notify(mail_vendor, reply_domain="")
    (mail,) = mail_vendor.box.mails
    (text,) = mail_vendor.received()
    assert mail["reply-to"] is None
    assert "above this line" not in text
    assert "Answers to this mail are not read." in text


async def test_no_header_can_be_added_by_a_name(mail_vendor: MailVendor) -> None:
    name = "Awa\r\nBcc: all@example.org\r\nX-Evil: 1\r\n\r\nbody" + "\u2028é" * 300
    await notify(mail_vendor, replace(NOTICE, tenant_name=name, title=name, thread=name, id="a\r\nb<c>@d"))
    (mail,) = mail_vendor.box.mails
    assert mail["bcc"] is None
    assert mail["x-evil"] is None
    assert [len(mail.get_all(name, [])) for name in ("from", "subject", "message-id")] == [1, 1, 1]


async def test_the_page_shows_words_as_words(mail_vendor: MailVendor) -> None:
    await notify(mail_vendor, replace(NOTICE, title="<img src=x onerror=alert(1)> {{7*7}}"))
    page = mail_vendor.box.mails[0].get_body(("html",))
    assert page
    assert "&lt;img src=x onerror=alert(1)&gt; {{7*7}}" in page.get_content()
    assert "<img" not in page.get_content()


# --- settings


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"host": ""}, "host"),
        ({"port": "many"}, "port"),
        ({"port": 70000}, "port"),
        ({"sender": "concierge"}, "sender"),
        ({"security": "ssl"}, "security"),
        ({"host": "mail.example", "security": "none"}, "security"),
        ({"reply_domain": "a b"}, "reply_domain"),
    ],
)
def test_a_wrong_setting_is_named(
    mail_vendor: MailVendor, wrong: dict[str, str | int | bool], field: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"hotel/desk: settings.{field}"):
        plugins.notifier("email", connection(mail_vendor, **wrong))
