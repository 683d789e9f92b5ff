"""Countries and their time zones, from the system's tz database, or from the package tzdata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH

#: Each line: a country (ISO 3166-1 alpha-2), coordinates, a zone's name, comments; one country for each zone.
#: https://data.iana.org/time-zones/tz-link.html
_TABLE = "zone.tab"


def is_country(code: str) -> bool:
    """Whether a country has this code."""
    return code in zones()


def country_of(zone: str) -> str:
    """Returns the country of a time zone, or "" if it has none (`UTC`) or the database has no table."""
    return next((country for country, names in zones().items() if zone in names), "")


def only_zone(country: str) -> str:
    """Returns the country's time zone, or "" if it has several, or none that is known."""
    names = zones().get(country, ())
    return names[0] if len(names) == 1 else ""


@cache
def zones() -> Mapping[str, Sequence[str]]:
    """Returns the names of each country's time zones, by its code."""
    found: dict[str, list[str]] = {}
    for line in _table().splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return found


def _table() -> str:
    for folder in TZPATH:
        path = Path(folder) / _TABLE
        if path.is_file():
            return path.read_text("utf-8")
    try:
        return resources.files("tzdata.zoneinfo").joinpath(_TABLE).read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        return ""
