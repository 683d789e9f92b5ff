"""Output of a function's process: any output is read to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from scripts.local.process import LINE, FunctionProcess, free_port


async def told(printed: list[bytes]) -> list[Mapping[str, object]]:
    """Returns the log lines made from a process's output."""
    reader = asyncio.StreamReader(limit=LINE)
    found: list[Mapping[str, object]] = []
    reading = asyncio.create_task(FunctionProcess("reply", free_port(), found.append).read(reader))
    for each in printed:
        reader.feed_data(each)
        await asyncio.sleep(0)
    reader.feed_eof()
    await asyncio.wait_for(reading, 5)
    return found


async def test_a_line_longer_than_any_of_ours_does_not_end_the_reading() -> None:
    found = await told([b'{"message": "', b"x" * (3 * LINE), b'"}\n', b'{"message": "next"}\n'])
    assert [line["event"] for line in found][-1] == "next"


async def test_what_is_no_log_line_reaches_the_terminal_without_its_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await told([b"ERROR: zebra \x1b[31m \x07 \xff\r\n", b"not worth a word\n"])
    printed = capsys.readouterr().err
    assert printed.startswith("reply: ERROR: zebra")
    assert printed.rstrip("\n").isprintable()
