"""The content of a notice for vendors with structure, within their limits of size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from shared.models.history import Line
from shared.models.parts import shortened
from shared.notifiers import Action, File, Notice
from shared.notifiers._posting import dumps

#: Speakers of a line: signs, since a line carries no word for them in the reader's language.
_SPEAKERS = {"person": "👤", "concierge": "🤖", "staff": "🧑‍💼"}
#: Sizes that are tried in turn until the message fits: most characters of the text.
_SIZES = 16_000, 8_000, 4_000, 2_000, 1_000, 400
#: A label, value or line has at most this share of the text's size; one is shown per so many characters.
_SHARE, _PER_ITEM = 8, 400
_TITLE_LIMIT, _BUTTON_LIMIT, _URL_LIMIT = 150, 75, 2_000


class Content(NamedTuple):
    """A notice cut to a size. `text` is "" if facts and lines already hold it."""

    title: str
    text: str
    facts: Sequence[tuple[str, str]]
    lines: Sequence[str]
    files: Sequence[File]
    actions: Sequence[Action]


def content(notice: Notice, size: int) -> Content:
    """Returns the notice with at most `size` characters of text; of the lines, the newest stay."""
    share, most = max(50, size // _SHARE), max(1, size // _PER_ITEM)
    return Content(
        title=shortened(" ".join(notice.title.split()), _TITLE_LIMIT),
        text=shortened(words(notice), size),
        facts=[(shortened(label, share), shortened(value, share)) for label, value in notice.facts[:most]],
        lines=[shortened(spoken(line), share) for line in notice.lines[-most:]],
        files=[
            File(file.url, shortened(file.name, _BUTTON_LIMIT), file.media_type)
            for file in notice.files[:most]
            if len(file.url) <= _URL_LIMIT
        ],
        actions=[
            Action(action.id, shortened(action.title, _BUTTON_LIMIT), action.url)
            for action in notice.actions
            if len(action.url) <= _URL_LIMIT
        ],
    )


def words(notice: Notice) -> str:
    """Returns the text below the title, "" if the facts and lines already hold it; a relay is always text."""
    if notice.purpose != "message" and (notice.facts or notice.lines):
        return ""
    return notice.text.removeprefix(notice.title).strip()


def spoken(line: Line) -> str:
    return f"{_SPEAKERS[line.author]} {line.text}"


def fitted(build: Callable[[int], Any], limit: int) -> bytes:
    """Returns the JSON of the largest build that has at most `limit` bytes, else of the smallest one."""
    body = b""
    for size in _SIZES:
        body = dumps(build(size))
        if len(body) <= limit:
            break
    return body
