"""The inbox: mails that went out, and replies to them, posted as Postmark posts an inbound mail."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from scripts.local.sim.directory import Directory
from scripts.local.sim.settings import SimSettings
from scripts.local.vendors.mail import MailServer
from scripts.local.vendors.requests import model, number
from shared.errors import Rejected
from shared.models.staff import Strict

#: How long (s) Postmark waits for a response.
DEADLINE = 15.0
#: The kind of notifier whose mails these are.
KIND = "email"
#: Headers of a mail's HTML, which is another's: nothing is loaded or run, as in a mail program.
_FRAMED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class _Reply(Strict):
    """A reply to the mail `seq`; `sender` is its author's address, by default the mail's recipient."""

    seq: int = Field(ge=1)
    text: str = Field(min_length=1, max_length=20_000)
    sender: str = Field("", max_length=200)


class Inbox:
    """The routes of the mails. A reply comes back at the address of the tenant's mail notifier."""

    def __init__(self, settings: SimSettings, directory: Directory, server: MailServer) -> None:
        self._settings, self._directory, self._server = settings, directory, server

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/mail", self._mails, methods=["GET"]),
            Route("/mail/replies", self._reply, methods=["POST"]),
            Route("/mail/{seq:int}/page", self._page, methods=["GET"]),
        ]

    async def _mails(self, request: Request) -> Response:
        since = int(number(request.query_params, "since"))
        mails = self._server.since(since)
        return JSONResponse({"next": mails[-1]["seq"] if mails else since, "mails": mails})

    async def _reply(self, request: Request) -> Response:
        said = await model(request, _Reply)
        mail = self._mail(said.seq)
        if not mail["reply_to"]:
            raise Rejected(400, "this mail takes no reply")
        address, password = await self._webhook(mail["tenant"])
        async with httpx.AsyncClient(timeout=DEADLINE, trust_env=False) as client:
            inbound = postmark(mail, said.text, said.sender or mail["to"])
            try:
                posted = await client.post(address, json=inbound, auth=("postmark", password))
            except httpx.HTTPError:
                return JSONResponse({"webhook_status": 0})
        return JSONResponse({"webhook_status": posted.status_code})

    async def _page(self, request: Request) -> Response:
        """Returns a mail's HTML for a frame; its links open elsewhere, since the frame runs no script."""
        mail = self._mail(request.path_params["seq"])
        page = mail["html"].replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(page, headers=_FRAMED)

    def _mail(self, seq: int) -> dict[str, Any]:
        mail = next((each for each in self._server.since(seq - 1) if each["seq"] == seq), None)
        if mail is None:
            raise Rejected(404, "no such mail")
        return mail

    async def _webhook(self, tenant: str) -> tuple[str, str]:
        """Returns the address that the inbound-mail service posts to, and its password."""
        notifiers = self._directory.tenant(tenant).tenant.notifiers
        name, notifier = next((each for each in notifiers.items() if each[1].kind == KIND), ("", None))
        if notifier is None or "webhook_token" not in notifier.secrets:
            raise Rejected(400, f"{tenant} takes no mail")
        password = await self._settings.secret(notifier.secrets["webhook_token"])
        return f"{self._settings.origin}/desk/{tenant}/{name}", password


def postmark(mail: Mapping[str, Any], text: str, sender: str) -> dict[str, Any]:
    """Returns the body of Postmark's webhook for a reply, with the mail quoted below it as mail programs do.

    https://postmarkapp.com/developer/webhooks/inbound-webhook
    """
    quoted = "\n".join(f"> {line}" for line in mail["text"].splitlines())
    local, _, _ = mail["reply_to"].partition("@")
    author = {"Email": sender, "Name": "", "MailboxHash": ""}
    return {
        "From": sender,
        "FromFull": author,
        "To": mail["reply_to"],
        "OriginalRecipient": mail["reply_to"],
        "MailboxHash": local.partition("+")[2],
        "Subject": f"Re: {mail['subject']}",
        "MessageID": secrets.token_hex(16),
        "TextBody": f"{text}\n\nOn {mail['at'][:16].replace('T', ' ')}, {mail['from']} wrote:\n{quoted}\n",
        "HtmlBody": "",
        "Headers": [
            {"Name": "Message-ID", "Value": f"<{secrets.token_hex(12)}@{sender.rpartition('@')[2]}>"},
            {"Name": "Received-SPF", "Value": "pass"},
            {"Name": "X-Spam-Tests", "Value": "DKIM_SIGNED,DKIM_VALID,DKIM_VALID_AU,SPF_PASS"},
        ],
        "Attachments": [],
    }
