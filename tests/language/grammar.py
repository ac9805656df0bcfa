"""Random expressions, documents with holes, and completions of the holes, for the properties of this folder."""

import random
from typing import Any, Literal

from hypothesis import strategies as st

NAMES = ("a", "b", "c", "d", "e")
TEXTS = ("", "a", "b", "ab", "10", "x y", "it's", 'q"', "\\", "`", "ü")
NUMBERS = (0, 1, -1, 2, 3, 1.5, 10)

_numbers, _texts = st.sampled_from(NUMBERS), st.sampled_from(TEXTS)
scalars = st.sampled_from((True, False, *NUMBERS, *TEXTS))
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=6,
)
_lists = st.lists(_numbers, max_size=4) | st.lists(_texts, max_size=4) | st.lists(scalars, max_size=4)
_nested = st.lists(st.lists(_numbers, max_size=3) | _numbers, max_size=3)
_record = st.fixed_dictionaries(
    {}, optional={"a": _lists, "b": _numbers, "c": _texts, "d": scalars, "e": st.lists(_numbers, max_size=3)}
)
_records = st.lists(_record, max_size=4)
documents = st.fixed_dictionaries(
    {"a": _records | _records | json_values, "b": _numbers | json_values, "c": _texts | json_values},
    optional={"d": _record | json_values, "e": _lists | _nested | json_values},
)
"""Whole documents: mostly a list of records `a`, a number `b`, a text `c`, an object `d` and a plain list `e`."""


def holed(value: Any, dice: random.Random, rate: float) -> Any:
    """`value` with some parts unknown: names deleted, values and list members null."""
    if dice.random() < rate:
        return None
    if isinstance(value, list):
        return [holed(member, dice, rate) for member in value]
    if isinstance(value, dict):
        return {name: holed(part, dice, rate) for name, part in value.items() if dice.random() >= rate}
    return value


def anything(dice: random.Random, depth: int = 2) -> Any:
    """Some JSON, null included."""
    kind = dice.randrange(8 if depth else 5)
    if kind == 0:
        return None
    if kind <= 4:
        return dice.choice((True, False, *NUMBERS, *TEXTS))
    if kind <= 6:
        return [anything(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {name: anything(dice, depth - 1) for name in NAMES if dice.random() < 0.5}


def completed(value: Any, dice: random.Random) -> Any:
    """`value` with every null filled with something, or left, and with more names in its objects."""
    if value is None:
        return anything(dice)
    if isinstance(value, list):
        return [completed(member, dice) for member in value]
    if isinstance(value, dict):
        whole = {name: completed(part, dice) for name, part in value.items()}
        more = {name: anything(dice) for name in NAMES if name not in value and dice.random() < 0.4}
        return whole | more
    return value


Kind = Literal["list", "number", "text", "object", "truth"]
_KINDS: tuple[Kind, ...] = ("list", "number", "text", "object", "truth")
_LEAVES: dict[Kind, tuple[str, ...]] = {
    "list": ("a", "a", "e", "e", "d.a", "a[0].a", "@", "`[1, 2]`", "`[]`"),
    "number": ("b", "b", "d.b", "a[0].b", "e[0]", "e[-1]", "@", "`1`", "`0`", "`2.5`"),
    "text": ("c", "c", "d.c", "a[-1].c", "@", "'a'", "''", '`"10"`'),
    "object": ("d", "d", "a[0]", "a[-1]", "@", '`{"b": 1}`', "`{}`"),
    "truth": ("d.d", "a[0].d", "`true`", "`false`", "`null`", "e", "c"),
}
# $ stands for an expression of the kind named after it: L list, N number, T text, O object, Q truth, X any.
_FORMS: dict[Kind, tuple[str, ...]] = {
    "list": (
        *("($L)[*]$P", "($L)[*]$P", "a[*]$P", "a[?$Q]$P", "a[?$Q]", "($L)[?$Q]$P", "e[?$Q]", "($L)[]$P", "($O).*$P"),
        *("($L)[1:]$P", "($L)[::-1]", "e[:-1]$P", "($L)[0:2:1]", "[$X, $X]", "[$N, $N]", "d.[$X, $X]", "($O).[$X]"),
        *("map(&$X, $L)", "map(&$N, a)", "sort_by($L, &$N)", "sort_by(a, &b)", "keys($O)", "values($O)"),
        *("to_array($X)", "sort($L)", "reverse($L)", "($L || $L)", "($Q && $L)", "($X | $L)", "a[*].a[]", "a[*].e[]$P"),
    ),
    "number": (
        *("length($L)", "length($L)", "length($T)", "length($O)", "abs($N)", "sum($L)", "avg($L)", "to_number($T)"),
        *("max($L)", "min($L)", "ceil($N)", "floor($N)", "($N || $N)", "($L)[0]", "max_by(a, &$N).b", "($O | $N)"),
        "($Q && $N)",
    ),
    "text": (
        *("join($T, $L)", "to_string($X)", "type($X)", "reverse($T)", "($T || $T)", "($O).c", "($L)[1]", "($X | $T)"),
        "max_by(a, &$T).c",
    ),
    "object": (
        *("($L)[0]", "max_by($L, &$N)", "min_by(a, &b)", "{a: $L, b: $N}", "{c: $X}", "d.{b: $N}", "merge($O, $O)"),
        *("($O || $O)", "($L | [0])"),
    ),
    "truth": (
        *("($N < $N)", "($N >= $N)", "($N <= $N)", "($N > $N)", "($N == $N)", "($T == $T)", "($T != $T)", "($L == $L)"),
        *(
            "($X == $X)",
            "($X != $X)",
            "(b == $N)",
            "(c != $T)",
            "($O == $O)",
            "(length($L) > $N)",
            "(length($L) == $N)",
        ),
        *("contains($L, $X)", "contains($L, $N)", "contains($T, $T)", "starts_with($T, $T)", "ends_with($T, $T)"),
        *("!($Q)", "!($X)", "($Q && $Q)", "($Q || $Q)", "($X || $X)", "($X && $X)", "($X | $Q)"),
    ),
}
_WORDS: dict[Kind, tuple[str, ...]] = {
    "list": ("default($L, $L)",),
    "number": ("default($N, $N)", "at($O, 'B')", "hours_since($T)"),
    "text": ("default($T, $T)", "at($O, $T)"),
    "object": ("default($O, $O)",),
    "truth": ("not($Q)", "all($L, &$Q)", "any($L, &$Q)", "same($X, $X)", "version_at_least($T, $T)", "default($Q, $Q)"),
}
_TAILS: tuple[str, ...] = (
    "",
    "",
    ".a",
    ".b",
    ".c",
    ".d",
    ".b",
    ".a[*]",
    ".a[0]",
    "[?$Q]",
    ".*",
    ".[$X, b]",
    ".{a: $X}",
    ".to_array(@)",
)
_TAILS += (".a[?$Q].b", "[1:].b", ".*.b", "[0]", ".d.b", "[*]", "[?$Q].b", ".length(@)", ".e[1:]", ".a[0][0:1]")
_LETTERS: dict[str, Kind] = {"L": "list", "N": "number", "T": "text", "O": "object", "Q": "truth"}


@st.composite
def _expressions(draw: st.DrawFn, words: bool) -> str:
    """An expression, mostly of parts whose kinds fit; in parentheses wherever it could fall apart."""

    kinds: st.SearchStrategy[Kind] = st.sampled_from(_KINDS)

    def write(kind: Kind, depth: int) -> str:
        if draw(st.integers(0, 19)) == 0:
            kind = draw(kinds)
        if depth <= 0 or draw(st.integers(0, 5)) == 0:
            return draw(st.sampled_from(_LEAVES[kind]))
        return fill(draw(st.sampled_from(_FORMS[kind] + (_WORDS[kind] * 3 if words else ()))), depth)

    def fill(form: str, depth: int) -> str:
        head, *rest = form.split("$")
        for part in rest:
            if part[0] == "P":
                head += fill(draw(st.sampled_from(_TAILS)), depth - 1)
            else:
                head += write(_LETTERS[part[0]] if part[0] in _LETTERS else draw(kinds), depth - 1)
            head += part[1:]
        return head

    return write(draw(kinds), draw(st.integers(1, 3)))


plain_expressions = _expressions(words=False)
"""Expressions that plain JMESPath knows as well."""

our_expressions = _expressions(words=True)
"""Expressions with the words that we add."""

dice = st.integers(0, 2**32 - 1).map(random.Random)
