"""Parts of every kind for the simulated vendors."""

from __future__ import annotations

from shared.models.parts import Choice, Choices, Location, Media, Template, Text
from tests.fakes.correspondence import KINDS

ALL = list(KINDS)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)

TEXT = Text(text="*Breakfast* is at 7 & ends at _10_.")

IMAGE = Media(kind="image", mimetype="image/png", caption="The pool", url="https://example.org/pool.png")

DOCUMENT = Media(
    kind="document", mimetype="application/pdf", filename="menu.pdf", url="https://example.org/menu.pdf"
)

VOICE = Media(kind="voice", mimetype="audio/ogg; codecs=opus", url="https://example.org/hello.ogg")

PLACE = Location(latitude=14.44, longitude=-17.01, name="Hotel", address="Saly")

FEW = Choices(text="Which one?", choices=[Choice(id="room", title="Room"), Choice(id="spa", title="Spa")])

MANY = Choices(
    text="Which topic?",
    label="Topics",
    choices=[Choice(id=f"topic-{n}", title=f"Topic {n}", description="More") for n in range(5)],
)

TEMPLATE = Template(name="reminder", language="en", parameters=["Awa"], text="Hello Awa, see you soon.")


def person(kind: str) -> str:
    return KINDS[kind][2]
