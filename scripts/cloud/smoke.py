"""`make smoke ADDRESS=https://…/webhook/TENANT/CHANNEL`: a message to a web chat is answered in time.

Writes as a new visitor, so that the whole way is used: `webhook`, `reply`, `deliver`, and the page's reading.
It leaves one conversation, which ends by its time to live. Exit code 1 and one line if there is no answer.
"""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import httpx

QUESTION = "/help"
#: Seconds for the whole test: a cold start of three functions, and an answer.
DEADLINE = 90.0
#: Seconds between two looks, and for one request.
_PAUSE, _REQUEST = 1.0, 20.0


class Unanswered(Exception):
    """The reason why there is no answer, as one line."""


def ask(address: str, text: str, *, within: float = DEADLINE) -> str:
    """Posts a message to the web chat at `address` and returns the text of the first answer.

    Raises Unanswered if a request is refused or fails, or if there is no answer within so many seconds.
    """
    until = time.monotonic() + within
    with httpx.Client(timeout=_REQUEST) as http:
        token = str(_json(http, "POST", f"{address}/visitor", {}, None)["token"])
        head = {"Authorization": f"Bearer {token}"}
        _json(http, "POST", address, head, {"id": str(uuid.uuid4()), "text": text})
        while time.monotonic() < until:
            if messages := _json(http, "GET", f"{address}?after=0", head, None)["messages"]:
                return str(messages[0]["text"])
            time.sleep(_PAUSE)
    raise Unanswered(f"{address}: no answer within {within:g} s")


def _json(
    http: httpx.Client, method: str, address: str, head: dict[str, str], body: dict[str, str] | None
) -> dict[str, Any]:
    try:
        answer = http.request(method, address, headers=head, json=body)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except httpx.HTTPStatusError as error:
        raise Unanswered(f"{method} {address}: answered {error.response.status_code}") from None
    except (httpx.TransportError, ValueError) as error:
        raise Unanswered(f"{method} {address}: {type(error).__name__}") from None
    return found


def _address(text: str) -> str:
    """Returns the address without a slash at its end. Raises ArgumentTypeError if it is not a web chat's."""
    parts = urlsplit(text)
    safe = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    )
    if not safe or len(parts.path.strip("/").split("/")) < 3 or parts.query:
        raise argparse.ArgumentTypeError(
            f"ADDRESS={text!r}: expected https://HOST/webhook/TENANT/CHANNEL, a web chat's address"
        )
    return text.rstrip("/")


def main() -> None:
    parser = argparse.ArgumentParser(description="Asks a deployed web chat, and waits for its answer.")
    parser.add_argument("address", type=_address)
    parser.add_argument("--within", type=float, default=DEADLINE, help="seconds")
    arguments = parser.parse_args()
    began = time.monotonic()
    try:
        answer = ask(arguments.address, QUESTION, within=arguments.within)
    except Unanswered as reason:
        sys.exit(str(reason))
    print(f"answered in {time.monotonic() - began:.1f} s, {len(answer)} characters")


if __name__ == "__main__":
    main()
