"""Outcomes that were told before, found again for whoever has the same values in all facts that they were told from."""

from collections.abc import Callable
from typing import Any

from scanner.language.values import OpenList
from scanner.model import Outcome, Unknown

Path = tuple[str, ...]
Reader = Callable[[Path], Any]

_MOST = 50_000
"""Outcomes that one recall keeps; what comes after those is told anew each time."""
_LONGEST = 64
"""Members of a list or an object beyond which nobody is expected to have the same."""
_NUMBERS = {int, float}
_PLAIN = {str, bool, Unknown}
"""Kinds whose equal values say the same; 1, 1.0 and true are equal, and are three facts."""


class _Fork:
    """The fact that is looked at next; by its value, where that leads: to an outcome, or to the fact after it."""

    __slots__ = ("path", "ways")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ways: dict[Any, _Fork | Outcome] = {}


class Recall:
    """The outcomes of one policy; `tell` makes one from nothing but what it reads of a subject.

    Whoever the subject is, it reads the same fact first, and each further one as those before it answered. So the
    values lead to the outcome again, in the order they were read: no two subjects share one that differ in any fact it
    stands on.
    """

    def __init__(self, tell: Callable[[Reader], Outcome]) -> None:
        self._tell = tell
        self._start: _Fork | Outcome | None = None
        self._kept = 0

    def of(self, read: Reader) -> Outcome:
        """The outcome of the subject that `read` reads."""
        found = self._start
        try:
            while isinstance(found, _Fork):
                value = read(found.path)
                found = found.ways.get(value if value.__class__ in _PLAIN else key_of(value))
        except (TypeError, RecursionError):  # a value that has no key
            return self._tell(read)
        return self._told(read) if found is None else found

    def _told(self, read: Reader) -> Outcome:
        """The outcome told anew, and kept."""
        seen: dict[Path, Any] = {}

        def noting(path: Path) -> Any:
            if path not in seen:
                seen[path] = read(path)
            return seen[path]

        outcome = self._tell(noting)
        if self._kept < _MOST:
            try:
                self._keep([(path, key_of(value)) for path, value in seen.items()], outcome)
            except (TypeError, RecursionError):
                return outcome
            self._kept += 1
        return outcome

    def _keep(self, steps: list[tuple[Path, Any]], outcome: Outcome) -> None:
        """Lays the way to the outcome, along what is there of it."""
        ends: list[_Fork | Outcome] = [*(_Fork(path) for path, _ in steps[1:]), outcome]
        if self._start is None:
            self._start = _Fork(steps[0][0]) if steps else outcome
        fork = self._start
        for (path, key), end in zip(steps, ends, strict=True):
            assert isinstance(fork, _Fork) and fork.path == path, "what is read next hangs on what was read"
            fork = fork.ways.setdefault(key, end)


def key_of(value: Any) -> Any:
    """What only values that say the same have in common, as a key; raises TypeError for what has none."""
    kind = value.__class__
    if kind in _PLAIN:
        return value
    if kind in _NUMBERS:
        return kind, repr(value)
    if isinstance(value, OpenList):
        return kind, key_of(value.known), value.extra, tuple(value.why)
    if isinstance(value, list | dict):
        if len(value) > _LONGEST:
            raise TypeError("too long to be the same as another")
        if isinstance(value, list):
            return kind, *map(key_of, value)
        return kind, *((name, key_of(member)) for name, member in value.items())
    return value  # a fact's own object, which says itself what it equals
