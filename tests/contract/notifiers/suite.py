"""Contract of every notifier file. `test_<kind>.py` subclasses `NotifierContract` and brings the vendor."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal, Protocol

import pytest

from shared.errors import ConfigurationError
from shared.models.history import Line
from shared.models.staff import NotifierEntry
from shared.notifiers import Action, Connection, File, Later, Notice, Refused, Result, Told, Unclear
from shared.platform.http import Http
from shared.tenants import plugins

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
Settings = dict[str, str | int | bool]
#: What a vendor does with the next notice. `gone`: nothing listens at its address.
Fate = Literal["accepts", "refuses", "busy", "silent", "gone"]

NOTICE = Notice(
    id="notice-1",
    purpose="request",
    tenant_name="Hôtel Teranga",
    thread="hotel-request-7",
    title="Awa Diop needs a person",
    text="Reason: asked\n\nAwa Diop: Is a late check-out possible?",
    language="en",
    facts=[("Reason", "asked")],
    lines=[Line(author="person", text="Is a late check-out possible?", at=NOW)],
    actions=[Action(id="take", title="Take it", url="https://desk.example/take/abc")],
    answer_token="k3v9x2m7q4",
    name="Awa Diop",
)

#: Words of people that end lines, headers, tags and strings of other formats.
HOSTILE = (
    "Awa\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script> \u2028 <!channel> \ud83d {{7*7}} \x00 \"'"
)


class Vendor(Protocol):
    """A vendor's server on a socket, or its scripted answers."""

    kind: str
    to: str
    settings: Settings
    secrets: dict[str, str]
    #: The HTTP port of the connection.
    http: Http

    def will(self, fate: Fate) -> None: ...

    def received(self) -> list[str]:
        """Returns the notices that it got, each as text in which words and links can be found."""
        ...


def connection(vendor: Vendor, **changes: str | int | bool) -> Connection:
    """Returns the vendor's connection, with changed settings."""

    async def secret(name: str) -> str:
        if name not in vendor.secrets:
            raise ConfigurationError(f"hotel/desk: secrets.{name} is missing")
        return vendor.secrets[name]

    names = {name: f"hotel-{name}" for name in vendor.secrets}
    settings = NotifierEntry(kind=vendor.kind, settings=vendor.settings | changes, secrets=names)
    return Connection("hotel", "desk", settings, secret, vendor.http, lambda: NOW)


async def notify(vendor: Vendor, notice: Notice = NOTICE, **changes: str | int | bool) -> Result:
    return await plugins.notifier(vendor.kind, connection(vendor, **changes)).notify(vendor.to, notice)


class NotifierContract:
    """Subclasses define the fixture `vendor`, for which no wait takes longer than a second."""

    @pytest.fixture
    def vendor(self) -> Vendor:
        raise NotImplementedError

    async def test_a_notice_arrives_with_its_title_words_and_link(self, vendor: Vendor) -> None:
        vendor.will("accepts")
        assert isinstance(await notify(vendor), Told)
        (told,) = vendor.received()
        for expected in (NOTICE.title, "Is a late check-out possible?", "https://desk.example/take/abc"):
            assert expected in told

    async def test_the_link_to_a_file_arrives(self, vendor: Vendor) -> None:
        vendor.will("accepts")
        file = File("https://desk.example/file/abc", "passport.jpg", "image/jpeg")
        notice = replace(NOTICE, purpose="message", files=[file], actions=[], lines=[], facts=[])
        assert isinstance(await notify(vendor, notice), Told)
        assert file.url in vendor.received()[0]

    async def test_a_refusal_is_final(self, vendor: Vendor) -> None:
        vendor.will("refuses")
        assert isinstance(await notify(vendor), Refused)

    async def test_a_busy_vendor_is_tried_again(self, vendor: Vendor) -> None:
        vendor.will("busy")
        assert isinstance(await notify(vendor), Later)

    async def test_a_vendor_that_is_not_there_is_tried_again(self, vendor: Vendor) -> None:
        vendor.will("gone")
        assert isinstance(await notify(vendor), Later)

    async def test_a_silent_vendor_may_have_it(self, vendor: Vendor) -> None:
        vendor.will("silent")
        assert isinstance(await notify(vendor), Unclear)

    async def test_people_write_anything(self, vendor: Vendor) -> None:
        vendor.will("accepts")
        notice = replace(
            NOTICE,
            title=HOSTILE,
            text=HOSTILE,
            tenant_name=HOSTILE,
            name=HOSTILE,
            facts=[(HOSTILE, HOSTILE)],
            lines=[Line(author="person", text=HOSTILE, at=NOW)],
        )
        assert isinstance(await notify(vendor, notice), Told)

    @pytest.mark.parametrize("fate", ["refuses", "busy", "silent", "gone"])
    async def test_no_reason_holds_a_secret(self, vendor: Vendor, fate: Fate) -> None:
        vendor.will(fate)
        result = await notify(vendor)
        assert not isinstance(result, Told)
        assert result.reason
        assert not any(secret in result.reason for secret in vendor.secrets.values())

    async def test_a_missing_secret_is_an_error_of_the_configuration(self, vendor: Vendor) -> None:
        vendor.will("accepts")
        for name in list(vendor.secrets)[:1]:
            named = connection(vendor)
            del vendor.secrets[name]
            with pytest.raises(ConfigurationError, match=name):
                await plugins.notifier(vendor.kind, named).notify(vendor.to, NOTICE)
