"""Reads a file in a process of its own, within bounds of time and memory."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.formats.files import Unreadable
from shared.knowledge.reading import Block, format_of, size_problem

#: Time (s) for one file, with the start of the process.
DEADLINE = 90.0
_ROOT = Path(__file__).resolve().parents[3]
_KEPT = frozenset({"HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "VIRTUAL_ENV"})
_TOO_LONG = "takes too long to read: split it, or save it anew"


async def read(data: bytes, name: str, media_type: str = "") -> Sequence[Block]:
    """Returns the blocks of a file. Raises Unreadable."""
    if problem := size_problem(len(data)):
        raise Unreadable(problem)
    format_of(name, media_type)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shared.knowledge.reading", name, media_type,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT, env=_environment(),
    )  # fmt: skip
    try:
        async with asyncio.timeout(DEADLINE):
            said, _ = await process.communicate(data)
    except TimeoutError:
        raise Unreadable(_TOO_LONG) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _blocks(said, process.returncode)


def _environment() -> dict[str, str]:
    """Returns the variables that Python needs: settings and secrets stay here."""
    return {name: value for name, value in os.environ.items() if name.startswith("PYTHON") or name in _KEPT}


def _blocks(said: bytes, status: int | None) -> list[Block]:
    if status != 0:
        raise Unreadable(_TOO_LONG)
    found = json.loads(said)
    if "refused" in found:
        raise Unreadable(found["refused"])
    return [Block(tuple(titles), text, page, alone) for titles, text, page, alone in found["blocks"]]
