"""Form bodies as bytes: URL-encoded, or multipart with files (RFC 7578), whose content is skipped."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from shared.errors import Rejected
from shared.models.webhook import Webhook

#: Most fields of a form: a mail has one for each header at Mailgun.
_FIELDS = 1_000
#: Most bytes of the fields together, files not counted. A raw mail is a field with its attachments in it.
_BYTES = 28 * 1024 * 1024
_PIECE = 64 * 1024

Form = dict[str, bytes]


def form(webhook: Webhook) -> Form:
    """Returns a form's fields, the first one of each name. Raises Rejected(400) if the body is no form."""
    header = Message()
    header["content-type"] = webhook.headers.get("content-type", "")
    kind, boundary = header.get_content_type(), header.get_boundary()
    if kind == "application/x-www-form-urlencoded":
        return _url_encoded(webhook.body)
    if kind == "multipart/form-data" and boundary:
        return _multipart(webhook.body, boundary)
    raise Rejected(400, "Content-Type: expected multipart/form-data or application/x-www-form-urlencoded")


def _url_encoded(body: bytes) -> Form:
    if body.count(b"&") >= _FIELDS:
        raise Rejected(400, f"body: expected at most {_FIELDS} fields")
    fields: Form = {}
    for pair in body.split(b"&"):
        name, _, value = (unquote_to_bytes(each.replace(b"+", b" ")) for each in pair.partition(b"="))
        fields.setdefault(name.decode(errors="replace"), value)
    return fields


def _multipart(body: bytes, boundary: str) -> Form:
    decoder = MultipartDecoder(boundary.encode(), max_form_memory_size=_BYTES, max_parts=_FIELDS)
    fields: Form = {}
    name, parts = "", list[bytes]()
    try:
        for event in _events(decoder, body):
            if isinstance(event, Field):
                name, parts = event.name, []
            elif isinstance(event, File):
                name = ""
            elif isinstance(event, Data) and name:
                parts.append(event.data)
                if not event.more_data:
                    fields.setdefault(name, b"".join(parts))
    except (ValueError, RequestEntityTooLarge):
        raise Rejected(400, "body: expected multipart/form-data") from None
    return fields


def _events(decoder: MultipartDecoder, body: bytes) -> Iterator[Event]:
    """Yields the parts of the body; the decoder takes pieces, and is slow on one large one."""
    pieces = [body[start : start + _PIECE] for start in range(0, len(body), _PIECE)]
    for piece in (*pieces, None):
        decoder.receive_data(piece)
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            yield event
