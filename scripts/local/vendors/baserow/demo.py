"""The diocese's simulated Baserow: its tables, filled for the people of `parish.py`.

Each child has notes, fees, attendance and a path of its own; the sessions are those of its group, in the six
weeks after the run's own day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from scripts.local.vendors.baserow.parish import CATECHISTS, GROUPS, Child, Family, people, plain
from scripts.local.vendors.baserow.server import Baserow

Json = dict[str, Any]
FAMILIES, CHILDREN, NOTES, SESSIONS, FEES, ATTENDANCE, CATECHISTS_TABLE, PATHS = range(501, 509)
_SUBJECTS = ("Prières", "Bible", "Sacrements", "Vie chrétienne")
_WORDS = ("À encourager", "Assez bien", "Bien", "Très bien")
_THEMES = ("L'alliance", "Les prophètes", "La Nativité", "Les paraboles", "La Pâque", "La Pentecôte")
_STEPS = ("Inscription", "Éveil à la foi", "Première communion", "Profession de foi", "Confirmation")
_FEES = (("Inscription", 15_000), ("Livre", 4_500), ("Retraite", 7_500))
_SATURDAY, _WEEKS = 5, 6


def parish(token: str, today: date) -> Baserow:
    """Returns the tables as they are on a day."""
    vendor = Baserow(token)
    families, children = people()
    vendor.fields = _fields()
    vendor.rows = {
        FAMILIES: [_family(each, children) for each in families],
        CHILDREN: [_child(each) for each in children],
        NOTES: _numbered(note for each in children for note in _notes(each, today)),
        FEES: _numbered(fee for each in children for fee in _fees(each, today)),
        ATTENDANCE: _numbered(row for each in children for row in _attendance(each, today)),
        CATECHISTS_TABLE: _numbered(_catechists()),
        PATHS: _numbered(step for each in children for step in _path(each, today)),
    }
    vendor.rows[SESSIONS] = sessions(today)
    return vendor


def sessions(today: date) -> list[Json]:
    """Returns the sessions of all groups in the weeks after a day."""
    _, children = people()
    first = today + timedelta(days=(_SATURDAY - today.weekday() - 1) % 7 + 1)
    return _numbered(
        {
            "Enfants": [_linked(each) for each in children if each.group == group],
            "Début": _moment(first + timedelta(weeks=week), time(9 if year < 3 else 11)),
            "Fin": _moment(first + timedelta(weeks=week), time(10, 30) if year < 3 else time(12, 30)),
            "Thème": _THEMES[week],
            "Lieu": f"Salle {group}",
        }
        for week in range(_WEEKS)
        for year, groups in GROUPS.items()
        for group in groups
    )


def _family(family: Family, children: list[Child]) -> Json:
    return {
        "id": family.number,
        "order": f"{family.number}.00000000000000000000",
        "Nom": family.name,
        "Code parent": family.code,
        "E-mail": f"{plain(family.name).lower()}.{family.number}@example.org",
        "Téléphone": f"+22177000{1000 + family.number}",
        "Enfants": [_linked(each) for each in children if each.family == family],
    }


def _child(child: Child) -> Json:
    return {
        "id": child.number,
        "order": f"{child.number}.00000000000000000000",
        "Prénom": child.first_name,
        "Nom": child.family.name,
        "Niveau": child.level,
        "Groupe": child.group,
        "Famille": [{"id": child.family.number, "value": child.family.name}],
    }


def _notes(child: Child, today: date) -> list[Json]:
    return [
        {
            "Enfant": [_linked(child)],
            "Matière": subject,
            "Note": f"{points / 2:g}",
            "Date": _day(today - timedelta(days=7 * place + 3)),
            "Appréciation": _WORDS[(points - 16) // 6],
        }
        for place, subject in enumerate(_SUBJECTS)
        for points in [16 + (child.number * 7 + place * 11) % 24]
    ]


def _fees(child: Child, today: date) -> list[Json]:
    return [
        {
            "Enfant": [_linked(child)],
            "Libellé": label,
            "Montant": str(amount + 100 * child.number),
            "Payé": (child.number + place) % 3 != 0,
            "Échéance": _day(today + timedelta(days=30 * place - 20)),
        }
        for place, (label, amount) in enumerate(_FEES)
    ]


def _attendance(child: Child, today: date) -> list[Json]:
    last = today - timedelta(days=(today.weekday() - _SATURDAY) % 7 or 7)
    return [
        {
            "Enfant": [_linked(child)],
            "Groupe": child.group,
            "Date": _day(last - timedelta(weeks=week)),
            "Présent": (child.number + week) % 4 != 0,
        }
        for week in range(4)
    ]


def _path(child: Child, today: date) -> list[Json]:
    return [
        {
            "Enfant": [_linked(child)],
            "Étape": step,
            "État": "validée" if place < child.year else "en cours" if place == child.year else "à venir",
            "Date": _day(today + timedelta(days=365 * (place - child.year))),
        }
        for place, step in enumerate(_STEPS)
    ]


def _catechists() -> list[Json]:
    return [
        {
            "Nom": name,
            "Code catéchiste": f"CAT-{number}",
            "Groupe": group,
            "E-mail": f"cat.{number}@example.org",
            "Téléphone": f"+22177000{2000 + int(number)}",
        }
        for group, (name, number) in CATECHISTS.items()
    ]


def _fields() -> dict[int, Sequence[str | Json]]:
    def field(name: str, kind: str, **more: Any) -> Json:
        return {"name": name, "type": kind, **more}

    child, day = field("Enfant", "link_row", link_row_table_id=CHILDREN), field("Date", "date")
    return {
        FAMILIES: [
            "Nom", "Code parent", field("E-mail", "email"), field("Téléphone", "phone_number"),
            field("Enfants", "link_row", link_row_table_id=CHILDREN),
        ],
        CHILDREN: [
            "Prénom", "Nom", "Niveau", "Groupe", field("Famille", "link_row", link_row_table_id=FAMILIES)
        ],
        NOTES: [child, "Matière", field("Note", "number", number_decimal_places=1), day, "Appréciation"],
        SESSIONS: [
            field("Enfants", "link_row", link_row_table_id=CHILDREN),
            field("Début", "date", date_include_time=True), field("Fin", "date", date_include_time=True),
            "Thème", "Lieu",
        ],
        FEES: [
            child, "Libellé", field("Montant", "number"), field("Payé", "boolean"), field("Échéance", "date")
        ],
        ATTENDANCE: [child, "Groupe", day, field("Présent", "boolean")],
        CATECHISTS_TABLE: [
            "Nom", "Code catéchiste", "Groupe", field("E-mail", "email"), field("Téléphone", "phone_number")
        ],
        PATHS: [child, "Étape", "État", day],
    }  # fmt: skip


def _numbered(rows: Any) -> list[Json]:
    return [
        {"id": number, "order": f"{number}.00000000000000000000", **row} for number, row in enumerate(rows, 1)
    ]


def _linked(child: Child) -> Json:
    return {"id": child.number, "value": child.first_name, "order": f"{child.number}.00000000000000000000"}


def _day(day: date) -> str:
    return day.isoformat()


def _moment(day: date, at: time) -> str:
    """Returns a moment in UTC, which is the time of Dakar."""
    return f"{datetime.combine(day, at).isoformat()}Z"
