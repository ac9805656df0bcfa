"""A reference that may be to one of several resources: each is judged, and only what they agree on is known."""

from scanner.model import Row
from scanner.policies import BUILT_IN, load
from scanner.scan import Options, scan
from scanner.sources.iac.model import Plan, Resource, unknown
from scanner.sources.iac.source import MOST_CHOICES, Plans
from tests.network.build import VNET_ID, config, nic, nsg, rule, subnet, vm, vnet
from tests.rows import nic_id

OUTBOUND = [load([BUILT_IN])["outbound-to-storage"]]
NOW = Options(now="2026-11-22T01:00:00Z")
INTERFACE = unknown("azurerm_network_interface.n is one of several")
SUBNET = unknown("azurerm_subnet.s is one of several")


def subnet_id(name: str) -> str:
    return f"{VNET_ID}/subnets/{name}"


def around() -> list[Row]:
    """Two subnets, one behind a Deny of everything, one behind nothing; an interface in each."""
    closed = {**subnet(), "name": "closed", "id": subnet_id("closed")}
    free = {**subnet(None), "name": "open", "id": subnet_id("open")}
    interfaces = [nic(nic_id(name), config(subnet=subnet_id(name))) for name in ("closed", "open")]
    return [vnet(closed, free), nsg(rule("All", 100, "Deny")), *interfaces]


def verdict(*candidates: str, rows: list[Row] | None = None, beside: tuple[str, ...] = ()) -> tuple[str, str]:
    """What is said of a VM whose interface is one of these."""
    machine = Resource(
        vm(nics=[{"id": INTERFACE}]), candidates={INTERFACE.reason: [each.lower() for each in candidates]}
    )
    others = [Resource(row, candidates={SUBNET.reason: beside} if beside else {}) for row in rows or around()]
    outcome = scan(Plans([Plan("terraform", "plan.json", [machine, *others])]), OUTBOUND, NOW).judged[0].outcomes[0]
    return outcome.verdict, outcome.reason


def test_one_of_two_interfaces_that_are_both_closed_is_not_known() -> None:
    also = nic(nic_id("also"), config("10.1.2.10", subnet=subnet_id("closed")))
    found, reason = verdict(nic_id("closed"), nic_id("also"), rows=[*around(), also])
    assert found == "fail"
    assert "whichever of 2 resources the plan means" in reason


def test_one_of_two_interfaces_that_are_both_open_is_not_known() -> None:
    also = nic(nic_id("also"), config("10.1.2.10", subnet=subnet_id("open")))
    assert verdict(nic_id("open"), nic_id("also"), rows=[*around(), also])[0] == "pass"


def test_one_open_interface_decides_for_the_closed_one() -> None:
    assert verdict(nic_id("open"), nic_id("closed"))[0] == "unknown"
    assert verdict(nic_id("closed"), nic_id("open"))[0] == "unknown"


def test_two_references_are_tried_in_step_and_not_each_with_each() -> None:
    """The interface is one of two, and the subnet of one of them one of two: four ways, of which two would be tried."""
    unsettled = nic(nic_id("also"), config("10.1.2.10"))
    unsettled["properties"]["ipConfigurations"][0]["properties"]["subnet"] = {"id": SUBNET}
    both = tuple(subnet_id(name).lower() for name in ("open", "closed"))
    rows = [*around(), unsettled]
    assert verdict(nic_id("open"), nic_id("also"), rows=rows, beside=both)[0] == "unknown"
    assert verdict(nic_id("also"), nic_id("open"), rows=rows, beside=both)[0] == "unknown"


def test_only_the_first_of_very_many_are_tried() -> None:
    many = [nic(nic_id(f"n{at}"), config(f"10.1.2.{at + 20}", subnet=subnet_id("open"))) for at in range(MOST_CHOICES)]
    last = nic(nic_id("z"), config(subnet=subnet_id("closed")))
    ids = [nic_id(f"n{at}") for at in range(MOST_CHOICES)]
    assert verdict(*ids, rows=[*around(), *many, last])[0] == "pass"
    assert verdict(*ids, nic_id("z"), rows=[*around(), *many, last])[0] == "unknown"
