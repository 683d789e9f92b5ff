"""A fictional clinic as people write a tenant, with every field in use, and copies of it with one change."""

from __future__ import annotations

import copy
from typing import Any

VALID: dict[str, Any] = {
    "id": "clinic",
    "name": "Clinique du Port",
    "languages": ["fr", "en"],
    "timezone": "Africa/Dakar",
    "scope": "Rendez-vous et horaires.",
    "hours": {"mon": ["08:30-12:30", "15:00-17:30"], "sun": []},
    "emergencies": {"words": ["urgence"]},
    "texts": {"fr": {"welcome": "Bonjour !"}},
    "answers": {"provider": "offline", "secrets": {"api_key": "clinic-gemini-api-key"}},
    "limits": {"messages_per_minute": 5},
    "holidays": ["2026-12-25", "2027-01-01"],
    "staff": {
        "awa": {
            "name": "Awa Faye",
            "languages": ["fr", "en"],
            "skills": ["rendez-vous"],
            "roles": ["agent", "supervisor"],
            "ways": [{"channel": "main", "to": "+221770000801"}],
            "shifts": [
                {"days": ["mon", "tue"], "hours": ["08:30-12:30", "15:00-24:00"], "begins": "2026-09-01"},
                {"days": ["sun"], "hours": ["00:00-24:00"]},
            ],
        },
        "ibou": {"name": "Ibou Sarr"},
    },
    "contacts": [{"channel": "main", "to": "+221770000800"}],
    "handoff": {"answer_minutes": 15},
    "secrets": {"link_key": "clinic-link-key"},
    "channels": {
        "main": {
            "kind": "waha",
            "settings": {
                "base_url": "https://waha.example",
                "session": "default",
                "port": 3000,
                "tags": ["a"],
            },
            "secrets": {"api_key": "clinic-waha-api-key"},
        }
    },
    "knowledge": [
        {
            "id": "parking",
            "topic": "Accès",
            "source": {"fr": "Livret, p. 2", "en": "Leaflet, p. 2"},
            "fr": {"questions": ["Où se garer ?"], "answer": "Derrière la clinique."},
            "en": {"questions": ["Where can I park?"], "answer": "Behind the clinic."},
        },
        {"id": "phone", "fr": {"questions": ["Quel numéro ?"], "answer": "Le 33."}},
    ],
}


def changed(place: list[str | int], value: Any) -> dict[str, Any]:
    """Returns VALID with another value at a place."""
    document: Any = copy.deepcopy(VALID)
    parent = document
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1]] = value
    return dict(document)


def without(place: list[str | int]) -> dict[str, Any]:
    """Returns VALID without the value at a place."""
    document: Any = copy.deepcopy(VALID)
    parent = document
    for step in place[:-1]:
        parent = parent[step]
    del parent[place[-1]]
    return dict(document)
