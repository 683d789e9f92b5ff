"""Parts of the function `reply`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.answers import Answerer
from shared.answers.assistant import Assistant
from shared.answers.choice import Choice
from shared.answers.commands import Commands
from shared.answers.emergency import Emergency
from shared.answers.grounding import Grounding
from shared.answers.human import AskedForHuman
from shared.answers.late import Late
from shared.answers.menu import Menu
from shared.answers.offline import Offline
from shared.answers.order import Answers
from shared.answers.wordless import Wordless
from shared.conversation.merging import Merging
from shared.inbound.changes import Changes
from shared.inbound.identities import Identities
from shared.inbound.intake import Intake
from shared.inbound.media import MediaIntake
from shared.inbound.presence import HumanPresence
from shared.inbound.reply import Reply
from shared.inbound.turn import Turn
from shared.knowledge.library import Library
from shared.models.events import INBOUND
from shared.platform.endpoint import Topics
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class ReplyParts:
    reply: Reply

    @property
    def topics(self) -> Topics:
        """Events of each topic that drives the function, and their handler."""
        return {"inbound": (INBOUND, self.reply.handle)}


def wire(ports: Ports, directory: Directory) -> ReplyParts:
    documents = (ports.store, ports.clock, ports.ids)
    answers = Answers(_answerers(ports, directory), ports.clock)
    media = MediaIntake(ports.blobs, ports.store, ports.clock)
    turn = Turn(ports.store, ports.clock, media, answers)
    reply = Reply(
        directory,
        Publisher(ports.bus),
        ports.clock,
        Intake(*documents),
        media,
        turn,
        HumanPresence(*documents),
        Changes(*documents),
        Identities(*documents),
        Merging(ports.store, ports.clock),
    )
    return ReplyParts(reply)


def _answerers(ports: Ports, directory: Directory) -> list[Answerer]:
    """Returns the answerers in their order: the first that has an answer gives it."""
    library = Library(ports.store, ports.clock)
    grounding, menu = Grounding(library), Menu(library)
    commands = Commands(menu)
    return [
        Emergency(),
        Late(),
        Choice(menu, commands),
        commands,
        Wordless(),
        AskedForHuman(),
        Assistant(grounding, directory.model),
        Offline(grounding),
    ]
