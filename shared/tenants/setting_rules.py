"""Rules for the settings and secrets of an entry by the terms of its kind, be it of records or of sources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from shared.formats.nearest import unknown
from shared.models.setting import Setting
from shared.tenants.problems import Breaches

_TYPES = {str: "text", int: "a whole number"}


def missing_breaches(place: str, given: Collection[str], settings: Mapping[str, Setting]) -> Breaches:
    """Yields the settings that have to be there and are not."""
    for name, setting in settings.items():
        if setting.required and name not in given:
            yield f"{place}.{name}", f"is missing (expected {_TYPES[setting.type]})"


def value_breaches(
    place: str,
    given: Mapping[str, object],
    settings: Mapping[str, Setting],
    own: Callable[[str, str, str], Breaches],
) -> Breaches:
    """Yields settings that are unknown, of another type or empty, and the `own` breaches of the others.

    `own` gets the place, the name and the value as text.
    """
    for name, value in given.items():
        if name not in settings:
            yield f"{place}.{name}", unknown("setting", name, settings)
        elif type(value) is not (wanted := settings[name].type):
            yield f"{place}.{name}", f"{value!r} is not {_TYPES[wanted]}"
        elif value == "":
            yield f"{place}.{name}", "is empty"
        else:
            yield from own(f"{place}.{name}", name, str(value))


def secret_breaches(
    place: str, given: Collection[str], needed: Sequence[str], optional: Sequence[str] = ()
) -> Breaches:
    """Yields the roles of secrets that are missing, and those that the kind does not have."""
    for role in needed:
        if role not in given:
            yield f"{place}.{role}", "is missing (expected the secret's name)"
    known = [*needed, *optional]
    for role in given:
        if role not in known:
            yield f"{place}.{role}", unknown("secret", role, known)
