"""Places of a request in which a link's token gives no right: only Authorization: Bearer does."""

from __future__ import annotations

from collections.abc import Callable

from tests.security.raw import Headers

#: Where else the good token may stand: the query and the headers.
ELSEWHERE: dict[str, Callable[[str], tuple[str, Headers]]] = {
    "query": lambda good: (f"?token={good}", []),
    "fragment-as-query": lambda good: (f"?{good}", []),
    "cookie": lambda good: ("", [(b"Cookie", b"token=" + good.encode())]),
    "basic": lambda good: ("", [(b"Authorization", b"Basic " + good.encode())]),
    "no-scheme": lambda good: ("", [(b"Authorization", good.encode())]),
    "two": lambda good: ("", [(b"Authorization", b"Bearer %b, Bearer %b" % (good.encode(), good.encode()))]),
    "forwarded": lambda good: ("", [(b"X-Forwarded-Authorization", b"Bearer " + good.encode())]),
}
