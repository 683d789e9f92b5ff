"""Parts of the function `reply`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.answers import Answerer
from shared.answers.assistant import Assistant
from shared.answers.choice import Choice
from shared.answers.commands import Commands
from shared.answers.emergency import Emergency
from shared.answers.facts import Facts
from shared.answers.follow_up import FollowUp
from shared.answers.grounding import Grounding
from shared.answers.handing_over import HandingOver
from shared.answers.human import AskedForHuman, Missing
from shared.answers.late import Late
from shared.answers.menu import Menu
from shared.answers.order import Answers
from shared.answers.said import Said
from shared.answers.staff import StaffWords
from shared.answers.staff.commands import Commands as StaffCommands
from shared.answers.staff.doing import Doing
from shared.answers.staff.suggesting import Suggesting
from shared.answers.talk import Talk
from shared.answers.understanding import ByRules
from shared.answers.wordless import Wordless
from shared.conversation.merging import Merging
from shared.conversation.relaying import Relays
from shared.inbound.changes import Changes
from shared.inbound.identities import Identities
from shared.inbound.intake import Intake
from shared.inbound.media import MediaIntake
from shared.inbound.presence import HumanPresence
from shared.inbound.receiving import Receiving
from shared.inbound.reply import Handlers, Reply
from shared.inbound.turn import Turn
from shared.inbound.turns import Turns
from shared.knowledge.library import Library
from shared.models.events import (
    INBOUND,
    FetchMedia,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    PeerBlocked,
    PeerMoved,
    Reaction,
    StaffMessage,
    Wake,
)
from shared.platform import fair_line
from shared.platform.endpoint import Topics
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.warming import Load, warmed
from shared.tenants.directory import Directory
from shared.understanding.reader import Reader
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class ReplyParts:
    reply: Reply
    load: Load

    @property
    def topics(self) -> Topics:
        """Events of each topic that drives the function, and their handler."""
        return {"inbound": (INBOUND, warmed(self.reply.handle, self.load))}


def wire(ports: Ports, directory: Directory) -> ReplyParts:
    merging = Merging(ports.store, ports.clock)
    reply = Reply(directory, merging, _handlers(ports, directory, merging))
    return ReplyParts(reply, directory.channel)


def _handlers(ports: Ports, directory: Directory, merging: Merging) -> Handlers:
    documents, publisher = (ports.store, ports.clock, ports.ids), Publisher(ports.bus)
    reader = Reader(ports.embedder)
    intake = Intake(*documents, merging, reader)
    media = MediaIntake(ports.blobs, ports.store, ports.clock, publisher)
    rules = ByRules(reader)
    answers = Answers(_answerers(ports, directory, rules), rules, HandingOver(ports.store), ports.clock)
    turn = Turn(ports.store, ports.clock, media, answers)
    pause = Pause(ports.store, ports.clock)
    turns = Turns(directory, publisher, ports.clock, intake, turn, fair_line.SLOTS, pause)
    relays = Relays(ports.store, ports.clock, publisher, directory.terms)
    receiving = Receiving(directory, publisher, intake, media, turns, relays)
    changes, people = Changes(*documents, turns), Identities(*documents)
    return {
        MessageReceived: receiving.message,
        FetchMedia: receiving.fetch,
        Wake: turns.wake,
        StaffMessage: HumanPresence(*documents, publisher).handle,
        MessageEdited: changes.change,
        MessageDeleted: changes.change,
        Reaction: changes.react,
        PeerBlocked: people.blocked,
        PeerMoved: people.moved,
    }


def _answerers(ports: Ports, directory: Directory, rules: ByRules) -> list[Answerer]:
    """Returns the answerers in their order: the first that has an answer gives it."""
    embedder = ports.knowledge_embedder
    library = Library(ports.store, ports.clock, embedder)
    grounding, menu = Grounding(library, embedder), Menu(library)
    facts = Facts(grounding)
    commands, assistant = Commands(menu), Assistant(grounding, directory.model)
    suggesting = Suggesting(ports.store, ports.clock, rules, [assistant, facts])
    doing = Doing(directory.terms)
    return [
        StaffWords(ports.store, doing, StaffCommands(ports.store, doing, suggesting)),
        Emergency(),
        Late(),
        Said(ports.store, facts),
        Choice(menu, commands, facts),
        commands,
        Wordless(),
        AskedForHuman(),
        Missing(),
        Talk(),
        FollowUp(grounding, facts),
        assistant,
        facts,
    ]
