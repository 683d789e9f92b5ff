"""Reading of a text's signs: by letters always, by nearest examples if there is an embedder."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cache
from itertools import chain

from shared.embeddings import Embedder
from shared.language.folding import folded
from shared.language.languages import shipped
from shared.language.sentences import sentences
from shared.language.wishes import wishes
from shared.models.tenant import Tenant
from shared.understanding.signs import LIMIT, Sign, by_letters, by_nearest

#: A text whose letters make none of these signs this likely is read by letters alone. By cross-validation no
#: emergency of 1,937 is; with 0.02, 48 would be ("bomb threat", "child lost at beach").
_UNLIKELY = 0.001
_WEIGHED = (Sign.EMERGENCY, Sign.OPT_OUT, Sign.HUMAN)
#: Share of the nearest examples in a probability; the rest is the letters'.
_NEAREST = {Sign.EMERGENCY: 0.7, Sign.DESPAIR: 0.7, Sign.ABUSE: 0.7, Sign.OPT_OUT: 0.7}
_OTHERS = 0.6
#: From these probabilities on, an emergency is certain, or possible; lower if the tenant's own words say so.
_ALARM, _DOUBT = 0.55, 0.35
#: The same by letters alone, which mistake more innocent texts.
_ALARM_BY_LETTERS, _DOUBT_BY_LETTERS = 0.7, 0.5
#: The letters of one calm word alone say little: "maman" is like a cry for help.
_ALARM_BY_ONE_WORD = 0.95
_ALARM_WITH_WORD, _DOUBT_WITH_WORD = 0.2, 0.04
#: A text of so few words with one of the tenant's emergency words is a cry for help.
_CRY = 3
#: Sentences of a long text that are read apart, and the least words of a text to be read so.
_SENTENCES, _LONG = 8, 25
#: Texts whose signs are kept: a message is read when it is accepted, and again in its turn.
_KEPT = 64
#: How much a sentence of a long text counts beside the whole.
_SENTENCE_COUNTS = 0.75

Signs = Mapping[Sign, float]


class Danger(IntEnum):
    """How certain it is that somebody is in danger: in doubt, we ask."""

    NONE = 0
    DOUBT = 1
    ALARM = 2


class Reader:
    """Reads the signs of texts; by letters alone if `embedder` is None."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[str, Signs] = OrderedDict()

    @property
    def sure(self) -> bool:
        """Whether nearest examples count: letters alone mistake some innocent texts."""
        return self._embedder is not None

    async def signs(self, text: str) -> Signs:
        """Returns the probability of each sign; in a long text, that of its likeliest sentence."""
        text = text[:LIMIT]
        found = self._kept.get(text)
        if found is None:
            found = self._kept[text] = await self._read(text)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    async def _read(self, text: str) -> Signs:
        parts = _parts(text)
        found = [by_letters(part) for part in parts]
        likely = {sign: _likeliest(found, sign) for sign in Sign}
        if self._embedder is None or max(likely[sign] for sign in _WEIGHED) < _UNLIKELY:
            return likely
        vectors = await self._embedder.embed(parts)
        for number, each in enumerate(found):
            nearest = by_nearest(vectors[number])
            found[number] = {sign: _mixed(sign, each[sign], nearest[sign]) for sign in Sign}
        return {sign: _likeliest(found, sign) for sign in Sign}

    async def danger(self, tenant: Tenant, text: str, *, forwarded: bool = False) -> Danger:
        """Returns how certain an emergency is; a forwarded text may be another's, and is in doubt at most."""
        if not text.strip():
            return Danger.NONE
        found = danger(tenant, text, await self.signs(text), sure=self.sure)
        return min(found, Danger.DOUBT) if forwarded else found


def danger(tenant: Tenant, text: str, signs: Signs, *, sure: bool) -> Danger:
    """Returns how certain an emergency is by the signs, the tenant's own words and our phrases.

    Unless the signs are `sure` (with nearest examples), one of the tenant's words is enough for an alarm.
    """
    likely, said = signs[Sign.EMERGENCY], f" {folded(text)} "
    if said.strip() in _confirmations():
        return Danger.ALARM
    theirs = any(_has(said, folded(word)) for word in tenant.emergencies.words)
    alarm, doubt = (_ALARM, _DOUBT) if sure else (_ALARM_BY_LETTERS, _DOUBT_BY_LETTERS)
    if not sure and len(said.split()) == 1 and "!" not in text:
        alarm = _ALARM_BY_ONE_WORD
    if theirs or any(_has(said, phrase) for ours in shipped().values() for phrase in ours.emergency):
        cry = _is_cry(text) and (theirs or likely >= _DOUBT_WITH_WORD)  # "emergency exit where" is none
        certain = (theirs and not sure) or likely >= _ALARM_WITH_WORD or cry
        alarm, doubt = 0.0 if certain else alarm, _DOUBT_WITH_WORD
    elif likely >= doubt and _is_offered(tenant, said.strip()):
        return Danger.NONE
    if likely >= alarm:
        return Danger.ALARM
    return Danger.DOUBT if likely >= doubt else Danger.NONE


def _is_offered(tenant: Tenant, said: str) -> bool:
    """Whether a folded text is a phrase of the tenant's services or actions, or the word for all of some.

    Signs are learned from examples, which no tenant's own phrases are among ("the path of my child").
    """
    offered = (*tenant.services.values(), *tenant.actions.values())
    phrases = (phrase for each in offered for words in each.words.values() for phrase in words)
    names = (name for each in offered for name in each.names.values())
    if set(said.split()) <= wishes(tenant.languages).all:
        return True
    return any(folded(phrase) == said for phrase in chain(names, phrases))


@cache
def _confirmations() -> frozenset[str]:
    """Returns the answers to our question about a danger that say yes, folded: they pass all limits."""
    return frozenset(folded(language.texts["danger_yes"]) for language in shipped().values())


def _has(said: str, phrase: str) -> bool:
    """Whether a folded text between spaces contains the folded phrase as whole words."""
    return bool(phrase) and f" {phrase} " in said


def _likeliest(found: Sequence[Signs], sign: Sign) -> float:
    """Returns the probability of the whole text, or of its likeliest sentence, which alone says less."""
    whole, *parts = (each[sign] for each in found)
    return max(whole, _SENTENCE_COUNTS * max(parts, default=0.0))


def _mixed(sign: Sign, letters: float, nearest: float) -> float:
    share = _NEAREST.get(sign, _OTHERS)
    return (1 - share) * letters + share * nearest


def _is_cry(text: str) -> bool:
    return len(text.split()) <= _CRY and "?" not in text


def _parts(text: str) -> list[str]:
    if len(text.split()) < _LONG:
        return [text]
    return [text, *sentences(text, 2)[:_SENTENCES]]
