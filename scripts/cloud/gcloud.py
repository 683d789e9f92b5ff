"""Google Cloud's own command line: each call has a deadline, and each failure is one line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from typing import Any

_DEADLINE_S = 120.0


class Failed(Exception):
    """gcloud is missing, failed, or did not answer in time; the text is one line of its error output."""


def ask(*arguments: str, given: str | None = None) -> str:
    """Runs gcloud and returns its output; `given` is its standard input. Raises Failed."""
    program = shutil.which("gcloud")
    if program is None:
        raise Failed("there is no gcloud on the PATH: https://cloud.google.com/sdk/docs/install")
    named = f"gcloud {' '.join(arguments[:3])}"
    with subprocess.Popen(
        [program, "--quiet", *arguments],
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # gcloud is a script that starts Python: both must end
    ) as process:
        try:
            output, said = process.communicate(given, _DEADLINE_S)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise Failed(f"{named}: did not answer within {_DEADLINE_S:g} seconds") from None
            raise
    if process.returncode:
        lines = said.strip().splitlines() or ["it failed without a message"]
        raise Failed(f"{named}: {next((line for line in lines if line.startswith('ERROR')), lines[-1])}")
    return output.strip()


def ask_json(*arguments: str) -> Any:
    """Runs gcloud with `--format=json` and returns the document. Raises Failed, also if it is not JSON."""
    answer = ask(*arguments, "--format=json")
    try:
        return json.loads(answer or "null")
    except ValueError:
        raise Failed(f"gcloud {' '.join(arguments[:3])}: the answer is not JSON: {answer[:80]!r}") from None
