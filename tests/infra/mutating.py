"""A mutation of terraform/ or infra/, and the copy of the project in which its tests run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.yaml_file import ROOT

_COPIED = ("functions", "infra", "scripts", "shared", "terraform", "tests")
_FILES = ("Makefile", "pyproject.toml", "requirements.lock", "README.md", ".github", ".ci")
_DEADLINE_S = 300


@dataclass(frozen=True)
class Mutation:
    """One change of a file: `right` becomes `wrong`, at its first place.

    `test` is the pytest node, or the file and `-k` expression, that must fail with `said` in its output.
    """

    name: str
    file: str
    right: str
    wrong: str
    test: tuple[str, ...]
    said: str

    def applied(self, text: str) -> str | None:
        """Returns the changed text, None for a file that is deleted. Raises LookupError without the right
        text."""
        if not self.right:
            return None
        if self.right not in text:
            raise LookupError(f"{self.name}: {self.file} has no {self.right!r}")
        return text.replace(self.right, self.wrong, 1)


class Copy:
    """A copy of the project in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        ignored = shutil.ignore_patterns("__pycache__", ".terraform", ".local")
        for name in _COPIED:
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        for name in _FILES:
            place = ROOT / name
            (shutil.copytree if place.is_dir() else shutil.copyfile)(place, folder / name)
        (folder / ".venv").symlink_to(ROOT / ".venv")

    def caught(self, mutation: Mutation) -> str:
        """Runs the mutation's test; returns "" if it fails as it should, else how it ended."""
        path = self._folder / mutation.file
        text = path.read_text("utf-8")
        changed = mutation.applied(text)
        if changed is None:
            path.unlink()
        else:
            path.write_text(changed, "utf-8")
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-n0", "-x", "-p", "no:cacheprovider", *mutation.test],
                cwd=self._folder,
                env={**os.environ, "CI": "true", "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
                timeout=_DEADLINE_S,
            )
        finally:
            path.write_text(text, "utf-8")
        if done.returncode == 1 and mutation.said in done.stdout:
            return ""
        how = "the test passed" if done.returncode == 0 else f"without {mutation.said!r} in its output"
        return f"{how}\n{done.stdout[-1500:]}"
