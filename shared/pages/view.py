"""The HTML of a page, without a script and with everything escaped, and that of a link that does not work.

Paths are relative, so that a page works behind any origin.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.formats import localised
from shared.formats.marks import to_html, without
from shared.language.languages import shipped
from shared.language.texts import text
from shared.models.page import Page
from shared.models.tenant import Tenant
from shared.pages.prose import blocks, one_line

if TYPE_CHECKING:
    from jinja2 import Template

MEDIA_TYPE = "text/html; charset=utf-8"
#: The names of a page's files that are made when they are asked for.
PDF, CALENDAR = "document.pdf", "calendar.ics"
_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "page.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: Headers of everything that a link gives: nobody keeps it, lists it, or learns where it was read.
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
#: Headers of the page: it runs nothing, loads nothing, and stands in no other page.
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    **PRIVATE,
}
#: Headers of its files, which run nothing either, whatever is in them.
FILE_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", **PRIVATE}


@dataclass(frozen=True)
class _Link:
    name: str
    address: str
    size: str = ""


def html(page: Page, tenant: Tenant, here: str) -> str:
    """Returns the page. `here` is the relative path of its files: "" or ending in a slash."""
    content, language = page.content, page.content.language
    until = page.expires_at.astimezone(ZoneInfo(tenant.timezone))
    date = f"{localised.full_date(until.date(), language)}, {localised.clock(until.time(), language)}"
    return _template("page.html").render(
        style=_STYLE,
        language=language,
        direction=_direction(language),
        organisation=tenant.name,
        kind=content.kind,
        title=without(one_line(content.title)),
        blocks=[(block.items, [to_html(line) for line in block.lines]) for block in blocks(content.text)],
        offers=_offers(page, tenant, here),
        files=[
            _Link(one_line(file.name), f"{here}files/{number}", localised.size(file.size, language))
            for number, file in enumerate(content.files)
        ],
        files_title=text(tenant, language, "page_files"),
        until=text(tenant, language, "page_until", date=date),
        private=text(tenant, language, "page_private"),
    )


def preview(page: Page, tenant: Tenant) -> str:
    """Returns what a messenger's preview sees: the organisation's name, and no word of the page."""
    language = page.content.language
    return _notice(language, tenant.name, text(tenant, language, "page_preview"))


def gone(headers: Mapping[str, str]) -> str:
    """Returns the page of every link that does not work, in the browser's first language that we ship."""
    language = _language(headers.get("accept-language", ""))
    texts = shipped()[language].texts
    return _notice(language, texts["page_gone_title"], texts["page_gone"])


def _notice(language: str, title: str, words: str) -> str:
    return _template("notice.html").render(
        style=_STYLE, language=language, direction=_direction(language), title=title, words=words
    )


def _offers(page: Page, tenant: Tenant, here: str) -> list[_Link]:
    language, found = page.content.language, []
    if page.content.calendar:
        found.append(_Link(text(tenant, language, "page_calendar"), here + CALENDAR))
    return [*found, _Link(text(tenant, language, "page_pdf"), here + PDF)]


def _language(accepted: str) -> str:
    """Returns the first language that we ship of an Accept-Language header (RFC 9110, 12.5.4), else English.

    Browsers list languages by preference, so that their weights need no reading.
    """
    ranges = (each.partition(";")[0].strip().lower() for each in accepted[:500].split(","))
    codes = (each.partition("-")[0] for each in ranges)
    return next((code for code in codes if code in shipped()), "en")


def _direction(language: str) -> str:
    return "rtl" if localised.right_to_left(language) else "ltr"


@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, StrictUndefined

    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.from_string((_FOLDER / name).read_text("utf-8"))
