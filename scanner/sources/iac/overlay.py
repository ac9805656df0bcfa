"""The fleet as it would be after a change: rows of plans laid over saved ones, by id."""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence, Set
from typing import Any, Protocol

from scanner.ledger import Ledger
from scanner.model import Fields, Origin, Problem, Row, Stage, several
from scanner.rowtypes import VM, VNET, subscription_of, upwards
from scanner.sources.iac.assemble import PARTS, SETTABLE, Assembled, loosen, put_part, told, with_defaults
from scanner.sources.iac.cause import Causes
from scanner.sources.iac.doubt import agreed_rows, taken_back
from scanner.sources.iac.predicted import type_of
from scanner.sources.iac.source import Hints, Plans, is_open, said

_REPLACED = frozenset(("securityRules", "routes", "schedulePolicy"))
"""What holds nothing that the platform adds: of what ran before nothing stays that the plan does not state."""

_GROUP = "microsoft.resources/subscriptions/resourcegroups"


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
        self._found: dict[str, Row] = {}
        self._gone: dict[str, Row] = {}
        self._causes: Causes | None = None

    def rows(self, fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row) of the fleet after the change."""
        made = self._plans.made
        found: dict[str, Row] = {}
        beside: list[Row] = []
        for row_type, read in self._fleet.rows(fields, ledger):
            row = read if read["type"] == row_type else {**read, "type": row_type}
            key = row["id"].lower()
            if key in found:
                beside.append(found[key])  # a repeat, which the fleet counts; the last one is changed, and counts
            found[key] = row
        ledger.created |= made.rows.keys() - found.keys()
        lost = sorted(key for key in made.standing if key in made.rows and key not in found)
        subnets = _subnets(found, made.touched)
        before = dict(found)
        self._change(found, made)
        self._gone = {key: row for key, row in before.items() if key not in found}
        known = {subscription for _, subscription in (*ledger.rows, *ledger.claims)}
        ledger.sources[:0] = [plan.file for plan in self._plans.plans]
        ledger.problems += [
            *made.problems,
            *(problem for problem in said(made) if not made.parts),
            *_strangers(made, found),
            *_unseen([made.rows[key] for key in lost if made.rows[key]["type"] in fields], known),
            *_elsewhere(made, fields, known),
        ]
        ledger.origins.update(made.origins)
        ledger.fresh |= made.fresh
        stay = _subnets(found, made.touched)
        gone = {
            key: identity for key, identity in (subnets | made.deleted).items() if key not in found and key not in stay
        }
        self._hints = Hints(found.values(), made.candidates, gone) if gone or _is_open(found, made) else None
        self._found = found
        for row in beside:
            if row["id"].lower() in found:
                yield row["type"], row
        for row in found.values():
            yield row["type"], row

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
            self._causes = Causes(_typed(self._found), self._plans.made, _typed(self._gone))
        return self._causes.of(subject, reason)

    @staticmethod
    def _change(found: dict[str, Row], made: Assembled) -> None:
        for key in list(found):
            replaced = _in_group(key) in made.replaced_groups and not _stated(key, made)
            if replaced or not made.deleted.keys().isdisjoint(upwards(key)):
                del found[key]
        for key, row in made.rows.items():
            before = found.get(key)
            if before is not None and key not in made.touched:
                continue  # the plan leaves it as it is, and the fleet tells how that is
            doubt = made.conditional.get(key)
            if before is None:
                found[key] = taken_back(row, doubt) if doubt and row["type"] != VM else with_defaults(row)
                continue
            after = laid_over(before, row, partial=key in made.partial)
            found[key] = agreed_rows(before, after, doubt) if doubt else after
        for parent, parts in made.parts.items():
            if parent in found:
                row = found[parent]
                changed = {**row, "properties": {**(row.get("properties") or {})}}
                for part in parts:
                    put_part(changed, part)
                found[parent] = changed
        if made.loose:
            for key, row in found.items():
                if key not in made.rows:
                    copy = dict(row)
                    loosen(copy, made)
                    found[key] = copy


def _typed(rows: Mapping[str, Row]) -> dict[str, tuple[str, Row]]:
    return {key: (row["type"], row) for key, row in rows.items()}


def _subnets(found: Mapping[str, Row], touched: Set[str]) -> dict[str, str]:
    """The ids of the subnets of networks that the plans change, in lower case → as they are written."""
    properties = (found[key].get("properties") for key in touched if key in found and found[key]["type"] == VNET)
    lists = (each.get("subnets") for each in properties if isinstance(each, dict))
    ids = (subnet.get("id") for each in lists if isinstance(each, list) for subnet in each if isinstance(subnet, dict))
    return {identity.lower(): identity for identity in ids if isinstance(identity, str)}


def _is_open(found: Mapping[str, Row], made: Assembled) -> bool:
    """Whether a plan leaves anything open in what it changes."""
    return any(is_open(found[key]) for key in made.touched if key in found)


def laid_over(before: Row, after: Row, *, partial: bool) -> Row:
    """A row that runs, with what a plan states of it; what can be set and is not stated is taken away, unless the plan
    says only what changes."""
    found = {**before, **{name: value for name, value in after.items() if name != "properties"}}
    if not partial and "tags" not in after:
        found.pop("tags", None)
    found["properties"] = _merged(before.get("properties"), after.get("properties"), partial=partial)
    return found


def _merged(before: Any, after: Any, *, partial: bool) -> Any:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return before if after is None else after
    kept = {name: value for name, value in before.items() if partial or name not in SETTABLE}
    stated = {
        name: value if name in _REPLACED else _member(before.get(name), value, partial=partial)
        for name, value in told(before, after).items()
    }
    return {**kept, **stated}


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
    return any(part in made.rows or part in made.existing or part in made.parts for part in upwards(key))


def _strangers(made: Assembled, found: Mapping[str, Row]) -> list[Problem]:
    """Ids with holes meet nothing in a fleet, and a change that meets nothing tells nothing about it."""
    placeless = [key for key in (*made.rows, *made.parts) if "{" in key.split("/providers/", 1)[0]]
    if placeless:
        return [
            Problem(
                f"{len(placeless)} ids of the plan do not name their subscription or resource group, so that they meet"
                " nothing in the fleet: give --scope /subscriptions/ID/resourceGroups/NAME",
                incomplete=True,
            )
        ]
    problems = []
    if made.holed:
        problems.append(
            Problem(
                f"the names of {made.holed} resources of the plan are not known, so that they meet nothing in the"
                " fleet: any of them may be one that runs",
                incomplete=True,
            )
        )
    lost = [parent for parent in made.parts if parent not in found]
    if lost:
        problems.append(
            Problem(
                f"the plan changes parts of {lost[0].rsplit('/', 1)[-1]}, which is not in the fleet", incomplete=True
            )
        )
    return problems


def _unseen(changed: Sequence[Row], known: Set[str]) -> list[Problem]:
    """A change of what the fleet does not hold is no change of the fleet: nobody knows whom it meets."""
    rows = [row for row in changed if row["subscriptionId"].lower() in known]
    if not rows:
        return []
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    return [
        Problem(
            f"the plan changes {rows[0]['name']}{more}, which the fleet does not hold: collect it anew",
            incomplete=True,
        )
    ]


def _elsewhere(made: Assembled, fields: Mapping[str, Fields], known: Set[str]) -> list[Problem]:
    """A fleet that has nothing of a subscription cannot tell what a change there does."""
    typed = {key: row["type"] for key, row in made.rows.items() if key not in made.fresh}
    typed |= {key: type_of(key) for key in made.deleted}
    lost = Counter(
        subscription
        for key, row_type in typed.items()
        if key in made.touched
        and (row_type in fields or row_type in PARTS or row_type == _GROUP)
        and (subscription := subscription_of(key))
        and "{" not in subscription
        and subscription not in known
    )
    return [
        Problem(
            f"the fleet holds nothing of subscription {subscription}, in which the plan changes"
            f" {several(count, 'resource')}: collect it too",
            incomplete=True,
        )
        for subscription, count in sorted(lost.items())
    ]
