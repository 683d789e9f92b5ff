"""Templates of messages: text with placeholders of attributes, in a small part of Jinja's language.

Allowed are `{{ name }}` with filters, and `{% if %}` with comparisons; anything else is refused when the
template is read. Values are never templates themselves.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from shared.formats.marks import inline
from shared.formats.nearest import unknown
from shared.formats.template_filters import FILTERS, Absent, Missing, shown
from shared.models.attributes import Value

if TYPE_CHECKING:
    from jinja2 import Environment, nodes
    from jinja2 import Template as Compiled

__all__ = ["LENGTH", "Absent", "Template"]

#: Maximum number of characters of a template, of a value, and of the text made from them.
LENGTH = 3_500
#: Maximum number of conditions and operators within each other.
_NESTED = 30
_ALLOWED = frozenset(
    "Template Output TemplateData Name Const Filter If Compare Operand And Or Not List Tuple".split()
)
#: Parts of Jinja's language by the names of their nodes.
_PARTS = {
    "Call": "a call",
    "For": "a loop",
    "Getattr": "a field of a value",
    "Getitem": "an item of a value",
    "Test": "a test with `is`",
}
_EXPECTED = "expected {{ name }}, filters, {% if %}, comparisons, and, or, not, in"
#: Keeps names apart from Jinja's own, such as `self`.
_PREFIX = "value_"


class Template:
    """A text with placeholders of attributes, `names`, which are among those given.

    Raises ValueError for a syntax error, an unknown name or filter, or a part of the language not allowed.
    """

    def __init__(self, text: str, names: Collection[str]) -> None:
        if len(text) > LENGTH:
            raise ValueError(f"has {len(text)} characters (expected at most {LENGTH})")
        self._compiled, used = _compiled(text)
        for name, line in used:
            if name not in names:
                raise ValueError(f"{unknown('attribute', name, names)} in line {line}")
        self.names: frozenset[str] = frozenset(name for name, _ in used)

    def render(self, values: Mapping[str, Value], language: str) -> str:
        """Returns the text for these values, with dates and numbers in the language.

        Moments are in the zone that the value `timezone` names, in UTC without one. Raises Absent if a value
        is needed and absent or empty, ValueError if it does not fit its filter or comparison, or if the text
        is empty or longer than LENGTH.
        """
        known = {f"{_PREFIX}{name}": _known(name, values.get(name)) for name in self.names}
        try:
            text = self._compiled.render(known, language=language, zone=values.get("timezone", "")).strip()
        except TypeError:
            raise ValueError("values of different types cannot be compared") from None
        if not 0 < len(text) <= LENGTH:
            raise ValueError(f"the text has {len(text)} characters (expected 1 to {LENGTH})")
        return text


def _known(name: str, value: Value | None) -> Value | Missing:
    """Returns a value, or Missing if it is absent or shows nothing. Raises ValueError if it is too long."""
    if isinstance(value, list):
        return [text for each in value if isinstance(text := _known(name, each), str)] or Missing(name)
    if isinstance(value, str) and len(value) > LENGTH:
        raise ValueError(f"{name} has {len(value)} characters (expected at most {LENGTH})")
    return Missing(name) if value is None or (isinstance(value, str) and not inline(value)) else value


@lru_cache(maxsize=1_000)
def _compiled(text: str) -> tuple[Compiled, frozenset[tuple[str, int]]]:
    """Returns a compiled template and the names in it with their lines."""
    from jinja2 import TemplateSyntaxError

    used: set[tuple[str, int]] = set()
    try:
        tree = _environment().parse(text)
        _check(tree, used, 0)
    except TemplateSyntaxError as error:
        raise ValueError(f"{error.message} in line {error.lineno}") from None
    except RecursionError:
        raise ValueError(f"is nested too deeply (expected at most {_NESTED} levels)") from None
    return _environment().from_string(tree), frozenset(used)


@cache
def _environment() -> Environment:
    from jinja2 import pass_context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(finalize=pass_context(shown), trim_blocks=True, lstrip_blocks=True)
    made.globals.clear()
    made.tests.clear()
    made.filters.clear()
    made.filters.update({name: pass_context(function) for name, function in FILTERS.items()})
    return made


def _check(node: nodes.Node, used: set[tuple[str, int]], depth: int) -> None:
    """Collects names, each with its line, and puts the prefix before them. Raises ValueError if refused."""
    from jinja2 import nodes

    kind = type(node).__name__
    if kind not in _ALLOWED:
        part = _PARTS.get(kind, f"{kind!r}")
        raise ValueError(f"{part} in line {node.lineno} is not allowed ({_EXPECTED})")
    if depth > _NESTED:
        raise RecursionError
    if isinstance(node, nodes.Name):
        used.add((node.name, node.lineno))
        node.name = f"{_PREFIX}{node.name}"
    elif isinstance(node, nodes.Const) and node.value in (math.inf, None):
        raise ValueError(f"a value in line {node.lineno} is not allowed (expected a text or a number)")
    elif isinstance(node, nodes.Filter):
        _check_filter(node)
    for child in node.iter_child_nodes():
        _check(child, used, depth + 1)


def _check_filter(node: nodes.Filter) -> None:
    if node.name not in FILTERS:
        raise ValueError(f"{unknown('filter', node.name, FILTERS)} in line {node.lineno}")
    wanted = 1 if node.name == "default" else 0
    others: list[Any] = [*node.kwargs, node.dyn_args, node.dyn_kwargs]
    if len(node.args) != wanted or any(others) or any(type(arg).__name__ != "Const" for arg in node.args):
        expected = 'one text, such as default("…")' if wanted else "nothing in brackets"
        raise ValueError(f"the filter {node.name} in line {node.lineno} takes {expected}")
