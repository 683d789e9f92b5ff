"""Rules for the roster, its ways and notifiers that the JSON Schema cannot express, and warnings about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from shared.formats.json_schema import one_of
from shared.language.languages import shipped
from shared.models.handoff import CONSOLE, PHONE
from shared.models.staff import Member, NotifierEntry, Shift, Way
from shared.models.tenant import Tenant
from shared.tenants import plugins, roster, working_time
from shared.tenants.declared import ChannelEntry, Declared
from shared.tenants.problems import Breaches

_Entries = Mapping[str, ChannelEntry] | Mapping[str, NotifierEntry]

#: Words that stand in the place of a member of staff in a request's steps.
_RESERVED = (PHONE, CONSOLE, "person")
_WEEK = timedelta(days=7)
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_TELEGRAM = re.compile(r"[1-9][0-9]{0,15}")
_MAIL = re.compile(r"[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+\.[^\s@<>(),;:\".]+")
#: The form of a way's `to` by the kind of the channel or notifier, and its name. Other kinds take any text.
_FORMS = {
    **dict.fromkeys(("waha", "green_api", "cloud_api"), (_NUMBER, "a phone number (expected E.164: +221…)")),
    "telegram": (_TELEGRAM, "a Telegram id (expected digits)"),
    "email": (_MAIL, "an e-mail address"),
}
#: Visitors of a page have no address.
_NO_WAY = "webchat"
_SECRET = re.compile(r"[a-z][a-z0-9-]{0,99}")


def breaches(tenant: Declared) -> Breaches:
    """Yields all breaches: those of the tenant's own settings, then those that name channels or plugins."""
    yield from settings_breaches(tenant)
    for place, way in _ways(tenant):
        if way.channel and not way.notifier:
            yield from _target_breaches(place, "channel", way.channel, way.to, tenant.channels)
    kinds = plugins.names("notifiers")
    for name, notifier in tenant.notifiers.items():
        if name in tenant.channels:
            yield f"notifiers.{name}", "is the name of a channel too (expected another name)"
        if notifier.kind not in kinds:
            yield f"notifiers.{name}.kind", f"{notifier.kind!r} is not a notifier ({one_of(kinds)})"


def settings_breaches(tenant: Tenant) -> Breaches:
    """Yields the breaches that the tenant's own settings show, in the order of the fields."""
    for number, day in enumerate(tenant.holidays):
        yield from _date_breaches(f"holidays[{number}]", day)
    for name, member in tenant.staff.items():
        if name in _RESERVED:
            yield f"staff.{name}", "is a word with another meaning in requests (expected another name)"
        yield from _member_breaches(f"staff.{name}", member, tenant)
    yield from _twice_breaches(tenant)
    for place, way in _ways(tenant):
        yield from _way_breaches(place, way, tenant)
    for name, notifier in tenant.notifiers.items():
        for role, secret in notifier.secrets.items():
            if not _SECRET.fullmatch(secret):  # never shown: it may be the secret's value
                told = f"the value is no name (expected the form {_SECRET.pattern})"
                yield f"notifiers.{name}.secrets.{role}", told


def _ways(tenant: Tenant) -> Iterator[tuple[str, Way]]:
    """Yields all ways with their places."""
    for name, member in tenant.staff.items():
        for number, way in enumerate(member.ways):
            yield f"staff.{name}.ways[{number}]", way
    for number, way in enumerate(tenant.contacts):
        yield f"contacts[{number}]", way


def interval_breaches(place: str, intervals: list[str]) -> Breaches:
    """Yields intervals that end before they begin or overlap. `HH:MM` sorts as text; a day ends at 24:00."""
    for interval in intervals:
        opens, closes = interval.split("-")
        if opens >= closes:
            morning = "" if closes == "00:00" else f", then 00:00-{closes} on the next day"
            yield place, f"{interval!r} ends before it begins (until midnight it is {opens}-24:00{morning})"
    for earlier, later in pairwise(sorted(intervals)):
        if later.split("-")[0] < earlier.split("-")[1]:
            yield place, f"{later!r} overlaps {earlier!r}"


def _member_breaches(place: str, member: Member, tenant: Tenant) -> Breaches:
    known = {*tenant.languages, *shipped()}
    for number, language in enumerate(member.languages):
        if language not in known:
            yield f"{place}.languages[{number}]", f"{language!r} is not a language ({one_of(known)})"
    for number, shift in enumerate(member.shifts):
        yield from _shift_breaches(f"{place}.shifts[{number}]", shift)
    for notifier in member.accounts:
        if notifier not in tenant.notifiers:
            yield f"{place}.accounts.{notifier}", f"is not a notifier ({one_of(tenant.notifiers)})"


def _way_breaches(place: str, way: Way, tenant: Tenant) -> Breaches:
    if bool(way.channel) == bool(way.notifier):
        named = "both a channel and a notifier" if way.channel else "neither a channel nor a notifier"
        yield place, f"names {named} (expected one of the two)"
    elif way.notifier:
        yield from _target_breaches(place, "notifier", way.notifier, way.to, tenant.notifiers)


def _target_breaches(place: str, field: str, name: str, to: str, among: _Entries) -> Breaches:
    """Yields an unknown channel or notifier, or a `to` that its kind cannot reach."""
    if name not in among:
        yield f"{place}.{field}", f"{name!r} is not a {field} of the tenant ({one_of(among)})"
        return
    kind = among[name].kind
    form, meant = _FORMS.get(kind, (None, ""))
    if kind == _NO_WAY:
        yield f"{place}.{field}", f"{name!r} is a webchat, which reaches nobody who is not on the page"
    elif form and not form.fullmatch(to):
        yield f"{place}.to", f"{to!r} is not {meant}"


def _shift_breaches(place: str, shift: Shift) -> Breaches:
    yield from interval_breaches(f"{place}.hours", shift.hours)
    for field, day in (("begins", shift.begins), ("ends", shift.ends)):
        yield from _date_breaches(f"{place}.{field}", day) if day else ()
    if shift.begins and shift.ends and shift.ends < shift.begins:
        yield f"{place}.ends", f"{shift.ends} is before {shift.begins}, when it begins"


def _date_breaches(place: str, day: str) -> Breaches:
    try:
        date.fromisoformat(day)
    except ValueError:
        yield place, f"{day!r} is not a day of the calendar"


def _twice_breaches(tenant: Tenant) -> Breaches:
    """Yields ways and accounts that are another member's too: nobody could tell who of the two answers."""
    owners: dict[tuple[str, ...], str] = {}
    for name, member in tenant.staff.items():
        ways = [
            (f"staff.{name}.ways[{number}]", (way.channel, way.notifier, way.to.casefold()))
            for number, way in enumerate(member.ways)
            if way.to
        ]
        accounts = [
            (f"staff.{name}.accounts.{notifier}", ("", notifier, account.casefold()))
            for notifier, account in member.accounts.items()
        ]
        for place, target in [*ways, *accounts]:
            owner = owners.setdefault(target, name)
            if owner != name:
                yield place, f"is the same as one of {owner!r}"


def gaps(tenant: Tenant, now: datetime) -> Iterator[str]:
    """Yields a line for each gap of the roster, which leaves people without a human at times."""
    members = tenant.staff
    if not members:
        yield "staff: nobody is on the roster" + ("" if tenant.contacts else ", and contacts is empty")
        return
    for name, member in members.items():
        if not member.ways:
            yield f"staff.{name}.ways: there is no way to tell this member of a request"
        if not member.shifts and not any(tenant.hours.values()):
            yield f"staff.{name}.shifts: without shifts and opening hours this member is never on duty"
    for language in tenant.languages:
        if not any(language in (member.languages or tenant.languages) for member in members.values()):
            yield f"staff: nobody speaks {language!r}"
    if all(_past(member, tenant, now) for member in members.values()):
        yield "staff: all shifts are in the past"
    first = next(working_time.merged(roster.covered(tenant, None, now)), None)
    always = first is not None and first.begins <= now and first.ends >= now + _WEEK
    if not (tenant.contacts or always):
        yield "contacts: empty, and nobody is on duty at some hours, so nobody may hear of an emergency then"


def _past(member: Member, tenant: Tenant, now: datetime) -> bool:
    today = now.astimezone(ZoneInfo(tenant.timezone)).date().isoformat()
    return bool(member.shifts) and all(shift.ends and shift.ends < today for shift in member.shifts)
