"""What files that predict resources have in common: how they are opened, and the expressions they leave in values."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner.model import Problem, Row, SnapreadyError
from scanner.rowtypes import resource_group_of
from scanner.sources.iac import located
from scanner.sources.iac.casing import canonical
from scanner.sources.iac.model import Holed, Origin, unknown

LARGEST = 256 << 20
"""Bytes of a file that is still read."""
DEPLOYMENT = "microsoft.resources/deployments"

_GROUP = "Microsoft.Resources/subscriptions/resourceGroups"
_CALL = re.compile(r"\[\s*[A-Za-z_][\w.]*\s*\(")
_MASKED = re.compile(r"\*{5,}")
"""Stands for a secure value. Fewer asterisks are values of their own: rules of network security groups have one."""
_LONGEST = 120
_BRACES = str.maketrans({"{": "<", "}": ">"})


def contents(file: str) -> bytes:
    """The bytes of a file, if there are not too many."""
    try:
        with Path(file).open("rb") as stream:
            found = stream.read(LARGEST + 1)
    except OSError as error:
        raise SnapreadyError(f"{file}: {error.strerror or error}") from None
    if len(found) > LARGEST:
        raise SnapreadyError(f"{file} is larger than {LARGEST >> 20} MiB: that is no result of one deployment")
    return found


def get(source: Any, *names: str) -> Any:
    """A member by any of its names in any letter case, None if there is none: PowerShell writes them with capitals."""
    if not isinstance(source, dict):
        return None
    for name in names:
        if name in source:
            return source[name]
    wanted = {name.lower() for name in names}
    return next((value for name, value in source.items() if name.lower() in wanted), None)


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def origin_of(source: Any, file: str) -> Origin:
    if isinstance(source, located.Object | located.Array):
        return Origin(file, source.line, source.column)
    return Origin(file)


def problem(message: str, source: Any, file: str, *, incomplete: bool = False) -> Problem:
    return Problem(message, file, origin_of(source, file).line, incomplete)


def type_of(identity: str) -> str:
    """The type in a resource id, as the part after its last `providers` tells; "" if it tells none."""
    pieces = split(identity.strip().rstrip("/"))
    words = [piece.lower() for piece in pieces]
    if "providers" not in words:
        return _GROUP if len(pieces) == 5 and resource_group_of(identity) else ""
    start = len(words) - words[::-1].index("providers")
    provider, *pairs = pieces[start:]
    return "/".join([provider, *pairs[::2]]) if pairs and len(pairs) % 2 == 0 else ""


def split(text: str) -> list[str]:
    """The parts of an id or a name between slashes; a slash within a hole is part of it."""
    if "{" not in text:
        return text.split("/")
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if sign == "/" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def row_of(identity: str, state: Mapping[str, Any], *, evaluated: bool) -> Row:
    """A resource's row. `evaluated`: the state is one that Azure has, so what looks like an expression is a text."""
    read = _unmasked if evaluated else known
    row = {name: read(value) for name, value in state.items() if name != "apiVersion"}
    if "properties" in row:
        row["properties"] = canonical(row["properties"])
    if not isinstance(row.get("name"), str):
        row["name"] = split(identity)[-1]
    row["id"] = identity
    row["type"] = type_of(identity) or text(state.get("type"))
    return row


def written_id(identity: str) -> str:
    """An id with the expressions in it as holes."""
    found = known(identity)
    return found if isinstance(found, str) else found.text if isinstance(found, Holed) else ""


def known(value: Any) -> Any:
    """A value with what could not be evaluated as Unknown, or as Holed where it is part of a text."""
    if isinstance(value, str):
        return _known(value) if "[" in value else _unmasked(value)
    if isinstance(value, dict):
        return {name: known(member) for name, member in value.items()}
    if isinstance(value, list):
        return [known(member) for member in value]
    return value


def _unmasked(value: Any) -> Any:
    if isinstance(value, str):
        return unknown("it is a secure value, which is not shown") if _MASKED.fullmatch(value) else value
    if isinstance(value, dict):
        return {name: _unmasked(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_unmasked(member) for member in value]
    return value


def _known(value: str) -> Any:
    pieces: list[str] = []
    whys: dict[str, None] = {}
    at = 0
    for found in _CALL.finditer(value):
        if found.start() < at or value[found.start() - 1 : found.start()] == "[":
            continue  # within the expression before it, or [[, which begins a text
        end = _end(value, found.start())
        if not end:
            break
        expression = value[found.start() + 1 : end - 1].strip()
        why = f"{_short(expression)} is not known before deployment"
        if found.start() == 0 and end == len(value):
            return unknown(why)
        pieces += [_escaped(value[at : found.start()]), "{" + expression.translate(_BRACES) + "}"]
        whys[why] = None
        at = end
    if not whys:
        return value[1:] if value.startswith("[[") and value.endswith("]") else value
    return Holed("".join([*pieces, _escaped(value[at:])]), tuple(whys)[:5])


def _end(value: str, at: int) -> int:
    """Behind the bracket that closes the one at `at`, texts in quotes skipped; 0 if there is none."""
    depth = 0
    quoted = False
    for place in range(at, len(value)):
        sign = value[place]
        if sign == "'":
            quoted = not quoted  # a quote within a text is doubled, which leads out and in again
        elif not quoted:
            depth += (sign == "[") - (sign == "]")
            if depth == 0:
                return place + 1
    return 0


def _escaped(part: str) -> str:
    return part.replace("{", "{{").replace("}", "}}")


def _short(expression: str) -> str:
    return expression if len(expression) <= _LONGEST else f"{expression[: _LONGEST - 1]}…"
