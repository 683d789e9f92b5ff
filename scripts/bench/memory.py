"""Memory of processes as a container's limit counts it: shared pages count once.

Needs Linux. https://docs.kernel.org/filesystems/proc.html: Pss is a process's share of each page it maps.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")


def processes(argument: str, within: int) -> list[int]:
    """Returns the processes below process `within` that have this argument, with all their descendants."""
    children = _children()
    found: list[int] = []
    waiting = [within]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        if argument in _arguments(pid):
            found.append(pid)
    return found


def mebibytes(pids: Iterable[int]) -> float:
    """Returns the memory (MiB) of the processes. Raises RuntimeError without processes."""
    kibibytes = [_pss(pid) for pid in pids]
    if not kibibytes:
        raise RuntimeError("no such process")
    return sum(kibibytes) / 1024


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue  # the process has ended meanwhile
        children.setdefault(parent, []).append(int(stat.parent.name))
    return children


def _arguments(pid: int) -> list[str]:
    try:
        return (_PROC / str(pid) / "cmdline").read_text(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def _pss(pid: int) -> int:
    lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
