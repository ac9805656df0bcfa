"""Reads which subscriptions the user names, on the command line or in a file of those that must be there."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scanner.model import SnapreadyError

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_NAMES = ("subscriptionId", "subscription_id", "id")


def ids(given: Iterable[str], where: str = "--subscription") -> tuple[str, ...]:
    """Subscription ids in lower case, each once; raises SnapreadyError for what is none."""
    found = []
    for text in given:
        plain = text.strip().lower().removeprefix("/subscriptions/").rstrip("/")
        if _GUID(plain) is None:
            raise SnapreadyError(
                f"{where}: {text!r} is no subscription id (az account list --query '[].[name,id]' -o tsv shows them)"
            )
        found.append(plain)
    return tuple(dict.fromkeys(found))


def expected(file: str) -> tuple[str, ...]:
    """The ids of a file: one a line, with # comments, or JSON as `az account list` prints it. None is an error."""
    try:
        text = Path(file).read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SnapreadyError(f"--expect-subscriptions: {file}: cannot be read: {why}") from None
    if text.lstrip()[:1] in ("[", "{"):
        named = _of_json(file, text)
    else:
        named = [line.partition("#")[0].strip() for line in text.splitlines()]
    found = ids((name for name in named if name), f"--expect-subscriptions: {file}")
    if not found:
        raise SnapreadyError(f"--expect-subscriptions: {file} names no subscription")
    return found


def _of_json(file: str, text: str) -> list[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise SnapreadyError(f"--expect-subscriptions: {file}: cannot be read as JSON") from None
    members = value if isinstance(value, list) else value.get("value", value.get("data"))
    if not isinstance(members, list):
        raise SnapreadyError(f"--expect-subscriptions: {file}: the JSON is no list of subscriptions")
    return [_id_of(file, member) for member in members]


def _id_of(file: str, member: Any) -> str:
    if isinstance(member, str):
        return member
    given = next((member[name] for name in _NAMES if name in member), None) if isinstance(member, dict) else None
    if not isinstance(given, str):
        raise SnapreadyError(f"--expect-subscriptions: {file}: a member of the list has no id")
    return given
