"""A made-up school: its families with their codes, its records, and the services that its tenant offers.

Each record has a mark of its own (`zr007m10`), which tells the family in any text that repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from shared.formats import codes
from shared.models.verification import Linked

#: Number of families, and the number of the first one's parent; that of a family is the place in the list.
FAMILIES, PARENTS = 40, 5_000
FORM = "{letters}-{4 digits}"
#: Seconds that the tenant waits for the source.
SECONDS = 6
#: The table whose rows have codes, and the one that actions change.
_FAMILIES, OUTINGS = "families", "outings"
_NAMES = ("Awa", "Moussa", "Rose", "Ibrahima", "Marie-Anne")
_MARK = re.compile(r"\bzr(\d{3})[a-z]\d+\b")

Row = dict[str, Any]


@dataclass(frozen=True)
class Family:
    """A family: its parent's own code, and the addresses on file, "" without any."""

    number: int
    code: str
    children: Sequence[Linked]
    phone: str
    email: str

    @property
    def beginning(self) -> str:
        """The code without its digits."""
        return self.code.partition("-")[0]

    @property
    def parent(self) -> int:
        """The person whose phone may be on file."""
        return PARENTS + self.number


def hides_number(person: int) -> bool:
    """Whether the person's own chat on WhatsApp hides their number (wire.py)."""
    return person % 3 == 2


def marked(text: str) -> set[int]:
    """Returns the families whose records the text repeats."""
    return {int(found) for found in _MARK.findall(text)}


def with_code(text: str) -> set[int]:
    """Returns the families whose codes are in the text, as the source writes them."""
    return {family.number for code, family in BY_CODE.items() if code in text}


def mark(family: int, kind: str, number: int) -> str:
    return f"zr{family:03d}{kind}{number}"


def _family(number: int, random: Random) -> Family:
    letters = "".join("ABCDEFGHIK"[int(digit)] for digit in f"{number:02d}")
    parent = f"+22177{PARENTS + number:07d}"
    names = random.sample(_NAMES, random.choice([1, 2, 2, 3]))
    return Family(
        number,
        f"FAM{letters}-{random.randrange(10_000):04d}",
        [Linked(id=f"c{number}-{place}", text=name) for place, name in enumerate(names)],
        parent if number % 4 != 1 else "",
        f"family{number}@example.org" if number % 4 else "",
    )


def _families() -> list[Family]:
    random = Random("school")  # noqa: S311
    return [_family(number, random) for number in range(FAMILIES)]


#: The same in every world, so that a plan that is cut down keeps them.
KNOWN = _families()
#: The families by their codes.
BY_CODE = {family.code: family for family in KNOWN}
#: The families by the ids of their children.
BY_CHILD = {child.id: family for family in KNOWN for child in family.children}


def lock_of(family: Family) -> tuple[str, ...]:
    """Returns the name of the lock that wrong codes with the family's beginning cause."""
    return "code", "school", _FAMILIES, codes.beginning(family.code)


def tables() -> dict[str, list[Row]]:
    """Returns the records of all families, by table."""
    found: dict[str, list[Row]] = {_FAMILIES: [], "marks": [], "fees": [], OUTINGS: []}
    for family in KNOWN:
        number = family.number
        found[_FAMILIES].append(
            {
                "id": f"f{number}",
                "Code": family.code,
                "Name": f"Famille {mark(number, 'n', 0)}",
                "Children": list(family.children),
                "Email": family.email,
                "Phone": family.phone,
            }
        )
        owner = [Linked(id=f"f{number}", text=family.beginning)]
        for fee in range(2):
            found["fees"].append({"id": f"p{number}-{fee}", "Family": owner, "Label": mark(number, "p", fee)})
        for place, child in enumerate(family.children):
            for grade in range(3):
                subject = mark(number, "m", 10 * place + grade)
                grades = {"id": f"m{number}-{place}-{grade}", "Child": [child], "Subject": subject}
                found["marks"].append(grades | {"Mark": grade})
            outing = {"id": f"o{number}-{place}", "Child": [child], "Outing": mark(number, "o", place)}
            found[OUTINGS].append(outing | {"Signed": "no"})
    return found


def _says(row: str) -> dict[str, Any]:
    return {"fr": {"head": "Voici :", "row": f"• {row}", "none": "Rien pour le moment."}}


def _action(
    words: str, of: str, where: Mapping[str, str], row: str, fields: Mapping[str, str]
) -> dict[str, Any]:
    named: dict[str, Any] = {
        "names": {"fr": words.capitalize()},
        "words": {"fr": [words]},
        "records": "school",
        "of": of,
    }
    each = {"each": "child"} if "child" in where.values() else {}
    return named | each | {"where": where, "fields": fields, "says": _says(row)}


def offers() -> dict[str, Any]:
    """Returns the services, the profile, the actions and the records of the tenant."""
    proof: dict[str, Any] = {
        "records": "school",
        "of": _FAMILIES,
        "code": "Code",
        "form": FORM,
        "name": "Name",
    }
    proof |= {"keeps": {"family": "id", "child": "Children"}, "email": "Email", "phone": "Phone"}
    child = {"Child": "child"}
    grades = {"child": "Child", "subject": "Subject", "mark": "Mark"}
    outing = {"child": "Child", "outing": "Outing"}
    signing = {
        "sets": {"Signed": "yes"},
        "confirm": {"fr": "Inscrire {{ child }} à la sortie {{ outing }} ?"},
        "done": {"fr": "Inscription faite."},
    }
    page = {"kind": "certificate", "titles": {"fr": "Bulletin"}}
    actions = {
        "grades": _action("carnet", "marks", child, "{{ subject }} {{ mark }}", grades),
        "fees": _action("factures", "fees", {"Family": "family"}, "{{ label }}", {"label": "Label"}),
        "sign_up": _action("inscription sortie", OUTINGS, child, "{{ outing }}", outing)
        | {"changes": signing},
        "report": _action("bulletin", "marks", child, "{{ subject }}", grades) | {"page": page},
    }
    parent = {"names": {"fr": "Parent"}, "proof": proof, "actions": list(actions)}
    services = {
        "topics": {"kind": "information", "names": {"fr": "Renseignements"}},
        "parents": {
            "kind": "gated",
            "profile": "parent",
            "names": {"fr": "Espace parents"},
            "words": {"fr": ["espace parents"]},
        },
    }
    source = {"kind": "school", "seconds": SECONDS, "keep_minutes": 1}
    return {
        "services": services,
        "profiles": {"parent": parent},
        "actions": actions,
        "records": {"school": source},
        "notifiers": {"mail": {"kind": "email"}},
    }
