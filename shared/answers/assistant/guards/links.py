"""Links in answers: to the tenant's own domains and to those of its knowledge's sources, and no others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from shared.models.tenant import Tenant

#: A link with a scheme, or a host without one that apps make a link of: `www.…`, a known ending, or a path.
_LINK = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s<>\"'()\[\]]+"
    r"|(?<![\w@.-])(?:www\.[\w-]+(?:\.[\w-]+)*|(?:[\w-]+\.)+[a-z]{2,24}(?=[/?#:]\S)"
    r"|(?:[\w-]+\.)+(?:com|org|net|info|biz|app|dev|io|me|co|ly|gl|xyz|top|site|online|link|shop|click|live|store"
    r"|sn|fr|ci|ml|ma|uk|us|es|pt|br|de|ru|cn|tk|eu|africa|example|invalid|test))(?![\w@-])[^\s<>\"'()\[\]]*",
    re.IGNORECASE,
)
_SCHEMES = frozenset({"http", "https"})
#: Points that browsers read as a dot of a host (https://url.spec.whatwg.org/#idna).
_DOTS = str.maketrans("。．｡", "...")


def links(text: str) -> list[str]:
    """Returns the links in a text, as apps would make them of it."""
    written = unicodedata.normalize("NFKC", text.translate(_DOTS)).replace("\\", "/")
    visible = "".join(each for each in written if unicodedata.category(each) != "Cf")
    return [match[0].rstrip(".,;:!?…*_") for match in _LINK.finditer(visible)]


def foreign(tenant: Tenant, text: str, sources: Iterable[str]) -> list[str]:
    """Returns the links that lead neither to the tenant's domains nor to those of the sources.

    `sources` are the names of the knowledge's sources, of which some are addresses.
    """
    named = [host(link) for source in sources for link in links(source)]
    ours = {each.lower().strip(". ") for each in (*tenant.answers.links, *named) if each}
    return [link for link in links(text) if not _allowed(link, ours)]


def host(link: str) -> str:
    """Returns the host of a link, "" if it has none."""
    try:
        return (urlsplit(link if "://" in link else f"https://{link}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _allowed(link: str, ours: Iterable[str]) -> bool:
    """Whether the link is one of HTTP to one of these domains, or below it, and names no user."""
    scheme, _, rest = link.rpartition("://")
    if scheme and scheme.lower() not in _SCHEMES:
        return False
    if "@" in re.split(r"[/?#]", rest)[0]:
        return False
    at = host(link)
    return any(at == each or at.endswith(f".{each}") for each in ours)
