"""Google Cloud's own command line, and the forms of project and region names."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess

_DEADLINE_S = 120


class Failed(Exception):
    """gcloud is missing or failed; the text is the last line of its error output."""


def ask(*arguments: str, given: str | None = None) -> str:
    """Runs gcloud and returns its output; `given` is its standard input. Raises Failed."""
    program = shutil.which("gcloud")
    if program is None:
        raise Failed("there is no gcloud on the PATH: https://cloud.google.com/sdk/docs/install")
    done = subprocess.run(
        [program, "--quiet", *arguments],
        input=given,
        stdin=None if given is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it failed without a message"]
        raise Failed(f"gcloud {' '.join(arguments[:3])}: {said[-1]}")
    return done.stdout.strip()


def project(text: str) -> str:
    """Returns a valid project id. Raises ArgumentTypeError:
    https://cloud.google.com/resource-manager/docs/creating-managing-projects"""
    if not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", text):
        raise argparse.ArgumentTypeError(f"PROJECT={text!r}: expected a project's id, such as concierge-prod")
    return text


def origin(project: str, region: str) -> str:
    """Returns the address of a deployment's functions, `ORIGIN/FUNCTION`, as in terraform/functions.tf:
    https://cloud.google.com/functions/docs/calling/http#url"""
    return f"https://{region}-{project}.cloudfunctions.net"


def region(text: str) -> str:
    if not re.fullmatch(r"[a-z]+-[a-z]+[0-9]{1,2}", text):
        raise argparse.ArgumentTypeError(f"REGION={text!r}: expected a region, such as europe-southwest1")
    return text
