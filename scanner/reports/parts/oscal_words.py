"""OSCAL's own kinds of text: identities that are the same in every run, tokens, times, properties."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from scanner.reports.parts.texts import block, line, shorten

Part = dict[str, Any]

NIST = "nist-800-53"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:snapready:oscal")
_NS = "urn:snapready:oscal"
_OSCAL = {"asset-id", "asset-type", "type"}
"""Names of properties that OSCAL itself defines."""
_LONGEST = 10_000


def unique(*parts: str) -> str:
    """The identity of what these parts name."""
    return str(uuid.uuid5(_SPACE, line("\n".join(parts)) + "\n" + "\n".join(map(ascii, parts))))


def said(text: str, instead: str) -> str:
    """One line that is not empty."""
    return shorten(line(text), _LONGEST).strip() or instead


def words(text: str) -> str:
    """Lines of prose."""
    return shorten(block(text), _LONGEST).strip() or "none"


def prop(name: str, value: str) -> Part:
    """A property; of a name of our own the namespace is told."""
    own = {} if name in _OSCAL else {"ns": _NS}
    return {"name": name, **own, "value": said(value, "none")}


def token(text: str) -> str:
    """What OSCAL takes for a name: letters, digits, `.`, `-` and `_`, not beginning with a digit."""
    found = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "unnamed"
    return found if re.match(r"[A-Za-z_]", found) else f"_{found}"


def control_id(framework: str, control: str) -> str:
    """A control as OSCAL's catalogues write it: CP-9(1) of NIST is cp-9.1."""
    if framework != NIST:
        return token(f"{framework}_{control}").lower()
    return token(re.sub(r"\(0*(\d+)\)", r".\1", control.strip())).lower()


def day(time: str, *, end: bool = False) -> str:
    """A date or a time as a time in UTC; `end`: a date alone means the end of that day. "" where it is neither."""
    try:
        found = datetime.fromisoformat(time)
    except ValueError:
        return ""
    found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    if end and len(time) == len("2026-01-01"):
        found += timedelta(days=1, seconds=-1)
    return found.astimezone(UTC).isoformat().replace("+00:00", "Z")
