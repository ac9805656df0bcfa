"""Takes away a lock that keeps backup from its work; whoever set it must agree."""

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Any

from scanner.facts.locks import Lock
from scanner.language.values import OpenList
from scanner.model import Subject
from scanner.repairs.estate import Estate, slug
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Step
from scanner.rowtypes import LOCK, VM, resource_group_of, subscription_of
from scanner.sources.edited import Edits

_POLICY = "restore-point-lock"


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    """One repair for all VMs that the same locks lie over."""
    over: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        over.setdefault(_locks_over(finding.subject, estate), []).append(finding)
    for keys, closed in over.items():
        if keys:
            yield _repair(keys, closed, estate)
        else:
            yield NoRepair(tuple(closed), "which lock it is cannot be told from the rows")


def _locks_over(subject: Subject, estate: Estate) -> tuple[str, ...]:
    """The ids, in lower case, of the locks that the policy minds."""
    told: Any = estate.known(subject, "locks")
    members = told.known if isinstance(told, OpenList) else told or []
    found = []
    for member in members:
        level, on = member.get("level"), member["on"]
        minded = on in ("subscription", "restore point group") or bool(estate.parameter(_POLICY, "resource_group"))
        if level == "ReadOnly" or (level == "CanNotDelete" and on != "VM" and minded):
            found += [
                key
                for key, lock in estate.fleet.table("locks").items()
                if (lock.name, lock.level, lock.of) == (member["name"], level, member["of"])
                and lock.subscription == subject.subscription
                and _lies_on(lock.scope, on, subject)
            ]
    return tuple(sorted(set(found)))


def _lies_on(scope: str, on: str, subject: Subject) -> bool:
    if on == "VM":
        return scope == subject.key
    return bool(resource_group_of(scope)) == (on != "subscription") and scope.count("/") <= 4


def _again(lock: Lock, identity: str) -> list[str]:
    """The command that makes a lock anew."""
    words = ["az", "lock", "create", "--name", lock.name, "--lock-type", lock.level or ""]
    words += ["--subscription", subscription_of(identity)]
    group = resource_group_of(identity)
    if group:
        words += ["--resource-group", group]
    if lock.scope.count("/") > 4:
        words += ["--resource-type", "Microsoft.Compute/virtualMachines", "--resource", lock.of]
    return words


def _repair(keys: Sequence[str], closed: Sequence[Finding], estate: Estate) -> Repair:
    ids = [str((estate.row(LOCK, key) or {"id": key})["id"]) for key in keys]
    locks = [estate.fleet.table("locks")[key] for key in keys]
    said = [f"lock {lock.name} ({lock.level}) on {lock.of}" for lock in locks]
    return Repair(
        "restore-lock",
        slug("unlock", *(lock.name for lock in locks)),
        f"Take away {' and '.join(said)}",
        tuple(closed),
        tuple(f"{one} is deleted" for one in said),
        "Somebody set it on purpose: ask first, and lock the resources that must not go one by one instead. What it"
        " protected can be deleted from then on.",
        tuple(
            Step(f"{one}: deletes the lock, not what it lies on", ("az", "lock", "delete", "--ids", identity))
            for one, identity in zip(said, ids, strict=True)
        ),
        "; ".join(" ".join(map(quote, _again(lock, one))) for lock, one in zip(locks, ids, strict=True)),
        "collect locks again (snapready scan azure reads them) and scan",
        edits=Edits(removed=frozenset(keys)),
    )


KIND = Kind(20, (_POLICY,), make, frozenset((LOCK,)), {VM: ("locks",)})
