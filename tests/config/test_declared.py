"""What owners declare in snapready.yaml: it counts until it expires, is shown as declared, and slips have a line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.model import Row
from tests.cli.running import Command
from tests.network.build import DENY_INTERNET, TABLE_ID, nic, nsg, routes, subnet, vm, vnet
from tests.network.exits import declared
from tests.rows import header, item, policy, write

Write = Callable[[str], Path]

NOTHING = "max-age: 8d\n"
HOP = """declared:
  - hop: 10.1.0.4
    allows: [Storage, AzureBackup]
    ports: [443, 8000-8080]
    owner: net@contoso.com
    date: 2026-11-01
    expires: 2026-11-22
    reason: firewall policy afwp-hub, rule collection Backup
"""
PROXY = """declared:
  - proxy: proxy.contoso.com
    addresses: [10.1.0.100]
    port: 3128
    authenticated: false
    owner: net@contoso.com
    date: 2026-11-01
    expires: 2027-01-01
    reason: ticket 4711
"""


def fleet(folder: Path, *more: Row, closed: bool = False) -> str:
    """A VM whose way out is a firewall, or closed."""
    table = routes(("hub", "0.0.0.0/0", "VirtualAppliance"))
    group = nsg(*([DENY_INTERNET] if closed else []))
    rows = [vm(), nic(), vnet(subnet(table=TABLE_ID)), group, table, item(), policy(), *more]
    return write(folder / "fleet.ndjson", [header(rows, *{row["type"] for row in rows}), *rows])


def scanned(snapready: Command, file: str, *options: str) -> str:
    done = snapready("scan", file, "--select", "outbound-to-storage", *options)
    return " ".join((done.out + done.err).split())


def test_a_firewall_that_is_declared_is_still_a_question(snapready: Command, configured: Write) -> None:
    folder = configured(NOTHING).parent
    file = fleet(folder)
    assert "1 unknown" in scanned(snapready, file)
    configured(HOP)
    assert "1 pass" in scanned(snapready, file)
    assert "1 unknown" in scanned(snapready, file, "--no-config")


def test_an_explanation_that_does_not_say_who_declared_it_and_until_when(snapready: Command, configured: Write) -> None:
    file = fleet(configured(HOP).parent)
    shown = " ".join(snapready("explain", "vm1", file, "--full", "--select", "outbound-to-storage").out.split())
    assert "declared by net@contoso.com on 2026-11-01, until 2026-11-22: firewall policy afwp-hub" in shown
    assert "declared" in shown
    configured(PROXY)
    file = fleet(configured(PROXY).parent, closed=True)
    shown = " ".join(snapready("explain", "vm1", file, "--full", "--select", "proxy-usable").out.split())
    assert "net@contoso.com" in shown
    assert "2027-01-01" in shown


def test_a_declaration_that_counts_after_its_last_day(snapready: Command, configured: Write) -> None:
    file = fleet(configured(HOP.replace("2026-11-22", "2026-11-21")).parent)
    shown = scanned(snapready, file)
    assert "1 unknown" in shown
    assert "what net@contoso.com declared of 10.1.0.4 expired on 2026-11-21 and no longer counts" in shown
    assert "snapready.yaml:2" in shown


def test_a_proxy_that_is_declared_and_not_used(snapready: Command, configured: Write) -> None:
    folder = configured(NOTHING).parent
    file = fleet(folder, closed=True)
    assert "1 fail" in scanned(snapready, file)
    configured(PROXY)
    assert "1 pass" in scanned(snapready, file)
    configured(PROXY.replace("authenticated: false", "authenticated: true"))
    assert "1 fail" in scanned(snapready, file)


def test_a_snapshot_that_does_not_carry_declarations(snapready: Command, configured: Write) -> None:
    file = fleet(configured(NOTHING).parent, declared("10.1.0.4", "Storage"))
    assert "1 pass" in scanned(snapready, file)
    half = declared("10.1.0.4", "Storage", owner=None)
    shown = scanned(snapready, fleet(configured(NOTHING).parent, half))
    assert "1 unknown" in shown
    assert "this declaration does not count: owner is no text" in shown


@pytest.mark.parametrize(
    ("was", "now", "line", "said"),
    [
        ("Storage", "Storge", 3, "allows: 'Storge' is neither a service tag nor a prefix, did you mean 'Storage'?"),
        ("10.1.0.4", "fw-hub", 2, "hop: 'fw-hub' is no IPv4 address or prefix"),
        ("10.1.0.4", "VirtualNetworkGatway", 2, "did you mean 'VirtualNetworkGateway'?"),
        ("2026-11-22", "2026-10-01", 7, "it expires before the day it was declared"),
        ("2026-11-22", "2026-02-31", 7, "'2026-02-31' is no day"),
        ("2026-11-22", "tomorrow", 7, "a day such as 2026-11-22, in UTC"),
        ("443", "https", 4, "ports: 'https' is no port"),
        ("    owner: net@contoso.com\n", "", 2, "'owner' is missing"),
        ("owner:", "ownr:", 5, "'ownr' has no meaning here, did you mean 'owner'?"),
        ("    reason", "    scope: snet-app\n    reason", 8, "scope: 'snet-app' is no resource id"),
    ],
)
def test_a_slip_in_a_declaration_without_its_line(
    was: str, now: str, line: int, said: str, snapready: Command, configured: Write
) -> None:
    file = fleet(configured(HOP.replace(was, now, 1)).parent)
    done = snapready("scan", file)
    assert done.code == 2
    assert said in done.err
    assert f"snapready.yaml:{line}:" in done.err


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("    addresses: [10.1.0.100]\n", "", "a proxy that is named needs its `addresses`"),
        ("10.1.0.100", "proxy", "'proxy' is no IPv4 address"),
        ("3128", "99999", "port"),
        ("authenticated: false", "authenticated: nobody", "authenticated"),
    ],
)
def test_a_slip_in_a_declared_proxy(was: str, now: str, said: str, snapready: Command, configured: Write) -> None:
    done = snapready("scan", fleet(configured(PROXY.replace(was, now)).parent))
    assert done.code == 2
    assert said in done.err


def test_what_is_unknown_for_want_of_a_declaration_does_not_say_what_would_settle_it(
    snapready: Command, configured: Write
) -> None:
    shown = scanned(snapready, fleet(configured(NOTHING).parent))
    assert "declared: in snapready.yaml" in shown
