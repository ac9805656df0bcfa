"""Reads a YAML file that people write, held to its JSON Schema: each fault with place and the nearest right word."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import scanner
from scanner import yaml12
from scanner.language.parse import suggest
from scanner.model import AuthoringError

_SCHEMAS = Path(scanner.__file__).parent / "schemas"
Steps = tuple[Any, ...]
"""A path into a document: names and positions."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file that people write, or a part of it: its value, and where everything in it stands."""

    file: str
    value: Any
    document: yaml12.Document
    steps: Steps = ()

    def part(self, *steps: Any) -> "Part | None":
        """What stands at `steps` from here; None where nothing does."""
        value = self.value
        for step in steps:
            there = isinstance(value, dict) and step in value
            if not there and not (isinstance(value, list) and isinstance(step, int) and step < len(value)):
                return None
            value = value[step]
        return Part(self.file, value, self.document, (*self.steps, *steps))

    def parts(self) -> Iterable["Part"]:
        """The members of a list or a mapping, each with its place."""
        members: Iterable[Any] = ()
        if isinstance(self.value, dict):
            members = self.value
        elif isinstance(self.value, list):
            members = range(len(self.value))
        return [Part(self.file, self.value[step], self.document, (*self.steps, step)) for step in members]

    def name(self) -> str:
        """What it is called in its file: `scopes.0.tag`."""
        return ".".join(str(step) for step in self.steps)

    def place(self, *steps: Any) -> str:
        """file:line:column of this part, or of what stands at `steps` from it."""
        line, column, _ = self.document.place((*self.steps, *steps))
        return f"{self.file}:{line}:{column}"

    def error(self, message: str, steps: Steps = (), help: str = "", offset: int | None = None) -> AuthoringError:
        """A fault of this part, or of what stands at `steps` from it; `offset`: that many characters into a text."""
        line, column, plain = self.document.place((*self.steps, *steps))
        if offset is not None and plain:
            column += offset
        return AuthoringError(message, self.file, line, column, help)

    def path(self) -> str:
        """Its text as a path: a relative one is seen from the file's folder; - is standard output."""
        return self.value if self.value == "-" else str(Path(self.file).parent / self.value)


def read(path: Path, schema: str, what: str, shown: str = "") -> Part:
    """The file, held to schemas/<schema>.schema.json; `what` it is called as a whole. Raises AuthoringError."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise AuthoringError(f"cannot be read: {error.strerror}", shown or str(path)) from None
    except UnicodeError as error:
        raise AuthoringError(f"cannot be read: {error}", shown or str(path)) from None
    return held(text, shown or str(path), schema, what)


def held(text: str, file: str, schema: str, what: str) -> Part:
    """The text of a file, held to its schema."""
    document = yaml12.load(text, file)
    whole = Part(file, document.value, document)
    _validate(whole, schema, what)
    return whole


def schema_text(name: str) -> str:
    """A schema as it is shipped."""
    return (_SCHEMAS / f"{name}.schema.json").read_text("utf-8")


@cache
def _validator(name: str) -> Any:
    import jsonschema  # 0.1 s: only where such files are read

    return jsonschema.Draft202012Validator(json.loads(schema_text(name)))


def _validate(whole: Part, schema: str, what: str) -> None:
    errors = list(_validator(schema).iter_errors(whole.value))
    if not errors:
        return
    error = min(errors, key=lambda error: (error.validator == "not", list(map(str, error.path))))
    while error.context:
        error = _fitting(error)
    path = tuple(error.absolute_path)
    where = ".".join(str(part) for part in path) or what
    if "propertyNames" in error.absolute_schema_path:
        raise whole.error(error.message, (*path, error.instance, ""))
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        wrong = next(name for name in error.instance if name not in known)
        message = f"{wrong!r} has no meaning here{suggest(wrong, known)}"
        raise whole.error(message, (*path, wrong, ""), f"known are {', '.join(known)}")
    if error.validator == "type" and error.schema.get("type") == "string":
        message = f"{where} must be text, and YAML reads it as {kind(error.instance)}"
        raise whole.error(message, path, "put it in quotes")
    if error.validator == "type":
        types = [error.schema["type"]] if isinstance(error.schema["type"], str) else error.schema["type"]
        wanted = " or ".join(_WANTED.get(each, each) for each in types)
        help = "a name and its value are parted by a colon and a space" if _colon(error) else ""
        raise whole.error(f"{where} must be {wanted}, and this is {kind(error.instance)}", path, help)
    if error.validator in ("minItems", "minProperties", "minLength") and not error.instance:
        raise whole.error(f"{where} is empty", path)
    if error.validator == "required":
        missing = error.message.split("'")[1]
        raise whole.error(f"{missing!r} is missing in {where}", path)
    if error.validator == "enum" and isinstance(error.instance, str):
        known = [str(one) for one in error.schema["enum"]]
        message = f"{where}: {error.instance!r} is none of {', '.join(known)}{suggest(error.instance, known)}"
        raise whole.error(message, path)
    if error.validator == "pattern" and "description" in error.schema:
        raise whole.error(f"{where}: {error.instance!r} does not fit: {error.schema['description']}", path)
    if error.validator == "not" and "description" in error.schema["not"]:
        raise whole.error(error.schema["not"]["description"], (*path, *error.schema["not"].get("required", ())[:1]))
    raise whole.error(f"{where}: {error.message}", path)


def _fitting(error: Any) -> Any:
    """The fault to speak of among the branches of a oneOf: not that of a branch for quite another kind of value."""
    branches: dict[Any, list[Any]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    for faults in branches.values():
        if not any(fault.validator in ("type", "enum") and fault.instance is error.instance for fault in faults):
            return max(faults, key=lambda fault: len(fault.path))
    return error.context[0]


_WANTED = {
    "object": "names with values",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
}


def _colon(error: Any) -> bool:
    """Whether a text was written where names with values are wanted, with a colon and no space: `fail-on:error`."""
    return isinstance(error.instance, str) and ":" in error.instance and "object" in error.schema["type"]


def kind(value: Any) -> str:
    """What a value is, in the words of a message."""
    if value is None:
        return "nothing"
    names = {dict: "a mapping", list: "a list", bool: "true or false", str: "text"}
    return names.get(type(value), "a number")
