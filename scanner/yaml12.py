"""Reads YAML 1.2 core with the place of every value, so that `22:00`, `on` and dates stay the texts people wrote."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from scanner.model import AuthoringError

_QUOTE = "put the value in quotes: YAML gives ! * & { [ @ ` # and ': ' a meaning of its own"
_CORE = {
    "null": re.compile(r"~|null|Null|NULL|"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    "float": re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
}
"""The scalars that YAML 1.2's core schema does not read as text."""
_DEEPEST = 50
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
        return _Reader(yaml.parse(text, Loader=_Loader), file).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        help = _help(error, text.splitlines()[line - 1] if 0 < line <= len(text.splitlines()) else "", column)
        raise AuthoringError(f"not valid YAML: {error.problem or error.context}", file, line, column, help) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise AuthoringError(f"not valid YAML: {str(error).splitlines()[0]}", file, help=_QUOTE) from None


def _help(error: yaml.MarkedYAMLError, line: str, column: int) -> str:
    """The next step, by what went wrong."""
    problem = error.problem or ""
    if line[max(column - 1, 0) :].startswith("\t") or line[:column].endswith("\t"):
        return "there is a tab: YAML is indented with spaces"
    if "end of stream" in problem and "quoted" in (error.context or ""):
        return "a quote is opened above and not closed"
    if "',' or" in problem:
        return f"a [ or {{ is opened and not closed; or {_QUOTE}"
    if "expected key" in problem or "expected '-' indicator" in problem:
        return f"the line is not indented as those it belongs to; or {_QUOTE}"
    return _QUOTE


class _Reader:
    """Values from YAML's events, so that nesting is counted before anything recurses on it."""

    def __init__(self, events: Iterator[Any], file: str) -> None:
        self._events = events
        self._file = file
        self._document = Document(None)

    @staticmethod
    def _mark(event: Any) -> Any:
        return event.start_mark

    @staticmethod
    def _ends_on(event: Any) -> Any:
        return event.end_mark.line

    def _refuse(self, event: Any, message: str, help: str = "") -> AuthoringError:
        return AuthoringError(message, self._file, event.start_mark.line + 1, event.start_mark.column + 1, help)

    def document(self) -> Document:
        """The one document of the file."""
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise AuthoringError("the file is empty", self._file)
        self._document.value = self._read(next(self._events), ())
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refuse(after, "a second document begins here: one file holds one")
        return self._document

    def _read(self, event: Any, path: tuple[Any, ...]) -> Any:
        if isinstance(event, yaml.AliasEvent):
            raise self._refuse(event, f"an alias (*{event.anchor}) has no meaning here", _QUOTE)
        if len(path) > _DEEPEST:
            raise self._refuse(event, f"the values are nested more than {_DEEPEST} deep")
        if event.tag is not None and event.tag != "!":
            raise self._refuse(event, f"the tag {event.tag!r} has no meaning here", _QUOTE)
        mark = self._mark(event)
        plain = isinstance(event, yaml.ScalarEvent) and not event.style and self._ends_on(event) == mark.line
        self._document.places[path] = (mark.line + 1, mark.column + 1, plain)
        if isinstance(event, yaml.ScalarEvent):
            if event.style:
                return event.value
            try:
                return scalar(event.value)
            except (ValueError, OverflowError):
                raise self._refuse(event, "the number is out of range", _QUOTE) from None
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path)
        return self._mapping(path)

    def _list(self, path: tuple[Any, ...]) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._read(event, (*path, len(found))))
        return found

    def _mapping(self, path: tuple[Any, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise self._refuse(key, "a name must be text", _QUOTE)
            name, mark = key.value, self._mark(key)
            if name in found:
                raise self._refuse(key, f"{name!r} is there twice")
            found[name] = None
            self._document.places[(*path, name, "")] = (mark.line + 1, mark.column + 1, False)
            found[name] = self._read(next(self._events), (*path, name))
        return found


def scalar(text: str) -> Any:
    """What an unquoted scalar of that text means; raises ValueError for a number out of range."""
    kind = next((name for name, pattern in _CORE.items() if pattern.fullmatch(text)), "text")
    match kind:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        case "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text
