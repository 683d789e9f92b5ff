"""Phone numbers as people and their address books spell them, read with Google's libphonenumber.

WhatsApp's ids are E.164 already and are not read with it: the library removes digits that it takes for
prefixes (+4400… becomes +440…), identities must not depend on its version, and it costs 40 µs a message.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SPELLING = re.compile(r"\+?[0-9 ().\-/\u00a0\u202f\u2010-\u2015]{4,40}")


@lru_cache(maxsize=1_000)
def e164(spelt: str, region: str = "") -> str | None:
    """Returns the number in E.164 (`+221770000001`), or None if it cannot be dialled.

    The number is possible, not known to be assigned: numbering plans are newer than the library. A number
    without a country code is one of the `region` ("SN", ISO 3166-1 alpha-2); without a `region`, it is read
    as beginning with a country code.
    """
    import phonenumbers  # takes 60 to 100 ms, and only contact cards need it

    spelt = re.sub(r"^00", "+", spelt.strip())
    if not _SPELLING.fullmatch(spelt):
        return None
    try:
        number = phonenumbers.parse(spelt if region or spelt[0] == "+" else f"+{spelt}", region or None)
        found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        same = phonenumbers.parse(found) == number  # else a prefix was removed, and another one is left
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number)
    return found if same and possible == phonenumbers.ValidationResult.IS_POSSIBLE else None


@lru_cache(maxsize=1_000)
def region(number: str) -> str:
    """Returns the region (ISO 3166-1 alpha-2) of a number with a country code, or "" if it has none.

    Most country codes are of one region, and need no look at the rest of a number in E.164.
    """
    import phonenumbers

    codes = (number[1:length] for length in (2, 3, 4) if number.startswith("+"))
    for regions in (
        phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code)) for code in codes if code.isdigit()
    ):
        if regions and len(regions) == 1 and regions[0].isalpha():
            return str(regions[0])
    full = e164(number)
    return phonenumbers.region_code_for_number(phonenumbers.parse(full)) or "" if full else ""
