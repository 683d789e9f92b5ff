"""The stays of the hotel's simulated system. All guests are made up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

Json = dict[str, Any]
_FIRST_CODE, _ROOMS = 20_831, 38
_GUESTS = (
    "Martin", "Okafor", "Nguyen", "Schneider", "Rossi", "Andersson", "Kowalski", "Fernández", "Haddad", "Sy",
    "Dubois", "Novak", "Silva", "Mensah", "Yilmaz", "Petrov", "O'Brien", "Tanaka", "Kaya", "Lambert",
    "Moreau", "Cissé", "Bianchi", "Larsen", "Weber", "Costa", "Traoré", "Janssen", "Papadaki", "Murphy",
    "Leroy", "Ibrahim", "Horvat", "Nielsen", "Gueye", "Santos", "Fontaine", "Keller", "Adeyemi", "Roussel",
    "Martin", "Bernard",
)  # fmt: skip
_EXTRAS = (("Dinner", 14_500), ("Airport transfer", 25_000), ("Spa", 32_000), ("Minibar", 6_000))


def stays(today: date) -> list[Json]:
    """Returns the stays: of each three, one is going on, one comes and one has ended."""
    return [_stay(number, guest, today) for number, guest in enumerate(_GUESTS)]


def _stay(number: int, guest: str, today: date) -> Json:
    begins = today + timedelta(days=-2 if number < 2 else (-2, 6, -12)[number % 3])
    room = {0: 12, 1: 27}.get(number, number % _ROOMS + 1)
    return {
        "code": f"KN-{_FIRST_CODE + number}",
        "guest": guest,
        "room": str(room),
        "check_in": begins.isoformat(),
        "check_out": (begins + timedelta(days=3 + number % 4)).isoformat(),
        "late_checkout": None,
        "email": f"guest.{_FIRST_CODE + number}@example.org",
        "phone": f"+22177000{3000 + number}",
    }


def invoice(stay: Json) -> list[Json]:
    """Returns the lines of a stay's invoice: its nights, and two extras."""
    number = int(stay["code"].partition("-")[2])
    begins, ends = date.fromisoformat(stay["check_in"]), date.fromisoformat(stay["check_out"])
    nights = [
        (begins + timedelta(days=night), f"Night, room {stay['room']}", 48_000 + 500 * (number % 30))
        for night in range((ends - begins).days)
    ]
    extras = [(begins + timedelta(days=place), *_EXTRAS[(number + place) % 4]) for place in (0, 1)]
    return [
        {"code": stay["code"], "date": day.isoformat(), "label": label, "amount": amount}
        for day, label, amount in sorted([*nights, *extras])
    ]
