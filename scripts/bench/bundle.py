"""A function as the platform would install it: the packages of its own lock, and no other of this machine's.

A development environment holds more, and some libraries import what they happen to find (structlog: rich).
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

from scripts.yaml_file import ROOT

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)==")


def packages(function: str, folder: Path) -> Path:
    """A folder for PYTHONPATH with a link to each package that the function's lock names.
    Raises PackageNotFoundError where one is not installed here."""
    site = folder / f"packages-{function}"
    site.mkdir(parents=True)
    lock = (ROOT / "functions" / function / "requirements.txt").read_text("utf-8")
    for line in lock.splitlines():
        if (match := _REQUIREMENT.match(line)) and not _elsewhere(line):
            for name, place in _tops(distribution(match[1])).items():
                if not (site / name).exists():
                    (site / name).symlink_to(place)
    return site


def _elsewhere(line: str) -> bool:
    """Whether the requirement is for another platform than this one."""
    from packaging.requirements import Requirement

    marker = Requirement(line.rstrip("\\ ")).marker
    return marker is not None and not marker.evaluate()


def _tops(found: Distribution) -> dict[str, Path]:
    """What the distribution put at the top of site-packages, by name."""
    tops = {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}
    return {name: Path(str(found.locate_file(name))) for name in tops}
