"""The people of the diocese's simulated Baserow: families, children and catechists. All are made up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

#: A family of each line: its name, its code's number, and the children with their years.
_FAMILIES = """
Diop 4821 Awa:2 Moussa:4
Sagna 7365 Rose:3
Diop 1937 Khady:2
Sagna 2048 Paul:3 Marthe:1
Ndiaye 3310 Aminata:1
Faye 5127 Joseph:4 Anne:2
Diouf 6094 Marie:3
Sarr 8452 Pierre:2 Jeanne:1
Mendy 9176 Luc:4
Gomis 1283 Agnès:1 Simon:3
Senghor 2749 Thérèse:2
Badji 3865 Étienne:4
Coly 4518 Bernadette:3 Marc:1
Diatta 5936 Élisabeth:2
Manga 6207 Jacques:4
Sambou 7084 Cécile:1 Denis:3
Bassène 8391 Philomène:2
Tendeng 9640 Antoine:4
Diédhiou 1475 Lucie:3 Gilbert:2
Goudiaby 2586 Félix:1
Preira 3697 Odile:4 Rémi:2
Correa 4708 Monique:3
Dacosta 5819 Alain:2 Brigitte:1
Carvalho 6920 Hélène:4
Ndour 7131 Benoît:1
Ngom 8242 Clémence:3 Daniel:4
Thiaw 9353 Édouard:2
Kama 1464 Fatou:1 Georges:3
Ndione 2575 Henriette:4
Ciss 3686 Ignace:2
Tine 4797 Juliette:3 Kévin:1
Séne 5808 Louise:4
Dione 6919 Mathieu:2 Noémie:3
Bakhoum 7020 Olivier:1
Marone 8131 Pauline:4
Boissy 9242 Quentin:2 Rachel:1
Turpin 1353 Solange:3
Lopy 2464 Thomas:4 Ursule:2
Malack 3575 Victor:1
Biagui 4686 Yvonne:3
Ndecky 5797 Zacharie:2
Mbengue 6808 Adèle:4 Bruno:3
"""
#: The groups of each year, and their catechists with the numbers of their codes.
GROUPS = {
    1: ("Saint Kizito", "Sainte Bakhita"),
    2: ("Saint Augustin", "Sainte Monique"),
    3: ("Saint Charles Lwanga", "Sainte Perpétue"),
    4: ("Saint Cyprien", "Sainte Félicité"),
}
CATECHISTS = {
    "Saint Augustin": ("Germaine Sène", "0417"),
    "Saint Kizito": ("Albert Diémé", "0523"),
    "Sainte Bakhita": ("Christine Faye", "0638"),
    "Sainte Monique": ("François Ndong", "0749"),
    "Saint Charles Lwanga": ("Rosalie Coly", "0854"),
    "Sainte Perpétue": ("Maurice Badiane", "0961"),
    "Saint Cyprien": ("Angélique Mané", "1072"),
    "Sainte Félicité": ("Dominique Sarr", "1183"),
}
_PLAIN = str.maketrans("ÉÈÊËÀÂÎÏÔÛÙÇ", "EEEEAAIIOUUC")


class Family(NamedTuple):
    number: int
    name: str
    code: str


class Child(NamedTuple):
    """A child; `family` is the number of its family, `year` that of its course."""

    number: int
    first_name: str
    family: Family
    year: int
    group: str

    @property
    def level(self) -> str:
        return "1re année" if self.year == 1 else f"{self.year}e année"


def plain(name: str) -> str:
    """Returns a name in capitals without accents."""
    return name.upper().translate(_PLAIN)


def people() -> tuple[list[Family], list[Child]]:
    """Returns the families and the children, each numbered from 1."""
    families, children = list[Family](), list[Child]()
    for number, words in enumerate(_lines(), 1):
        family = Family(number, words[0], f"{plain(words[0])}-{words[1]}")
        families.append(family)
        for first_name, _, year in (each.partition(":") for each in words[2:]):
            group = GROUPS[int(year)][number % 2 if number > 2 else 0]
            children.append(Child(len(children) + 1, first_name, family, int(year), group))
    return families, children


def _lines() -> Iterator[list[str]]:
    return (line.split() for line in _FAMILIES.strip().splitlines())
