"""The types of a condition's parts, checked before it is ever used.

The library that evaluates conditions knows no declarations, so a wrong comparison would only never hold. The
check is also the list of allowed parts: a part that it does not know is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from shared.formats.nearest import unknown
from shared.models.attributes import Kind

if TYPE_CHECKING:
    from lark import Tree

TEXT: Final = "text"
NUMBER: Final = "a number"
BOOLEAN: Final = "true or false"
MOMENT: Final = "a moment"
SPAN: Final = "a length of time"
NULL: Final = "null"
LIST: Final = "a list of "
#: The type of each kind of attribute: dates and times are text in ISO 8601.
TYPES: Mapping[Kind, str] = {
    "text": TEXT,
    "choice": TEXT,
    "date": TEXT,
    "time": TEXT,
    "number": NUMBER,
    "moment": MOMENT,
    "boolean": BOOLEAN,
    "list_of_text": LIST + TEXT,
}
_ORDERED = frozenset({TEXT, NUMBER, MOMENT, SPAN})
_SIGNS = {
    "relation_lt": "<", "relation_le": "<=", "relation_gt": ">", "relation_ge": ">=",
    "relation_eq": "==", "relation_ne": "!=", "relation_in": "in",
    "addition_add": "+", "addition_sub": "-", "multiplication_mul": "*", "multiplication_div": "/",
}  # fmt: skip
#: Results of operations that are not of two numbers.
_SUMS = {
    ("+", TEXT, TEXT): TEXT,
    ("+", MOMENT, SPAN): MOMENT,
    ("-", MOMENT, SPAN): MOMENT,
    ("-", MOMENT, MOMENT): SPAN,
}
#: Functions with their results by the types of their arguments; the value before a dot is the first one.
_Functions = Mapping[str, Mapping[tuple[str, ...], str]]
_PARTS_OF_MOMENT = "getFullYear getMonth getDate getDayOfWeek getHours getMinutes".split()
_FUNCTIONS: _Functions = {
    "size": {(TEXT,): NUMBER, (LIST + TEXT,): NUMBER},
    "int": {(TEXT,): NUMBER},
    "double": {(TEXT,): NUMBER},
    "timestamp": {(TEXT,): MOMENT},
    "duration": {(TEXT,): SPAN},
}
_METHODS: _Functions = {
    "size": _FUNCTIONS["size"],
    **{name: {(TEXT, TEXT): BOOLEAN} for name in ("contains", "startsWith", "endsWith")},
    **{name: {(MOMENT,): NUMBER, (MOMENT, TEXT): NUMBER} for name in _PARTS_OF_MOMENT},
}
#: The forms of dates and times, which are compared as text.
_FORMS: Mapping[Kind, tuple[re.Pattern[str], str]] = {
    "date": (re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"), "2026-12-24"),
    "time": (re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]"), "18:30"),
}
#: Maximum number of digits of an integer: all such fit into 64 bits.
_DIGITS = 18
_LITERALS = {
    "INT_LIT": NUMBER, "FLOAT_LIT": NUMBER, "STRING_LIT": TEXT, "MLSTRING_LIT": TEXT, "BOOL_LIT": BOOLEAN,
    "NULL_LIT": NULL,
}  # fmt: skip


#: Parts of the language that no condition needs.
_REFUSED = {
    "member_dot": "a field of a value",
    "member_index": "an item of a list",
    "member_object": "an object",
    "map_lit": "a map",
}


def check(tree: Tree[Any], variables: Mapping[str, Kind]) -> None:
    """Raises ValueError with the column for an unknown part, a wrong type, or a result that is no boolean."""
    result = _Types(variables).of(tree)
    if result != BOOLEAN:
        raise ValueError(f"the result is {result} (expected {BOOLEAN})")


def place(line: int, column: int) -> str:
    """Returns a place in a text for people: the column, and the line after the first."""
    return f"column {column}" if line == 1 else f"line {line}, column {column}"


class _Types:
    def __init__(self, variables: Mapping[str, Kind]) -> None:
        self._variables = variables
        self._rules: Mapping[str, Callable[[Tree[Any]], str]] = {
            "expr": self._choice,
            "conditionalor": self._logic,
            "conditionaland": self._logic,
            "relation": self._relation,
            "addition": self._arithmetic,
            "multiplication": self._arithmetic,
            "unary": self._unary,
            "member_dot_arg": self._method,
            "primary": lambda tree: self.of(tree.children[0]),
            "ident_arg": self._function,
            "ident": self._variable,
            "list_lit": self._list,
            "literal": _literal,
        }

    def of(self, tree: Tree[Any]) -> str:
        """Returns the type of a part's value."""
        if rule := self._rules.get(tree.data):
            return rule(tree)
        raise _error(tree, f"{_REFUSED.get(tree.data, 'this')} cannot be used")

    def _choice(self, tree: Tree[Any]) -> str:
        condition, one, other = tree.children
        self._expect(condition, BOOLEAN)
        return self._expect(other, self.of(one))

    def _logic(self, tree: Tree[Any]) -> str:
        for part in tree.children:
            self._expect(part, BOOLEAN)
        return BOOLEAN

    def _unary(self, tree: Tree[Any]) -> str:
        sign, part = tree.children
        return self._expect(part, BOOLEAN if sign.data == "unary_not" else NUMBER)

    def _relation(self, tree: Tree[Any]) -> str:
        sign, left, right, types = self._sides(tree)
        if sign == "in":
            fits = types[1] == LIST + types[0]
        elif sign in ("==", "!="):
            fits = types[0] == types[1] or NULL in types
        else:
            fits = types[0] == types[1] and types[0] in _ORDERED
        if not fits:
            raise _error(tree, f"{types[0]} {sign} {types[1]} cannot be compared")
        self._check_form(left, right)
        self._check_form(right, left)
        return BOOLEAN

    def _arithmetic(self, tree: Tree[Any]) -> str:
        sign, _, _, types = self._sides(tree)
        result = NUMBER if sign and types == (NUMBER, NUMBER) else _SUMS.get((sign, *types))
        if not result:
            raise _error(tree, f"{types[0]} {sign or '%'} {types[1]} cannot be calculated")
        return result

    def _sides(self, tree: Tree[Any]) -> tuple[str, Tree[Any], Tree[Any], tuple[str, str]]:
        operation, right = tree.children
        (left,) = operation.children
        return _SIGNS.get(operation.data, ""), left, right, (self.of(left), self.of(right))

    def _check_form(self, variable: Tree[Any], literal: Tree[Any]) -> None:
        """Raises ValueError if a date or a time is compared with a text that is none in our form."""
        name, text = _token(variable, "ident"), _token(literal, "literal")
        form = _FORMS.get(self._variables.get(name, "text"))
        if form and text and text != "null" and not form[0].fullmatch(text.strip("'\"")):
            raise _error(literal, f"{text} is no {self._variables[name]} (expected {form[1]})")

    def _method(self, tree: Tree[Any]) -> str:
        value, name, *arguments = tree.children
        return self._call(tree, str(name), [value, *_listed(arguments)], _METHODS)

    def _function(self, tree: Tree[Any]) -> str:
        name, *arguments = tree.children
        return self._call(tree, str(name), _listed(arguments), _FUNCTIONS)

    def _call(self, tree: Tree[Any], name: str, arguments: list[Tree[Any]], known: _Functions) -> str:
        if name not in known:
            raise _error(tree, unknown("function", name, known))
        types = tuple(map(self.of, arguments))
        if types not in known[name]:
            expected = " or ".join(f"({', '.join(each)})" for each in known[name])
            raise _error(tree, f"{name} does not take ({', '.join(types)}) (expected {expected})")
        return known[name][types]

    def _variable(self, tree: Tree[Any]) -> str:
        name = str(tree.children[0])
        if name not in self._variables:
            raise _error(tree, unknown("attribute", name, self._variables))
        return TYPES[self._variables[name]]

    def _list(self, tree: Tree[Any]) -> str:
        parts = _listed(tree.children)
        if not parts:
            raise _error(tree, "the list is empty (expected at least one value)")
        kind = self.of(parts[0])
        for part in parts:
            self._expect(part, kind)
        return LIST + kind

    def _expect(self, tree: Tree[Any], expected: str) -> str:
        if (found := self.of(tree)) != expected:
            raise _error(tree, f"{found} stands here (expected {expected})")
        return found


def _literal(tree: Tree[Any]) -> str:
    token: Any = tree.children[0]
    if token.type == "INT_LIT" and len(token) > _DIGITS:
        raise _error(tree, f"the number is too long (expected at most {_DIGITS} digits)")
    if token.type not in _LITERALS:
        raise _error(tree, f"{token} cannot be used (expected a text, a number, true, false or null)")
    return _LITERALS[token.type]


def _listed(arguments: list[Tree[Any]]) -> list[Tree[Any]]:
    """Returns the parts of an `exprlist`, which is left out if there are none."""
    return [part for each in arguments for part in each.children]


def _token(tree: Tree[Any], rule: str) -> str:
    """Returns the token of a variable (`ident`) or a `literal`, or "" if the part is another one."""
    (part,) = tree.children if tree.data == "primary" else (tree,)
    return str(part.children[0]) if part.data == rule else ""


def _error(tree: Tree[Any], message: str) -> ValueError:
    return ValueError(f"{message} in {place(tree.meta.line, tree.meta.column)}")
