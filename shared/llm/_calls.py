"""Calls to a vendor over the HTTP port, and what a model was found not to take."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shared.errors import ConfigurationError, Retry
from shared.formats import wire
from shared.llm import Connection, Failure, ModelFailed
from shared.llm._failures import error_in, failed, garbled
from shared.platform.http import HttpAnswer, Unanswered, Unreachable, is_address

#: Seconds; the caller's own deadline is shorter, this one only ends abandoned calls.
TIMEOUT = 60.0
#: The longest text of an answer that is read whole; a thinking model's signature is as long as its thoughts.
_TEXT = 400_000
_KEY = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Answer:
    """A vendor's answer: `body` are its bytes, `found` is its JSON, None if it is none."""

    status: int
    found: Any
    after: float | None
    body: bytes

    @property
    def error(self) -> Mapping[str, Any]:
        return error_in(self.found)


async def key_of(connection: Connection, vendor: str) -> str | None:
    """Returns the connection's key, None if it has none. Raises ModelFailed if it cannot be used."""
    try:
        key = await connection.key()
    except ConfigurationError as error:
        raise ModelFailed(Failure.REFUSED_KEY, f"{vendor}_key") from error
    except Retry as error:
        raise ModelFailed(Failure.BUSY, "secret_unavailable", after=error.after) from None
    if key is not None and not _KEY.fullmatch(key.strip()):
        wrong = ConfigurationError(f"{vendor}: the key of model {connection.model!r} is not a key")
        raise ModelFailed(Failure.REFUSED_KEY, f"{vendor}_key") from wrong
    return key and key.strip()


class Calls:
    """Calls of one connection to `vendor`; `url` is the API's address."""

    def __init__(self, connection: Connection, vendor: str, url: str) -> None:
        self._http, self._vendor, self._model = connection.http, vendor, connection.model
        self.url = url.rstrip("/")
        self.host = urlsplit(self.url).hostname if is_address(self.url) else None

    async def get(self, path: str, headers: Mapping[str, str]) -> Answer:
        """Raises ModelFailed if there is no answer at all, as the other calls do."""
        return await self._made("GET", path, headers, None)

    async def post(self, path: str, headers: Mapping[str, str], body: Any) -> Answer:
        return await self._made("POST", path, headers, body)

    async def upload(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Sends bytes as they are; the address is the tenant's own setting, so it is trusted."""
        self._check()
        try:
            answer = await self._http.post(
                self.url + path, body, own=self.url, headers=headers, timeout=TIMEOUT
            )
        except (Unreachable, Unanswered) as error:
            raise self._silent(error) from None
        return _read(answer)

    def ok(self, answer: Answer) -> dict[str, Any]:
        """Returns the object in an answer. Raises ModelFailed if it is an error, also inside a 200."""
        self.check(answer)
        if not isinstance(answer.found, dict):
            raise garbled(self._vendor)
        return answer.found

    def check(self, answer: Answer) -> None:
        """Raises ModelFailed if the answer is an error, also inside a 200."""
        error, code = answer.error, wire.inside(answer.error, "code")
        if not 200 <= answer.status < 300:
            raise failed(self._vendor, self._model, answer.status, error, answer.after)
        if error and isinstance(code, int) and 400 <= code < 500:
            raise failed(self._vendor, self._model, code, error, answer.after)
        if error:
            raise ModelFailed(Failure.MALFORMED, f"{self._vendor}_error_inside")

    async def _made(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> Answer:
        self._check()
        try:
            answer = await self._http.request(
                method, self.url + path, headers=headers, json=body, timeout=TIMEOUT
            )
        except (Unreachable, Unanswered) as error:
            raise self._silent(error) from None
        return _read(answer)

    def _silent(self, error: Exception) -> ModelFailed:
        how = "unreachable" if isinstance(error, Unreachable) else "unanswered"
        return ModelFailed(Failure.BUSY, f"{self._vendor}_{how}")

    def _check(self) -> None:
        """Raises ModelFailed if the address is none."""
        if self.host is None:
            wrong = ConfigurationError(f"{self._vendor}: the url of model {self._model!r} is not an address")
            raise ModelFailed(Failure.REFUSED_KEY, f"{self._vendor}_url") from wrong


def _read(answer: HttpAnswer) -> Answer:
    """Reads JSON, also after the empty lines that DeepSeek sends while it is busy."""
    found = wire.loads(answer.body.strip(), longest=_TEXT)
    return Answer(answer.status, found, answer.retry_after, answer.body)


class Peculiarities:
    """Parameters that models were found to refuse, so that only the first request of an instance meets it.

    `told` finds each parameter in the words of the vendor's 400.
    """

    def __init__(self, told: Mapping[str, str]) -> None:
        self._told = {name: re.compile(pattern) for name, pattern in told.items()}
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    #: Most models that are remembered.
    LIMIT = 200

    async def asked(self, url: str, model: str, ask: Callable[[frozenset[str]], Awaitable[Answer]]) -> Answer:
        """Asks without the parameters that are known to be refused, once more for each further one."""
        answer = await ask(self._of(url, model))
        for _ in self._told:
            if not self._learnt(url, model, answer):
                break
            answer = await ask(self._of(url, model))
        return answer

    def _of(self, url: str, model: str) -> frozenset[str]:
        return self._known.get((url, model), frozenset())

    def _learnt(self, url: str, model: str, answer: Answer) -> bool:
        """Whether an answer refuses a parameter that was not known to be refused; it is known from now on."""
        if answer.status not in (400, 422):
            return False
        known = self._of(url, model)
        words = f"{answer.error.get('param')} {wire.words(answer.error, 'message')}".lower()
        found = (name for name, told in self._told.items() if name not in known and told.search(words))
        new = next(found, None)
        if new is None:
            return False
        if len(self._known) >= self.LIMIT:
            self._known.clear()
        self._known[url, model] = known | {new}
        return True
