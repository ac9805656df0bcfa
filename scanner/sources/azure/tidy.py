"""Makes a line of a snapshot of a row as it came: what may hold secrets is left out, and nothing else is changed."""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from scanner.rowtypes import EXTENSION, INSTANCE_VIEW, RUN_COMMAND, VM, subscription_of
from scanner.sources.azure.redact import redact_row

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class _Head(msgspec.Struct):
    id: str
    type: str
    subscription: Any = msgspec.field(name="subscriptionId", default=None)


_head = msgspec.json.Decoder(_Head).decode


class Line(msgspec.Struct):
    """One row of a snapshot. `mark`: what makes it another row than others, its id for all that are rows at all."""

    text: bytes
    mark: int
    type: str
    subscription: str


NO_ROW = "no row: its id or type is not there, or no text"
"""Stands for what is no row: it must not be lost, and might hold anything."""


def line_of(row: msgspec.Raw | bytes) -> Line:
    """The line of a row given as JSON."""
    text = bytes(row)
    try:
        head = _head(text)
        kind = head.type.lower()
        forget = _SECRETIVE.get(kind)
        if forget is not None:
            value = _decode(text)
            forget(value)
            text = _encode(value)
        text = redact_row(_flat(text))
    except (msgspec.DecodeError, UnicodeError):
        return Line(_encode(NO_ROW), hash(text), "", "")
    given = head.subscription
    subscription = given.lower() if isinstance(given, str) and given else subscription_of(head.id)
    return Line(text, hash(head.id.lower()), kind, subscription)


def line_of_value(value: dict[str, Any]) -> Line:
    """The line of a row that we made from a reply."""
    try:
        text = _encode(value)
    except UnicodeEncodeError:  # half of a character, which JSON can name and no text can hold
        text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return line_of(text)


def _flat(text: bytes) -> bytes:
    """On one line: white space between tokens is no part of the value."""
    if b"\n" in text or b"\r" in text:
        return msgspec.json.format(text, indent=-1)
    return text


def _without(value: Any, *names: str) -> None:
    """Drops these keys of an object, however they are capitalised."""
    if isinstance(value, dict):
        for name in [name for name in value if name.lower() in names]:
            del value[name]


def _extension(row: dict[str, Any]) -> None:
    """Settings may hold commands, keys and shared access signatures."""
    _without(row.get("properties"), "settings", "protectedsettings", "protectedsettingsfromkeyvault")
    _view_of_extension(row.get("properties"))


def _run_command(row: dict[str, Any]) -> None:
    properties = row.get("properties")
    _without(
        properties,
        "source",
        "parameters",
        "protectedparameters",
        "runaspassword",
        "runasuser",
        "outputbloburi",
        "errorbloburi",
        "outputblobmanagedidentity",
        "errorblobmanagedidentity",
    )
    view = properties.get("instanceView") if isinstance(properties, dict) else None
    _without(view, "error")


def _vm(row: dict[str, Any]) -> None:
    properties = row.get("properties")
    _without(properties, "userdata")
    if isinstance(properties, dict):
        _without(properties.get("osProfile"), "customdata", "secrets", "adminpassword")
        _without(properties.get("diagnosticsProfile"), "bootdiagnostics")


def _view(row: dict[str, Any]) -> None:
    """Extensions report what their scripts printed; only backup's own messages are worth that."""
    properties = row.get("properties")
    if not isinstance(properties, dict):
        return
    _without(properties, "bootdiagnostics", "patchstatus")
    agent = properties.get("vmAgent")
    handlers = agent.get("extensionHandlers") if isinstance(agent, dict) else None
    for each in [*_objects(properties.get("extensions")), *_objects(handlers)]:
        _view_of_extension(each)


def _view_of_extension(view: Any) -> None:
    if not isinstance(view, dict):
        return
    inner = view.get("instanceView")
    for place in (view, inner if isinstance(inner, dict) else {}):
        _without(place, "substatuses")
        if "recoveryservices" in str(view.get("type", view.get("publisher", ""))).lower():
            continue
        for status in [*_objects(place.get("statuses")), place.get("status")]:
            _without(status, "message")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


_SECRETIVE: dict[str, Callable[[dict[str, Any]], None]] = {
    EXTENSION: _extension,
    RUN_COMMAND: _run_command,
    VM: _vm,
    INSTANCE_VIEW: _view,
}
