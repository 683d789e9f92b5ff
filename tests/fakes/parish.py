"""A parish with services as people write it: parents see their children's notes, and guests change a stay."""

from __future__ import annotations

import copy
from typing import Any

SERVICES: dict[str, Any] = {
    "questions": {
        "kind": "information",
        "names": {"fr": "Renseignements", "en": "Information"},
        "words": {"fr": ["renseignements"]},
        "topics": ["mass"],
    },
    "parents": {
        "kind": "gated",
        "profile": "parent",
        "names": {"fr": "Espace parents", "en": "Parents"},
        "words": {"fr": ["espace parents"], "en": ["parents area"]},
    },
    "stays": {"kind": "gated", "profile": "guest", "names": {"fr": "Mon séjour", "en": "My stay"}},
    "office": {
        "kind": "human",
        "names": {"fr": "Secrétariat", "en": "Office"},
        "words": {"fr": ["le bureau"]},
        "open": {"mon": ["08:00-12:00"]},
    },
    "desk": {"kind": "admin", "names": {"fr": "Administration", "en": "Administration"}},
}
PROFILES: dict[str, Any] = {
    "parent": {
        "names": {"fr": "Parent", "en": "Parent"},
        "proof": {
            "records": "register",
            "of": "501",
            "code": "Code parent",
            "form": "{letters}-{4 digits}",
            "asks": {"fr": "Votre code_parent ?", "en": "Your parent code?"},
            "keeps": {"family": "id", "child": "Enfants"},
            "name": "Nom",
            "phone": "Téléphone",
        },
        "actions": ["consult_notes", "fees", "certificate"],
    },
    "guest": {
        "names": {"fr": "Hôte", "en": "Guest"},
        "proof": {
            "records": "stays",
            "of": "stay",
            "code": "code",
            "form": "KN-{5 digits}",
            "keeps": {"stay": "code"},
        },
        "actions": ["late_checkout"],
    },
}
ACTIONS: dict[str, Any] = {
    "consult_notes": {
        "names": {"fr": "Notes de mon enfant", "en": "My child's marks"},
        "words": {"fr": ["notes", "bilans"], "en": ["marks", "grades"]},
        "records": "register",
        "of": "503",
        "where": {"Enfant": "child"},
        "each": "child",
        "fields": {"child_name": "Enfant", "subject": "Matière", "mark": "Note", "day": "Date"},
        "order": "-Date",
        "most": 5,
        "says": {
            "fr": {
                "head": "Les notes, {{ name }} :",
                "row": "• {{ subject }} : *{{ mark | number }}*{% if day %}, {{ day | day }}{% endif %}",
                "none": "Pas encore de notes.",
            },
            "en": {"row": "• {{ subject }}: *{{ mark | number }}*", "none": "No marks yet."},
        },
    },
    "fees": {
        "names": {"fr": "Mes frais", "en": "My fees"},
        "words": {"fr": ["reste à payer", "frais de mon enfant"], "en": ["what I owe"]},
        "records": "register",
        "of": "505",
        "where": {"Enfant": "child"},
        "each": "child",
        "fields": {"label": "Libellé", "amount": "Montant"},
        "says": {"fr": {"row": "• {{ label }} : {{ amount | number }} F", "none": "Rien à payer."}},
    },
    "certificate": {
        "names": {"fr": "Attestation de suivi", "en": "Certificate"},
        "words": {"fr": ["attestation de suivi"]},
        "records": "register",
        "of": "502",
        "where": {"id": "child"},
        "each": "child",
        "fields": {"first_name": "Prénom"},
        "says": {"fr": {"head": "Attestation :", "row": "{{ first_name }} suit.", "none": "Rien."}},
        "page": {"kind": "certificate", "titles": {"fr": "Attestation de {{ first_name }}"}},
    },
    "late_checkout": {
        "names": {"fr": "Départ tardif", "en": "Late check-out"},
        "words": {"fr": ["partir plus tard"], "en": ["late checkout", "leave later"]},
        "records": "stays",
        "of": "stay",
        "where": {"code": "stay"},
        "fields": {"room": "room"},
        "says": {"fr": {"row": "Chambre {{ room }}", "none": "Pas de séjour."}},
        "changes": {
            "of": "late_checkout",
            "sets": {"until": "14:00"},
            "confirm": {
                "fr": "Garder la chambre {{ room }} jusqu'à 14 h ?",
                "en": "Keep room {{ room }} until 2 pm?",
            },
            "done": {"fr": "C'est fait.", "en": "Done: room {{ room }} is yours until 2 pm."},
        },
    },
}
RECORDS: dict[str, Any] = {
    "register": {
        "kind": "baserow",
        "settings": {"base_url": "https://baserow.parish.example"},
        "secrets": {"token": "parish-baserow-token"},
    },
    "stays": {
        "kind": "http_api",
        "settings": {"base_url": "https://stays.parish.example"},
        "secrets": {"token": "parish-stays-token"},
        "calls": {
            "stay": {"path": "/stays", "query": {"code": "{code}"}, "rows": "stays"},
            "late_checkout": {"method": "POST", "path": "/stays/{code}/late", "body": {"until": "{until}"}},
        },
    },
}
#: The fields of a tenant that has these services.
OFFER: dict[str, Any] = {
    "services": SERVICES,
    "profiles": PROFILES,
    "actions": ACTIONS,
    "records": RECORDS,
}


def offer() -> dict[str, Any]:
    """Returns a copy of OFFER to change."""
    return copy.deepcopy(OFFER)
