"""The values expressions are made of: JSON, plus what is known only in part; `None` is "not known" everywhere.

`True`, `False`, numbers, texts and lists are JSON's. An object (`dict`) may hold names nobody has told us of:
a missing name is not known. JSON's null is not known either. Three more kinds carry partial knowledge:

* `Complete`  an object whose names are all known: a name that is not there answers `False`, ignoring case;
* `OpenList`  some known members and at most `extra` others that nobody knows, maybe with the reasons `why`;
* `Bounds`    a number known to lie between two bounds (the length of an open list, a share of samples).

Every function here is total: what cannot be told is `None`, never an exception.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Final

from scanner.model import Unknown

Value = Any
"""None | bool | int | float | str | list[Value] | dict[str, Value] | OpenList | Bounds | a fact's own object."""

Truth = bool | None
"""Kleene's three: True, False, or None for not known."""


class Complete(dict[str, Any]):
    """An object that names everything there is, such as tags or one registry key that was read."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Complete({super().__repr__()})"

    def get_ignoring_case(self, name: str) -> Value:
        """The value under `name`, by the exact spelling first; `False` when there is none."""
        if name in self:
            return self[name]
        wanted = name.casefold()
        for key, value in self.items():
            if key.casefold() == wanted:
                return value
        return False


class OpenList:
    """A list of which `known` members are sure and at most `extra` more (maybe infinitely many) are not.

    `why` is what the maker of a fact has to say of the others.
    """

    __slots__ = ("extra", "known", "why")

    def __init__(self, known: list[Value], extra: float, why: Sequence[Unknown] = ()) -> None:
        self.known: Final = known
        self.extra: Final = extra
        self.why: Final = why

    def __repr__(self) -> str:
        return f"OpenList({self.known!r}, {self.extra})"


class Bounds:
    """A number of which only `low <= n <= high` is known; `why` is what its maker has to say of the rest."""

    __slots__ = ("high", "low", "why")

    def __init__(self, low: float, high: float, why: Sequence[Unknown] = ()) -> None:
        self.low: Final = low
        self.high: Final = high
        self.why: Final = why

    def __repr__(self) -> str:
        return f"Bounds({self.low}, {self.high})"


def make_list(known: list[Value], extra: float) -> Value:
    """A plain list when nothing is missing, else an open one."""
    return OpenList(known, extra) if extra else known


def truth(value: Value) -> Truth:
    """JMESPath's idea of true: everything but false, "", [] and {}; unknown stays unknown."""
    if value is True or value is False or value is None:
        return value
    if isinstance(value, OpenList):
        return True if value.known else None
    if isinstance(value, dict):
        if value:
            return True
        return False if isinstance(value, Complete) else None
    if isinstance(value, str | list):
        return bool(value)
    return True


def negate(value: Truth) -> Truth:
    """Kleene's not."""
    return None if value is None else not value


def field(value: Value, name: str) -> Value:
    """`value.name`; only a complete object can say that there is no such name."""
    if isinstance(value, Complete):
        return value.get_ignoring_case(name)
    if isinstance(value, dict):
        return value.get(name)
    return None


def index(value: Value, position: int) -> Value:
    """`value[position]`; a position beyond the end is not known."""
    if isinstance(value, list) and -len(value) <= position < len(value):
        return value[position]
    return None


def slice_of(value: Value, start: int | None, stop: int | None, step: int | None) -> Value:
    """`value[start:stop:step]` of a list that is known whole."""
    if isinstance(value, list) and step != 0:
        return value[start:stop:step]
    return None


def project(value: Value, body: Callable[[Value], Value]) -> Value:
    """`value[*].body`: plain JMESPath drops members without an answer; here they are counted as possible others."""
    if isinstance(value, list):
        members, extra = value, 0.0
    elif isinstance(value, OpenList):
        members, extra = value.known, value.extra
    else:
        return None
    known = []
    for member in members:
        answer = body(member)
        if answer is None:
            extra += 1
        else:
            known.append(answer)
    return make_list(known, extra)


def where(value: Value, keep: Callable[[Value], Truth], body: Callable[[Value], Value]) -> Value:
    """`value[?keep].body`: a member that may or may not be kept is a possible other."""
    if isinstance(value, list):
        members, extra = value, 0.0
    elif isinstance(value, OpenList):
        members, extra = value.known, value.extra
    else:
        return None
    known = []
    for member in members:
        kept = None if member is None else keep(member)
        if kept is False:
            continue
        answer = body(member) if kept else None
        if answer is None:
            extra += 1
        else:
            known.append(answer)
    return make_list(known, extra)


def flatten(value: Value) -> Value:
    """`value[]`: one level of lists merged; a member that is not known could be a list of any length."""
    if isinstance(value, list):
        members, extra = value, 0.0
    elif isinstance(value, OpenList):
        members, extra = value.known, inf if value.extra else 0.0
    else:
        return None
    known: list[Value] = []
    for member in members:
        if isinstance(member, list):
            known.extend(member)
        elif isinstance(member, OpenList):
            known.extend(member.known)
            extra += member.extra
        elif member is None:
            extra = inf
        else:
            known.append(member)
    return make_list(known, extra)


def members(value: Value) -> Value:
    """`value.*`: the values of an object; of one that may hold more names, an open list."""
    if not isinstance(value, dict):
        return None
    return list(value.values()) if isinstance(value, Complete) else OpenList(list(value.values()), inf)


def is_number(value: Value) -> bool:
    """A JSON number; true and false are not numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(left: Value, right: Value) -> Truth:
    """`left == right` of values that may be known in part: False as soon as one part surely differs."""
    if left is None or right is None:
        return None
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_number(left) and is_number(right):
        return bool(left == right)
    if isinstance(left, Bounds) or isinstance(right, Bounds):
        return _bounds_equal(left, right)
    try:
        if isinstance(left, list) and isinstance(right, list):
            return _lists_equal(left, right)
        if isinstance(left, dict) and isinstance(right, dict):
            return _objects_equal(left, right)
    except RecursionError:
        return None
    if isinstance(left, OpenList) or isinstance(right, OpenList):
        return _open_equal(left, right)
    kinds = (str, int, float, list, dict)
    return False if isinstance(left, kinds) and isinstance(right, kinds) else None


def _bounds_equal(left: Value, right: Value) -> Truth:
    if is_number(left):
        left, right = right, left
    if is_number(right):
        return None if left.low <= right <= left.high else False
    return None if isinstance(right, Bounds) else False


def _open_equal(left: Value, right: Value) -> Truth:
    if isinstance(left, OpenList):
        left, right = right, left
    if isinstance(left, OpenList):
        return None
    if isinstance(left, list):
        return False if len(left) < len(right.known) or len(left) > len(right.known) + right.extra else None
    return False


def _alike(left: Value, right: Value) -> Truth:
    """Equality inside lists and objects, where readers of JMESPath disagree on whether 1 equals true."""
    if isinstance(left, bool) != isinstance(right, bool) and left == right:
        return None
    return equal(left, right)


def _lists_equal(left: list[Value], right: list[Value]) -> Truth:
    if len(left) != len(right):
        return False
    answer: Truth = True
    for one, other in zip(left, right, strict=True):
        same = _alike(one, other)
        if same is False:
            return False
        if same is None:
            answer = None
    return answer


def _objects_equal(left: dict[str, Value], right: dict[str, Value]) -> Truth:
    """Partial objects are never surely equal, but surely differ where one shared name does."""
    for name in left.keys() & right.keys():
        if _alike(left[name], right[name]) is False:
            return False
    whole = isinstance(left, Complete) and isinstance(right, Complete)
    if whole and left.keys() != right.keys():
        return False
    return True if whole and all(_alike(left[name], right[name]) for name in left) else None


def ordered(operator: str, left: Value, right: Value) -> Truth:
    """`left < right` and its kin, for numbers and numbers known within bounds; anything else cannot be told."""
    if is_number(left) and is_number(right):
        low1 = high1 = left
        low2 = high2 = right
    else:
        if isinstance(left, Bounds):
            low1, high1 = left.low, left.high
        elif is_number(left):
            low1 = high1 = left
        else:
            return None
        if isinstance(right, Bounds):
            low2, high2 = right.low, right.high
        elif is_number(right):
            low2 = high2 = right
        else:
            return None
    if operator in ("gt", "gte"):
        low1, high1, low2, high2 = low2, high2, low1, high1
    if operator in ("lt", "gt"):
        return True if high1 < low2 else False if low1 >= high2 else None
    return True if high1 <= low2 else False if low1 > high2 else None


def length(value: Value) -> Value:
    """`length(value)`; of an open list, bounds."""
    if isinstance(value, str | list | Complete):
        return len(value)
    if isinstance(value, OpenList):
        return Bounds(len(value.known), len(value.known) + value.extra)
    return None


def contains(value: Value, wanted: Value) -> Truth:
    """`contains(value, wanted)`: true by one known member; false only when every member is known and differs."""
    if wanted is None:
        return None
    if isinstance(value, str):
        return wanted in value if isinstance(wanted, str) else None
    if isinstance(value, list):
        known, extra = value, 0.0
    elif isinstance(value, OpenList):
        known, extra = value.known, value.extra
    else:
        return None
    answer: Truth = None if extra else False
    for member in known:
        same = _alike(member, wanted)
        if same:
            return True
        if same is None:
            answer = None
    return answer


def all_of(value: Value, body: Callable[[Value], Truth]) -> Truth:
    """`all(value, &body)`: one false member decides, then one unknown; none at all is true."""
    if isinstance(value, list):
        known, answer = value, True
    elif isinstance(value, OpenList):
        known, answer = value.known, None
    else:
        return None
    result: Truth = answer
    for member in known:
        holds = None if member is None else body(member)
        if holds is False:
            return False
        if holds is None:
            result = None
    return result


def any_of(value: Value, body: Callable[[Value], Truth]) -> Truth:
    """`any(value, &body)`: one true member decides, then one unknown; none at all is false."""
    return negate(all_of(value, lambda member: negate(body(member))))


def is_whole(value: Value) -> bool:
    """Whether nothing in `value` is missing, so that plain JMESPath's own functions may be asked."""
    parts = [value]
    for part in parts:
        if isinstance(part, list):
            parts += part
        elif isinstance(part, Complete):
            parts += part.values()
        elif not isinstance(part, str | int | float):
            return False
    return True
