"""The triggers that the rest of the core must know of, as part of the tenant's document.

The core then reads nothing more for them on the way of a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from shared.models.definition import Definition, EventName, Happening, Silence, WindowCloses, length
from shared.models.tenant import Listens

#: Meta's window for free messages, the only one of a network that we know:
#: https://developers.facebook.com/docs/whatsapp/pricing#customer-service-windows
WINDOW = timedelta(hours=24)


def silence(definition: Definition) -> timedelta | None:
    """Returns the silence that a trigger waits for, None if it waits for none."""
    match definition.when:
        case Silence(silence=text):
            return length(text)
        case WindowCloses(before_window_closes=text):
            return WINDOW - length(text)
    return None


def listens(definitions: Mapping[str, Definition]) -> Listens:
    """Returns what the active triggers of these ids listen for."""
    events: dict[EventName, list[str]] = {}
    silences = []
    for name, definition in sorted(definitions.items()):
        waits = silence(definition)
        if waits is not None:
            silences.append(waits)
        elif isinstance(definition.when, Happening):
            events.setdefault(definition.when.event, []).append(name)
    shortest = min(silences, default=None)
    return Listens(
        events=events,
        silence_minutes=None if shortest is None else max(1, shortest // timedelta(minutes=1)),
    )
