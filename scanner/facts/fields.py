"""Small readers of JSON rows for the facts: what is oddly typed is not known (None), never an error."""

from collections.abc import Callable
from sys import intern
from typing import Any


def part(value: Any, *names: str) -> Any:
    """`value.a.b…`; None where a name is missing or something on the way is no object."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def reader(path: str) -> Callable[[Any], Any]:
    """`part` for one path, three times as fast: a subscript for each name, and None for whatever goes wrong."""
    subscripts = "".join(f"[{name!r}]" for name in path.split("."))
    names: dict[str, Any] = {}
    exec(f"def read(v):\n try: return v{subscripts}\n except (KeyError, TypeError): return None", names)
    made: Callable[[Any], Any] = names["read"]
    return made


def text(value: Any) -> str | None:
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None


def flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def word(value: Any) -> str | None:
    """A text that many rows share, kept once: a region, a state, a version."""
    return intern(value) if isinstance(value, str) and value else None


_SHARED: dict[Any, Any] = {}
_MOST_SHARED = 65_536


def shared(key: Any, value: Any) -> Any:
    """`value`, or what was given before with an equal key: what many rows hold is kept once, and nobody changes it."""
    if len(_SHARED) >= _MOST_SHARED:
        _SHARED.clear()
    return _SHARED.setdefault(key, value)


def texts_of(given: dict[str, Any]) -> tuple[Any, ...] | None:
    """An object of texts alone as a key; None for any other."""
    for value in given.values():
        if value.__class__ is not str:
            return None
    return tuple(given.items())


def region(value: Any) -> str | None:
    """A region's short name, as templates may write it at length: "West Europe" is westeurope."""
    return intern(value.replace(" ", "").lower()) if isinstance(value, str) and value.strip() else None


def identity(value: Any) -> str | None:
    """A resource id as joins compare it, kept once however many rows name it."""
    return intern(value.lower().rstrip("/")) if isinstance(value, str) and value else None


def objects(value: Any) -> list[dict[str, Any]] | None:
    """An optional list of a row that was read: absent is known to be empty; with an odd member it is not known."""
    if value is None:
        return []
    if not isinstance(value, list):
        return None
    for member in value:
        if not isinstance(member, dict):
            return None
    return value
