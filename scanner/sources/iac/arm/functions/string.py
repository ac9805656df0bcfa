"""Functions over texts. What takes part in a text and is not known leaves a hole in it."""

import json as jsonlib
from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.arm.composite import composite
from scanner.sources.iac.arm.hashing import name_guid, unique_string
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.texts import case, starts
from scanner.sources.iac.arm.values import LONGEST_TEXT, Refused, Value, join, known, result, scalar_text
from scanner.sources.iac.model import Holed

GROUP = Group("String functions")


@GROUP.add("toLower", "string", "string", "open")
def to_lower(value: Value) -> Value:
    return result("toLower", [value], "string") if isinstance(value, Unknown) else case(value, "toLower")


@GROUP.add("toUpper", "string", "string", "open")
def to_upper(value: Value) -> Value:
    return result("toUpper", [value], "string") if isinstance(value, Unknown) else case(value, "toUpper")


@GROUP.add("trim", "string", "string")
def trim(value: str) -> str:
    return value.strip()


@GROUP.add("format", "string, any…", "string", "open")
def format_(pattern: Value, *values: Value) -> Value:
    if not isinstance(pattern, str):
        return result("format", [pattern, *values], "string")
    return composite(pattern, values)


@GROUP.add("join", "array, string", "string", "open")
def join_(values: Value, delimiter: Value) -> Value:
    if isinstance(values, Unknown):
        return result("join", [values, delimiter], "string")
    pieces: list[Value] = []
    for value in values:
        pieces += [delimiter, value] if pieces else [value]
    return join(pieces)


@GROUP.add("string", "any", "string", "open")
def string(value: Value) -> Value:
    """Objects and arrays as JSON without spaces."""
    if isinstance(value, Holed):
        return value
    if isinstance(value, Unknown):
        return join([value])
    text = scalar_text(value)
    if text is not None:
        return text
    if not known(value):
        return result("string", [value], "string")
    return written(value)


def written(value: Value) -> str:
    """JSON without spaces, as far as it may be long."""
    size = 0
    pieces: list[str] = []
    for piece in jsonlib.JSONEncoder(ensure_ascii=False, separators=(",", ":")).iterencode(value):
        size += len(piece)
        if size > LONGEST_TEXT:
            raise Refused(f"a text would be longer than {LONGEST_TEXT} characters, which the service refuses")
        pieces.append(piece)
    return "".join(pieces)


@GROUP.add("replace", "string, string, string", "string")
def replace(text: str, old: str, new: str) -> str:
    if not old:
        raise Refused("replace: the text to be replaced is empty")
    if len(text) + text.count(old) * (len(new) - len(old)) > LONGEST_TEXT:
        raise Refused(f"a text would be longer than {LONGEST_TEXT} characters, which the service refuses")
    return text.replace(old, new)


@GROUP.add("split", "string, string|array", "array")
def split(text: str, delimiters: Any) -> list[str]:
    signs = [delimiters] if isinstance(delimiters, str) else delimiters
    if any(not isinstance(sign, str) for sign in signs):
        raise Refused("split: the delimiters are texts")
    signs = [sign for sign in signs if sign]
    if not signs:
        return [text]
    found: list[str] = []
    start = at = 0
    nearest = {sign: text.find(sign) for sign in signs}
    while True:
        for sign, place in nearest.items():
            if 0 <= place < at:
                nearest[sign] = text.find(sign, at)
        places = [(place, n) for n, place in enumerate(nearest.values()) if place >= 0]
        if not places:
            return [*found, text[start:]]
        place, n = min(places)
        found.append(text[start:place])
        start = at = place + len(list(nearest)[n])


@GROUP.add("startsWith", "string, string", "bool", "open")
def starts_with(text: Value, what: Value) -> Value:
    return _at_edge("startsWith", text, what, end=False)


@GROUP.add("endsWith", "string, string", "bool", "open")
def ends_with(text: Value, what: Value) -> Value:
    return _at_edge("endsWith", text, what, end=True)


def _at_edge(name: str, text: Value, what: Value, *, end: bool) -> Value:
    unknowns = isinstance(text, Unknown) or isinstance(what, Unknown)
    answer = None if unknowns else starts(text, what, end=end)
    return result(name, [text, what]) if answer is None else answer


@GROUP.add("substring", "string, int, int?", "string", "open")
def substring(text: Value, start: Value, length: Value = None) -> Value:
    arguments = [text, start] if length is None else [text, start, length]
    if isinstance(text, Holed) and isinstance(start, int) and isinstance(length, int) and start >= 0 <= length:
        head = text.text.partition("{")[0].partition("}")[0]
        if start + length <= len(head):
            return head[start : start + length]
    if not known(arguments):
        return result("substring", arguments, "string")
    end = len(text) if length is None else start + length
    if not 0 <= start <= len(text) or not start <= end <= len(text):
        raise Refused(f"substring: {start} to {end} lies outside the text, which has {len(text)} characters")
    return text[start:end]


@GROUP.add("padLeft", "string|int, int, string?", "string")
def pad_left(value: Any, length: int, sign: str = " ") -> str:
    if len(sign) != 1:
        raise Refused("padLeft: the padding is one character")
    if not 0 <= length <= LONGEST_TEXT:
        raise Refused(f"padLeft: the length must be 0 to {LONGEST_TEXT}, not {length}")
    return str(value).rjust(length, sign)


@GROUP.add("like", "string, string", "bool")
def like(text: str, pattern: str) -> bool:
    """`*` stands for any text; ignoring case."""
    from scanner.sources.iac.arm.equality import fits
    from scanner.sources.iac.arm.texts import fold
    from scanner.sources.iac.arm.values import holed

    if "?" in pattern:
        raise Refused("like: only * is documented as a wildcard")
    pieces = fold(pattern).split("*")
    if len(pieces) == 1:
        return fold(text) == pieces[0]
    woven = [pair for piece in pieces for pair in ((piece, False), ("*", True))][:-1]
    shape = holed([pair for pair in woven if pair[0]], ())
    return isinstance(shape, Holed) and fits(shape, fold(text))


@GROUP.add("guid", "string, string…", "string")
def guid(*values: str) -> str:
    return name_guid("-".join(values))


@GROUP.add("uniqueString", "string, string…", "string")
def unique(*values: str) -> str:
    return unique_string("-".join(values))


GROUP.never("newGuid", "", "string", "newGuid() is another value in every deployment")


def plain(value: Any) -> Any:
    """Without places: a text within an expression has no lines of its own."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


@GROUP.add("json", "string", "any", "open")
def json(value: Value) -> Value:
    """Any JSON the service reads; 'null' is null."""
    if not isinstance(value, str):
        return result("json", [value])
    from scanner.model import AuthoringError
    from scanner.sources.iac.located import load

    try:
        return plain(load(value, "json()"))
    except AuthoringError as error:
        raise Refused(f"json: {error.message} (line {error.line}, column {error.column} of the text)") from None
