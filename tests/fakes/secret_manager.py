"""Secret Manager on a socket: the one RPC that we call, for Google's own client over gRPC."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.cloud.secretmanager_v1.types import AccessSecretVersionRequest, AccessSecretVersionResponse


class FakeSecretManager:
    """`values` by secret id: change them to rotate.

    `fault` is the status of every call; `hanging` keeps each call waiting; `calls` are the requested names.
    """

    def __init__(self, project: str) -> None:
        self.host = ""
        self.values: dict[str, bytes] = {}
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
        service = "google.cloud.secretmanager.v1.SecretManagerService"
        handler = grpc.method_handlers_generic_handler(service, {"AccessSecretVersion": accessed})
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
        self.calls.append(request.name)
        if self.hanging:
            await asyncio.Event().wait()
        if self.fault is not None:
            await context.abort(self.fault, "as the test asked")
        for name, value in self.values.items():
            if request.name == f"projects/{self._project}/secrets/{name}/versions/latest":
                payload = {"data": value}
                return AccessSecretVersionResponse(name=request.name, payload=payload)
        await context.abort(grpc.StatusCode.NOT_FOUND, f"Secret [{request.name}] not found")
        raise AssertionError("abort() raises")
