"""Knowing less never makes anything pass: facts, rows and properties taken away, one by one and many at once."""

import random
from collections.abc import Iterator
from functools import cache, reduce
from typing import Any

from scanner.evaluate import needed_rows
from scanner.facts.catalogue import merged
from scanner.facts.fleet import Fleet
from scanner.language.text import write
from scanner.language.values import Complete, OpenList, make_list
from scanner.model import Unknown, Verdict, cut
from scanner.policy import Policy
from scanner.rowtypes import NSG, ROUTE_TABLE, SERVICE_TAGS, VNET
from tests.material import HEAD, Sample, case_samples, contoso_samples, paths, policies, replaced
from tests.policies.judging import document_of, explained, verdict, verdicts

GONE = Unknown("it was taken away")
CONTRADICTED = {"agent-version/fail-instance-view-counts-before-guest-facts.ndjson"}
"""Two sources disagree: without the one that counts first, the other is believed."""
CONTRADICTED |= {
    sample.name
    for _, sample in case_samples()
    if any(row.get("type") == SERVICE_TAGS for row in sample.rows)  # the bundled ones say otherwise
}

Subject = tuple[str, Policy, dict[str, Any]]


@cache
def subjects() -> tuple[Subject, ...]:
    """(name, policy, facts) of every VM of every case and of the example fleet."""
    work = [*case_samples(), *((policy, sample) for sample in contoso_samples() for policy in policies().values())]
    return tuple(
        (f"{policy.id}: {sample.name}", policy, document_of(policy, record, fleet))
        for policy, sample in work
        for fleet in [sample.fleet()]
        for _, record in fleet.records(policy.head.resource)
    )


def lessened(value: Any) -> Iterator[Any]:
    """What is left of a fact's value when one part of it is taken away; a complete object has no part to take."""
    if isinstance(value, list | OpenList):
        known, extra = (value.known, value.extra) if isinstance(value, OpenList) else (value, 0)
        for position, member in enumerate(known):
            yield OpenList([*known[:position], *known[position + 1 :]], extra + 1)
            for less in lessened(member):
                yield make_list([*known[:position], less, *known[position + 1 :]], extra)
    elif isinstance(value, dict) and not isinstance(value, Complete):
        for name in value:
            yield {other: below for other, below in value.items() if other != name}


def with_less(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, value in document.items():
        if not isinstance(value, Unknown):
            yield name, {**document, name: GONE}
            for less in lessened(value):
                yield f"a part of {name}", {**document, name: less}


def with_many_less(document: dict[str, Any], dice: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    known = [name for name, value in document.items() if not isinstance(value, Unknown)]
    for _ in range(6):
        gone = dice.sample(known, dice.randint(0, len(known)))
        yield ", ".join(gone), {**document, **dict.fromkeys(gone, GONE)}


def may_fail(policy: Policy) -> bool:
    """Whether a default in what a policy expects may turn pass into fail."""
    return "default(" in write(policy.expect())


def wrong(policy: Policy, before: Verdict, after: Verdict) -> bool:
    if after == "pass":
        return before in ("fail", "unknown")
    return after == "fail" and before in ("pass", "unknown") and not may_fail(policy)


def test_a_default_that_policies_show_does_not_list() -> None:
    for policy in policies().values():
        text = write(policy.when) + write(policy.expect())
        assert len({write(one) for one in policy.defaults}) >= (1 if "default(" in text else 0)


def test_a_fact_whose_absence_makes_a_vm_pass_or_fail() -> None:
    for name, policy, document in subjects():
        before = verdict(policy, document)
        for gone, less in with_less(document):
            after = verdict(policy, less)
            assert not wrong(policy, before, after), f"{name} was {before}; without {gone} it is {after}"


def test_many_absent_facts_that_make_a_vm_pass_or_fail() -> None:
    dice = random.Random(20261122)
    for name, policy, document in subjects():
        before = verdict(policy, document)
        for gone, less in with_many_less(document, dice):
            after = verdict(policy, less)
            assert not wrong(policy, before, after), f"{name} was {before}; without {gone} it is {after}"


def test_a_reason_that_is_given_for_another_verdict() -> None:
    dice = random.Random(7)
    for name, policy, document in subjects():
        for gone, less in [("nothing", document), *with_less(document), *with_many_less(document, dice)]:
            assert verdict(policy, less) == explained(policy, less), f"{name} without {gone}"


Judged = tuple[tuple[Policy, dict[str, Verdict]], ...]


def changed_for_the_worse(sample: Sample, judged: Judged, fleet: Fleet) -> list[str]:
    """Policies and subjects whose verdict became surer only because something is missing."""
    if sample.name in CONTRADICTED:
        return []
    after = verdicts([policy for policy, _ in judged], fleet)
    return [
        f"{policy.id}: {key}"
        for policy, before in judged
        for key in after[policy.id].keys() & before.keys()
        if wrong(policy, before[key], after[policy.id][key])
    ]


@cache
def samples() -> tuple[tuple[Sample, Judged], ...]:
    """Every case with its policy, every VM of the example fleet with all of them, and the verdicts."""
    work = [(sample, [policy]) for policy, sample in case_samples()]
    work += [(sample, list(policies().values())) for sample in contoso_samples()]
    return tuple(
        (sample, tuple((policy, found[policy.id]) for policy in those))
        for sample, those in work
        for found in [verdicts(those, sample.fleet())]
    )


def test_a_row_whose_absence_makes_a_vm_pass_or_fail() -> None:
    for sample, judged in samples():
        for position, row in enumerate(sample.rows):
            if "snapready" not in row:
                worse = changed_for_the_worse(sample, judged, sample.without(position))
                assert not worse, f"{sample.name} without {row['id']}: {worse}"


def test_a_header_whose_absence_makes_a_vm_pass_or_fail() -> None:
    for sample, judged in samples():
        if sample.headed:
            worse = changed_for_the_worse(sample, judged, sample.without(0))
            assert not worse, f"{sample.name} without its header: {worse}"


STATED = {
    ("id",),
    ("type",),
    ("properties", "availabilitySet"),
    ("properties", "timeZone"),
    ("properties", "schedulePolicy", "scheduleWeeklyFrequency"),
    ("properties", "isScheduledForDeferredDelete"),
    ("properties", "instantRPDetails"),
    ("properties", "instantRPDetails", "azureBackupRGNamePrefix"),
    ("properties", "instantRPDetails", "azureBackupRGNameSuffix"),
}
"""A VM that refers to no availability set is in none; a backup policy that names no zone means UTC, and every week, and
one that names no resource group for restore points means the service's own; a backup item that is not marked for
deletion is not deleted."""
OPTIONAL = {
    "networkSecurityGroup",
    "routeTable",
    "routes",
    "securityRules",
    "defaultSecurityRules",
    "applicationSecurityGroups",
    "serviceEndpoints",
    "locations",
    "loadBalancerBackendAddressPools",
    "dnsSettings",
    "dhcpOptions",
    "dnsServers",
    "scope",
    "defaultOutboundAccess",
    "destinationAddressPrefixes",
    "sourceAddressPrefixes",
    "primary",
}


def is_a_statement(path: tuple[str | int, ...]) -> bool:
    """Whether the absence of what lies there says something of its own.

    A tag that is not there is known not to be. A registry key that is listed lists all its values; a guest's interface
    without a mac counts as the VM's. A list or a reference of a network that is not there is none, and so is the mark
    of what is primary.
    """
    inside = path[1:2]
    if path in STATED or path[0] == "tags" or (inside == ("registry",) and len(path) > 3) or is_a_mac(path):
        return True
    return path[-1] in OPTIONAL


def is_a_mac(path: tuple[str | int, ...]) -> bool:
    return path[1:2] == ("interfaces",) and path[3:] == ("mac",)


def test_a_property_whose_absence_makes_a_vm_pass_or_fail() -> None:
    shared: set[str] = set()
    read = {policy.id: needed_rows([policy]) for policy in policies().values()}
    for sample, judged in samples():
        for position, row in enumerate(sample.rows):
            kind = row.get("type", "").lower()
            readers = tuple(each for each in judged if kind in read[each[0].id])
            if not readers:
                continue
            if not sample.headed and kind in (NSG, VNET, ROUTE_TABLE):
                if row["id"] in shared:  # many VMs sit in one network
                    continue
                shared.add(row["id"])
            fields = reduce(merged, (read[policy.id][kind] for policy, _ in readers))
            for path in paths(cut(row, {**HEAD, **fields})):  # no scan keeps what none of them reads
                if not is_a_statement(path):
                    fleet = sample.changed(position, replaced(row, path))
                    worse = changed_for_the_worse(sample, readers, fleet)
                    assert not worse, f"{sample.name} without {path} of {row}: {worse}"


def test_an_interfaces_mac_whose_absence_makes_a_vm_pass() -> None:
    for sample, judged in samples():
        for position, row in enumerate(sample.rows):
            for path in filter(is_a_mac, paths(row)):
                fleet = sample.changed(position, replaced(row, path))
                after = verdicts([policy for policy, _ in judged], fleet)
                passed = [
                    f"{policy.id}: {key}"
                    for policy, before in judged
                    for key in after[policy.id]
                    if after[policy.id][key] == "pass" and before[key] in ("fail", "unknown")
                ]
                assert not passed, f"{sample.name} without {path} of {row}: {passed}"
