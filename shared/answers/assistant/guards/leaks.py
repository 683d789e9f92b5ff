"""Leaks: words of the instruction, names of our fields and tools, code, keys, and requests for secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.answers.assistant import prompt
from shared.answers.assistant.guards.evidence import Evidence
from shared.answers.assistant.guards.notation import plain
from shared.answers.assistant.guards.stems import sentences
from shared.language.folding import folded

#: Words in a row that an answer may not share with the rules, and with the tenant's own scope: an answer
#: about the concierge's purpose shares some with it.
_RULE, _SCOPE = 6, 12
#: Names that no answer to a person has: fields of the request and of the answer, tools, wire formats.
_NAMES = re.compile(
    r"\b(?:wants_human|your_draft|search_knowledge|call_human|show_choices|tool_calls?|function_call)\b"
    r"|\"(?:answer|known|sources|passages|outside)\"\s*:|<\|[a-z_]+\|>",
    re.IGNORECASE,
)
#: A block or lines of code, which no organisation's guest desk writes.
_CODE = re.compile(
    r"```|^\s*(?:def |class \w+[(:]|import \w|from \w+ import |#include|function \w*\("
    r"|(?:const|let|var) \w+ =|public (?:static|class)|SELECT .+ FROM |<(?:html|script|div|body|!doctype)\b"
    r"|print\(|console\.log\()",
    re.IGNORECASE | re.MULTILINE,
)
#: Keys and their like: vendors' prefixes, tokens in three parts, long words of mixed letters and digits, and
#: names in capitals with hyphens.
_KEYS = re.compile(
    r"\b(?:sk-|ghp_|xox[abp]-|AIza|ya29\.|eyJ)[\w.-]{8,}|\b(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9+/_-]{20,}={0,2}"
    r"|\b[A-Z0-9]{3,}(?:[-_][A-Z0-9]{2,}){1,}\b|\b[A-Za-z0-9+/]{28,}={0,2}"
)

#: A request for a secret. No answer may make one, even if a passage does.
_ASKS = re.compile(
    r"\b(?:send|give|tell|enter|share|type|provide|confirm|(?:envoy|donn|communiqu|indiqu|saisiss)e[rz]|saisir"
    r"|envie(?:me|nos)?|deme|denos|digame|introduzca|comparta|informe|digite|diga)\b[^.!?;]{0,40}"
    r"\b(?:pass(?:word|code)s?|pin|cvv|cvc|otp|(?:card number|credit card)s?|mots? de passe|numero de carte"
    r"|carte bancaire|code (?:recu|secret|de securite)|contrasena|clave|numero de (?:la |su )?tarjeta"
    r"|tarjeta de credito|senha|numero do cartao|cartao de credito)\b"
)
#: Words by which such a sentence warns instead.
_WARNS = re.compile(r"\b(?:never|not|n't|jamais|ne|pas|nunca|no|nao)\b")


def leaked(said: str, evidence: Evidence) -> str:
    """Returns how the answer leaks or leaves its form, "" if it does not."""
    if _NAMES.search(said) or _shares(said, _rules(), _RULE):
        return "rules"
    if _shares(said, evidence.asked.tenant.scope, _SCOPE):
        return "scope"
    if any(_ASKS.search(each) and not _WARNS.search(each) for each in map(plain, sentences(said))):
        return "asks"
    texts = "\n".join([*evidence.published, *evidence.heard])
    if any(key not in texts for key in _KEYS.findall(said)):
        return "key"
    return "code" if _CODE.search(said) and not any(_CODE.search(text) for text in evidence.published) else ""


def _rules() -> str:
    return re.sub(r"\{\w+\}", "\n", prompt.INSTRUCTION)


def _shares(said: str, secret: str, length: int) -> bool:
    """Whether the texts share so many words in a row."""
    told = _runs(folded(said).split(), length)
    return bool(told) and any(
        not told.isdisjoint(_runs(folded(part).split(), length)) for part in secret.split("\n\n")
    )


def _runs(words: Sequence[str], length: int) -> set[str]:
    return {" ".join(words[place : place + length]) for place in range(len(words) - length + 1)}
