"""Calls of a vendor's API over the HTTP port, and the sentences for those that fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from shared.platform.guard import Forbidden
from shared.platform.http import Http, HttpAnswer, TooLarge, Unanswered, Unreachable
from shared.records import BYTES, Broken

#: Calls at the same time: vendors count those in flight (Baserow allows ten for each user).
_CALLS = 4
_MIB = 1024 * 1024


class Api:
    """The API of one vendor at `base`, which is our own setting. `seconds` bound each call.

    A token goes to addresses below `base` alone.
    """

    def __init__(self, http: Http, vendor: str, base: str, seconds: int) -> None:
        self._http, self.vendor, self.base, self._seconds = http, vendor, base.rstrip("/"), seconds
        self._free = asyncio.Semaphore(_CALLS)

    async def get(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str], limit: int = BYTES
    ) -> HttpAnswer:
        """Returns the answer to a GET, of any status. Raises Broken."""
        url = f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")
        return await self.fetch(url, headers, limit)

    async def fetch(self, url: str, headers: Mapping[str, str], limit: int) -> HttpAnswer:
        """Returns the answer to a GET of any address, checked as in `Http.fetch`. Raises Broken."""
        try:
            async with self._free:
                answer = await self._http.fetch(
                    url, own=self.base, limit=limit, headers=headers, timeout=self._seconds
                )
        except Forbidden as refused:
            raise Broken(f"{self.vendor}: an address may not be called ({refused}).") from None
        except TooLarge:
            raise Broken(
                f"{self.vendor} answers with more than {limit // _MIB} MB: ask for fewer rows or fields."
            ) from None
        except (Unreachable, Unanswered):
            raise self._silent() from None
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise Broken(f"{self.vendor} sends a compressed answer that we did not ask for.")
        return answer

    async def send(
        self, method: str, path: str, query: Mapping[str, str], body: Any, headers: Mapping[str, str]
    ) -> HttpAnswer:
        """Returns the answer to a call with a body, of any status.

        Raises Broken, which is unsure if the other side may have carried it out.
        """
        try:
            async with self._free:
                return await self._http.request(
                    method,
                    f"{self.base}{path}",
                    headers=headers,
                    params=query or None,
                    json=body,
                    timeout=self._seconds,
                )
        except Unreachable:
            raise self._silent() from None
        except Unanswered:
            raise self._silent(sure=False) from None

    def decoded(self, answer: HttpAnswer, *, sure: bool = True) -> Any:
        """Returns the JSON of an answer. Raises Broken if it is none."""
        try:
            return json.loads(answer.body, parse_constant=_refuse)
        except (ValueError, RecursionError):
            page = answer.body.lstrip()[:1] == b"<"
            what = "with a page (HTML)" if page else "with something else than JSON"
            raise Broken(
                f"{self.vendor} answers {what}: look whether the address is right, and whether it is up.",
                sure=sure,
            ) from None

    def problem(self, answer: HttpAnswer, said: str = "", *, change: bool = False) -> Broken:
        """Returns the error for a status that is no success; `said` is the vendor's own name for it."""
        status, vendor = answer.status, self.vendor
        told = f"HTTP {status}" + (f", {said[:80]}" if said else "")
        if status in (401, 403):
            return Broken(f"{vendor} refuses the secret ({told}): store a new one, or give it the right.")
        if status in (404, 410):
            return Broken(f"{vendor} does not have it ({told}): give its new name or address.")
        if status == 429:
            wait = f" for {answer.retry_after:.0f} s" if answer.retry_after else ""
            return Broken(f"{vendor} asks us to wait{wait} ({told}): raise its limit, or ask less often.")
        if status >= 500 or status in (408, 425):
            return Broken(f"{vendor} has a problem ({told}): look whether it is up.", sure=not change)
        return Broken(f"{vendor} does not understand us ({told}): look at the settings, and at the names.")

    def unexpected(self, what: str, *, sure: bool = True) -> Broken:
        """Returns the error for an answer of another shape than the vendor's; `what` is missing."""
        return Broken(f"{self.vendor} answers in another form than expected (no {what}).", sure=sure)

    def _silent(self, *, sure: bool = True) -> Broken:
        return Broken(
            f"{self.vendor} did not answer within {self._seconds} s: look whether it is up.", sure=sure
        )


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
