"""The facts of a request for a human, as a member of staff reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.conversation.conversation import Conversation
from shared.language.texts import text
from shared.models.handoff import Handoff
from shared.models.history import Line
from shared.models.parts import shortened
from shared.models.tenant import Tenant

#: Most lines of the conversation, and most characters of one.
LINES, LINE = 8, 300
#: The signs of those who write in a conversation.
AUTHORS = {"person": "👤", "concierge": "🤖", "staff": "💬"}


@dataclass(frozen=True)
class Briefing:
    """A request in words: `title` is one line, `facts` label and value, `lines` the last lines, oldest
    first."""

    title: str
    facts: Sequence[tuple[str, str]]
    lines: Sequence[Line]

    def written(self, tenant: Tenant, language: str, *, marked: bool = True) -> str:
        """Returns it as text with WhatsApp's marks, or as plain text if not `marked`."""
        facts = [f"{label}: {value}" for label, value in self.facts]
        zone = ZoneInfo(tenant.timezone)
        lines = [
            f"{AUTHORS[line.author]} {line.at.astimezone(zone):%H:%M}{'' if marked else ':'} {line.text}"
            for line in self.lines
        ]
        label = text(tenant, language, "staff_label_lines")
        title, heading = (f"*{self.title}*", f"_{label}_") if marked else (self.title, f"{label}:")
        return "\n".join([title, *facts, *([heading] if lines else []), *lines])


def brief(tenant: Tenant, request: Handoff, person: Conversation, language: str, now: datetime) -> Briefing:
    """Returns the request in the reader's language, with the last lines of the conversation."""

    def label(name: str) -> str:
        return text(tenant, language, f"staff_label_{name}")

    reasons = ", ".join(text(tenant, language, f"staff_reason_{reason}") for reason in request.reasons)
    minutes = int((now - request.created_at).total_seconds() // 60)
    facts = [
        (label("reason"), reasons),
        (label("asked_for"), request.whom),
        (label("language"), request.language),
        (label("mood"), _mood(tenant, request, language)),
        (label("summary"), shortened(request.summary, LINE)),
        (label("answered"), _answered(person)),
        (label("waiting"), f"{minutes} min" if minutes else ""),
    ]
    title = text(
        tenant,
        language,
        "staff_title",
        number=str(request.number),
        name=person.name or request.name or "?",
        reason=reasons,
    )
    urgent = f"{text(tenant, language, 'staff_urgent')} " if request.urgent else ""
    lines = [
        line.model_copy(update={"text": shortened(" ".join(line.text.split()), LINE)})
        for line in person.history[-LINES:]
    ]
    return Briefing(f"{urgent}{title}", [fact for fact in facts if fact[1]], lines)


def _mood(tenant: Tenant, request: Handoff, language: str) -> str:
    """Returns the person's mood with its reason, "" if it is not bad."""
    if request.mood != "unhappy":
        return ""
    return ": ".join(filter(None, [text(tenant, language, "staff_mood_unhappy"), request.mood_reason]))


def _answered(person: Conversation) -> str:
    """Returns the last thing that the concierge said, which need not be said again."""
    said = [line.text for line in person.history if line.author == "concierge"]
    return shortened(" ".join(said[-2].split()), 120) if len(said) > 1 else ""
