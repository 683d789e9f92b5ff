"""A run of one of our commands on a local run's folder, as `make` starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from scripts.yaml_file import ROOT

#: Variables by which `make` passes a command's options: only a test's own count.
_OPTIONS = ("TENANT", "CONTACT", "ERASE", "DAY", "MONTH")


def run(name: str, folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Runs `python -m scripts.NAME`. Returns its code and its output, without the line with the target."""
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("CONCIERGE_") and key not in _OPTIONS
    }
    done = subprocess.run(
        [sys.executable, "-m", f"scripts.{name}", *arguments],
        cwd=ROOT,
        env={**clean, "LOCAL_FOLDER": str(folder), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    told = done.stderr.removeprefix(f"→ the local run ({folder})\n")
    return done.returncode, (done.stdout + told).rstrip("\n")
