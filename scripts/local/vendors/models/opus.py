"""Voice notes as a model makes them: Opus in Ogg, playable, and silent.

https://www.rfc-editor.org/rfc/rfc3533 (pages), https://www.rfc-editor.org/rfc/rfc7845 (Opus in them).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

#: A packet of 20 ms of silence (RFC 6716, 3.1: fullband, mono, one frame), and its samples at 48 kHz.
_SILENCE, _SAMPLES = b"\xf8\xff\xfe", 960
#: Packets on a page: its table of lengths has 255 entries at most.
_PACKETS = 250
_FIRST, _LAST = 0x02, 0x04
_SERIAL = 1


def silence(seconds: float) -> bytes:
    """Returns a silent voice note of about this length (s), of one packet at least."""
    packets = max(1, round(seconds * 48_000 / _SAMPLES))
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 0, 48_000, 0, 0)
    vendor = b"scripted"
    tags = struct.pack(f"<8sI{len(vendor)}sI", b"OpusTags", len(vendor), vendor, 0)
    pages = [_page(0, _FIRST, 0, [head]), _page(1, 0, 0, [tags])]
    for begun in range(0, packets, _PACKETS):
        ended = min(begun + _PACKETS, packets)
        flags = _LAST if ended == packets else 0
        pages.append(_page(len(pages), flags, ended * _SAMPLES, [_SILENCE] * (ended - begun)))
    return b"".join(pages)


def _page(number: int, flags: int, position: int, packets: Sequence[bytes]) -> bytes:
    """Returns a page of packets that are shorter than 255 bytes each."""
    lengths = bytes(len(packet) for packet in packets)
    fields = (b"OggS", 0, flags, position, _SERIAL, number)
    rest = bytes([len(packets)]) + lengths + b"".join(packets)
    empty = struct.pack("<4sBBqIII", *fields, 0) + rest
    return struct.pack("<4sBBqIII", *fields, _checksum(empty)) + rest


def _checksum(page: bytes) -> int:
    """Returns the CRC of a page whose own field for it is 0 (RFC 3533, 6)."""
    found = 0
    for byte in page:
        found ^= byte << 24
        for _ in range(8):
            found = (found << 1) ^ (0x04C11DB7 if found & 0x80000000 else 0)
        found &= 0xFFFFFFFF
    return found
