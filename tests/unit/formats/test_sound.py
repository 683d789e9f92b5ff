"""The length of a voice note is read from its container."""

from __future__ import annotations

import pytest

from shared.formats.sound import seconds
from tests.fakes.sounds import opus


@pytest.mark.parametrize("length", [0.5, 7.25, 301.0])
def test_the_last_page_tells_the_length(length: float) -> None:
    assert seconds(opus(length)) == pytest.approx(length)


def test_a_page_without_an_end_of_a_packet_tells_nothing() -> None:
    assert seconds(opus(3.0) + b"OggS\x00\x00" + b"\xff" * 8) == pytest.approx(3.0)


@pytest.mark.parametrize("data", [b"", b"ID3\x04", b"OggS\x00", b"OggS" + b"\x01vorbis", opus(1.0)[:20]])
def test_another_format_has_no_known_length(data: bytes) -> None:
    assert seconds(data) is None
