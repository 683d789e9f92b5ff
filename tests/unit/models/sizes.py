"""Sizes of messages and documents."""

from __future__ import annotations

from hypothesis import strategies as st

from shared.models.parts import ContactCard, Location, Media, Pressed, Text

LONGEST = 20_000

#: 400 kB of contact cards, and twice as much when its characters take four bytes.
CARDS, EMOJI = (
    [ContactCard(name=f"Awa {number}", vcard=f"NOTE:{sign * 94}\n" * 200) for number in range(20)]
    for sign in ("x", "😀")
)


TEXTS = st.builds(
    lambda unit, times: (unit * times)[:LONGEST],
    st.sampled_from(["x", "€", "😀", "\x01", "a\r\n", "PHOTO:\r\n ", "mot "]),
    st.sampled_from([0, 1, 300, LONGEST, LONGEST]),
)

PARTS = st.one_of(
    st.builds(Text, text=TEXTS),
    st.builds(
        Media, kind=st.just("image"), caption=TEXTS, filename=TEXTS, url=TEXTS, id=TEXTS, mimetype=TEXTS
    ),
    st.builds(Location, latitude=st.just(14.7), longitude=st.just(-17.4), name=TEXTS, address=TEXTS),
    st.builds(ContactCard, name=TEXTS, vcard=TEXTS),
    st.builds(Pressed, id=st.text(max_size=300), title=TEXTS),
)

MESSAGES = st.one_of(st.lists(PARTS, min_size=1, max_size=4), st.lists(PARTS, min_size=12, max_size=20))
