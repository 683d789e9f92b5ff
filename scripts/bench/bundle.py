"""A function's deployed environment: the packages of its own lock, and no others of this machine.

A development environment has more packages, and some libraries import them if they find them (structlog:
rich).
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

from scripts.yaml_file import ROOT

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)==")


def packages(function: str, folder: Path) -> Path:
    """Returns a folder for PYTHONPATH with a link to each package that the function's lock names. Raises
    PackageNotFoundError if one is not installed here."""
    site = folder / f"packages-{function}"
    site.mkdir(parents=True)
    lock = (ROOT / "functions" / function / "requirements.txt").read_text("utf-8")
    for line in lock.splitlines():
        if (match := _REQUIREMENT.match(line)) and not _other_platform(line):
            for name, place in _top_level(distribution(match[1])).items():
                if not (site / name).exists():
                    (site / name).symlink_to(place)
    return site


def _other_platform(line: str) -> bool:
    """Whether the requirement is for another platform than this one."""
    from packaging.requirements import Requirement

    marker = Requirement(line.rstrip("\\ ")).marker
    return marker is not None and not marker.evaluate()


def _top_level(found: Distribution) -> dict[str, Path]:
    """Returns the distribution's files and folders at the top of site-packages, by name."""
    tops = {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}
    return {name: Path(str(found.locate_file(name))) for name in tops}
