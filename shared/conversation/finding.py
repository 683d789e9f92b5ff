"""The search index of people: keys in a contact's document, made of its name's words and its phone numbers.

A query asks for one key, so its cost follows the people that it finds, however many there are. Keys of a word
are the word, its beginnings, and what is left of it without one letter: two words that share such a rest
differ by one slip (as in SymSpell, https://github.com/wolfgarbe/SymSpell). Every writer of a contact's name,
identities or phone calls `index`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

from shared.language.folding import folded
from shared.models.people import Contact

#: Characters of a word that its keys cover, words of a name, and characters of a word in a key for two.
COVERED, WORDS, OF_TWO = 7, 6, 3
#: From this many letters on, a word may be another one with a typo: Awa is not Ava.
SHORTEST = 4
#: Fewest and most last digits of a number that find it.
DIGITS = range(3, 10)
_PHONE = "whatsapp:+"
_ARTICLE = "ال"


def index(contact: Contact) -> None:
    """Writes the contact's keys; one that was merged into another has none."""
    contact.search = [] if contact.merged_into else sorted(keys(contact))


def keys(contact: Contact) -> set[str]:
    """Returns all keys by which a contact is found."""
    name = words(contact.name)
    found = {key for word in spoken(contact.name) for key in _of_word(word)}
    found |= {of_two(one, other) for one, other in combinations(name, 2)}
    return found | {f"#{number[-count:]}" for number in numbers(contact) for count in DIGITS}


def words(name: str) -> list[str]:
    """Returns the folded words of a name, each once."""
    return list(dict.fromkeys(folded(name).split()))[:WORDS]


def spoken(name: str) -> set[str]:
    """Returns the words by which a name is searched: also two in one (N'Diaye), and without the article."""
    written = folded(name).split()[:WORDS]
    joined = {one + other for one, other in pairwise(written)}
    bare = {word.removeprefix(_ARTICLE) for word in written if word.startswith(_ARTICLE) and len(word) > 4}
    return {*written, *joined, *bare}


def numbers(contact: Contact) -> set[str]:
    """Returns the digits of the contact's phone numbers."""
    known = {name.removeprefix(_PHONE) for name in contact.identities if name.startswith(_PHONE)}
    return {number for number in {*known, contact.phone.removeprefix("+")} if number.isdecimal()}


def whole(word: str) -> str:
    """Returns the key of names that have this word."""
    return f"={word[:COVERED]}"


def begun(word: str) -> str:
    """Returns the key of names with a word that begins so."""
    return word[:COVERED]


def of_two(one: str, other: str) -> str:
    """Returns the key of names with two words that begin as these do."""
    return " ".join(sorted((one[:OF_TWO], other[:OF_TWO])))


def nearly(word: str) -> Iterator[str]:
    """Yields the keys of names with a word that differs from this one by one letter, or by none."""
    covered = word[:COVERED]
    yield from {f"~{rest}" for rest in (covered, *_without_one(covered))}


def _of_word(word: str) -> Iterable[str]:
    covered = word[:COVERED]
    beginnings = (covered[:count] for count in range(min(2, len(covered)), len(covered) + 1))
    slips = nearly(word) if len(word) >= SHORTEST else ()
    return {whole(word), *beginnings, *slips}


def _without_one(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))
