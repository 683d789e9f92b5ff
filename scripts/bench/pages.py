"""Memory and time of `pages`: a page with 20 MB of attachments beside one with 1 MB, and the page itself.

Needs Linux: a process's peak is read and reset under /proc
(https://docs.kernel.org/filesystems/proc.html, VmHWM and clear_refs).
"""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scripts.bench import memory, messages
from scripts.bench.cloud import Cloud
from scripts.bench.figures import Figure, at_most, percentile
from scripts.bench.served import Served, serving
from shared.conversation.pages import digest
from shared.models.page import Attachment, Page, PageContent
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.platform.store.sqlite import SqliteStore

MB = 1_000_000
#: Sizes of a file, downloads at the same time, and rounds before and during a measurement.
SMALL, LARGE, AT_ONCE, ROUNDS = 1 * MB, 20 * MB, 4, 3
#: Growth (MiB) below which a process's memory is noise.
_NOISE = 1.0
_VIEWS = 200


def measure(cloud: Cloud) -> Iterator[Figure]:
    """Yields the growth of memory by file size, and the time of a page."""
    paths = {size: asyncio.run(_page(cloud, size)) for size in (SMALL, LARGE)}
    with serving(cloud.ours("pages")) as served:
        served.listening()
        for size in (SMALL, LARGE, SMALL):  # imports, buffers and threads
            _downloads(served, f"{paths[size]}/files/0", size)
        (pid, *_) = [each for each in memory.processes("--target=pages", within=served.pid) if _serves(each)]
        growth = {size: _growth(served, pid, f"{paths[size]}/files/0", size) for size in paths}
        times = [_time(served, paths[SMALL]) for _ in range(_VIEWS)]
    ratio = max(growth[LARGE], _NOISE) / max(growth[SMALL], _NOISE)
    how = f"{AT_ONCE} downloads at once: {growth[SMALL]:.1f} MiB more for 1 MB, {growth[LARGE]:.1f} for 20 MB"
    yield Figure("page_memory_ratio", ratio, "pages", at_most(2), how)
    yield Figure(
        "page_p95_ms", percentile(times[_VIEWS // 10 :], 95), "pages", at_most(30), "on SQLite, counted"
    )


async def _page(cloud: Cloud, size: int) -> str:
    """Makes a page with a file of this size; returns its path."""
    token, now = f"bench{size:035x}", datetime.now(UTC)
    page = Page(
        tenant=messages.TENANT,
        page=digest(token),
        contact="bench",
        conversation="waha.bench",
        content=PageContent(kind="text", title="Bench", language="fr", text=["*Bench*"] * 20),
        made_by="bench",
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    blobs, blob = ObjectStoreBlobs(cloud.environment["CONCIERGE_BLOBS"]), f"{page.folder}/0"
    await blobs.put(blob, bytes(size), "application/pdf")
    page.content.files = [Attachment(name="f.pdf", media_type="application/pdf", blob=blob, size=size)]
    await SqliteStore(cloud.folder / "store.db").put(page)
    return f"/{messages.TENANT}/{token}"


def _growth(served: Served, pid: int, path: str, size: int) -> float:
    """Returns the peak (MiB) of a process over its memory before, the least of some rounds."""
    found = []
    for _ in range(ROUNDS):
        (Path("/proc") / str(pid) / "clear_refs").write_text("5")
        before = _status(pid, "VmRSS")
        _downloads(served, path, size)
        found.append((_status(pid, "VmHWM") - before) / 1024)
    return min(found)


def _downloads(served: Served, path: str, size: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sizes = list(pool.map(lambda _: len(_get(served, path)), range(AT_ONCE)))
    if sizes != [size] * AT_ONCE:
        raise RuntimeError(f"{path}: {sizes} bytes (expected {size})")


def _time(served: Served, path: str) -> float:
    """Returns the time (ms) of a page."""
    began = time.perf_counter()
    _get(served, path)
    return 1000 * (time.perf_counter() - began)


def _get(served: Served, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    try:
        connection.request("GET", path, headers={"User-Agent": "Mozilla/5.0 (bench)"})
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"{path}: status {response.status} (expected 200)")
        return response.read()
    finally:
        connection.close()


def _serves(pid: int) -> bool:
    """Whether the process has the adapter loaded: the worker, not its master."""
    return "obstore" in (Path("/proc") / str(pid) / "maps").read_text()


def _status(pid: int, name: str) -> int:
    """Returns a line of a process's status, in KiB."""
    lines = (Path("/proc") / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
