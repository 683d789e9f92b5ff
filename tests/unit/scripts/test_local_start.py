"""The start of the local run: a wrong file that is found late ends it with one line."""

from __future__ import annotations

import subprocess
import sys

from scripts.yaml_file import ROOT

START = """
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from scripts.local.run import tells_of_wrong_files
from shared.errors import ConfigurationError

@asynccontextmanager
async def begin(app):
    raise ConfigurationError("hotel.csv: row 3: has 7 cells")
    yield

app = Starlette(lifespan=begin)
app.router.lifespan_context = tells_of_wrong_files(app.router.lifespan_context)
uvicorn.run(app, port=0, log_level="warning")
"""


def test_a_file_that_is_found_wrong_at_the_start_is_told_without_a_traceback() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "cannot start: hotel.csv: row 3: has 7 cells\n"
