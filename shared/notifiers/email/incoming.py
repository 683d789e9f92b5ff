"""A mail as an inbound-mail service hands it over, and the signs that no person wrote it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Literal

#: Python's own encodings (https://docs.python.org/3/library/codecs.html#text-encodings); some are slow.
_NO_CHARSETS = frozenset(("idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"))
Verdict = Literal["pass", "fail", ""]


@dataclass(frozen=True)
class Mail:
    """A mail that was received. `recipients` and `sender` are the envelope's; the service vouches for them.

    `sender` is None if the service does not tell it; an empty one marks a bounce. `author` is the address in
    `From`, and `spf` and `dkim` the service's verdicts on it. `text` and `html` are "" if the mail has none.
    """

    headers: Sequence[tuple[str, str]]
    recipients: Sequence[str]
    sender: str | None
    author: str
    name: str
    text: str
    html: str = ""
    spf: Verdict = ""
    dkim: Verdict = ""

    def header(self, name: str) -> str:
        """Returns the first header of this name, "" if there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def each(self, name: str) -> list[str]:
        """Returns all headers of this name."""
        return [value for key, value in self.headers if key.lower() == name]


def verdict(words: Sequence[str]) -> Verdict:
    """Returns the worst of a service's verdicts, each given as a text that begins with its word."""
    first = {re.split(r"[^a-z]", word.strip().lower(), maxsplit=1)[0] for word in words}
    if first & {"fail", "softfail", "hardfail"}:
        return "fail"
    return "pass" if "pass" in first else ""


def from_mime(raw: bytes) -> EmailMessage:
    """Returns the parsed mail, for a service that forwards it as it came."""
    return message_from_bytes(raw, policy=default)


def body(mail: EmailMessage, subtype: Literal["plain", "html"]) -> str:
    """Returns the mail's own text of this kind, "" if it has none. An unknown charset is read as UTF-8."""
    part = mail.get_body(preferencelist=(subtype,))
    if part is None:
        return ""
    data = part.get_payload(decode=True)
    return decoded(data if isinstance(data, bytes) else b"", part.get_content_charset("utf-8"))


def decoded(data: bytes, charset: str) -> str:
    """Returns the text in these bytes; a charset that mails cannot have counts as UTF-8."""
    try:
        charset = "utf-8" if codecs.lookup(charset).name in _NO_CHARSETS else charset
        return data.decode(charset, "replace")
    except (LookupError, ValueError):  # ValueError: a name with a zero byte
        return data.decode("utf-8", "replace")


def ignored(mail: Mail) -> str:
    """Returns the reason to act on nothing in this mail, "" if a person may have written it.

    An automatic answer names our mail and comes from the staff's address, so without this it would reach the
    person (RFC 3834, 2; RFC 6522).
    """
    automatic = [mail.header("auto-submitted") or "no"]
    automatic += [mail.header(name) or "no" for name in ("x-autoreply", "x-autorespond")]
    if any(_first_word(value) != "no" for value in automatic):
        return "auto_submitted"
    returned = [mail.sender, *mail.each("return-path"), *mail.each("x-envelope-from")]
    if any(path is not None and path.strip() in ("", "<>") for path in returned):
        return "bounce"
    if _first_word(mail.header("content-type")) == "multipart/report":
        return "report"
    if mail.header("precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return "bulk"
    if not mail.author:
        return "no_author"
    if mail.author.partition("@")[0] in ("mailer-daemon", "postmaster"):
        return "bounce"
    # A forged mail comes from a foreign server, and has no signature of the domain that it claims.
    if mail.spf == "fail" and mail.dkim != "pass":
        return "forged"
    return ""


def _first_word(value: str) -> str:
    """Returns a header's value without parameters and comments."""
    return re.split(r"[\s;(]", value.strip().lower(), maxsplit=1)[0]
