"""Parts of the function `desk`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.handoff.answered import Answered
from shared.handoff.intake import AnswerIntake
from shared.handoff.notices import Notices
from shared.handoff.pin_setting import PinSetting
from shared.handoff.staff_links import StaffLinks
from shared.handoff.stored_files import StoredFiles
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class DeskParts:
    intake: AnswerIntake
    links: StaffLinks
    files: StoredFiles
    pins: PinSetting


def wire(ports: Ports, directory: Directory) -> DeskParts:
    publisher = Publisher(ports.bus)
    pause = Pause(ports.store, ports.clock)
    notices = Notices(ports.store, ports.clock, directory, pause)
    answered = Answered(ports.store, ports.clock, directory, publisher, notices)
    return DeskParts(
        intake=AnswerIntake(directory, publisher),
        links=StaffLinks(ports.store, ports.clock, directory, answered, pause),
        files=StoredFiles(ports.blobs, directory, ports.clock),
        pins=PinSetting(ports.store, ports.clock, ports.ids, directory, pause),
    )
