"""A template's parameters: their declared types and limits, and what a given or default value is taken for."""

import json
from collections.abc import Mapping
from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.arm.given import Given
from scanner.sources.iac.model import Holed, unknown

SECURE = {"securestring", "secureobject"}
_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str, Holed),
    "securestring": (str, Holed),
    "int": (int,),
    "bool": (bool,),
    "array": (list,),
    "object": (dict,),
    "secureobject": (dict,),
}
_WORDS = {
    word.lower(): word
    for word in ("type", "defaultValue", "allowedValues", "minLength", "maxLength", "minValue", "maxValue", "nullable")
}
_REFERENCES = 20
"""How many `$ref` may follow each other."""


def typed(spec: Any, definitions: Any) -> Mapping[str, Any]:
    """A declaration with what its `$ref` says filled in; what it says itself counts."""
    found: dict[str, Any] = {}
    for _ in range(_REFERENCES):
        if not isinstance(spec, dict):
            break
        found = {**{_WORDS.get(str(word).lower(), str(word)): value for word, value in spec.items()}, **found}
        reference = spec.get("$ref")
        if not isinstance(reference, str) or not isinstance(definitions, dict):
            break
        spec = definitions.get(reference.removeprefix("#/definitions/"))
    return found


def type_of(spec: Mapping[str, Any]) -> str:
    declared = spec.get("type")
    return declared.lower() if isinstance(declared, str) else ""


def from_text(name: str, spec: Mapping[str, Any], text: str) -> tuple[Any, str]:
    """The value that NAME=VALUE gives a parameter of this type, and what is wrong with it, if anything."""
    declared = type_of(spec)
    if declared in ("string", "securestring"):
        return _unquoted(text), ""
    if declared == "bool" and text.strip().lower() in ("true", "false"):
        return text.strip().lower() == "true", ""
    try:
        return json.loads(text), ""
    except (ValueError, RecursionError):
        if not declared:
            return text, ""
        shown = "what is given" if declared in SECURE else repr(text)
        said = f"parameter {name} is {_article(declared)}: {shown} is not read as one"
        return unknown(f"parameter {name} has no value that can be read"), said


def _unquoted(text: str) -> str:
    """A string may be given as JSON, in quotes, as shells make necessary now and then."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            value = json.loads(text)
        except ValueError:
            return text
        return value if isinstance(value, str) else text
    return text


def value_of(name: str, spec: Mapping[str, Any], given: Given) -> tuple[Any, str]:
    """What a given value is taken for, and what is wrong with it; of the wrong type it is not known."""
    if given.unknown:
        return unknown(given.unknown), ""
    value, complaint = from_text(name, spec, given.text) if given.text is not None else (given.value, "")
    if complaint or isinstance(value, Unknown):
        return value, complaint
    if not fits(spec, value):
        return (
            unknown(f"parameter {name} is given a value of another type"),
            f"parameter {name} is {_article(type_of(spec))}; it is given {_shown(value, spec)}",
        )
    return value, broken_limit(name, spec, value)


def fits(spec: Mapping[str, Any], value: Any) -> bool:
    """Whether a value is of the declared type; a type nobody knows fits everything."""
    if value is None:
        return bool(spec.get("nullable")) or "type" not in spec
    declared = type_of(spec)
    kinds = _PYTHON.get(declared)
    if kinds is None or isinstance(value, Unknown):
        return True
    return isinstance(value, kinds) and not (declared == "int" and isinstance(value, bool))


def broken_limit(name: str, spec: Mapping[str, Any], value: Any) -> str:
    """Which of its declared limits a value breaks: Azure refuses such a deployment."""
    if isinstance(value, Unknown | Holed) or value is None:
        return ""
    allowed = spec.get("allowedValues")
    if isinstance(allowed, list) and not _allowed(value, allowed):
        shown = ", ".join(_shown(each) for each in allowed[:8])
        return f"parameter {name} is given {_shown(value, spec)}, which is not among its allowedValues: {shown}"
    if isinstance(value, str | list):
        return _broken(name, len(value), spec.get("minLength"), spec.get("maxLength"), "has length", "Length")
    if isinstance(value, int) and not isinstance(value, bool):
        return _broken(name, value, spec.get("minValue"), spec.get("maxValue"), "is", "Value")
    return ""


def _broken(name: str, size: int, least: Any, most: Any, verb: str, word: str) -> str:
    if isinstance(least, int) and size < least:
        return f"parameter {name} {verb} {size}, below its min{word} {least}"
    if isinstance(most, int) and size > most:
        return f"parameter {name} {verb} {size}, above its max{word} {most}"
    return ""


def _allowed(value: Any, allowed: list[Any]) -> bool:
    if isinstance(value, list):
        return value in allowed or all(_allowed(member, allowed) for member in value)
    if isinstance(value, str):
        return any(isinstance(each, str) and each.lower() == value.lower() for each in allowed)
    return value in allowed


def _article(declared: str) -> str:
    return f"an {declared}" if declared[:1] in "aio" else f"a {declared}"


def _shown(value: Any, spec: Mapping[str, Any] | None = None) -> str:
    """A value in a message, cut short; a secure one is never shown."""
    if spec is not None and type_of(spec) in SECURE:
        return "a secure value"
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"
