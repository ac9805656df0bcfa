"""Reads YAML 1.2 core with the place of every value, so that `22:00`, `on` and dates stay the texts people wrote."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from scanner.model import AuthoringError

_MOST_NODES = 20_000
_QUOTE = "put the value in quotes: YAML gives ! * & { [ @ ` # and ': ' a meaning of its own"
_CORE = (
    ("null", r"(?:~|null|Null|NULL|)", "~nN\0"),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)", "tTfF"),
    ("int", r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)", "-+0123456789"),
    (
        "float",
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))",
        "-+.0123456789",
    ),
)
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """PyYAML's parser with the scalar types of YAML 1.2's core schema instead of 1.1's."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012 - PyYAML's own name, filled below


for _name, _pattern, _first in _CORE:
    letters = ["" if letter == "\0" else letter for letter in _first]
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(rf"^{_pattern}$"), letters)


@dataclass(slots=True)
class Document:
    """A YAML file's value and, by path, where each part of it stands: (line, column, plain text on one line)."""

    value: Any
    places: dict[tuple[Any, ...], tuple[int, int, bool]] = field(default_factory=dict)

    def place(self, path: tuple[Any, ...]) -> tuple[int, int, bool]:
        """Line and column of the nearest part that is there."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1, False))


def load(text: str, file: str) -> Document:
    """The value of a YAML text; raises AuthoringError naming the line."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise AuthoringError(f"not valid YAML: {error.problem or error.context}", file, line, column, _QUOTE) from None
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise AuthoringError(f"not valid YAML: {str(error).splitlines()[0]}", file, help=_QUOTE) from None
    if node is None:
        raise AuthoringError("the file is empty", file)
    document = Document(None)
    document.value = _Reader(document, file).read(node, ())
    return document


class _Reader:
    def __init__(self, document: Document, file: str) -> None:
        self._document = document
        self._file = file
        self._count = 0

    def _refuse(self, node: Any, message: str, help: str = "") -> AuthoringError:
        return AuthoringError(message, self._file, node.start_mark.line + 1, node.start_mark.column + 1, help)

    def read(self, node: Any, path: tuple[Any, ...]) -> Any:
        self._count += 1
        if self._count > _MOST_NODES:
            raise self._refuse(node, "the file holds too many values (aliases inside aliases?)")
        mark = node.start_mark
        single = node.id == "scalar" and node.style is None and node.end_mark.line == mark.line
        self._document.places[path] = (mark.line + 1, mark.column + 1, single)
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if node.id == "mapping" and kind == "map":
            return self._mapping(node, path)
        if node.id == "sequence" and kind == "seq":
            return [self.read(member, (*path, position)) for position, member in enumerate(node.value)]
        if node.id == "scalar":
            return self._scalar(node, kind)
        raise self._refuse(node, f"the tag {node.tag!r} has no meaning here", _QUOTE)

    def _mapping(self, node: Any, path: tuple[Any, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if key.id == "scalar" else None
            if name is None:
                raise self._refuse(key, "a name must be text", _QUOTE)
            if name in found:
                raise self._refuse(key, f"{name!r} is there twice")
            found[name] = self.read(value, (*path, name))
            self._document.places[(*path, name, "")] = (key.start_mark.line + 1, key.start_mark.column + 1, False)
        return found

    def _scalar(self, node: Any, kind: str) -> Any:
        text: str = node.value
        match kind:
            case "str":
                return text
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
            case "float":
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        raise self._refuse(node, f"the tag {node.tag!r} has no meaning here", _QUOTE)


def scalar(text: str) -> Any:
    """What an unquoted YAML 1.2 scalar of that text means; used for values on the command line."""
    for name, pattern, _ in _CORE:
        if re.fullmatch(pattern, text):
            match name:
                case "null":
                    return None
                case "bool":
                    return text.lower() == "true"
                case "int":
                    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
                case _:
                    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text
