"""Countries and their time zones."""

from __future__ import annotations

import pytest

from shared.formats import countries


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Africa/Dakar", "SN"),
        ("Europe/Paris", "FR"),
        ("America/New_York", "US"),
        ("UTC", ""),
        ("Mars/Base", ""),
    ],
)
def test_a_zone_has_its_country(zone: str, country: str) -> None:
    assert countries.country_of(zone) == country


@pytest.mark.parametrize(
    ("country", "zone"), [("SN", "Africa/Dakar"), ("FR", "Europe/Paris"), ("US", ""), ("XX", ""), ("", "")]
)
def test_a_country_with_one_zone_has_it(country: str, zone: str) -> None:
    assert countries.only_zone(country) == zone


def test_the_package_has_the_table_if_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(countries, "TZPATH", ())
    countries.zones.cache_clear()
    assert countries.only_zone("SN") == "Africa/Dakar"
    countries.zones.cache_clear()
