"""The page of a signed link to a request for a human, and the headers of the page and of files."""

from __future__ import annotations

from pathlib import Path

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
#: A file runs no script and loads nothing, whatever is in it; its address, which gives the right to it, is
#: told to nobody.
FILE_HEADERS = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
    ),
    "Cache-Control": "private",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
