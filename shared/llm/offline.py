"""Answers from the knowledge alone: no model, no key, no network, a few milliseconds.

The default where no key is set, and the last resort where every other provider fails. It says what an entry
says, word for word with its source, or that it does not know.
"""

from __future__ import annotations

import re
import unicodedata

from shared.llm import Connection, Provider, Question, Reply, with_sources

#: The confidence from which a passage is an answer: the best balance of right answers and honest refusals
#: in the retrieval evaluation (tests/evals/test_retrieval.py prints both).
THRESHOLD = 0.5

_UNKNOWN = {
    "ar": "لا أعرف الإجابة عن هذا السؤال. اطرحه بكلمات أخرى، أو اكتب *إنسان* للتحدث إلى شخص من الفريق.",
    "en": "I do not know the answer to that. Ask it in other words, or write *human* to talk to a person.",
    "es": "No sé responder a eso. Pregúntelo de otra manera, o escriba *humano* para hablar con alguien.",
    "fr": "Je ne sais pas répondre à cela. Posez la question autrement, ou écrivez *humain* pour parler à "
    "une personne.",
    "pt": "Não sei responder a isso. Pergunte de outra forma, ou escreva *humano* para falar com alguém.",
    "wo": "Xamuma tontu laaj boobu. Laajaatal ko ci weneen wax, walla nga bind *nit* ngir wax ak nit.",
}

_HUMAN = {
    "ar": "بالتأكيد: هذا طلب لشخص من الفريق.",
    "en": "Of course: that is for a person of our team.",
    "es": "Por supuesto: eso es para una persona de nuestro equipo.",
    "fr": "Bien sûr : c'est une personne de notre équipe qu'il vous faut.",
    "pt": "Com certeza: isso é para uma pessoa da nossa equipe.",
    "wo": "Waaw: nit ci sunu ekip moo la war a tontu.",
}

#: Asking for a person, in folded words: a way of speaking and somebody to speak to, or the person alone.
_PERSON_FR = r"une? (vraie? )?(personne|humaine?|etre humain|conseill\w+|agente?|responsable|employee?)"
_TEAM_FR = r"(un membre de )?(l|votre) equipe|la reception|l accueil|le secretariat"
_PERSON_EN = r"(an? |the )?(real |actual |live )?(human|person|agent|operator|representative|manager)"
_TEAM_EN = r"(the |your )?(receptionist|reception|front desk|staff|team)"
_ASKS_FOR_HUMAN = re.compile(
    rf"\b(parler|discuter|echanger|ecrire) (directement )?(a|avec) (quelqu ?un|qqn|{_PERSON_FR}|{_TEAM_FR})\b"
    rf"|\b(joindre|contacter|voir|avoir|veux|voudrais|passez moi) (une? conseill\w+|un humain)\b"
    r"|\b(vraie personne|etre humain|quelqu un de (chez vous|l equipe))\b"
    rf"|\b(speak|talk|chat) (directly )?(to|with) (someone|somebody|{_PERSON_EN}|{_TEAM_EN})\b"
    r"|\b(real|actual|live) (human|person|agent)\b"
    r"|\b(falar|conversar) com (alguem|uma pessoa|um humano|um atendente|a recepcao)\b"
    r"|\bhablar con (alguien|una persona|un humano|un agente|la recepcion)\b"
    r"|\bwax ak (benn )?nit\b"
    r"|(التحدث|اتحدث|اتكلم|التكلم) (مع|الى) (شخص|انسان|موظف|احد)"
)
_HUMAN_ALONE = frozenset(
    {"human", "humain", "humaine", "humano", "humana", "nit", "انسان", "agent", "conseiller", "conseillere"}
)
_POLITE = frozenset(
    {"un", "une", "a", "an", "svp", "stp", "please", "por", "favor", "s", "il", "vous", "plait"}
)


def create(connection: Connection) -> Provider:  # noqa: ARG001 - every provider file is given one
    return _Offline()


class _Offline:
    async def reply(self, question: Question) -> Reply:
        if _asks_for_human(question.text):
            return Reply(_in(_HUMAN, question.language), known=False, wants_human=True)
        sure = (passage for passage in question.passages if passage.confidence >= THRESHOLD)
        best = next(sure, None)
        if best is None:
            return Reply(_in(_UNKNOWN, question.language), known=False)
        return Reply(with_sources(best.text, [best], best.language), known=True, sources=[best.id])


def _in(texts: dict[str, str], language: str) -> str:
    return texts.get(language, texts["en"])


def _asks_for_human(text: str) -> bool:
    words = _folded(text).split()
    alone = [word for word in words if word not in _POLITE]
    return (len(alone) == 1 and alone[0] in _HUMAN_ALONE) or bool(_ASKS_FOR_HUMAN.search(" ".join(words)))


def _folded(text: str) -> str:
    """Lower-case words without accents or punctuation, parted by spaces; no longer than a question is."""
    decomposed = unicodedata.normalize("NFKD", text[:500].lower())
    letters = (character for character in decomposed if not unicodedata.combining(character))
    return "".join(letter if letter.isalnum() else " " for letter in letters)
