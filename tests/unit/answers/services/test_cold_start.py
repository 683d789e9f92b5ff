"""Cold start: the libraries of templates are loaded with the first action, not with the function."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
#: Prints the modules of these libraries that an import of the function's parts loads.
PROGRAM = """
import sys
import shared.wiring.reply
print([name for name in sys.modules if name.partition(".")[0] in ("jinja2", "babel")])
"""


def test_replies_start_without_the_libraries_of_templates() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.strip() == "[]"
