"""The run's mail server, with the mails that our notifier sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from scripts.local.vendors import database
from scripts.local.vendors.mail import MailServer
from shared.models.staff import NotifierEntry
from shared.notifiers import Action, Connection, Notice, Told
from shared.tenants import plugins
from tests.fakes.connection import NOW
from tests.fakes.http import ScriptedHttp, answer

NOTICE = Notice(
    id="notice-1",
    purpose="request",
    tenant_name="Hôtel",
    thread="request-7",
    title="Awa Diop needs a person",
    text="Awa Diop: Is a late check-out possible?",
    language="en",
    actions=[Action("take", "Take it", "http://localhost/take/abc")],
    answer_token="k3v9x2m7q4",
)


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[MailServer]:
    started = MailServer(database.connect(tmp_path / "vendors.db"), lambda: NOW)
    await started.start()
    yield started
    await started.stop()


async def _send(server: MailServer, *, secrets: dict[str, str] | None = None) -> None:
    async def secret(name: str) -> str:
        return "local-secret"

    settings = {"host": "127.0.0.1", "security": "none", "sender": "concierge@hotel.example"}
    entry = NotifierEntry(
        kind="email",
        settings={**settings, "port": server.port, "reply_domain": "hotel.example"},
        secrets=secrets or {},
    )
    http = ScriptedHttp(answer(500))
    notifier = plugins.notifier("email", Connection("hotel", "mail", entry, secret, http, lambda: NOW))
    assert isinstance(await notifier.notify("agent1@hotel.example", NOTICE), Told)


async def test_a_mail_is_shown_as_it_arrived(server: MailServer) -> None:
    await _send(server)
    (mail,) = server.since(0)
    text, html = mail.pop("text"), mail.pop("html")
    assert mail == {
        "seq": 1,
        "at": NOW.isoformat(),
        "tenant": "hotel",
        "from": "concierge@hotel.example",
        "to": "agent1@hotel.example",
        "reply_to": "reply+k3v9x2m7q4@hotel.example",
        "subject": mail["subject"],
    }
    assert mail["subject"].startswith("Hôtel: Request for a person [")
    assert "http://localhost/take/abc" in text
    assert 'href="http://localhost/take/abc"' in html


async def test_mails_are_read_from_a_place_on(server: MailServer) -> None:
    for _ in range(3):
        await _send(server)
    assert [mail["seq"] for mail in server.since(1)] == [2, 3]


async def test_any_login_is_good(server: MailServer) -> None:
    await _send(server, secrets={"user": "a", "password": "b"})
    assert len(server.since(0)) == 1
