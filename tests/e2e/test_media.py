"""A photo and a voice note on each channel with files: fetched by the gateway's own REST API, and kept."""

from __future__ import annotations

import pytest

from tests.e2e.concierge import person, wait_for
from tests.e2e.conftest import LocalRun

FILES = {
    "image": ("image/jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(5_000)),
    "voice": ("audio/ogg; codecs=opus", b"OggS\x00\x02" + bytes(5_000)),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("channel", ["waha", "green_api", "cloud_api", "telegram"])
def test_a_file_that_somebody_sends_is_kept(concierge: LocalRun, channel: str, kind: str) -> None:
    mimetype, data = FILES[kind]
    data += channel.encode()  # so that the search below finds this file only
    http = concierge.http
    uploaded = http.post("/_sim/phone/files", content=data, headers={"Content-Type": mimetype})
    file = {"id": uploaded.json()["file"], "kind": kind}
    who = person() if channel == "telegram" else f"+{person()}"
    said = http.post("/_sim/phone", json={"tenant": "hotel", "channel": channel, "peer": who, "file": file})
    assert said.json()["webhook_status"] == 200
    place = concierge.folder / "media" / "tenants" / "hotel" / "media"

    def kept() -> bool:
        return any(path.read_bytes() == data for path in place.glob(f"{channel}.*/*/0"))

    wait_for(kept, concierge.log)
