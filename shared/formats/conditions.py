"""Conditions on a contact's attributes in CEL (https://cel.dev), parsed and evaluated by cel-python.

The library interprets the parsed condition, and no text ever becomes code. Beyond its CEL, numbers of any
kind compare and calculate with each other: an attribute is a double, and people write integers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from shared.formats import condition_types
from shared.models.attributes import Kind, Value

if TYPE_CHECKING:
    from celpy import Environment, Runner
    from lark import Tree

#: Maximum number of characters of a condition.
LENGTH = 1_000
#: Maximum number of operators and brackets within each other; a chain of `||` counts as well.
_NESTED = 100
#: Rules of the grammar that only pass on the value of the one part they have.
_PASSING = frozenset(
    "expr conditionalor conditionaland relation addition multiplication unary member paren_expr".split()
)
_PRIMARY = frozenset("literal ident ident_arg list_lit".split())
#: Keeps variables apart from names of CEL's own, such as `size`.
_PREFIX = "value_"


class Condition:
    """A condition on variables of the given kinds.

    Raises ValueError with the column for a syntax error, an unknown variable or function, types that do not
    fit, or a result that is no boolean.
    """

    def __init__(self, text: str, variables: Mapping[str, Kind]) -> None:
        self._program, self._variables = _compiled(text, frozenset(variables.items()))

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether it holds for these values. An absent one is null.

        A condition that cannot be evaluated does not hold: null ordered or calculated with, or a value of
        another kind than its variable's.
        """
        from celpy.evaluation import CELEvalError

        try:
            known = {f"{_PREFIX}{name}": _converted(kind, values.get(name)) for name, kind in self._variables}
            return bool(self._program.evaluate(known))
        except (CELEvalError, TypeError, ValueError, OverflowError):
            return False


@lru_cache(maxsize=1_000)
def _compiled(
    text: str, variables: frozenset[tuple[str, Kind]]
) -> tuple[Runner, frozenset[tuple[str, Kind]]]:
    """Returns the program of a condition, and the variables in it."""
    if len(text) > LENGTH:
        raise ValueError(f"has {len(text)} characters (expected at most {LENGTH})")
    tree = _parsed(text)
    condition_types.check(tree, dict(variables))
    used = set()
    for part in tree.find_data("ident"):
        name: Any = part.children[0]
        used.add(str(name))
        part.children[0] = name.update(value=f"{_PREFIX}{name}")
    _check_constants(tree)
    return _program(tree), frozenset(each for each in variables if each[0] in used)


def _parsed(text: str) -> Tree[Any]:
    from celpy.celparser import CELParseError

    try:
        return _short(_environment().compile(text), 0)
    except CELParseError as error:
        where = condition_types.place(error.line or 1, error.column or 1)
        raise ValueError(f"cannot be read from {where} on (expected a condition in CEL)") from None


def _short(tree: Tree[Any], depth: int) -> Tree[Any]:
    """Returns the tree without the rules that only pass a value on; each value stands in nine of them."""
    while _passes(tree):
        tree = tree.children[0]
    if depth > _NESTED:
        raise ValueError(f"is nested too deeply (expected at most {_NESTED} operators and brackets)")
    tree.children = [_short(part, depth + 1) if hasattr(part, "data") else part for part in tree.children]
    return tree


def _passes(tree: Tree[Any]) -> bool:
    if tree.data == "primary":
        return tree.children[0].data not in _PRIMARY
    return tree.data in _PASSING and len(tree.children) == 1


def _check_constants(tree: Tree[Any]) -> None:
    """Raises ValueError for a constant that has no value, such as a timestamp of a 13th month."""
    from celpy.evaluation import CELEvalError

    for part in tree.find_data("primary"):
        if not any(part.find_data("ident")):
            try:
                _program(part).evaluate({})
            except CELEvalError:
                where = condition_types.place(part.meta.line, part.meta.column)
                raise ValueError(f"the constant in {where} has no value") from None


def _program(tree: Tree[Any]) -> Runner:
    return _environment().program(tree, functions=_operators())


@cache
def _environment() -> Environment:
    from celpy import Environment, InterpretedRunner

    return Environment(runner_class=InterpretedRunner)


@cache
def _operators() -> dict[str, Callable[..., Any]]:
    """Returns operators that take numbers of any kind, and null by CEL's rules, unlike the library's own."""
    from celpy.celtypes import BoolType, DoubleType, IntType, ListType
    from celpy.evaluation import base_functions

    def double(value: Any) -> Any:
        if isinstance(value, ListType):
            return ListType([double(each) for each in value])
        return DoubleType(value) if isinstance(value, IntType) else value

    def doubled(name: str) -> Callable[..., Any]:
        return lambda left, right: base_functions[name](double(left), double(right))

    def equal(left: Any, right: Any) -> Any:
        errors = [side for side in (left, right) if isinstance(side, Exception)]
        if errors or left is None or right is None:
            return errors[0] if errors else BoolType(left is right)
        return doubled("_==_")(left, right)

    def unequal(left: Any, right: Any) -> Any:
        same = equal(left, right)
        return same if isinstance(same, Exception) else BoolType(not same)

    def size(value: Any) -> Any:
        return IntType(len(value))

    names = ("_<_", "_<=_", "_>_", "_>=_", "_in_", "_+_", "_-_", "_*_", "_/_")
    return {name: doubled(name) for name in names} | {"_==_": equal, "_!=_": unequal, "size": size}


def _converted(kind: Kind, value: Value | None) -> Any:
    """Returns CEL's value, null if absent. Raises TypeError, ValueError or OverflowError for another kind."""
    from celpy import celtypes

    if value is None:
        return None
    if kind == "boolean" and isinstance(value, bool):
        return celtypes.BoolType(value)
    if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return celtypes.DoubleType(value)
    if kind == "list_of_text" and isinstance(value, list) and all(isinstance(each, str) for each in value):
        return celtypes.ListType([celtypes.StringType(each) for each in value])
    if kind not in ("boolean", "number", "list_of_text") and isinstance(value, str):
        return celtypes.TimestampType(value) if kind == "moment" else celtypes.StringType(value)
    raise TypeError(f"the value is no {kind}")
