"""Small fleets to stagger: VMs in availability sets, backup items, vaults with policies; and a judge of its own."""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.facts.timelines import CROWDING
from scanner.model import Row
from scanner.policies import BUILT_IN, load
from scanner.policy import Adjusted, Given, Policy
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, VM
from scanner.scan import Options
from scanner.stagger.told import Told, tell
from tests.rows import (
    TAKEN_AT,
    VAULT_ID,
    daily,
    header,
    hourly,
    id_of,
    item,
    policy,
    vm,
    vm_id,
    weekly,
)
from tests.schedule.oracle import DAYS, Plan, fullest, ring_of
from tests.sources.test_edited import Saved

OTHER_VAULT = VAULT_ID.replace("rsv1", "rsv2")
AMSTERDAM, NEW_YORK = "W. Europe Standard Time", "Eastern Standard Time"
OPTIONS = Options(TAKEN_AT, collected=frozenset({"all"}))


def backup_policy(
    name: str, schedule: Mapping[str, Any], *, vault: str = VAULT_ID, zone: str | None = None, days: int | None = 30
) -> Row:
    """A policy as Azure has it: what it keeps is told by its start. `days` None: what it keeps is not told."""
    row = policy(f"{vault}/backupPolicies/{name}", schedule=dict(schedule), zone=zone)
    if "V2" in schedule["schedulePolicyType"]:
        row["properties"]["policyType"] = "V2"
    if days is not None:
        runs = next((part for part in schedule.values() if isinstance(part, dict)), schedule)
        times = runs.get("scheduleRunTimes") or [runs["scheduleWindowStartTime"]]
        kept = {"retentionTimes": times, "retentionDuration": {"count": days, "durationType": "Days"}}
        row["properties"]["retentionPolicy"] = {"retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": kept}
    return row


def members(group: str, names: Iterable[str], by: Row) -> list[Row]:
    """VMs of one availability set that are backed up by a policy."""
    rows: list[Row] = []
    for name in names:
        machine = vm(vm_id(name))
        machine["properties"]["availabilitySet"] = {"id": id_of("Microsoft.Compute/availabilitySets", group)}
        rows += [machine, item(vm_id(name), policy=by["id"], vault=by["id"].split("/backupPolicies/")[0])]
    return rows


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number:02}" for number in range(1, count + 1)]


def crowding(**parameters: float) -> Policy:
    given = {name: Given(value) for name, value in parameters.items()}
    return load([BUILT_IN], Adjusted({CROWDING: given}))[CROWDING]


def told(rows: Sequence[Row], *, everything: bool = False, named: Sequence[str] = (), **parameters: float) -> Told:
    """What the command would tell of these rows."""
    by = crowding(**parameters)
    policies = [*(one for one in load([BUILT_IN]).values() if everything and one.id != CROWDING), by]
    return tell(Saved(rows), policies, OPTIONS, by, named)


def headed(rows: Sequence[Row]) -> list[Row]:
    return [header(rows, VM, BACKUP_ITEM, BACKUP_POLICY), *rows]


def moves(found: Told) -> dict[str, tuple[str, str, str, str]]:
    """VM → (policy, its start, policy it goes to, its start)."""
    return {move.vm.name: (move.start.name, move.start.at, move.end.name, move.end.at) for move in found.plan.moves()}


# ---------------------------------------------------------------- judged without a look at the scanner's own code


def most_together(rows: Iterable[Row], minutes: int) -> dict[str, int]:
    """By availability set, how many of its VMs start in the fullest window; read from the rows, minute by minute."""
    policies: dict[str, Any] = {}
    vms: dict[str, Any] = {}
    items: dict[str, Any] = {}
    for row in rows:
        kind = row["type"].lower()
        where = {BACKUP_POLICY: policies, VM: vms, BACKUP_ITEM: items}.get(kind)
        if where is not None:
            where[row["id"].lower()] = row["properties"]
    rings: dict[str, list[tuple[set[int], set[int]]]] = {}
    for one in items.values():
        group = vms[one["sourceResourceId"].lower()]["availabilitySet"]["id"]
        by = _plan_of(policies[one["policyId"].lower()])
        rings.setdefault(group, []).append((ring_of(by, 2026, 1), ring_of(by, 2026, 7)))
    return {
        group: max(
            len(there) for season in (0, 1) for there in fullest([ring[season] for ring in some], minutes).values()
        )
        for group, some in rings.items()
    }


def _plan_of(properties: Row) -> Plan:
    schedule = properties["schedulePolicy"]
    second = schedule["schedulePolicyType"].endswith("V2")
    kind = schedule["scheduleRunFrequency"]
    part = schedule[f"{kind.lower()}Schedule"] if second else schedule
    times = part.get("scheduleRunTimes") or [part["scheduleWindowStartTime"]]
    return Plan(
        kind,
        tuple(part.get("scheduleRunDays", ())),
        tuple((int(time[11:13]), int(time[14:16])) for time in times),
        part.get("interval", 1),
        part.get("scheduleWindowDuration", 1),
        properties.get("timeZone"),
        second,
    )


def random_estate(dice: random.Random) -> list[Row]:
    """A few groups over two vaults, whose policies are often alike but for their start."""
    rows: list[Row] = []
    policies: list[Row] = []
    for vault in (VAULT_ID, OTHER_VAULT):
        for number in range(dice.randint(1, 4)):
            clock = f"{dice.choice((20, 21, 22, 23)):02}:{dice.choice(('00', '30'))}"
            schedule = dice.choice(
                (
                    daily(clock),
                    daily(clock),
                    daily(clock, version=2),
                    weekly(dice.sample(DAYS, dice.randint(1, 3)), clock),
                    hourly(clock, dice.choice((4, 6, 12)), dice.choice((12, 24))),
                )
            )
            zone = dice.choice((None, AMSTERDAM, AMSTERDAM, NEW_YORK))
            policies.append(
                backup_policy(
                    f"p{number}-{clock.replace(':', '')}",
                    schedule,
                    vault=vault,
                    zone=zone,
                    days=dice.choice((30, 30, 7)),
                )
            )
    rows += policies
    for group in range(dice.randint(1, 3)):
        for number in range(dice.randint(3, 12)):
            rows += members(f"as{group}", [f"g{group}vm{number:02}"], dice.choice(policies))
    return rows
