"""Whether two values are the same: true, false, or not known (None) where unknowns leave it open."""

from collections.abc import Iterable

from scanner.model import Unknown
from scanner.sources.iac.arm.values import Named, Value, kind, parts
from scanner.sources.iac.model import Holed


def same(one: Value, other: Value) -> bool | None:
    """Exact: texts by their case, an integer is no text. Names that differ in case only leave it open."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        both = isinstance(one, Named) and isinstance(other, Named)
        return True if both and one.term == other.term else None
    if isinstance(one, Holed) or isinstance(other, Holed):
        return _same_text(one, other)
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return False
        return every(same(mine, yours) for mine, yours in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() == other.keys():
            return every(same(value, other[name]) for name, value in one.items())
        return None if {name.lower() for name in one} == {name.lower() for name in other} else False
    if kind(one) != kind(other):
        return None if {kind(one), kind(other)} == {"int", "float"} and one == other else False
    return bool(one == other)


def every(answers: Iterable[bool | None]) -> bool | None:
    found: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            found = None
    return found


def any_of(answers: Iterable[bool | None]) -> bool | None:
    found: bool | None = False
    for answer in answers:
        if answer:
            return True
        if answer is None:
            found = None
    return found


def _same_text(one: Value, other: Value) -> bool | None:
    if isinstance(one, Holed) and isinstance(other, Holed):
        if one.text == other.text:
            return True
        return None if _ends_agree(one, other) else False
    pattern, text = (one, other) if isinstance(one, Holed) else (other, one)
    return None if isinstance(text, str) and fits(pattern, text) else False


def _ends_agree(one: Holed, other: Holed) -> bool:
    mine, yours = parts(one), parts(other)
    heads = [pieces[0][0] if not pieces[0][1] else "" for pieces in (mine, yours)]
    tails = [pieces[-1][0] if not pieces[-1][1] else "" for pieces in (mine, yours)]
    head = min(map(len, heads))
    tail = min(map(len, tails))
    return heads[0][:head] == heads[1][:head] and tails[0][len(tails[0]) - tail :] == tails[1][len(tails[1]) - tail :]


def fits(holed: Holed, text: str) -> bool:
    """Whether some filling of the holes gives the text, for all that is known of them."""
    pieces = parts(holed)
    at = 0
    for n, (piece, is_hole) in enumerate(pieces):
        if is_hole:
            continue
        last = n == len(pieces) - 1
        if n == 0:
            if not text.startswith(piece):
                return False
            at = len(piece)
        elif last:
            return text.endswith(piece) and len(text) - len(piece) >= at
        else:
            found = text.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
    return True
