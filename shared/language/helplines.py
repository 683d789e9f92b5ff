"""Helplines by country, for despair and for abuse (helplines.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from shared.models.tenant import Tenant

_FILE = Path(__file__).with_suffix(".json")


def helplines(tenant: Tenant, kind: str) -> Sequence[str]:
    """Returns the numbers of the tenant's country, by its time zone, for `despair` or `abuse`."""
    return next((each[kind] for each in _countries() if tenant.timezone in each["timezones"]), ())


@cache
def _countries() -> Sequence[Mapping[str, Sequence[str]]]:
    countries: Sequence[Mapping[str, Sequence[str]]] = json.loads(_FILE.read_bytes())
    return countries
