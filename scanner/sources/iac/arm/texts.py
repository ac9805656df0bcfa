"""What can be told of texts with holes: their edges, what they contain for certain, their parts."""

from scanner.model import Unknown
from scanner.sources.iac.arm.values import Value, holed, parts
from scanner.sources.iac.model import Holed


def length_of(text: Holed) -> int:
    """The least length it may have."""
    return sum(len(piece) for piece, is_hole in parts(text) if not is_hole)


def edge(text: Holed, index: int) -> str | None:
    """The first (0) or last (-1) character, if no hole stands there."""
    piece, is_hole = parts(text)[index]
    return None if is_hole else piece[index]


def slice_text(text: Holed, count: int, which: str) -> str | Holed | None:
    """take or skip: what lies before the first hole is known."""
    pieces = parts(text)
    head, is_hole = pieces[0]
    if is_hole or len(head) < count:
        return text if which == "skip" and count == 0 else "" if which == "take" and count == 0 else None
    if which == "take":
        return head[:count]
    rest = [(head[count:], False), *pieces[1:]] if head[count:] else pieces[1:]
    return holed(rest, text.why)


def searched(text: str | Holed, what: str | Holed) -> bool | None:
    """Whether a text contains another; None: it hangs on the holes."""
    if isinstance(text, str) and isinstance(what, str):
        return what in text
    if isinstance(what, Holed):
        whole, part = (text.text if isinstance(text, Holed) else None), what.text
        return True if whole is not None and part in whole and "{{" not in whole and "}}" not in whole else None
    assert isinstance(text, Holed)
    return True if any(what in piece for piece, is_hole in parts(text) if not is_hole) else None


def starts(text: str | Holed, what: str | Holed, *, end: bool) -> bool | None:
    """Whether a text begins (or ends) with another, ignoring case."""
    if isinstance(text, str) and isinstance(what, str):
        mine, wanted = fold(text), fold(what)
        return mine.endswith(wanted) if end else mine.startswith(wanted)
    mine, my_hole = _edge_piece(text, end)
    wanted, its_hole = _edge_piece(what, end)
    least = min(len(mine), len(wanted))
    agree = mine[len(mine) - least :] == wanted[len(wanted) - least :] if end else mine[:least] == wanted[:least]
    if not agree:
        return False
    if not its_hole and len(mine) >= len(wanted):
        return True
    return None if my_hole or len(mine) >= len(wanted) else False


def _edge_piece(text: str | Holed, end: bool) -> tuple[str, bool]:
    """The known text at that end, folded, and whether a hole comes after it."""
    if isinstance(text, str):
        return fold(text), False
    piece, is_hole = parts(text)[-1 if end else 0]
    return ("" if is_hole else fold(piece)), True


def fold(text: str) -> str:
    return upper(text)


def lower(text: str) -> str:
    """As .NET's invariant culture does it: character by character, so that no text grows."""
    return text.lower() if text.isascii() else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def upper(text: str) -> str:
    return text.upper() if text.isascii() else "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def find_text(text: str, what: str, *, last: bool) -> int:
    """The place of a text in another, ignoring case; -1 if there is none."""
    mine, wanted = fold(text), fold(what)
    return mine.rfind(wanted) if last else mine.find(wanted)


def case(value: Value, name: str) -> Value:
    """toLower and toUpper: what is known changes its case, a hole remembers that its will."""
    change, mark = (lower, ":lower") if name == "toLower" else (upper, ":upper")
    if isinstance(value, Holed):
        pieces = [
            (piece if piece.endswith(mark) else piece + mark, True) if is_hole else (change(piece), False)
            for piece, is_hole in parts(value)
        ]
        return holed(pieces, value.why)
    assert not isinstance(value, Unknown)
    return change(value)
