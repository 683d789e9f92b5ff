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
    "attributes": {
        "visit": {"type": "date", "label": {"fr": "Visite", "en": "Visit"}},
        "room": {"type": "text"},
        "born": {"type": "date", "private": True},
        "called_at": {"type": "moment"},
        "ward": {"type": "choice", "choices": ["a", "b"]},
    },
    "messaging": {"quiet": "20:00-07:30", "holidays": "SN", "per_day": 1, "channels": ["main"]},
    "triggers": {
        "reminder": {
            "when": {"before": "visit", "days": 2, "at": "09:30"},
            "who": 'ward == "a"',
            "says": {
                "fr": {
                    "text": "Bonjour {{ name }}, à {{ visit | day }}.",
                    "choices": [{"title": "Venir", "topic": "parking"}],
                    "file": {"url": "https://clinic.example/plan.png", "filename": "plan.png"},
                },
                "en": {"text": "See you on {{ visit | day }}."},
            },
            "template": {"fr": {"name": "rappel", "parameters": ["{{ visit | day }}"]}},
            "late": {"policy": "skip_if_older_than", "hours": 6},
            "channels": ["main"],
            "reply_topic": "phone",
        },
        "survey": {
            "when": {"after": "called_at", "at": "10:00"},
            "says": {"fr": {"text": "Et alors ?"}},
            "rating": True,
        },
        "news": {"when": {"once": "2026-12-24T18:30"}, "says": {"fr": {"text": "Bonne fête !"}}},
    },
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
