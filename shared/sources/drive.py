"""drive: a folder of Google Drive with the folders below it. Setting `folder`, the id in its address; secret
`service_account`, the JSON key of an account with which the folder is shared. `base_url` is for tests.

A listing costs twenty times a look into the log of changes, so a folder is listed again only if the log names
one of its files. https://developers.google.com/workspace/drive/api/guides/manage-changes
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from shared.models.setting import Setting
from shared.platform.google_tokens import TOKENS, NoToken, token
from shared.platform.http import HttpAnswer
from shared.sources import ITEMS, Broken, Connection, Content, Item, Known, Listing, Oversized, Terms
from shared.sources._answers import fetched

TERMS = Terms({"folder": Setting(str, required=True), "base_url": Setting(str)}, ("service_account",))
_API = "https://www.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/drive.readonly"
_APPS = "application/vnd.google-apps."
#: Google's own formats, and the one that each is exported as.
_EXPORTS = {
    f"{_APPS}document": ("text/markdown", ".md"),
    f"{_APPS}spreadsheet": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
    f"{_APPS}presentation": ("application/pdf", ".pdf"),
}
_FIELDS = "id,name,mimeType,md5Checksum,modifiedTime,size,parents,trashed,shortcutDetails"
#: Reasons for which a request is worth repeating:
#: https://developers.google.com/workspace/drive/api/guides/handle-errors
_BUSY = {"userRateLimitExceeded", "rateLimitExceeded", "backendError", "internalError"}
_REASONS = {
    "exportSizeLimitExceeded": "is too large for Google to export (10 MB): split it",
    "cannotDownloadFile": "may not be downloaded, by its owner's wish: allow it, or remove it",
    "notFound": "is gone, or not shared with us: share it again, or remove it",
}
_ANSWER_BYTES = 8 * 1024 * 1024
_FOLDERS, _LISTED, _CHANGES = 200, 50, 50


class Drive:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._base = connection.setting("base_url", _API).rstrip("/")
        self._root = connection.setting("folder")
        self._token = ""

    async def look(self, known: Known, /) -> Listing:
        """Returns the folder's files, or that none changed. The place in the log is taken before a listing,
        so that no change is between the two."""
        if known.cursor:
            place = json.loads(known.cursor)
            changed, page = await self._changes(place["token"], {*place["folders"], *known.marks})
            if not changed:
                return Listing(None, json.dumps(place | {"token": page}))
        started = await self._json("/drive/v3/changes/startPageToken", {"supportsAllDrives": "true"})
        files, folders = await self._files()
        return Listing(
            [self._item(each) for each in files],
            json.dumps({"token": str(started.get("startPageToken", "")), "folders": folders}),
        )

    async def _changes(self, page: str, known: set[str]) -> tuple[bool, str]:
        """Returns whether the log names a known file or folder, or a new file in one; and its end."""
        for _ in range(_CHANGES):
            fields = f"nextPageToken,newStartPageToken,changes(removed,fileId,file({_FIELDS}))"
            answer = await self._json("/drive/v3/changes", {"pageToken": page, "fields": fields, **_SHARED})
            for change in answer.get("changes", ()):
                parents = (change.get("file") or {}).get("parents", ())
                if change.get("fileId") in known or known.intersection(parents):
                    return True, page
            if "newStartPageToken" in answer:
                return False, str(answer["newStartPageToken"])
            page = str(answer.get("nextPageToken", page))
        return True, page

    async def _files(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Returns the files of the folder and of those below it, and the ids of these folders."""
        root = await self._json(
            f"/drive/v3/files/{quote(self._root, safe='')}", {"fields": "id,trashed", **_SHARED_FILE}
        )
        if root.get("trashed"):
            raise Broken("The folder is in Google Drive's bin: restore it, or remove the source.")
        files: list[dict[str, Any]] = []
        folders = [self._root]
        for folder in folders:  # grows while it is walked
            for each in await self._children(folder):
                if each.get("mimeType") == f"{_APPS}folder":
                    folders += [each["id"]] if each["id"] not in folders else []
                elif _is_read(each):
                    files.append(each)
            if len(folders) > _FOLDERS or len(files) > ITEMS:
                raise Broken(f"The folder has more than {ITEMS} files or {_FOLDERS} folders: split it.")
        return files, folders

    async def _children(self, folder: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        quoted = folder.replace("\\", "\\\\").replace("'", "\\'")
        query = {"q": f"'{quoted}' in parents and trashed = false", "pageSize": "1000", **_SHARED}
        query["fields"] = f"nextPageToken,incompleteSearch,files({_FIELDS})"
        for _ in range(_LISTED):
            answer = await self._json("/drive/v3/files", query)
            if answer.get("incompleteSearch"):
                raise Broken("Google Drive did not search everything: it is tried again.")
            found += [each for each in answer.get("files", ()) if isinstance(each, dict) and "id" in each]
            if not answer.get("nextPageToken"):
                return found
            query["pageToken"] = str(answer["nextPageToken"])
        raise Broken("The folder's listing does not end: it is tried again.")

    def _item(self, file: Mapping[str, Any]) -> Item:
        kind, name = str(file.get("mimeType", "")), str(file.get("name", file["id"]))
        _, ending = _EXPORTS.get(kind, ("", ""))
        mark = f"{file.get('md5Checksum') or file.get('modifiedTime', '')} {name}"
        return Item(str(file["id"]), name + ending, mark, partial(self._load, file))

    async def _load(self, file: Mapping[str, Any]) -> Content:
        kind, size = str(file.get("mimeType", "")), str(file.get("size", ""))
        if size.isdecimal() and int(size) > self._connection.limit:
            raise Oversized(int(size))
        place = f"/drive/v3/files/{quote(str(file['id']), safe='')}"
        if kind in _EXPORTS:
            exported, _ = _EXPORTS[kind]
            answer = await self._answer(f"{place}/export", {"mimeType": exported})
            return Content(answer.body, exported)
        answer = await self._answer(place, {"alt": "media", **_SHARED_FILE})
        return Content(answer.body, "")

    async def _json(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        try:
            found = json.loads((await self._answer(path, query, _ANSWER_BYTES)).body)
        except (ValueError, Oversized):
            found = None
        if not isinstance(found, dict):
            raise Broken("Google Drive's answer is not understood: it is tried again.")
        return found

    async def _answer(self, path: str, query: Mapping[str, str], limit: int | None = None) -> HttpAnswer:
        http, url = self._connection.http, f"{self._base}{path}?{urlencode(query)}"
        if not self._token:
            tokens = TOKENS if self._base == _API else f"{self._base}/token"
            key = await self._connection.secret("service_account")
            try:
                self._token = await token(http, key, _SCOPE, self._connection.now(), tokens)
            except NoToken as none:
                raise Broken(str(none)) from None
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = await fetched(
            http, url, own=self._base, limit=limit or self._connection.limit, headers=headers
        )
        if answer.status == 200:
            return answer
        raise _problem(answer)


_SHARED = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}
_SHARED_FILE = {"supportsAllDrives": "true"}


def create(connection: Connection) -> Drive:
    return Drive(connection)


def _is_read(file: Mapping[str, Any]) -> bool:
    """Whether a file has text of its own: no shortcut, form, drawing, picture, sound or film."""
    kind = str(file.get("mimeType", ""))
    if kind.startswith(_APPS):
        return kind in _EXPORTS
    return not kind.startswith(("image/", "audio/", "video/"))


def _problem(answer: HttpAnswer) -> Broken:
    """Returns the error for Google's answer, by its reason: one status stands for several."""
    try:
        error = json.loads(answer.body)["error"]
        reason = str(error["errors"][0]["reason"])
    except (ValueError, KeyError, TypeError, IndexError):
        reason = ""
    if reason in _BUSY or answer.status == 429 or answer.status >= 500:
        return Broken("Google Drive is busy: it is tried again.", answer.retry_after)
    if answer.status == 401:
        return Broken("Google Drive refuses the service account: store a new key.")
    said = _REASONS.get(reason) or _REASONS["notFound" if answer.status == 404 else "cannotDownloadFile"]
    return Broken(f"It {said}.")
