"""The mail of worlds with services: one-time codes to the addresses on file."""

from __future__ import annotations

import re

from shared.notifiers import Notice
from tests.simulation.pager import Page, Pager

_CODE = re.compile(r"\b\d{6}\b")
_REFERENCE = re.compile(r"\bréférence ([A-Z]\d)\b")


class Mailbox(Pager):
    """The notifier for mail: everything that arrived, at any address."""

    def deliver(self, to: str, notice: Notice) -> None:
        self.pages.append(
            Page(self._world.loop.now, to, notice.id, notice.purpose, notice.thread, notice.text)
        )
        self._world.journal.note("mailed", to=to, notice=notice.id, purpose=notice.purpose)

    def codes_for(self, address: str) -> list[tuple[float, str]]:
        """Returns the messages with one-time codes at an address, with their times."""
        return [(page.at, page.text) for page in self.pages if page.to == address and page.purpose == "code"]


def code_in(text: str) -> str:
    """Returns the one-time code in a message, "" if it has none."""
    found = _CODE.search(text)
    return found[0] if found else ""


def reference_in(text: str) -> str:
    """Returns the reference in a message about one-time codes, "" if it has none."""
    found = _REFERENCE.search(text)
    return found[1] if found else ""
