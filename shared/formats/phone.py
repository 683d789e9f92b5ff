"""Phone numbers as people and their address books spell them, read with Google's libphonenumber.

WhatsApp's ids are E.164 already, and stay as they come: the library takes digits for prefixes (+4400… becomes
+440…), and who a person is must not depend on its edition, nor each message on its 40 µs.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SPELLING = re.compile(r"\+?[0-9 ().\-/\u00a0\u202f\u2010-\u2015]{4,40}")


@lru_cache(maxsize=1_000)
def e164(spelt: str, region: str = "") -> str | None:
    """The number in E.164 (`+221770000001`), None where nobody could dial it. It is possible, not known to be
    given out: numbering plans are newer than the library. Without its country's code it is one of the
    `region` ("SN", ISO 3166-1 alpha-2); without a region either, the country's code leads."""
    import phonenumbers  # takes 60 to 100 ms: only who is sent a contact card pays it

    spelt = re.sub(r"^00", "+", spelt.strip())
    if not _SPELLING.fullmatch(spelt):
        return None
    try:
        number = phonenumbers.parse(spelt if region or spelt[0] == "+" else f"+{spelt}", region or None)
        found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        same = phonenumbers.parse(found) == number  # else a prefix was taken off, and there is another
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number)
    return found if same and possible == phonenumbers.ValidationResult.IS_POSSIBLE else None


@lru_cache(maxsize=1_000)
def region(number: str) -> str:
    """The country or territory of a number with its country's code, "" where it has none."""
    import phonenumbers

    full = e164(number)
    return phonenumbers.region_code_for_number(phonenumbers.parse(full)) or "" if full else ""
