"""http_api: any API that speaks JSON, by the calls that the tenant describes. Setting `base_url`, and a
`header` that takes the token alone, for an API that has no bearer tokens; secret `token`.

A value goes into a path, a query or a body as a value: quoted for its place, and never read as a template.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from shared.formats import wire
from shared.models.service import NAME, Call
from shared.models.setting import Setting
from shared.models.verification import Linked
from shared.platform.http import HttpAnswer
from shared.records import ROWS, Broken, Connection, Edit, File, Question, Row, Terms
from shared.records._api import Api
from shared.records._pieces import pieces
from shared.records._values import moment

TERMS = Terms(
    {"base_url": Setting(str, required=True), "header": Setting(str)},
    optional=("token",),
    several=False,
    writes=True,
    calls=True,
)
#: Most pages of one question.
_PAGES = 10
#: Parts of a value that would change the path around it, once a server has decoded them.
_STEPS = re.compile(r"[/\\\x00-\x1f\x7f]|\A\.{1,2}\Z")

Values = Mapping[str, str | int | bool]


class HttpApi:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        base = connection.setting("base_url")
        vendor = urlsplit(base).hostname or "the API"
        self._api = Api(connection.http, vendor, base, connection.entry.seconds)

    async def find(self, question: Question) -> Sequence[Row]:
        call, values = self._call(question.of), _single(question.where)
        found: list[Row] = []
        cursor, seen = "", {""}
        for _ in range(_PAGES):
            answer = await self._send(call, values, {call.cursor: cursor} if cursor else {})
            if answer.status == 404 and NAME.search(call.path):
                return []
            rows, cursor = self._rows(question, call, self._body(answer))
            found += rows
            if len(found) > question.most or not cursor:
                break
            if cursor in seen:
                raise self._api.unexpected("end of its pages")
            seen.add(cursor)
        return _ordered(found, question.order)[: question.most + 1]

    async def change(self, edit: Edit) -> Row:
        """Sends a change with its key, by which the other side knows a repeat.

        https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
        """
        call = self._call(edit.of)
        values = {**_single(edit.where), **edit.sets}
        answer = await self._send(call, values, {}, {"Idempotency-Key": quote(edit.key, safe="")})
        if answer.status == 204 or (answer.status in (200, 201, 202) and not answer.body):
            return {"id": ""}
        body = self._body(answer, change=True)
        told = wire.inside(body, *filter(None, call.rows.split(".")))
        told = told[0] if isinstance(told, list) and told else told
        return self._row(call, told, 0) if isinstance(told, dict) else {"id": ""}

    async def fields(self, of: str) -> None:
        """Returns None: an API tells no names before it is asked for rows. Raises Broken."""
        self._call(of)

    async def read(self, file: File) -> AsyncIterator[bytes]:
        """Yields a file's bytes; the token goes to the API's own address alone."""
        base = self._api.base
        url = urljoin(f"{base}/", file.place)
        own = urlsplit(url)[:2] == urlsplit(base)[:2]
        async for piece in pieces(self._api, url, await self._headers() if own else {}):
            yield piece

    def _call(self, name: str) -> Call:
        calls = self._connection.entry.calls
        if name not in calls:
            raise Broken(f"There is no call {name!r} in records.{self._connection.name}.calls.")
        return calls[name]

    async def _send(
        self, call: Call, values: Values, paging: Mapping[str, str], more: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        path = NAME.sub(lambda name: _in_path(_value(name, values)), call.path)
        query = {name: _filled(text, values) for name, text in call.query.items()} | dict(paging)
        headers = {**await self._headers(), **(more or {})}
        if call.method == "GET":
            return await self._api.get(path, query, headers)
        body = {name: _typed(given, values) for name, given in call.body.items()} or None
        return await self._api.send(call.method, path, query, body, headers)

    def _body(self, answer: HttpAnswer, *, change: bool = False) -> Any:
        if answer.status == 409 and change:
            raise Broken(
                f"{self._api.vendor} has a conflict (HTTP 409): it may be at work on the same change.",
                sure=False,
            )
        if not 200 <= answer.status < 300:
            raise self._api.problem(answer, change=change)
        return self._api.decoded(answer, sure=not change)

    def _rows(self, question: Question, call: Call, body: Any) -> tuple[list[Row], str]:
        """Returns the rows of an answer, and the cursor of the next page, "" if it is the last."""
        told = wire.inside(body, *filter(None, call.rows.split(".")))
        told = [told] if isinstance(told, dict) else told
        if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
            raise self._api.unexpected(f"`{call.rows}`" if call.rows else "list of records")
        rows = [self._row(call, each, place) for place, each in enumerate(told[: ROWS + 1])]
        for field in question.where:
            if rows and not any(field in row for row in rows):
                raise Broken(f"{self._api.vendor} answers {question.of!r} without {field!r}: was it renamed?")
        cursor = wire.inside(body, *call.next.split(".")) if call.next else None
        return rows, str(cursor) if isinstance(cursor, str | int) and not isinstance(cursor, bool) else ""

    def _row(self, call: Call, told: Mapping[str, Any], place: int) -> Row:
        kept = {name: _read(value) for name, value in told.items() if name not in call.fields}
        for theirs, ours in call.fields.items():
            kept[ours] = _read(wire.inside(told, *theirs.split(".")))
        return {**kept, "id": str(kept.get("id") or place)}

    async def _headers(self) -> dict[str, str]:
        if "token" not in self._connection.entry.secrets:
            return {}
        token = await self._connection.secret("token")
        header = self._connection.entry.settings.get("header")
        return {str(header): token} if header else {"Authorization": f"Bearer {token}"}


def create(connection: Connection) -> HttpApi:
    return HttpApi(connection)


def _single(where: Mapping[str, Sequence[str]]) -> dict[str, str]:
    if not all(len(values) == 1 and values[0] for values in where.values()):
        raise Broken("A call takes one value for each name, and none that is empty.")
    return {name: values[0] for name, values in where.items()}


def _value(name: re.Match[str], values: Values) -> str:
    if name[1] not in values:
        raise Broken(f"A call needs {name[1]!r}, which the question does not have.")
    value = values[name[1]]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _filled(text: str, values: Values) -> str:
    return NAME.sub(lambda name: _value(name, values), text)


def _in_path(value: str) -> str:
    if not value or _STEPS.search(value):
        raise Broken("A value cannot be part of a path: it has a slash, or is no value.")
    return quote(value, safe="")


def _typed(given: str | int | bool, values: Values) -> str | int | bool:
    """Returns the value for a body: of its own type if the template is nothing else."""
    if not isinstance(given, str):
        return given
    whole = NAME.fullmatch(given)
    return values[whole[1]] if whole and whole[1] in values else _filled(given, values)


def _read(value: Any) -> Any:
    """Returns a value as records have it; None for an object that is neither a link nor a file."""
    match value:
        case str():
            return moment(value)
        case list():
            return [each for each in map(_part, value) if each is not None]
        case dict():
            part = _part(value)
            return None if part is None else [part]
    return value


def _part(value: Any) -> Linked | File | None:
    match value:
        case {"url": str(url)}:
            size = value.get("size")
            kind = str(value.get("media_type") or value.get("mime_type") or "")
            return File(str(value.get("name") or ""), kind, url, size if isinstance(size, int) else None)
        case {"id": str() | int() as id}:
            text = next((value[name] for name in ("name", "title", "label", "value") if value.get(name)), "")
            return Linked(id=str(id), text=str(text))
        case str() | int() | float():
            return Linked(id=str(value), text=str(value))
    return None


def _ordered(rows: list[Row], order: str) -> list[Row]:
    """Returns the rows by a field; those without it come last."""
    field = order.removeprefix("-")
    having = [row for row in rows if field and row.get(field) is not None]
    try:
        having.sort(key=lambda row: row[field], reverse=order.startswith("-"))
    except TypeError:
        having.sort(key=lambda row: str(row[field]), reverse=order.startswith("-"))
    return having + [row for row in rows if row not in having] if field else rows
