"""The page on which a phone is paired: its files with their headers, and the state that its script reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.upkeep.administration import Shown

#: The page's files.
FOLDER = Path(__file__).resolve().parent
#: The page loads from us alone, is shown in no other page, and is not cached.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class State:
    """State of a pairing as page.js reads it, with the time left in seconds: a browser's clock may err."""

    name: str
    channel: str
    left_s: int
    step: str
    qr: str


def state(shown: Shown) -> State:
    """Returns the state that the page shows."""
    left_s = round(shown.left.total_seconds())
    return State(shown.name, shown.channel, left_s, shown.pairing.step, shown.pairing.qr)
