"""Fake commands on a PATH of their own: each records its calls and gives the answers that a test sets."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Commands:
    """`folder` is the whole PATH; `calls()` are lines `program argument …`, `inputs()` their stdin."""

    folder: Path
    _cases: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, program: str, pattern: str, output: str = "", status: int = 0) -> None:
        """Sets the answer to arguments that match the shell pattern; the newest matching answer counts."""
        said = f"printf '%s\\n' {shlex.quote(output)}" if output else ":"
        where = " >&2" if status else ""
        case = f"{_escaped(pattern)}) {said}{where}; exit {status};;"
        self._cases.setdefault(program, []).insert(0, case)
        script = [
            "#!/bin/sh",
            f'echo "{program} $*" >> {self.folder}/.calls',
            f"if [ ! -t 0 ]; then /bin/cat >> {self.folder}/.inputs; fi",
            'case "$*" in',
            *self._cases[program],
            "esac",
        ]
        path = self.folder / program
        path.write_text("\n".join(script) + "\n")
        path.chmod(0o755)

    def calls(self, program: str = "") -> list[str]:
        return [line for line in self._read(".calls").splitlines() if line.startswith(program)]

    def inputs(self) -> str:
        return self._read(".inputs")

    def _read(self, name: str) -> str:
        path = self.folder / name
        return path.read_text("utf-8") if path.exists() else ""


def _escaped(pattern: str) -> str:
    """Returns the shell pattern with every character but `*` quoted."""
    return "*".join(shlex.quote(piece) if piece else "" for piece in pattern.split("*"))
