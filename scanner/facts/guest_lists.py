"""Reads the lists in guest facts whose words differ between systems: services, VSS writers, ports that answer."""

import re
from typing import Any

from scanner.facts.fields import flag, part, shared, text, word

_STATUS = {
    **dict.fromkeys(("running", "active"), "running"),
    **dict.fromkeys(("stopped", "inactive", "failed"), "stopped"),
}
"""A service's state, as Windows and systemd say it. What is on its way (starting, deactivating) is neither."""
_AUTOMATIC = ("automatic", "auto", "automaticdelayedstart", "automatic (delayed start)", "enabled")
_STARTUP = {
    **dict.fromkeys(_AUTOMATIC, "automatic"),
    **dict.fromkeys(("manual", "demand"), "manual"),
    **dict.fromkeys(("disabled", "masked"), "disabled"),
}
"""How a service starts, likewise. Of a unit that is static, indirect or an alias, others decide."""
_NUMBER = re.compile(r"^\s*\[\d+\]\s*")


def services(given: Any) -> dict[str, Any] | None:
    """Services by name, in the words that facts use; False: there is none of that name."""
    if not isinstance(given, dict):
        return None
    found: dict[str, Any] = {}
    for name, told in given.items():
        plain = name[: -len(".service")] if name.lower().endswith(".service") else name
        if told is False:
            found[plain] = False
        elif isinstance(told, dict):
            known = {"status": _known(_STATUS, told.get("status")), "startup": _known(_STARTUP, told.get("startup"))}
            found[plain] = {key: value for key, value in known.items() if value is not None}
    alike = tuple((name, *told.items()) if told else (name, told is False) for name, told in found.items())
    kept: dict[str, Any] = shared(("services", alike), found)
    return kept


def _known(words: dict[str, str], given: Any) -> str | None:
    return words.get(given.strip().lower()) if isinstance(given, str) else None


def writers(given: Any) -> list[dict[str, Any]] | None:
    """VSS writers; a list without any is not believed, as Windows has several of its own."""
    if not isinstance(given, dict) or not given:
        return None
    found = []
    for name, state in given.items():
        told = word(_NUMBER.sub("", state).strip()) if isinstance(state, str) else None
        found.append({"name": name, "state": told} if text(told) else {"name": name})
    return found


def answers(given: Any, port: str) -> bool | None:
    """Whether a port answered; one that is not listed is not known."""
    return flag(part(given, port))
