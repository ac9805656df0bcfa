"""Plans as the source of a scan: their rows alone, and for what cannot be told what would settle it."""

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from scanner.ledger import Ledger
from scanner.model import Fields, Problem, Row, Stage, Unknown
from scanner.rowtypes import VM
from scanner.sources.iac.assemble import Assembled, assemble, with_defaults
from scanner.sources.iac.doubt import taken_back
from scanner.sources.iac.links import Links
from scanner.sources.iac.model import NEEDS, Plan

_FAR = 4
"""Steps from a subject within which a row may have to do with its verdict."""
_SAID = 3


class Plans:
    """What some plans would create."""

    stage: Stage = "plan"

    def __init__(self, plans: Sequence[Plan], *, over: bool = False) -> None:
        """`over`: they will be laid over a fleet."""
        self.plans = plans
        self.made = assemble(plans, over=over)
        self._hints = Hints(Links(self.made.rows, self.made.rows))

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


def said(made: Assembled) -> list[Problem]:
    """What became of resources that make no row of their own."""
    found = []
    if made.repeats:
        again = "1 resource is" if made.repeats == 1 else f"{made.repeats} resources are"
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

    def __init__(self, links: Links) -> None:
        self._links = links

    def of(self, subject: str, wanted: Mapping[str, Fields]) -> list[str]:
        """At most three reasons, those nearest to the subject first.

        What refers to the subject itself is near too (its backup item, the members of a group); what refers to a
        network that it shares with others is not.
        """
        reasons: dict[str, None] = {}
        ahead = deque([(subject, 0), *((key, 1) for key in self._links.referring(subject))])
        seen = {key for key, _ in ahead}
        while ahead and len(reasons) < _SAID:
            key, steps = ahead.popleft()
            row = self._links.rows.get(key)
            if row is None:
                continue
            if row["type"] in wanted:
                reasons.update(dict.fromkeys(_reasons(row, wanted[row["type"]])))
            if steps < _FAR:
                for named in map(self._links.known, self._links.ids_of(key)):
                    if named not in seen:
                        seen.add(named)
                        ahead.append((named, steps + 1))
        return list(reasons)[:_SAID]


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
