"""The mail of worlds with services: one-time codes to the addresses on file."""

from __future__ import annotations

import re

from shared.notifiers import Notice
from tests.simulation.pager import Page, Pager

_CODE = re.compile(r"\b\d{6}\b")


class Mailbox(Pager):
    """The notifier for mail: everything that arrived, at any address."""

    def deliver(self, to: str, notice: Notice) -> None:
        self.pages.append(
            Page(self._world.loop.now, to, notice.id, notice.purpose, notice.thread, notice.text)
        )
        self._world.journal.note("mailed", to=to, notice=notice.id, purpose=notice.purpose)

    def code_for(self, address: str) -> tuple[float, str]:
        """Returns the newest one-time code at an address with its time, "" if there is none."""
        mails = [page for page in self.pages if page.to == address and page.purpose == "code"]
        return (mails[-1].at, code_in(mails[-1].text)) if mails else (0.0, "")


def code_in(text: str) -> str:
    """Returns the one-time code in a message, "" if it has none."""
    found = _CODE.search(text)
    return found[0] if found else ""
