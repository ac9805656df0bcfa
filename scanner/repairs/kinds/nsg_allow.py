"""Lets a flow that backup needs out of the security groups that drop it: one narrow rule in each, before the Deny."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from scanner.facts.network import networks_of, primary_nic
from scanner.facts.nics import Nic
from scanner.facts.vnets import Subnet
from scanner.model import Row, Unknown
from scanner.network.reach import Network
from scanner.network.tags import PLATFORM_TAGS
from scanner.repairs.estate import Estate, names, place_of, slug, vms
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Step, Template, properties_of
from scanner.repairs.openings import NewRule, Opening, merged, openings, seated
from scanner.repairs.write.terraform import rule_block
from scanner.rowtypes import NSG, VM
from scanner.sources.edited import Edits

API = "2023-11-01"
_RULES = "Microsoft.Network/networkSecurityGroups/securityRules"
Question = tuple[str, str]

_SERVICES: tuple[Question, ...] = (("AzureBackup", "443"), ("Storage", "443"), ("AzureActiveDirectory", "443"))
_ENTRA = ("AzureActiveDirectory", "443")


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    """One repair for all findings that the same rules close."""
    needed: dict[Finding, list[Opening]] = {}
    for finding in findings:
        found = _needed(finding, estate)
        if isinstance(found, str):
            yield NoRepair((finding,), found)
        else:
            needed[finding] = found
    wanted = merged(one for some in needed.values() for one in some)
    groups = estate.fleet.table("nsgs")
    rules = seated(wanted, groups, {one.group: _names_in(estate, one.group) for one in wanted})
    by_flow = {one.flow: one for one in wanted}
    together: dict[tuple[Opening, ...], list[Finding]] = {}
    for finding, some in needed.items():
        flows = tuple(by_flow[flow] for flow in sorted({one.flow for one in some}))
        together.setdefault(flows, []).append(finding)
    for flows, closed in _joined(together, rules):
        full = [flow for flow in flows if flow not in rules]
        if full:
            group = place_of(full[0].group)
            yield NoRepair(
                tuple(closed),
                f"NSG {group.name} has no free priority before {' and '.join(full[0].deniers)}, nor after it to move"
                " rules to: merge rules of it first",
            )
        else:
            yield _repair([rules[flow] for flow in flows], closed, estate)


def _joined(
    together: Mapping[tuple[Opening, ...], list[Finding]], rules: Mapping[Opening, NewRule]
) -> list[tuple[tuple[Opening, ...], list[Finding]]]:
    """What is opened together. Where rules of a group move to make room, that is all of it, as the one repair must find
    rules where another moved them."""
    moving = {flow.group for flow, rule in rules.items() if rule.moved}
    order = {flow: place for place, flow in enumerate(rules)}
    found: list[tuple[tuple[Opening, ...], list[Finding]]] = []
    for flows, closed in together.items():
        own = moving & {flow.group for flow in flows} if order.keys() >= set(flows) else set()
        like = [each for each in found if own & {flow.group for flow in each[0]} and order.keys() >= set(each[0])]
        for each in like:
            found.remove(each)
        some = dict.fromkeys(flow for each in (*like, (flows, closed)) for flow in each[0])
        if like:
            some = dict.fromkeys(sorted(some, key=order.__getitem__))
        found.append((tuple(some), [one for each in (*like, (flows, closed)) for one in each[1]]))
    return found


def _needed(finding: Finding, estate: Estate) -> list[Opening] | str:
    """The openings that would close a finding, or why rules cannot."""
    network = estate.fact(finding.subject, "network")
    nic = primary_nic(estate.record(finding.subject), estate.fleet)
    if not isinstance(network, Network) or isinstance(nic, Unknown):
        return "where the VM is in its network is not known"
    asked = _QUESTIONS[finding.policy](finding, estate, network)
    if isinstance(asked, str):
        return asked
    groups = _groups_of(nic, estate)
    found: list[Opening] = []
    for where, port in asked:
        inquiry = network.inquiry(where, port)
        if inquiry is not None:
            found += openings(inquiry, groups, nic.address)
    if not found:
        return f"no NSG drops it, so that no rule lets it out: {network.reach(*asked[0]).text}" if asked else "not told"
    return found


def _groups_of(nic: Nic, estate: Estate) -> tuple[str, str]:
    subnet = networks_of(estate.fleet).subnet(nic.subnet)
    return nic.nsg or "", (subnet.nsg or "") if isinstance(subnet, Subnet) else ""


def _closed(network: Network, asked: Sequence[Question]) -> list[Question]:
    return [one for one in asked if network.reach(*one).answer is False]


def _storage(_: Finding, __: Estate, network: Network) -> list[Question] | str:
    return _closed(network, [("Storage", "443")])


def _workload(finding: Finding, estate: Estate, network: Network) -> list[Question] | str:
    """By the vault's private endpoint where there is one here, else by the services' own tags."""
    addresses = estate.known(finding.subject, "workload.endpoint_addresses") or []
    if not addresses and estate.known(finding.subject, "workload.private_only"):
        return "the vault takes requests by private endpoints only: make one in the VM's virtual network"
    asked = [*((address, "443") for address in addresses), _ENTRA] if addresses else list(_SERVICES)
    return _closed(network, asked)


def _platform(finding: Finding, estate: Estate, network: Network) -> list[Question] | str:
    asked = [("AzurePlatformIMDS", "80")]
    servers = estate.known(finding.subject, "network.dns_servers") or []
    if estate.parameter(finding.policy, "address") in servers:
        asked.append(("AzurePlatformDNS", "udp/53"))
    if estate.known(finding.subject, "os.type") == "Windows":
        asked.append(("AzurePlatformLKM", "1688"))
    return _closed(network, asked)


def _proxy(finding: Finding, estate: Estate, network: Network) -> list[Question] | str:
    proxy = estate.known(finding.subject, "guest.proxy") or estate.known(finding.subject, "declared.proxy")
    if not isinstance(proxy, Mapping):
        return "which proxy it is told to use is not known"
    if proxy.get("authenticated") is True:
        return (
            "the proxy asks for a password, which only its owner can change: it must let the VM's address through"
            " without one"
        )
    port = str(proxy.get("port", ""))
    return _closed(network, [(address, port) for address in proxy.get("addresses", ()) if isinstance(address, str)])


_QUESTIONS = {
    "outbound-to-storage": _storage,
    "workload-backup-outbound": _workload,
    "platform-endpoint-open": _platform,
    "proxy-usable": _proxy,
}


def _rules_in(row: Row | None) -> list[Row]:
    listed = properties_of(row).get("securityRules")
    return [rule for rule in listed if isinstance(rule, dict)] if isinstance(listed, list) else []


def _names_in(estate: Estate, group: str) -> set[str]:
    return {str(rule.get("name", "")) for rule in _rules_in(estate.row(NSG, group))}


def _repair(rules: Sequence[NewRule], closed: Sequence[Finding], estate: Estate) -> Repair:
    ids = {rule.opening.group: str((estate.row(NSG, rule.opening.group) or {})["id"]) for rule in rules}
    where = " and ".join(dict.fromkeys(place_of(ids[rule.opening.group]).name for rule in rules))
    what = ", ".join(dict.fromkeys(f"{rule.opening.destination} ({_flow(rule)})" for rule in rules))
    steps = [step for rule in rules for step in _steps(rule, ids[rule.opening.group])]
    subjects = list({finding.subject.key: finding.subject for finding in closed}.values())
    return Repair(
        "nsg-allow",
        slug("allow", where, *dict.fromkeys(rule.opening.destination for rule in rules)),
        f"Let {what} out of {where}",
        tuple(closed),
        tuple(_change(rule, ids[rule.opening.group], estate) for rule in rules),
        _risk(rules, where),
        tuple(steps),
        "az network nsg rule delete of each rule that was made"
        + (", and the rules that were moved back to their priorities" if any(rule.moved for rule in rules) else ""),
        f"collect networksecuritygroups again and scan; {names(subjects, 3)} then pass"
        if len(subjects) > 1
        else f"collect networksecuritygroups again and scan; {subjects[0].name} then passes",
        edits=Edits(
            {group: partial(_edited, rules=[one for one in rules if one.opening.group == group]) for group in ids}
        ),
        templates=tuple(_template(group, ids[group], rules, estate) for group in ids),
    )


def _risk(rules: Sequence[NewRule], where: str) -> str:
    far, sources = ", ".join(_far(rules)), rules[0].opening.sources
    if sources != ("*",):
        return f"Only {', '.join(sources)} may then open connections to {far}."
    said = f"Everything that {where} is for may then open connections to {far}, and to nothing else that is closed now."
    public = [one.opening.destination for one in rules if one.opening.destination.lower() not in PLATFORM_TAGS]
    tags = any(name[:1].isalpha() for name in public)
    return f"{said} Others have accounts behind the same tag: data can leave to these too." if tags else said


def _far(rules: Sequence[NewRule]) -> list[str]:
    return list(dict.fromkeys(f"{rule.opening.destination} at {_flow(rule)}" for rule in rules))


def _flow(rule: NewRule) -> str:
    return f"{rule.opening.protocol.lower()}/{rule.opening.port}"


def _change(rule: NewRule, group: str, estate: Estate) -> str:
    one, place = rule.opening, place_of(group)
    room = "".join(f"; {name} moves from {start} to {end} to make room" for name, start, end in rule.moved)
    users = _users(one.group, estate)
    shared = f"; the NSG is in force for {vms(users)}" if users else ""
    return (
        f"NSG {place.name} in {place.group} gets the outbound rule {rule.name} ({rule.priority}), before"
        f" {' and '.join(one.deniers)}: Allow {one.protocol} to {one.destination} port {one.port} from"
        f" {', '.join(one.sources)}{room}{shared}"
    )


def _users(group: str, estate: Estate) -> int:
    """How many VMs of the fleet have the group on their primary interface or its subnet."""

    def count(_: Any) -> dict[str, int]:
        found: dict[str, int] = {}
        for vm in estate.fleet.table("vms").values():
            nic = primary_nic(vm, estate.fleet)
            if not isinstance(nic, Unknown):
                for one in set(_groups_of(nic, estate)):
                    found[one] = found.get(one, 0) + 1
        return found

    counts: dict[str, int] = estate.fleet.once("VMs by security group", count)
    return counts.get(group, 0)


def body_of(rule: NewRule) -> Row:
    """The rule's properties as Azure has them."""
    one = rule.opening
    source: Row = {"sourceAddressPrefix": one.sources[0]}
    if len(one.sources) > 1:
        source = {"sourceAddressPrefixes": list(one.sources)}
    return {
        "priority": rule.priority,
        "direction": "Outbound",
        "access": "Allow",
        "protocol": one.protocol,
        **source,
        "sourcePortRange": "*",
        "destinationAddressPrefix": one.destination,
        "destinationPortRange": str(one.port),
    }


def _edited(row: Row, rules: Sequence[NewRule]) -> Row:
    """The group's row with the rules in it."""
    listed = _rules_in(row)
    for rule in rules:
        to = {name: end for name, _, end in rule.moved}
        listed = [
            {**one, "properties": {**properties_of(one), "priority": to[one["name"]]}} if one.get("name") in to else one
            for one in listed
            if one.get("name") != rule.name
        ]
        listed.append({"name": rule.name, "properties": body_of(rule)})
    return {**row, "properties": {**properties_of(row), "securityRules": listed}}


def _steps(rule: NewRule, group: str) -> Iterator[Step]:
    one, place = rule.opening, place_of(group)
    start = ("az", "network", "nsg", "rule")
    at = ("--subscription", place.subscription, "--resource-group", place.group, "--nsg-name", place.name)
    for name, first, last in rule.moved:
        words = (*start, "update", *at, "--name", name, "--priority", str(last), "--output", "none")
        yield Step(f"{name} makes room: {first} becomes {last}, and the order of the rules stays as it is", words)
    yield Step(
        f"{place.name}: {_flow(rule)} to {one.destination}, and nothing else, before {' and '.join(one.deniers)}",
        (
            *(*start, "create", *at, "--name", rule.name, "--priority", str(rule.priority)),
            *("--direction", "Outbound", "--access", "Allow", "--protocol", one.protocol),
            *("--source-address-prefixes", *one.sources, "--source-port-ranges", "*"),
            *("--destination-address-prefixes", one.destination, "--destination-port-ranges", str(one.port)),
            *("--output", "none"),
        ),
    )


def _template(group: str, identity: str, rules: Sequence[NewRule], estate: Estate) -> Template:
    place = place_of(identity)
    own = [rule for rule in rules if rule.opening.group == group]
    there = {str(rule.get("name")): properties_of(rule) for rule in _rules_in(estate.row(NSG, group))}
    ends = {name: end for rule in own for name, _, end in rule.moved}
    moved = sorted(ends, key=lambda name: -ends[name])  # the last one first, so that no two meet
    made = [(name, {**_written(there[name]), "priority": ends[name]}) for name in moved]
    made += [(rule.name, body_of(rule)) for rule in own]
    return Template(
        slug(place.name),
        place.subscription,
        place.group,
        tuple((_RULES, API, (place.name, name), body) for name, body in made),
        "\n".join(rule_block(place, rule.name, body_of(rule), moved) for rule in own),
    )


def _written(body: Row) -> Row:
    """A rule's properties without those that Azure writes."""
    return {name: value for name, value in body.items() if name != "provisioningState" and value not in (None, [])}


_FACTS = ("network", "network.dns_servers", "os.type", "guest.proxy", "declared.proxy")
_WORKLOAD = ("workload.endpoint_addresses", "workload.private_only")
KIND = Kind(10, tuple(_QUESTIONS), make, frozenset((NSG,)), {VM: (*_FACTS, *_WORKLOAD)})
