"""Parts of the function `reply`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.answers import Answerer
from shared.answers.administration import Administration
from shared.answers.administration.pin_links import PinLinks
from shared.answers.assistant import Assistant, guards
from shared.answers.assistant.tools import Registry
from shared.answers.assistant.tools.call_human import CallHuman
from shared.answers.assistant.tools.remember import Remember as RememberTool
from shared.answers.assistant.tools.search_knowledge import SearchKnowledge
from shared.answers.assistant.tools.show_choices import ShowChoices
from shared.answers.attaching import Attaching
from shared.answers.cached import Cached
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
from shared.answers.paused import Paused
from shared.answers.reading_files import FileReading
from shared.answers.said import Said
from shared.answers.sourced import Sourced
from shared.answers.staff import StaffWords
from shared.answers.staff.commands import Commands as StaffCommands
from shared.answers.staff.doing import Doing
from shared.answers.staff.pages import StaffPages
from shared.answers.staff.suggesting import Suggesting
from shared.answers.talk import Talk
from shared.answers.understanding import ByRules
from shared.answers.understanding_by_model import ByModel
from shared.answers.wordless import Wordless
from shared.conversation.memory import Remember
from shared.conversation.merging import Merging
from shared.conversation.relaying import Relays
from shared.embeddings.by_tenant import Embedders
from shared.inbound.changes import Changes
from shared.inbound.floods import Floods
from shared.inbound.hearing import Hearing
from shared.inbound.identities import Identities
from shared.inbound.intake import Intake
from shared.inbound.media import MediaIntake
from shared.inbound.presence import HumanPresence
from shared.inbound.receiving import Receiving
from shared.inbound.reflecting import Reflecting
from shared.inbound.reply import Handlers, Reply
from shared.inbound.spoken_answers import SpokenAnswers
from shared.inbound.turn import Turn
from shared.inbound.turns import Turns
from shared.inbound.voice_alarms import VoiceAlarms
from shared.knowledge.library import Library
from shared.knowledge.piece_library import PieceLibrary
from shared.models.events import (
    INBOUND,
    FetchMedia,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    PeerBlocked,
    PeerMoved,
    Reaction,
    Reflect,
    StaffMessage,
    Wake,
)
from shared.platform import fair_line
from shared.platform.endpoint import Topics
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.warming import Load, warmed
from shared.routing import Router
from shared.tenants.directory import Directory
from shared.understanding.reader import Reader
from shared.wiring.ports import Ports
from shared.wiring.services import ServiceParts, wire_services


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

    async def load(tenant: str, channel: str) -> None:
        await directory.channel(tenant, channel)
        found = await directory.tenant(tenant)
        if found and found.answers.order("answer"):
            guards.prepare()

    return ReplyParts(reply, load)


def _handlers(ports: Ports, directory: Directory, merging: Merging) -> Handlers:
    documents, publisher = (ports.store, ports.clock, ports.ids), Publisher(ports.bus)
    reader = Reader(ports.embedder)
    floods = Floods(ports.store, ports.clock)
    intake = Intake(*documents, merging, reader, floods)
    media = MediaIntake(ports.blobs, ports.store, ports.clock, publisher)
    router = Router(ports.store, ports.clock, ports.ids, directory)
    hearing, rules = Hearing(router, ports.blobs), ByRules(reader)
    answers = _answers(ports, directory, rules, router)
    spoken = SpokenAnswers(router, ports.blobs, ports.clock)
    alarms = VoiceAlarms(ports.store, ports.clock, publisher, directory, hearing, reader)
    turn = Turn(ports.store, ports.clock, media, hearing, answers, spoken, alarms)
    pause = Pause(ports.store, ports.clock)
    share = fair_line.SLOTS
    turns = Turns(directory, publisher, ports.clock, intake, turn, share, pause, router.write_usage)
    relays = Relays(ports.store, ports.clock, publisher, directory.terms)
    receiving = Receiving(directory, publisher, intake, media, turns, relays, alarms, floods)
    changes, people = Changes(*documents, turns), Identities(*documents)
    return {
        MessageReceived: receiving.message,
        FetchMedia: receiving.fetch,
        Reflect: Reflecting(ports.store, ports.clock, publisher, router, reader).handle,
        Wake: turns.wake,
        StaffMessage: HumanPresence(*documents, publisher).handle,
        MessageEdited: changes.change,
        MessageDeleted: changes.change,
        Reaction: changes.react,
        PeerBlocked: people.blocked,
        PeerMoved: people.moved,
    }


@dataclass(frozen=True)
class _Knowledge:
    """The answers from a tenant's knowledge: by a model, by a model asked before, and drafts for staff."""

    menu: Menu
    services: ServiceParts
    grounding: Grounding
    assistant: Assistant
    cached: Cached
    drafting: Assistant


def _knowledge(ports: Ports, directory: Directory, router: Router) -> _Knowledge:
    embedder = ports.knowledge_embedder
    library = Library(ports.store, ports.clock, embedder)
    embedders = Embedders(ports.vendor_embedder or ports.embedder, ports.clock, router)
    sourced = Sourced(PieceLibrary(ports.store, ports.clock, library), ports.store, embedders)
    grounding, reading = Grounding(library, embedder, sourced), FileReading(ports.blobs)
    menu, search = Menu(library), SearchKnowledge(grounding)
    services = wire_services(ports, directory, menu, grounding)
    tools = Registry([search, CallHuman(), RememberTool(Remember), ShowChoices()])
    assistant = Assistant(grounding, router, reading, services.tools(tools))
    cached = Cached(assistant, router, ports.store, grounding.version)
    harmless = Registry([search])  # a draft does nothing
    drafting = Assistant(grounding, router, reading, lambda _: harmless)
    return _Knowledge(menu, services, grounding, assistant, cached, drafting)


def _answers(ports: Ports, directory: Directory, rules: ByRules, router: Router) -> Answers:
    known = _knowledge(ports, directory, router)
    understanding = ByModel(rules, router, ports.clock, known.cached.knows, known.grounding.passages)
    answerers = _answerers(ports, directory, rules, known)
    return Answers(answerers, understanding, HandingOver(ports.store), ports.clock, router)


def _answerers(ports: Ports, directory: Directory, rules: ByRules, known: _Knowledge) -> list[Answerer]:
    """Returns the answerers in their order: the first that has an answer gives it."""
    facts, services = Facts(known.grounding), known.services
    suggesting = Suggesting(ports.store, ports.clock, rules, [known.drafting, facts])
    commands, doing = Commands(services.offering.menu, ports.ids), Doing(directory.terms)
    pages = StaffPages(Attaching(ports.store, ports.blobs), ports.blobs, ports.ids, directory)
    administration = Administration(ports.store, directory.terms, PinLinks(directory).link)
    staff_commands = StaffCommands(ports.store, doing, suggesting, pages)
    return [
        StaffWords(ports.store, doing, staff_commands, administration.claims),
        administration,
        Emergency(),
        Paused(ports.store, ports.clock),
        Late(),
        services.proving,
        Said(ports.store, facts),
        services.services,
        Choice(known.menu, commands, facts),
        commands,
        Wordless(known.assistant),
        AskedForHuman(),
        Missing(),
        Talk(),
        FollowUp(known.grounding, facts),
        known.cached,
        facts,
    ]
