"""Composite formats as .NET reads them: "{0}", "{0,10}", "{1:D3}"; for the function format."""

import re

from scanner.sources.iac.arm.values import Refused, Value, join, kind, known, result, scalar_text
from scanner.sources.iac.model import Holed

_ITEM = re.compile(r"\{\{|\}\}|\{([0-9]{1,6})(?:,\s*(-?[0-9]{1,4})\s*)?(?::([^{}]*))?\}|[{}]|[^{}]+")


def composite(pattern: str, values: tuple[Value, ...]) -> Value:
    """The text; with holes where an argument that takes part is not known."""
    pieces: list[Value] = []
    for found in _ITEM.finditer(pattern):
        piece = found[0]
        if piece in ("{{", "}}"):
            pieces.append(piece[0])
        elif found[1] is not None:
            if int(found[1]) >= len(values):
                raise Refused(f"format: {piece} asks for argument {found[1]}, and there are {len(values)}")
            pieces.append(_item(piece, values[int(found[1])], found[2], found[3]))
        elif piece in "{}":
            raise Refused(f"format: a {piece} that is meant as it is, is written twice")
        else:
            pieces.append(piece)
    return join(pieces)


def _item(shown: str, value: Value, width: str | None, specifier: str | None) -> Value:
    if isinstance(value, list | dict):
        # Which spaces and line ends the service writes here is not documented.
        return result("format", [shown, value], "string")
    if not width and not specifier:
        return value
    if not known(value):
        return result("format", [shown, value], "string")
    text = _specified(value, specifier) if specifier and not isinstance(value, str | bool) else scalar_text(value)
    if text is None:
        why = f"format: what {shown} makes of {kind(value)} is not read"
        return result("format", [shown, Holed("{" + shown.strip("{}") + "}", (why,))], "string")
    places = int(width or 0)
    return text.rjust(places) if places >= 0 else text.ljust(-places)


def _specified(value: Value, specifier: str) -> str | None:
    """A number by a standard specifier, or zeros for digits; None: a form that is not read here."""
    if value is None:
        return ""
    found = re.fullmatch(r"([A-Za-z])([0-9]{0,2})", specifier)
    sign = "-" if value < 0 else ""
    if found is None:
        return (
            sign + str(abs(value)).rjust(len(specifier), "0")
            if re.fullmatch("0+", specifier) and isinstance(value, int)
            else None
        )
    letter, digits = found[1], int(found[2]) if found[2] else -1
    if letter in "Dd" and isinstance(value, int):
        return sign + str(abs(value)).rjust(max(digits, 1), "0")
    if letter in "Xx" and isinstance(value, int):
        bits = 2**64 + value if value < 0 else value
        text = f"{bits:X}" if letter == "X" else f"{bits:x}"
        return text.rjust(max(digits, 1), "0")
    if letter in "Nn" and isinstance(value, int):
        return f"{value:,}" + _zeros(digits if digits >= 0 else 2)
    if letter in "Ff" and isinstance(value, int):
        return f"{value}" + _zeros(digits if digits >= 0 else 2)
    return str(value) if letter in "Gg" and digits < 0 and isinstance(value, int) else None


def _zeros(count: int) -> str:
    return "." + "0" * count if count else ""
