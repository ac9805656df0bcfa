"""Another source's rows with edits made to them, so that a repair or a move is judged by the scan that found the fault.

Nothing is deployed: the same rows come, but for those that are replaced, added or removed.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Set
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from scanner.ledger import Ledger
from scanner.model import Fields, Problem, Row, Stage
from scanner.rowtypes import subscription_of, upwards
from scanner.source import Source

Change = Callable[[Row], Row]
"""A row as it is to be; the row that it is given, and all in it, stays as it was."""


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to be other than the source has it; ids are in lower case."""

    replaced: Mapping[str, Change] = field(default_factory=dict)
    """By id. A row that came more than once is changed each time."""
    added: tuple[Row, ...] = ()
    """They take the place of rows of the same id."""
    removed: frozenset[str] = frozenset()
    """What lies below one in the tree of ids (extensions, instance view) goes with it."""


def together(edits: Iterable[Edits]) -> Edits:
    """All of them as one: changes of one row are made one after the other, also to a row that is added."""
    replaced: dict[str, Change] = {}
    added: dict[str, Row] = {}
    removed: set[str] = set()
    for each in edits:
        for key, change in each.replaced.items():
            replaced[key] = _both(replaced[key], change) if key in replaced else change
        added |= {row["id"].lower(): row for row in each.added}
        removed |= each.removed
    for key in added.keys() & replaced.keys():
        added[key] = replaced.pop(key)(added[key])
    for key in [key for key in replaced if _gone(key, removed)]:
        del replaced[key]
    return Edits(replaced, tuple(added.values()), frozenset(removed))


class Edited:
    """A source with edits made to its rows as they stream by.

    What was collected is what the source says: an edit neither vouches for rows nor hides that some are missing. An
    edit of a row that never came makes the scan incomplete, so that nothing is proved by what did not happen.
    """

    def __init__(self, source: Source, edits: Edits) -> None:
        self._source = source
        self._edits = edits

    @property
    def stage(self) -> Stage:
        """That of the source."""
        return self._source.stage

    def rows(self, fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row) with the edits made."""
        replaced, removed = self._edits.replaced, self._edits.removed
        added = {row["id"].lower(): row for row in self._edits.added}
        missing = replaced.keys() | removed
        fresh = set(added)
        with closing(self._source.rows(fields, ledger)) as rows:
            for row_type, row in rows:
                key = row["id"].lower()
                if key in added:
                    fresh.discard(key)
                    continue
                if removed and _gone(key, removed):
                    missing.difference_update(upwards(key))
                    continue
                change = replaced.get(key)
                if change is not None:
                    missing.discard(key)
                    row = change(row)
                yield row_type, row
        ledger.created |= fresh
        ledger.problems += [Problem(_missing(key), incomplete=True) for key in sorted(missing)]
        for row in added.values():
            yield row["type"].lower(), {**row, "subscriptionId": subscription_of(row["id"])}

    def hints(self, subject: str, wanted: Mapping[str, Fields]) -> list[str]:
        """What of a plan would settle what is not known of a subject: as the source says."""
        return self._source.hints(subject, wanted)

    def choices(self, subject: str) -> int:
        """How many resources a plan's reference may be to: as the source says."""
        return self._source.choices(subject)

    def variants(self) -> list["Edited"]:
        """The source's variants, each with the edits."""
        return [Edited(variant, self._edits) for variant in self._source.variants()]


def merge_patch(row: Any, patch: Any) -> Any:
    """A row with a JSON merge patch (RFC 7396): objects merge, null takes away, all else is put in place."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(row) if isinstance(row, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merge_patch(found.get(name), value)
    return found


def _both(first: Change, second: Change) -> Change:
    return lambda row: second(first(row))


def _gone(key: str, removed: Set[str]) -> bool:
    return bool(removed) and not removed.isdisjoint(upwards(key))


def _missing(key: str) -> str:
    return f"{key} is not among the rows that were read, so that the change to it could not be judged"
