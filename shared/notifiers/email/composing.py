"""The mail for a notice (RFC 5322): headers, a plain text and an HTML page with the same content.

Names and titles hold people's words, so each header is made one line of printable text before it is set.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared.notifiers import Notice
from shared.notifiers.email.addresses import tagged
from shared.notifiers.email.prose import prose
from shared.notifiers.email.words import delimiter, words

if TYPE_CHECKING:
    from jinja2 import Template

#: Written from right to left (https://www.w3.org/International/questions/qa-scripts).
_RIGHT_TO_LEFT = ("ar",)
_HEADER_LIMIT = 200
#: Every part in 7 bits: no server on the way has to change anything.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Letterhead:
    """Our side of a mail: address, name, domain for replies ("" if they cannot be taken), and the time."""

    sender: str
    name: str
    reply_domain: str
    now: datetime

    @property
    def domain(self) -> str:
        """The domain of our message ids."""
        return self.reply_domain or self.sender.rpartition("@")[2]


def compose(letterhead: Letterhead, to: str, notice: Notice) -> bytes:
    """Returns the mail as it goes over the wire."""
    answerable = bool(letterhead.reply_domain and notice.answer_token)
    mail = EmailMessage(policy=_POLICY)
    for name, value in _headers(letterhead, to, notice):
        mail[name] = value
    if answerable:
        reply = tagged("reply", notice.answer_token, letterhead.reply_domain)
        mail["Reply-To"] = Address(_line(letterhead.name), addr_spec=reply)
    mail.set_content(_clean(_text(notice, answerable)), charset="utf-8", cte="quoted-printable")
    mail.add_alternative(_clean(_page(notice, answerable)), "html", charset="utf-8", cte="quoted-printable")
    return mail.as_bytes()


def subject(notice: Notice) -> str:
    """Returns the subject, the same for all notices of a request: mail programs group by it.

    https://developers.google.com/workspace/gmail/api/guides/threads
    """
    if notice.purpose == "code":
        return _line(f"{notice.tenant_name}: {notice.title}")
    mark = hashlib.sha256(notice.thread.encode(errors="replace")).hexdigest()[:6].upper()
    return _line(f"{notice.tenant_name}: {words(notice.language)['request']} [{mark}]")


def _headers(
    letterhead: Letterhead, to: str, notice: Notice
) -> Iterator[tuple[str, str | Address | datetime]]:
    # The token in the references brings a reply back whose address lost it. They stand in the first mail too:
    # Amazon SES gives each mail a message id of its own.
    host, token = letterhead.domain, notice.answer_token
    references = [tagged(f"request.{notice.thread}", "", host)]
    if token:
        references.append(tagged("reply", token, host))
    yield "From", Address(_line(letterhead.name), addr_spec=letterhead.sender)
    yield "To", Address(addr_spec=to)
    yield "Subject", subject(notice)
    yield "Date", letterhead.now
    yield "Message-ID", f"<{tagged(f'notice.{notice.id}', token, host)}>"
    yield "References", " ".join(f"<{each}>" for each in references)
    yield "Auto-Submitted", "auto-generated"  # RFC 3834, 5
    yield "X-Auto-Response-Suppress", "All"  # Exchange's word for it
    if notice.urgent:
        yield "Importance", "high"
        yield "X-Priority", "1"


def _text(notice: Notice, answerable: bool) -> str:
    ours = words(notice.language)
    links = [f"{action.title}: {action.url}" for action in notice.actions if action.url not in notice.text]
    links += [f"{file.name}: {file.url}" for file in notice.files if file.url not in notice.text]
    title = [] if notice.title in notice.text else [notice.title]
    blocks = [*title, notice.text, *links, ours["answer" if answerable else "no_answer"]]
    if answerable:
        blocks = [delimiter(notice.language), *blocks]
    return "\n\n".join(blocks) + "\n"


def _page(notice: Notice, answerable: bool) -> str:
    return _template().render(
        notice=notice,
        paragraphs=prose(notice),
        words=words(notice.language),
        delimiter=delimiter(notice.language) if answerable else "",
        direction="rtl" if notice.language in _RIGHT_TO_LEFT else "ltr",
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(Path(__file__).with_name("page.html").read_text("utf-8"))


def _line(text: str) -> str:
    """Returns one line of printable text, shortened to what a header holds well."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", _clean(text)).strip()[:_HEADER_LIMIT]


def _clean(text: str) -> str:
    """Returns the text with halves of emoji as `?`: a mail is UTF-8, which has none."""
    return text.encode(errors="replace").decode()
