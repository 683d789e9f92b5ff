"""Conditions for the beginning of a trigger's message, as the audit understands them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.simulation.triggers import clocks
from tests.simulation.triggers.scene import CONDITIONS, Scene

_NAME = re.compile(r"{{ (\w+) }}")
_MINUTE = "%Y-%m-%dT%H:%M"
_CHOICE = re.compile(r"{% if (\w+) %}.*?{% endif %}")


class Claim(NamedTuple):
    """The content of a message's id: the trigger, the contact, and the local time or the event."""

    trigger: str
    contact: str
    key: str

    @classmethod
    def of(cls, turn: str) -> Claim:
        trigger, _, rest = turn.partition(".")
        contact, _, key = rest.partition(".")
        return cls(trigger, contact, key)


class Objection(NamedTuple):
    kind: str
    detail: str


Fields = Mapping[str, Any]


def values_of(contact: Fields) -> dict[str, Any]:
    """Returns a contact's values for conditions and words."""
    return {"name": contact["name"], **contact["attributes"]}


def is_ahead(definition: Fields) -> bool:
    """Whether its messages are for times that are known before, and not for something that happens."""
    return not {"silence", "before_window_closes", "event"} & set(definition["when"])


def needed(definition: Fields) -> set[str]:
    """Returns the values without which its words cannot be made."""
    text = _CHOICE.sub("", definition["says"]["fr"]["text"])
    return set(_NAME.findall(text))


def is_worded(definition: Fields, contact: Fields, text: str) -> bool:
    """Whether a text is the trigger's for this contact."""
    values = values_of(contact)
    template = definition["says"]["fr"]["text"]
    chosen = _CHOICE.sub(lambda found: f"{{{{ {found[1]} }}}}" if values.get(found[1]) else "", template)
    wanted = _NAME.sub(lambda found: str(values.get(found[1], "")), chosen)
    return wanted.strip() == text.strip()


def local_of(claim: Claim, definition: Fields) -> datetime | None:
    """Returns the local time that a message claims, None if it is about an event or a confirmation."""
    when = definition["when"]
    try:
        if "cron" in when:
            return datetime.strptime(claim.key, _MINUTE)
        if "at" in when:
            return datetime.strptime(f"{claim.key}T{when['at']}", _MINUTE)
    except ValueError:
        return datetime.min  # no time that anything wants
    text = when.get("once", "confirmed")
    return None if text == "confirmed" else datetime.fromisoformat(text)


def is_confirmed(trigger: Any, contact: Any) -> bool:
    """Whether a broadcast was confirmed as it is now, when the contact was there to be counted."""
    confirmed = trigger["confirmed"]
    as_it_is = trigger["confirmed_as"] == trigger["definition"]
    return bool(confirmed and as_it_is and contact["created_at"] <= confirmed["at"])


def agrees(contact: Fields, definition: Fields, *, wrote: bool) -> bool:
    """Whether the person has agreed to messages of the trigger's kind."""
    known = contact["permissions"].get(definition["kind"])
    if known is None:
        return bool(definition["kind"] == "service" and wrote)
    return bool(known["given"])


def is_meant(contact: Fields, definition: Fields) -> bool:
    """Whether the trigger's condition holds for the contact."""
    who = definition.get("who", "")
    return not who or CONDITIONS[who](values_of(contact))


def is_held_back(scene: Scene, definition: Fields, zone: str, at: float) -> str:
    """Returns why a second is no time for messages in the zone (quiet hours, a holiday), "" if it is one."""
    local = clocks.local_at(at, zone)
    if definition.get("quiet") != "send" and clocks.is_quiet(scene.messaging["quiet"], local):
        return f"quiet hours: {local}"
    if definition.get("holidays") != "send" and local.date().isoformat() in scene.holidays:
        return f"holiday: {local}"
    return ""


def allowed_from(scene: Scene, definition: Fields, zone: str, at: float) -> float:
    """Returns the first time from `at` on that is not held back: after quiet hours in steps of five minutes,
    after a holiday the same local time of the next day."""
    while why := is_held_back(scene, definition, zone, at):
        if why.startswith("quiet"):
            at += 300 - at % 300
        else:
            at = clocks.instant(clocks.local_at(at, zone) + timedelta(days=1), zone)
    return at


def was_holiday(scene: Scene, definition: Fields, zone: str, at: float) -> bool:
    """Whether it is a holiday, or was one yesterday: a message moves to the same time of the next day."""
    local = clocks.local_at(at, zone).date()
    days = {local.isoformat(), (local - timedelta(days=1)).isoformat()}
    return definition.get("holidays") != "send" and not days.isdisjoint(scene.holidays)
