"""Secret Manager on a socket: the two RPCs that we call, for Google's own client over gRPC."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from types import TracebackType
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.cloud.secretmanager_v1.types import (
    AccessSecretVersionRequest,
    AccessSecretVersionResponse,
    GetSecretVersionRequest,
    SecretVersion,
)


class FakeSecretManager:
    """`values` by secret id: change them to rotate.

    `earlier` are the values before them, oldest first, None if disabled; `made_at` is the time of each value.
    `fault` is the status of every call; `hanging` keeps each call waiting; `calls` are the requested names.
    """

    def __init__(self, project: str) -> None:
        self.host = ""
        self.values: dict[str, bytes] = {}
        self.earlier: dict[str, list[bytes | None]] = {}
        self.made_at: dict[str, datetime] = {}
        self.fault: grpc.StatusCode | None = None
        self.hanging = False
        self.calls: list[str] = []
        self._project = project
        self._server = grpc.aio.server()
        accessed = grpc.unary_unary_rpc_method_handler(
            self._access,
            request_deserializer=AccessSecretVersionRequest.deserialize,
            response_serializer=AccessSecretVersionResponse.serialize,
        )
        told = grpc.unary_unary_rpc_method_handler(
            self._get,
            request_deserializer=GetSecretVersionRequest.deserialize,
            response_serializer=SecretVersion.serialize,
        )
        service = "google.cloud.secretmanager.v1.SecretManagerService"
        handler = grpc.method_handlers_generic_handler(
            service, {"AccessSecretVersion": accessed, "GetSecretVersion": told}
        )
        self._server.add_generic_rpc_handlers((handler,))

    async def __aenter__(self) -> FakeSecretManager:
        port = self._server.add_insecure_port("127.0.0.1:0")
        self.host = f"127.0.0.1:{port}"
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.stop(grace=None)

    async def _access(self, request: AccessSecretVersionRequest, context: Any) -> AccessSecretVersionResponse:
        name, number, value = await self._found(request.name, context)
        if value is None:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"{request.name} is DISABLED")
        path = f"projects/{self._project}/secrets/{name}/versions/{number}"
        return AccessSecretVersionResponse(name=path, payload={"data": value})

    async def _get(self, request: GetSecretVersionRequest, context: Any) -> SecretVersion:
        name, _, _ = await self._found(request.name, context)
        return SecretVersion(name=request.name, create_time=self.made_at.get(name))

    async def _found(self, path: str, context: Any) -> tuple[str, int, bytes | None]:
        """Returns the secret's id, the version's number and its value."""
        self.calls.append(path)
        if self.hanging:
            await asyncio.Event().wait()
        if self.fault is not None:
            await context.abort(self.fault, "as the test asked")
        asked = re.fullmatch(rf"projects/{self._project}/secrets/([^/]+)/versions/(latest|[0-9]+)", path)
        if asked and asked[1] in self.values:
            every = [*self.earlier.get(asked[1], []), self.values[asked[1]]]
            number = len(every) if asked[2] == "latest" else int(asked[2])
            if 1 <= number <= len(every):
                return asked[1], number, every[number - 1]
        await context.abort(grpc.StatusCode.NOT_FOUND, f"Secret [{path}] not found")
        raise AssertionError("abort() raises")
