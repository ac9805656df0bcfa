"""The fleet as it would be after a change: rows of plans laid over saved ones, by id."""

from collections.abc import Generator, Mapping
from typing import Any, Protocol

from scanner.ledger import Ledger
from scanner.model import Fields, Origin, Problem, Row, Stage
from scanner.sources.iac.assemble import Assembled, put_part, with_defaults
from scanner.sources.iac.cause import Causes
from scanner.sources.iac.source import Hints, Plans, said

_SETTABLE = frozenset(
    (
        "networkSecurityGroup",
        "routeTable",
        "natGateway",
        "availabilitySet",
        "proximityPlacementGroup",
        "virtualMachineScaleSet",
        "applicationSecurityGroups",
        "publicIPAddress",
        "securityRules",
        "routes",
        "serviceEndpoints",
    )
)
"""What a deployment that does not state it takes away; anything else that it does not state stays as it runs."""


class Rows(Protocol):
    """A source of saved rows."""

    def rows(self, fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]: ...


class Overlay:
    """Saved rows with the plans' changes made to them."""

    stage: Stage = "overlay"

    def __init__(self, fleet: Rows, plans: Plans) -> None:
        self._fleet = fleet
        self._plans = plans
        self._hints: Hints | None = None
        self._found: dict[str, tuple[str, Row]] = {}
        self._causes: Causes | None = None

    def rows(self, fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row) of the fleet after the change."""
        made = self._plans.made
        found: dict[str, tuple[str, Row]] = {}
        beside: list[tuple[str, Row]] = []
        for row_type, row in self._fleet.rows(fields, ledger):
            key = row["id"].lower()
            if key in found:
                beside.append((row_type, row))  # a repeat, which the fleet counts
            else:
                found[key] = (row_type, row)
        ledger.created |= made.rows.keys() - found.keys()
        self._change(found, made)
        ledger.sources[:0] = [plan.file for plan in self._plans.plans]
        ledger.problems += [
            *made.problems,
            *(problem for problem in said(made) if not made.parts),
            *_strangers(made),
        ]
        ledger.origins.update(made.origins)
        touched = (row for key, (_, row) in found.items() if key in made.touched)
        self._hints = Hints(touched, made.candidates)
        self._found = found
        yield from beside
        yield from found.values()

    def hints(self, subject: str, wanted: Mapping[str, Fields]) -> list[str]:
        """Which parameters or resources of the plans would settle what is not known of a subject."""
        return self._hints.of(subject, wanted) if self._hints is not None else []

    def choices(self, subject: str) -> int:
        """How many resources the one reference may be to that a subject hangs on; 0 where it is none, or several."""
        return self._hints.choices(subject) if self._hints is not None else 0

    def variants(self) -> list["Overlay"]:
        """The same change with such references settled, one way after the other."""
        return [Overlay(self._fleet, plans) for plans in self._plans.variants()]

    def cause(self, subject: str, reason: str) -> Origin | None:
        """Where the plans write what makes a verdict worse of a subject (its id in lower case), if that can be told."""
        if self._causes is None:
            self._causes = Causes(self._found, self._plans.made)
        return self._causes.of(subject, reason)

    def _change(self, found: dict[str, tuple[str, Row]], made: Assembled) -> None:
        gone = tuple(f"{key}/" for key in made.deleted)
        for key in list(found):
            replaced = _in_group(key) in made.replaced_groups and not _stated(key, made)
            if (gone and f"{key}/".startswith(gone)) or replaced:
                del found[key]
        for key, row in made.rows.items():
            before = found.get(key)
            found[key] = (
                row["type"],
                with_defaults(row) if before is None else laid_over(before[1], row, partial=key in made.partial),
            )
        for parent, parts in made.parts.items():
            if parent in found:
                row_type, row = found[parent]
                changed = {**row, "properties": {**(row.get("properties") or {})}}
                for part in parts:
                    put_part(changed, part)
                found[parent] = (row_type, changed)


def laid_over(before: Row, after: Row, *, partial: bool) -> Row:
    """A row that runs, with what a plan states of it; what can be set and is not stated is taken away, unless the plan
    says only what changes."""
    found = {**before, **{name: value for name, value in after.items() if name != "properties"}}
    found["properties"] = _merged(before.get("properties"), after.get("properties"), partial=partial)
    return found


def _merged(before: Any, after: Any, *, partial: bool) -> Any:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return before if after is None else after
    kept = {name: value for name, value in before.items() if partial or name not in _SETTABLE}
    return {**kept, **{name: _member(before.get(name), value, partial=partial) for name, value in after.items()}}


def _member(before: Any, after: Any, *, partial: bool) -> Any:
    """Objects are merged; members of a list with those of their name."""
    if isinstance(after, dict):
        return _merged(before, after, partial=partial) if isinstance(before, dict) else after
    if isinstance(after, list) and isinstance(before, list):
        named = {name: each for each in before if (name := _name(each))}
        return [_merged(named[_name(each)], each, partial=partial) if _name(each) in named else each for each in after]
    return after


def _name(member: Any) -> str:
    given = member.get("name") if isinstance(member, dict) else None
    return given.lower() if isinstance(given, str) else ""


def _in_group(key: str) -> str:
    return "/".join(key.split("/")[:5])


def _stated(key: str, made: Assembled) -> bool:
    """Whether a plan deploys it, or something that it is a part of or a part of which it is."""
    if key in made.rows or key in made.existing:
        return True
    parts = key.split("/")
    return any("/".join(parts[:end]) in made.rows for end in range(9, len(parts), 2))


def _strangers(made: Assembled) -> list[Problem]:
    """Ids with holes meet nothing in a fleet, and a change that meets nothing tells nothing about it."""
    holed = [key for key in (*made.rows, *made.parts) if "{" in key.split("/providers/", 1)[0]]
    if not holed:
        return []
    return [
        Problem(
            f"{len(holed)} ids of the plan do not name their subscription or resource group, so that they meet"
            " nothing in the fleet: give --scope /subscriptions/ID/resourceGroups/NAME",
            incomplete=True,
        )
    ]
