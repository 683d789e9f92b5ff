"""A load generator as a process of its own: `-m scripts.bench.load PORT CHANNEL SERIES COUNT CONNECTIONS`.

Each connection posts its next webhook as soon as the last is answered; each webhook has its own id and comes
from one of many people. Prints the total time and each response's time, as JSON. It uses bare streams, since
an HTTP client would take more processor time than the function under test.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.bench import webhooks
from scripts.bench.served import Ask

PEOPLE = 1_000
_DEADLINE_S = 60.0


@dataclass(frozen=True)
class Load:
    """The result of a load: `seconds` in all, `latencies_ms` of each request."""

    seconds: float
    latencies_ms: list[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds


async def run(port: int, requests: Iterator[bytes], connections: int) -> Load:
    """Sends the requests and returns the result. Raises RuntimeError for a response other than 2xx."""
    latencies: list[float] = []
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    began = time.perf_counter()
    async with asyncio.timeout(_DEADLINE_S), asyncio.TaskGroup() as group:
        for reader, writer in opened:
            group.create_task(_post(reader, writer, requests, latencies))
    seconds = time.perf_counter() - began
    for _, writer in opened:
        writer.close()
    return Load(seconds, latencies)


async def _post(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: Iterator[bytes],
    latencies: list[float],
) -> None:
    for request in requests:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(head.split(b"\r\n", 1)[0].decode())
        await reader.readexactly(_length(head))
        latencies.append(1000 * (time.perf_counter() - began))


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.partition(b"\r\n")[0] or 0)


def request(ask: Ask) -> bytes:
    lines = [f"POST {ask.path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(ask.body)}"]
    lines += [f"{name}: {value}" for name, value in ask.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + ask.body


def main() -> None:
    port, channel, series, count, connections = sys.argv[1:]
    asks = webhooks.BY_CHANNEL[channel]
    requests = [request(asks(number % PEOPLE, f"{series}X{number}")) for number in range(int(count))]
    load = asyncio.run(run(int(port), iter(requests), int(connections)))
    print(json.dumps({"seconds": load.seconds, "latencies_ms": load.latencies_ms}))


if __name__ == "__main__":
    main()
