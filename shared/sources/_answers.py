"""Answers of vendors over the HTTP port, and the sentences for those that fail."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.platform.guard import Forbidden
from shared.platform.http import Http, HttpAnswer, TooLarge, Unanswered, Unreachable
from shared.sources import Broken, Oversized

#: Seconds for one request.
TIMEOUT_S = 30.0
#: An origin that no address can have (RFC 6761, 6.4).
_NOBODY = "https://nobody.invalid"


async def fetched(
    http: Http, url: str, *, own: str, limit: int, headers: Mapping[str, str] | None = None
) -> HttpAnswer:
    """Returns the answer to a GET, whatever its status. Raises Broken, Oversized.

    The address is checked as in `Http.fetch`; `own` is "" if no address is ours.
    """
    host = urlsplit(url).hostname or "the address"
    try:
        answer = await http.fetch(url, own=own or _NOBODY, limit=limit, headers=headers, timeout=TIMEOUT_S)
    except Forbidden as refused:
        raise Broken(f"{host} may not be read ({refused}): give a public https address.") from None
    except TooLarge:
        raise Oversized from None
    except (Unreachable, Unanswered):
        raise Broken(f"{host} did not answer: it is tried again.") from None
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise Broken(f"{host} sends only compressed answers: give another address.")
    return answer


def problem(answer: HttpAnswer, host: str) -> Broken:
    """Returns the error for an answer with a status that is no success."""
    status = answer.status
    if status in (401, 403):
        return Broken(f"{host} refuses us (HTTP {status}): give us access, or another address.")
    if status in (404, 410):
        return Broken(f"{host} does not have it (HTTP {status}): give its new address, or remove it.")
    if status in (408, 425, 429) or status >= 500:
        return Broken(f"{host} has a problem (HTTP {status}): it is tried again.", answer.retry_after)
    return Broken(f"{host} answers HTTP {status}: look whether the address is right.")
