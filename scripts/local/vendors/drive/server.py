"""Google Drive's files and its log of changes served over HTTP, with scripted faults."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FOLDER = "application/vnd.google-apps.folder"
APPS = "application/vnd.google-apps."
_TOKEN = "not-a-real-token"  # noqa: S105
Json = dict[str, Any]


class Drive:
    """Files by id, with their bytes. The next of `faults` answers in place of it; `page` is the size of a
    page of a listing."""

    def __init__(self) -> None:
        self.files: dict[str, Json] = {}
        self.bytes: dict[str, bytes] = {}
        self.changes: list[Json] = []
        self.faults: deque[Callable[[Request], Response | None]] = deque()
        self.asked: list[str] = []
        self.page = 2
        routes = [
            Route("/token", self._token, methods=["POST"]),
            Route("/drive/v3/changes/startPageToken", self._start),
            Route("/drive/v3/changes", self._changes),
            Route("/drive/v3/files", self._list),
            Route("/drive/v3/files/{id}", self._get),
            Route("/drive/v3/files/{id}/export", self._export),
        ]
        self.app = Starlette(routes=routes)

    def put(self, id: str, name: str, data: bytes, kind: str, *, folder: str = "root", at: int = 0) -> None:
        """Writes a file, and notes it in the log."""
        moment = f"2026-11-20T10:{at:02}:00.000Z"
        file: Json = {"id": id, "name": name, "mimeType": kind, "parents": [folder], "modifiedTime": moment}
        if not kind.startswith(APPS):
            file |= {
                "md5Checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
                "size": str(len(data)),
            }
        self.files[id], self.bytes[id] = {**file, "trashed": False}, data
        self.changes.append({"fileId": id, "removed": False, "file": self.files[id]})

    def trash(self, id: str) -> None:
        self.files[id]["trashed"] = True
        self.changes.append({"fileId": id, "removed": False, "file": self.files[id]})

    def remove(self, id: str) -> None:
        """Deletes a file, or takes back our access: the log does not say which."""
        del self.files[id]
        self.changes.append({"fileId": id, "removed": True})

    def _begun(self, request: Request) -> Response | None:
        self.asked.append(f"{request.url.path}?{request.url.query}")
        if self.faults and (fault := self.faults.popleft()(request)) is not None:
            return fault
        if request.headers.get("authorization") != f"Bearer {_TOKEN}":
            return error(401, "authError")
        return None

    async def _token(self, request: Request) -> Response:
        if len(request.query_params.get("assertion", "").split(".")) != 3:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": _TOKEN, "expires_in": 3599, "token_type": "Bearer"})

    async def _start(self, request: Request) -> Response:
        return self._begun(request) or JSONResponse({"startPageToken": str(len(self.changes))})

    async def _changes(self, request: Request) -> Response:
        if fault := self._begun(request):
            return fault
        place = int(request.query_params["pageToken"])
        found, end = self.changes[place : place + self.page], min(len(self.changes), place + self.page)
        name = "newStartPageToken" if end == len(self.changes) else "nextPageToken"
        return JSONResponse({"changes": found, name: str(end)})

    async def _list(self, request: Request) -> Response:
        if fault := self._begun(request):
            return fault
        folder = parse_qs(f"q={request.query_params['q']}")["q"][0].split("'")[1]
        found = [each for each in self.files.values() if folder in each["parents"] and not each["trashed"]]
        place = int(request.query_params.get("pageToken", 0))
        body: Json = {"files": found[place : place + self.page], "incompleteSearch": False}
        if place + self.page < len(found):
            body["nextPageToken"] = str(place + self.page)
        return JSONResponse(body)

    async def _get(self, request: Request) -> Response:
        if fault := self._begun(request):
            return fault
        file = self.files.get(id := request.path_params["id"])
        if file is None:
            return error(404, "notFound")
        if request.query_params.get("alt") != "media":
            return JSONResponse(file)
        if file["mimeType"].startswith(APPS):
            return error(403, "fileNotDownloadable")
        return Response(self.bytes[id], media_type=file["mimeType"])

    async def _export(self, request: Request) -> Response:
        if fault := self._begun(request):
            return fault
        data = self.bytes[request.path_params["id"]]
        return Response(data, media_type=request.query_params["mimeType"])


def error(status: int, reason: str) -> JSONResponse:
    """Returns an error in Google's form."""
    body = {"code": status, "message": reason, "errors": [{"domain": "global", "reason": reason}]}
    return JSONResponse({"error": body}, status)
