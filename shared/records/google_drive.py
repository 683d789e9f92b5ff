"""google_drive: files of Google Drive for pages. The table is `files`, asked by `folder`, `name` or `id`; the
field `file` is the file itself. Secret `service_account`; `base_url` is for tests.

A folder's id comes from another record of the same person (a family's folder), never from words.
https://developers.google.com/workspace/drive/api/guides/search-files
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

from shared.models.setting import Setting
from shared.models.verification import Linked
from shared.records import Broken, Connection, Edit, File, Question, Row, Terms
from shared.records._drive import SHARED, Drive, place
from shared.records._pieces import MOST, pieces
from shared.records._values import moment

TERMS = Terms({"base_url": Setting(str)}, ("service_account",))
_TABLE = "files"
_APPS = "application/vnd.google-apps."
_FIELDS = "id,name,mimeType,modifiedTime,size,parents"
_NAMES = {"id", "name", "media_type", "modified", "size", "folder", "file"}
#: Fields of a question as a search names them, and those by which a listing can be ordered.
_SEARCHED = {"folder": "{} in parents", "name": "name = {}"}
_ORDERS = {"name": "name", "modified": "modifiedTime"}
#: Most files that are asked for by their ids.
_IDS = 10
#: Google's own formats are read as PDF, whose place is marked.
_EXPORTED, _EXPORT = "export:", "application/pdf"


class GoogleDrive:
    def __init__(self, connection: Connection) -> None:
        self._drive = Drive(connection)

    async def find(self, question: Question) -> Sequence[Row]:
        if question.of != _TABLE:
            raise Broken(f"Google Drive has no table {question.of!r} (expected {_TABLE}).")
        if not question.where or not all(each and all(each) for each in question.where.values()):
            raise Broken("Google Drive: an empty value would give all files.")
        if "id" in question.where:
            ids = question.where["id"][:_IDS]
            return [_row(await self._drive.json(place(id), {"fields": _FIELDS, **SHARED})) for id in ids]
        query = {
            "q": _search(question.where),
            "pageSize": str(question.most + 1),
            "fields": f"incompleteSearch,files({_FIELDS})",
            "includeItemsFromAllDrives": "true",
            **SHARED,
        }
        if question.order:
            query["orderBy"] = _order(question.order)
        answer = await self._drive.json("files", query)
        files = answer.get("files")
        if not isinstance(files, list) or not all(isinstance(each, dict) and "id" in each for each in files):
            raise self._drive.api.unexpected("`files`")
        if answer.get("incompleteSearch"):
            raise Broken("Google Drive did not search everything.")
        return [_row(each) for each in files[: question.most + 1]]

    async def change(self, edit: Edit) -> Row:
        raise Broken(f"Google Drive's {edit.of} are not changed from here.")

    async def fields(self, of: str) -> Collection[str]:
        if of != _TABLE:
            raise Broken(f"Google Drive has no table {of!r} (expected {_TABLE}).")
        await self._drive.headers()
        return _NAMES

    async def read(self, file: File) -> AsyncIterator[bytes]:
        """Yields a file's bytes; a document of Google's own as PDF, of which Google exports at most 10 MB."""
        if file.place.startswith(_EXPORTED):
            path = f"{place(file.place.removeprefix(_EXPORTED))}/export"
            yield (await self._drive.got(path, {"mimeType": _EXPORT}, MOST)).body
            return
        url = f"{self._drive.api.base}/drive/v3/{place(file.place)}?alt=media&supportsAllDrives=true"
        async for piece in pieces(self._drive.api, url, await self._drive.headers()):
            yield piece


def create(connection: Connection) -> GoogleDrive:
    return GoogleDrive(connection)


def _search(where: Mapping[str, Sequence[str]]) -> str:
    """Returns the search for these files. Raises Broken for a field that cannot be asked for."""
    parts = ["trashed = false"]
    for field, values in where.items():
        if field not in _SEARCHED:
            raise Broken(f"Google Drive: {field!r} finds no files (expected folder, name or id).")
        parts.append("(" + " or ".join(_SEARCHED[field].format(_quoted(value)) for value in values) + ")")
    return " and ".join(parts)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _order(order: str) -> str:
    field = order.removeprefix("-")
    if field not in _ORDERS:
        raise Broken(f"Google Drive: files are not ordered by {field!r} (expected name or modified).")
    return _ORDERS[field] + (" desc" if order.startswith("-") else "")


def _row(told: Mapping[str, Any]) -> Row:
    kind, name = str(told.get("mimeType", "")), str(told.get("name", ""))
    size = int(told["size"]) if str(told.get("size", "")).isdecimal() else None
    id = str(told.get("id", ""))
    file = File(name, kind, id, size)
    if kind.startswith(_APPS):
        file = File(f"{name}.pdf", _EXPORT, f"{_EXPORTED}{id}")
    parents = told.get("parents")
    return {
        "id": id,
        "name": name,
        "media_type": kind,
        "modified": moment(str(told.get("modifiedTime", ""))),
        "size": size,
        "folder": [Linked(id=str(each)) for each in parents] if isinstance(parents, list) else [],
        "file": [file],
    }
