"""The fixed texts, translatable per tenant: a tenant's own wording comes first, then the person's language,
then the tenant's, then English."""

from __future__ import annotations

from shared.models.tenant import Tenant

_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "welcome": "Hello! I am the automatic assistant of *{name}*. What would you like to know?",
        "help": (
            "Ask me your question in your own words. Write *services* to see what I can tell you about, "
            "*contact* for how to reach us, *cancel* to take back what you asked for, *human* to talk to a "
            "person, *STOP* to receive nothing any more."
        ),
        "services": "Here is what I can tell you about. Choose, or just ask me your question.",
        "choose": "Choose",
        "more": "More …",
        "topic": "About *{topic}*, people ask me for example:\n\n{questions}\n\nWhat would you like to know?",
        "contact": "You are writing to *{name}*. A person of our team can answer you here.",
        "talk": "Talk to someone",
        "cancelled": "All right, that is cancelled. What would you like to know?",
        "nothing_to_cancel": (
            "There is nothing to cancel here. What would you like to know? Write *human* to talk to a person."
        ),
        "thanks": "You are welcome! 🙏",
        "handoff_open": (
            "I am passing you on to our team: somebody will answer you here as soon as possible."
        ),
        "handoff_closed": (
            "I am passing you on to our team. The office is closed now; somebody will answer you here "
            "from {opening}."
        ),
        "handoff_unknown": "I am passing you on to our team: somebody will answer you here.",
        "emergency": (
            "We are calling somebody of our team right now. If anyone is in danger, please call the "
            "emergency services at once."
        ),
        "opted_out": "You will receive nothing more from us. Write *START* to come back.",
        "opted_in": "Welcome back! What would you like to know?",
        "unreadable": (
            "I can only read text for now. Please write your question, or write *human* to reach a person."
        ),
        "apology": "I am sorry, I could not answer you. I have asked somebody of our team to do it.",
        "slow_down": (
            "You write faster than I can read. Please wait a minute, and send your question in one message."
        ),
    },
    "fr": {
        "welcome": "Bonjour ! Je suis l'assistant automatique de *{name}*. Que souhaitez-vous savoir ?",
        "help": (
            "Posez-moi votre question avec vos mots. Écrivez *services* pour voir ce que je sais, *contact* "
            "pour savoir comment nous joindre, *annuler* pour reprendre une demande, *humain* pour parler à "
            "une personne, *ARRÊT* pour ne plus rien recevoir."
        ),
        "services": "Voici ce que je sais. Choisissez, ou posez-moi simplement votre question.",
        "choose": "Choisir",
        "more": "Suite …",
        "topic": ("Sur *{topic}*, on me demande par exemple :\n\n{questions}\n\nQue souhaitez-vous savoir ?"),
        "contact": "Vous écrivez à *{name}*. Une personne de l'équipe peut vous répondre ici.",
        "talk": "Parler à quelqu'un",
        "cancelled": "C'est annulé. Que souhaitez-vous savoir ?",
        "nothing_to_cancel": (
            "Il n'y a rien à annuler ici. Que souhaitez-vous savoir ? Écrivez *humain* pour parler à une "
            "personne."
        ),
        "thanks": "Avec plaisir ! 🙏",
        "handoff_open": "Je transmets à l'équipe : une personne vous répondra ici dès que possible.",
        "handoff_closed": (
            "Je transmets à l'équipe. Le bureau est fermé pour le moment ; une personne vous répondra ici"
            " à partir de {opening}."
        ),
        "handoff_unknown": "Je transmets à l'équipe : une personne vous répondra ici.",
        "emergency": (
            "Nous prévenons tout de suite une personne de l'équipe. Si quelqu'un est en danger, appelez "
            "immédiatement les secours."
        ),
        "opted_out": "Vous ne recevrez plus rien de notre part. Écrivez *START* pour revenir.",
        "opted_in": "Heureux de vous retrouver ! Que souhaitez-vous savoir ?",
        "unreadable": (
            "Je ne sais lire que du texte pour le moment. Écrivez votre question, ou écrivez *humain* "
            "pour joindre une personne."
        ),
        "apology": (
            "Pardon, je n'ai pas pu vous répondre. J'ai demandé à une personne de l'équipe de le faire."
        ),
        "slow_down": (
            "Vous écrivez plus vite que je ne lis. Patientez une minute, puis envoyez votre question en "
            "un seul message."
        ),
    },
}

KEYS = frozenset(_TEXTS["en"])


def text(tenant: Tenant, language: str, key: str, **values: str) -> str:
    """The wording of `key` for this person. `values` fill the `{…}` of our own wordings by plain replacement:
    a value is never read as a template."""
    wordings = (
        tenant.texts.get(candidate, {}).get(key) or _TEXTS.get(candidate, {}).get(key)
        for candidate in (language, tenant.languages[0], "en")
    )
    wording = next(found for found in wordings if found)
    for name, value in {"name": tenant.name, **values}.items():
        wording = wording.replace("{" + name + "}", value)
    return wording
