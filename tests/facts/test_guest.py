"""Guest facts: as far as they are fresh, and only the interfaces that are the VM's."""

from typing import Any

import pytest

from scanner.facts.nics import mac_of
from scanner.language.values import OpenList
from scanner.model import Unknown
from scanner.policies import BUILT_IN, load
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files
from tests.rows import MAC, OTHER_MAC, TAKEN_AT, facts_of, guest, header, nic, nic_id, vm, vm_id, write

ETHERNET = {"name": "Ethernet", "mac": MAC, "dhcp": True}
SECOND = {"name": "Ethernet 2", "mac": OTHER_MAC, "dhcp": False}
DOCKER = {"name": "docker0", "mac": "02:42:ac:11:00:01", "dhcp": False}
TWO_NICS = [nic_id("nic1"), nic_id("nic2")]


def interfaces(*given: Any, nics: list[str] | None = None, rows: Any = None) -> Any:
    found = [vm(nics=[nic_id()] if nics is None else nics), guest(interfaces=list(given))]
    return facts_of([*found, *([nic()] if rows is None else rows)])["guest.interfaces"]


@pytest.mark.parametrize(
    "written", ["00-0D-3A-12-34-56", "00:0d:3a:12:34:56", "000D3A123456", "000d.3a12.3456", " 00-0d-3a-12-34-56 "]
)
def test_a_mac_in_another_notation_is_another_mac(written: str) -> None:
    assert mac_of(written) == "000d3a123456"


@pytest.mark.parametrize("written", ["", "00-0D-3A-12-34", "00-0D-3A-12-34-5G", "00-0D-3A-12-34-56-78", 12, None, []])
def test_what_is_no_mac_is_read_as_one(written: Any) -> None:
    assert mac_of(written) is None


def test_a_bridge_or_tunnel_is_the_vms() -> None:
    assert interfaces(ETHERNET, DOCKER) == [ETHERNET]


def test_a_guest_with_bridges_only_has_known_interfaces() -> None:
    assert isinstance(interfaces(DOCKER), Unknown)


def test_an_interface_of_a_second_nic_is_taken_for_a_bridge() -> None:
    rows = [nic(), nic(nic_id("nic2"), OTHER_MAC)]
    assert interfaces(ETHERNET, SECOND, nics=TWO_NICS, rows=rows) == [ETHERNET, SECOND]


@pytest.mark.parametrize("rows", [[nic()], [nic(), nic(nic_id("nic2"), None)], [nic(), nic(nic_id("nic2"), "?")]])
def test_a_nic_whose_mac_is_not_known_makes_the_list_whole(rows: Any) -> None:
    found = interfaces(ETHERNET, SECOND, DOCKER, nics=TWO_NICS, rows=rows)
    assert isinstance(found, OpenList)
    assert (found.known, found.extra) == ([ETHERNET], 2)


def test_a_list_is_open_though_every_interface_is_told_apart() -> None:
    assert interfaces(ETHERNET, nics=TWO_NICS) == [ETHERNET]


def test_a_nic_of_another_vm_lends_its_mac() -> None:
    assert isinstance(interfaces(SECOND, rows=[nic(), nic(nic_id("nic2"), OTHER_MAC)]), Unknown)


def test_an_odd_interface_is_forgotten() -> None:
    assert interfaces(ETHERNET, "eth1") == [ETHERNET, {}]
    assert interfaces({**ETHERNET, "dhcp": "yes"}) == [{"name": "Ethernet", "mac": MAC}]


@pytest.mark.parametrize(
    ("collected", "fresh"),
    [
        ("2026-11-14T01:00:00Z", True),
        ("2026-11-14T00:59:59Z", False),
        ("2026-11-14T02:30:00+01:30", True),
        ("2026-11-14T02:29:59+01:30", False),
        ("2026-11-14T01:00:00", True),
        ("2026-11-23T00:00:00Z", True),
    ],
)
def test_the_limit_of_freshness_lies_elsewhere(collected: str, fresh: bool) -> None:
    found = facts_of([vm(), guest(collected=collected, agent={"version": "2.11.1.12"}, proxy=False)])
    assert (found["guest.proxy"] is False) is fresh
    assert (found["agent.version"] == "2.11.1.12") is fresh
    assert found["guest.collected_at"] == collected


@pytest.mark.parametrize("collected", [None, "", "last week", 1763769600, []])
def test_facts_without_a_date_are_fresh(collected: Any) -> None:
    rows = [vm(), guest(collected=None, collectedAt=collected, proxy=False)]
    assert facts_of(rows)["guest.proxy"].needs == "fresh-guest-facts"


def test_another_limit_makes_no_difference() -> None:
    rows = [vm(), guest(collected="2026-11-20T01:00:00Z", proxy=False)]
    assert facts_of(rows, max_age=48)["guest.proxy"] is False
    stale = facts_of(rows, max_age=47.9)["guest.proxy"]
    assert stale.needs == "fresh-guest-facts"
    assert "2026-11-20" in stale.reason
    assert "2 days old" in stale.reason


def test_a_scan_forgets_its_limit(tmp_path: Any) -> None:
    machine, seen = vm(nics=[nic_id()]), guest(collected="2026-11-20T01:00:00Z", interfaces=[ETHERNET])
    file = write(tmp_path / "rows.ndjson", [header([]), machine, nic(), seen])
    for max_age, verdict in ((48.0, "pass"), (24.0, "unknown")):
        results = scan(Files([file]), [load([BUILT_IN])["guest-dhcp"]], Options(now=TAKEN_AT, max_age=max_age))
        assert [outcome.verdict for outcome in results.judged[0].outcomes] == [verdict]


@pytest.mark.parametrize("of", [vm_id().upper(), vm_id().lower()])
def test_guest_facts_under_an_id_in_other_letters_are_lost(of: str) -> None:
    assert facts_of([vm(), guest(of, proxy=False)])["guest.proxy"] is False


def test_guest_facts_of_a_vm_of_the_same_name_are_taken() -> None:
    assert isinstance(facts_of([vm(), guest(vm_id("vm1", "rg-other"), proxy=False)])["guest.proxy"], Unknown)


def test_a_second_row_of_guest_facts_is_passed_over() -> None:
    rows = [vm(), guest(source="first"), guest(source="second")]
    assert facts_of(rows)["guest.source"] == "second"


def test_services_and_proxy_are_not_as_they_were_given() -> None:
    proxy = {"host": "proxy.contoso.com", "addresses": ["10.0.0.100"], "port": 3128, "authenticated": False}
    services = {"iaasvmprovider": {"status": "running", "startup": "automatic"}}
    found = facts_of([vm(), guest(proxy=proxy, services=services)])
    assert found["guest.proxy"] == proxy
    assert found["guest.services"] == services
