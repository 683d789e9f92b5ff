"""The length of a voice note, from the bytes of its container."""

from __future__ import annotations

import re

#: The header of an Ogg page: version, flags, and the granule position, which counts samples (RFC 3533, 6).
_PAGE = re.compile(rb"OggS\x00.(.{8})", re.DOTALL)
#: Samples a second in the granule positions of Opus, at every sample rate of the recording (RFC 7845, 4).
_OPUS_RATE = 48_000
#: The granule position of a page on which no packet ends (RFC 3533, 6).
_NONE = -1
#: Bytes at the end of a file in which its last page begins: a page has 65,307 at most (RFC 3533, 6).
_LAST_PAGE = 65_307


def seconds(data: bytes) -> float | None:
    """Returns the length of an Opus sound in Ogg, as voice notes are, or None if the format is another."""
    if not data.startswith(b"OggS") or b"OpusHead" not in data[:200]:
        return None
    ends = [int.from_bytes(position, "little", signed=True) for position in _PAGE.findall(data[-_LAST_PAGE:])]
    told = [position for position in ends if position != _NONE]
    return max(told) / _OPUS_RATE if told else None
