"""Plans as the source of a scan: their rows alone, and for what cannot be told what would settle it."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from scanner.ledger import Ledger
from scanner.model import DELETED, Fields, Problem, Row, Stage, Unknown, several
from scanner.rowtypes import VM, parent_of, upwards
from scanner.sources.iac.assemble import PARTS, Assembled, assemble, choosing, ids_in, with_defaults
from scanner.sources.iac.doubt import taken_back
from scanner.sources.iac.model import NEEDS, Plan
from scanner.sources.iac.predicted import type_of

_FAR = 4
"""Steps from a subject within which a row may have to do with its verdict."""
_SAID = 3
MOST_CHOICES = 10
"""Of so many resources that a reference may be to each is tried."""


class Plans:
    """What some plans would create."""

    stage: Stage = "plan"

    def __init__(self, plans: Sequence[Plan], made: Assembled | None = None, *, over: bool = False) -> None:
        """`over`: they will be laid over a fleet."""
        self.plans = plans
        self.made = made or assemble(plans, over=over)
        self._hints = Hints(self.made.rows.values(), self.made.candidates)

    def rows(self, _fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row), whole. Nothing is vouched for: what a plan does not mention is not known."""
        ledger.planned = True
        ledger.sources += [plan.file for plan in self.plans]
        ledger.problems += [*self.made.problems, *said(self.made)]
        ledger.origins.update(self.made.origins)
        ledger.fresh |= self.made.fresh
        counts: dict[tuple[str, str], int] = {}
        for row in self.made.rows.values():
            key = (row["type"], row["subscriptionId"])
            counts[key] = counts.get(key, 0) + 1
            doubt = self.made.conditional.get(row["id"].lower())
            yield row["type"], taken_back(row, doubt) if doubt and row["type"] != VM else with_defaults(row)
        ledger.count(counts, whole=False)

    def hints(self, subject: str, wanted: Mapping[str, Fields]) -> list[str]:
        """Which parameters or resources would settle what is not known of a subject, as far as `wanted` is read."""
        return self._hints.of(subject, wanted)

    def choices(self, subject: str) -> int:
        """How many resources the one reference may be to that a subject hangs on; 0 where it is none, or several."""
        return self._hints.choices(subject)

    def variants(self) -> list["Plans"]:
        """The same plans with such references settled, one way after the other."""
        return [Plans(self.plans, choosing(self.made, which)) for which in range(ways(self.made))]


def ways(made: Assembled) -> int:
    """In how many ways references are settled to judge what hangs on them."""
    return min(max(map(len, made.candidates.values()), default=0), MOST_CHOICES)


def said(made: Assembled) -> list[Problem]:
    """What became of resources that make no row of their own."""
    found = []
    if made.repeats:
        again = several(made.repeats, "resource is", "resources are")
        found.append(Problem(f"{again} written more than once; the last one counts", count=made.repeats))
    for parent, parts in made.parts.items():
        names = ", ".join(part.member["name"] for part in parts[:_SAID])
        go = "are taken out of" if all(part.gone for part in parts) else "go into"
        found.append(
            Problem(
                f"{parts[0].list} {names} {go} {parent.rsplit('/', 1)[-1]}, which no plan states: what the whole"
                " of it lets through is not known without the fleet (--over)"
            )
        )
    return found


class Hints:
    """The unknown values of rows, found from a subject along the ids that rows refer to others by."""

    def __init__(
        self, rows: Iterable[Row], candidates: Mapping[str, tuple[str, ...]], gone: Mapping[str, str] | None = None
    ) -> None:
        """`gone`: ids in lower case of what the plans delete → as they are written."""
        self._rows = {row["id"].lower(): row for row in rows}
        self._candidates = candidates
        self._gone = gone or {}
        self._referring: dict[str, list[str]] = {}
        """Ids that rows refer to, of rows or of groups that no row is → the rows that do."""
        self._refers: dict[str, tuple[str, ...]] = {}
        """Rows that were asked about → what they refer to: many subjects lead to the same networks."""
        for key, row in self._rows.items():
            for named in dict.fromkeys(self._named(row)):
                self._referring.setdefault(self._known(named), []).append(key)

    def _named(self, row: Row) -> Iterator[str]:
        """The ids that a row refers to, or may refer to."""
        yield from ids_in(row.get("properties"))
        for why in _reasons(row.get("properties"), {}) if self._candidates else ():
            yield from self._candidates.get(why, ())

    def choices(self, subject: str) -> int:
        """How many resources the one reference may be to that a subject hangs on; 0 where it is none, or several."""
        if not self._candidates:
            return 0
        found: set[str] = set()
        ahead = deque([(subject, 0), *((key, 1) for key in self._referring.get(subject, ()))])
        seen = {key for key, _ in ahead}
        while ahead:
            key, steps = ahead.popleft()
            row = self._rows.get(key)
            if row is None:
                continue
            found.update(why for why in _reasons(row.get("properties"), {}) if why in self._candidates)
            for named in map(self._known, self._named(row)) if steps < _FAR else ():
                if named not in seen:
                    seen.add(named)
                    ahead.append((named, steps + 1))
        count = len(self._candidates[next(iter(found))]) if len(found) == 1 else 0
        return count if count <= MOST_CHOICES else 0

    def _deleted(self, key: str) -> str:
        """What the plans delete that an id names, or with which that goes; "" for none."""
        return next((self._gone[part] for part in upwards(key) if part in self._gone), "") if self._gone else ""

    def _known(self, named: str) -> str:
        """The row that an id names; of a subnet, its network. An id of no row is itself."""
        if named in self._gone:
            return named
        key = named
        for _ in range(3):
            if key in self._rows:
                return key
            key = parent_of(key)
        return named

    def of(self, subject: str, wanted: Mapping[str, Fields]) -> list[str]:
        """At most three reasons, those nearest to the subject first.

        What refers to the subject itself is near too (its backup item, the members of a group); what refers to a
        network that it shares with others is not.
        """
        reasons: dict[str, None] = {}
        ahead = deque([(subject, 0), *((key, 1) for key in self._referring.get(subject, ()))])
        seen = {key for key, _ in ahead}
        while ahead and len(reasons) < _SAID:
            key, steps = ahead.popleft()
            row = self._rows.get(key)
            if row is None:
                row_type = type_of(key)
                if (gone := self._deleted(key)) and PARTS.get(row_type, (row_type,))[0] in wanted:
                    reasons[f"{DELETED}{gone.rsplit('/', 1)[-1]}, to which others still refer"] = None
                continue
            if row["type"] in wanted:
                reasons.update(dict.fromkeys(_reasons(row, wanted[row["type"]])))
            if steps < _FAR:
                for named in self._on(key, row):
                    if named not in seen:
                        seen.add(named)
                        ahead.append((named, steps + 1))
        return list(reasons)[:_SAID]

    def _on(self, key: str, row: Row) -> tuple[str, ...]:
        """The rows that a row refers to, and ids of rows that there are not."""
        found = self._refers.get(key)
        if found is None:
            found = self._refers[key] = tuple(dict.fromkeys(map(self._known, ids_in(row.get("properties")))))
        return found


def is_open(value: Any) -> bool:
    """Whether a plan leaves something open in it."""
    return next(_reasons(value, {}), None) is not None


def _reasons(value: Any, fields: Fields) -> Iterator[str]:
    """The reasons of what is not known below these fields."""
    if isinstance(value, Unknown):
        if value.needs == NEEDS:
            yield value.reason
    elif isinstance(value, dict):
        for name, member in value.items():
            if not fields or name in fields:
                yield from _reasons(member, fields.get(name, {}))
    elif isinstance(value, list):
        for member in value:
            yield from _reasons(member, fields.get("[]", {}) if fields else {})
