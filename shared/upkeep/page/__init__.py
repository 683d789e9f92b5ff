"""The page on which a phone is paired: its files, and the state that its script reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.upkeep.administration import Shown

_FOLDER = Path(__file__).resolve().parent
#: Files by address, with file name and media type.
FILES = {
    "": ("page.html", "text/html; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "page.js": ("page.js", "text/javascript; charset=utf-8"),
}
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


def file(name: str) -> tuple[bytes, str]:
    """Returns a file's bytes and media type. Raises KeyError for a name that is not in FILES."""
    path, media_type = FILES[name]
    return (_FOLDER / path).read_bytes(), media_type


def state(shown: Shown) -> dict[str, Any]:
    """Returns the state as page.js reads it; the time left is in seconds, since a browser's clock may err."""
    return {
        "name": shown.name,
        "channel": shown.channel,
        "left_s": round(shown.left.total_seconds()),
        "step": shown.pairing.step,
        "qr": shown.pairing.qr,
    }
