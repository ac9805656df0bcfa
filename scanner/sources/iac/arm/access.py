"""Properties of objects and members of arrays, as `.name`, `[0]` and tryGet read them."""

from scanner.model import Unknown
from scanner.sources.iac.arm.values import Named, Refused, Value, kind, reason_of, result, shorten, term_of
from scanner.sources.iac.model import NEEDS, Holed, unknown

MISSING = object()


def find(value: dict[str, Value], name: str) -> Value:
    """A property by its name, ignoring case as the service does; MISSING if there is none."""
    found = value.get(name, MISSING)
    if found is MISSING:
        lower = name.lower()
        for key, each in value.items():
            if key.lower() == lower:
                return each
    return found


def member(value: Value, key: Value) -> Value:
    """`value.key` or `value[key]`; Refused where there is no such member."""
    found = lookup(value, key)
    if found is not MISSING:
        return found
    if isinstance(value, dict):
        have = ", ".join(list(value)[:8]) or "none"
        raise Refused(f"there is no property {key!r}; there is {have}")
    raise Refused(f"there is no member {key}: the array has {len(value)}")


def lookup(value: Value, key: Value) -> Value:
    """A member, an unknown, or MISSING; Refused where the types do not go together."""
    if isinstance(value, Unknown):
        return _of_unknown(value, key)
    if isinstance(value, dict):
        if isinstance(key, str):
            return find(value, key)
        if isinstance(key, Unknown | Holed):
            return result("property", [value, key])
        raise Refused(f"a property of an object is named by a text, not by {kind(key)}")
    if isinstance(value, list):
        if isinstance(key, Holed):
            raise Refused("a member of an array is numbered by an int, not by a string")
        if isinstance(key, Unknown):
            return result("member", [value, key])
        if isinstance(key, int) and not isinstance(key, bool):
            return value[key] if 0 <= key < len(value) else MISSING
        raise Refused(f"a member of an array is numbered by an int, not by {kind(key)}")
    raise Refused(f"{kind(value)} has no properties or members")


def _of_unknown(value: Unknown, key: Value) -> Value:
    shown = term_of(key)
    if not isinstance(value, Named) or shown is None:
        return unknown(reason_of([value, key]))
    if isinstance(key, str) and (found := value.member(key)) is not None:
        return found
    plain = isinstance(key, str) and key.isidentifier()
    return Named(
        reason_of([value, key]), NEEDS, shorten(f"{value.term}.{key.lower()}" if plain else f"{value.term}[{shown}]")
    )
