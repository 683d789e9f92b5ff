"""Google Drive's API with a service account, for the kinds of records that keep files there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from shared.platform.google_tokens import TOKENS, NoToken, token
from shared.platform.http import HttpAnswer
from shared.records import BYTES, Broken, Connection
from shared.records._api import Api

_API = "https://www.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/drive.readonly"
#: A token lasts an hour; it is asked anew before.
_LASTS = timedelta(minutes=50)
#: Reasons for which a request is worth repeating:
#: https://developers.google.com/workspace/drive/api/guides/handle-errors
_BUSY = {"userRateLimitExceeded", "rateLimitExceeded", "backendError", "internalError"}
SHARED = {"supportsAllDrives": "true"}


class Drive:
    """Drive as the service account of the secret `service_account` sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        base = connection.setting("base_url", _API)
        self.api = Api(connection.http, "Google Drive", base, connection.entry.seconds)
        self._token: tuple[datetime, str] | None = None

    async def json(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Returns the object of an answer. Raises Broken."""
        found = self.api.decoded(await self.got(path, query))
        if not isinstance(found, dict):
            raise self.api.unexpected("object")
        return found

    async def got(self, path: str, query: Mapping[str, str], limit: int = BYTES) -> HttpAnswer:
        """Returns the answer of a call that succeeded. Raises Broken."""
        answer = await self.api.get(f"/drive/v3/{path}", query, await self.headers(), limit)
        if answer.status != 200:
            raise self._problem(answer)
        return answer

    async def headers(self) -> dict[str, str]:
        """Returns the header with a token. Raises Broken."""
        now = self._connection.now()
        if self._token is None or now - self._token[0] >= _LASTS:
            tokens = TOKENS if self.api.base == _API else f"{self.api.base}/token"
            key = await self._connection.secret("service_account")
            try:
                found = await token(self._connection.http, key, _SCOPE, now, tokens)
            except NoToken as none:
                raise Broken(str(none)) from None
            self._token = now, found
        return {"Authorization": f"Bearer {self._token[1]}"}

    def _problem(self, answer: HttpAnswer) -> Broken:
        """Returns the error by its reason: one status stands for several."""
        try:
            reason = str(json.loads(answer.body)["error"]["errors"][0]["reason"])
        except (ValueError, KeyError, TypeError, IndexError):
            reason = ""
        if answer.status == 401:
            self._token = None
        if reason in _BUSY:
            return Broken("Google Drive is busy: it is asked again with the next question.")
        return self.api.problem(answer, reason)


def place(file: str) -> str:
    """Returns the path of a file."""
    return f"files/{quote(file, safe='')}"
