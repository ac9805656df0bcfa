"""Rules that are proposed open what is needed and nothing else: random security groups, packet by packet."""

import random
from collections.abc import Iterator, Sequence

import pytest

from scanner.model import Row
from scanner.repairs.model import Book
from scanner.repairs.tell import tell
from tests.network import oracle
from tests.network.build import NIC_NSG_ID, NSG_ID, config, nic, nsg, rule, service_tags, subnet, vm, vnet
from tests.network.oracle import Packet, Raw
from tests.network.worlds import ADDRESS, NAMES, PREFIXES, TAGS
from tests.repairs.making import OPTIONS, Rows, judged, policies
from tests.rows import nic_id, vm_id

ASKED = "Storage.eastus"
BY = policies("outbound-to-storage")
KEY = ("outbound-to-storage", vm_id().lower())
PORTS = (80, 442, 443, 444)


def group(dice: random.Random) -> list[Row] | None:
    if dice.random() < 0.35:
        return None
    start, step = dice.choice(((100, 100), (100, 1), (100, 1), (4090, 1), (200, 10)))
    found = []
    for number in range(dice.randint(1, 6)):
        more = {
            "sourceAddressPrefix": dice.choice(
                ("*", "*", "*", "VirtualNetwork", "10.1.2.0/24", "10.1.2.9", "10.7.0.0/16")
            )
        }
        stock = [*PREFIXES, *NAMES, "*", "*", "Internet", "Internet", "VirtualNetwork"]
        to, port = dice.choice(stock), dice.choice(("443", "*", "400-500", "80"))
        access = dice.choice(("Deny", "Deny", "Allow"))
        protocol = dice.choice(("*", "Tcp", "Udp"))
        found.append(rule(f"r{number}", start + number * step, access, to, port, protocol=protocol, **more))
    return found


def estate(dice: random.Random) -> list[Row]:
    own, around = group(dice), group(dice)
    rows = [
        vm(location="eastus"),
        nic(nic_id(), config(ADDRESS), nsg=None if own is None else NIC_NSG_ID),
        vnet(subnet(None if around is None else NSG_ID)),
        {
            **service_tags("Public", 500, None, **{name.replace(".", "_"): listed for name, listed in TAGS.items()}),
            "id": "/subscriptions/x/tags",
        },
    ]
    groups = zip((own, around), (NIC_NSG_ID, NSG_ID), strict=True)
    return [*rows, *(nsg(*rules, identity=identity) for rules, identity in groups if rules is not None)]


def lets_out(rows: Sequence[Row], address: int, port: int, asked: str) -> set[bool]:
    """Every answer that both groups may give to a packet."""
    source = oracle.bounds(ADDRESS)[0]
    packet = Packet(address, port, asked, source, "10.1.2.0/24", frozenset(), ("10.1.0.0/16",))
    answers = {True}
    for row in rows:
        if row["type"].endswith("networksecuritygroups"):
            raw: list[Raw] = [{"name": one["name"], **one["properties"]} for one in row["properties"]["securityRules"]]
            given = oracle.possible([*raw, *oracle.defaults()], packet, TAGS)
            answers = {one and other for one in answers for other in given}
    return answers  # fmt: skip


def addresses(dice: random.Random) -> Iterator[int]:
    named = [prefix for listed in TAGS.values() for prefix in listed] + PREFIXES
    for low, high in map(oracle.bounds, dice.sample(named, 12)):
        yield from (max(0, low - 1), low, high, min(2**32 - 1, high + 1))


def is_asked(address: int) -> bool:
    return any(low <= address <= high for low, high in map(oracle.bounds, TAGS[ASKED.lower()]))


def after(rows: Sequence[Row], book: Book) -> list[Row]:
    (one,) = book.repairs
    assert one.repair.edits is not None
    replaced = one.repair.edits.replaced
    return [replaced[row["id"].lower()](row) if row["id"].lower() in replaced else row for row in rows]


def test_random_groups_are_opened_for_the_flow_and_for_nothing_else() -> None:
    seen = {"repaired": 0, "moved": 0, "both": 0}
    for seed in range(220):
        dice = random.Random(f"openings {seed}")
        rows = estate(dice)
        if judged(rows, BY)[KEY].verdict != "fail":
            continue
        book = tell(Rows(rows), BY, OPTIONS)
        if not book.repairs:
            (none,) = book.without
            assert "no free priority" in none.why or "not known" in none.why or "not close" in none.why, none.why
            continue
        opened = after(rows, book)
        seen["repaired"] += 1
        seen["both"] += len(book.repairs[0].repair.edits.replaced) == 2  # type: ignore[union-attr]
        assert judged(opened, BY)[KEY].verdict == "pass"
        for row in opened:
            if row["type"].endswith("networksecuritygroups"):
                listed = row["properties"]["securityRules"]
                assert len({one["properties"]["priority"] for one in listed}) == len(listed), "priorities overlap"
                assert all(100 <= one["properties"]["priority"] <= 4096 for one in listed)
                assert len({one["name"].lower() for one in listed}) == len(listed), "names overlap"
        for address in addresses(dice):
            for port in PORTS:
                asked = ASKED if is_asked(address) else ""
                then = lets_out(opened, address, port, asked)
                if asked and port == 443:
                    assert then == {True}
                else:
                    assert then == lets_out(rows, address, port, asked), "what nobody asked for changes"
        for row in opened:  # each rule is needed: without it the finding is back
            for new in new_rules(row):
                seen["moved"] += any(
                    one["name"].startswith("r") and one not in rows_rules(rows, row["id"])
                    for one in row["properties"]["securityRules"]
                )
                assert judged([without(each, new) for each in opened], BY)[KEY].verdict == "fail"
                assert judged([narrowed(each, new) for each in opened], BY)[KEY].verdict == "fail"
    assert seen["repaired"] > 30
    assert seen["both"] > 1
    assert seen["moved"] > 2


def rows_rules(rows: Sequence[Row], identity: str) -> list[Row]:
    return [one for row in rows if row["id"] == identity for one in row["properties"]["securityRules"]]


def new_rules(row: Row) -> list[str]:
    listed = row["properties"].get("securityRules", []) if row["type"].endswith("networksecuritygroups") else []
    return [one["name"] for one in listed if one["name"].startswith("AllowBackup")]


def without(row: Row, name: str) -> Row:
    if not new_rules(row):
        return row
    kept = [one for one in row["properties"]["securityRules"] if one["name"] != name]
    return {**row, "properties": {**row["properties"], "securityRules": kept}}


def narrowed(row: Row, name: str) -> Row:
    """The rule for another port than the one that is needed."""
    if name not in new_rules(row):
        return row
    listed = [
        {**one, "properties": {**one["properties"], "destinationPortRange": "444"}} if one["name"] == name else one
        for one in row["properties"]["securityRules"]
    ]
    return {**row, "properties": {**row["properties"], "securityRules": listed}}


def behind(*rules: Row) -> list[Row]:
    return [vm(), nic(), vnet(subnet()), nsg(*rules)]


def change(book: Book) -> str:
    ((one,),) = [one.repair.changes for one in book.repairs]
    return one


@pytest.mark.parametrize(
    ("priorities", "put"),
    [
        ({200: "Deny"}, "190"),
        ({200: "Deny", 190: "Allow"}, "199"),
        ({200: "Deny", 195: "Allow"}, "199"),
        ({101: "Deny"}, "100"),
        ({4096: "Deny"}, "4090"),
    ],
)
def test_the_rule_stands_close_before_the_deny(priorities: dict[int, str], put: str) -> None:
    rules = [rule(f"r{at}", at, access, "*" if access == "Deny" else "10.0.0.1") for at, access in priorities.items()]
    book = tell(Rows(behind(*rules)), BY, OPTIONS)
    assert f"AllowBackup-Storage.WestEurope-443 ({put})" in change(book)


def test_rules_make_room_where_the_deny_comes_first_of_all() -> None:
    book = tell(Rows(behind(rule("Deny", 100, "Deny"), rule("Next", 101, "Allow", "10.0.0.1"))), BY, OPTIONS)
    steps = [" ".join(map(str, step.words)) for step in book.repairs[0].repair.steps]
    assert [step.split("--name ")[1].split(" --output")[0] for step in steps[:2]] == [
        "Next --priority 102",
        "Deny --priority 101",
    ], "the last one moves first, so that no two meet"
    assert "--priority 100" in steps[2]


def test_a_group_that_is_full_is_said_to_be() -> None:
    rules = [rule(f"r{at}", at, "Deny") for at in range(100, 4097)]
    book = tell(Rows(behind(*rules)), BY, OPTIONS)
    assert not book.repairs
    assert "no free priority before r100 (100)" in book.without[0].why


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    taken = rule("allowbackup-storage.westeurope-443", 300, "Allow", "10.0.0.1")
    book = tell(Rows(behind(rule("Deny", 200, "Deny"), taken)), BY, OPTIONS)
    assert "AllowBackup-Storage.WestEurope-443-2 (190)" in change(book)


def test_a_deny_for_one_machine_is_overruled_for_that_machine_only() -> None:
    deny = rule("Quarantine", 200, "Deny", sourceAddressPrefix="10.1.2.9")
    assert "from 10.1.2.9" in change(tell(Rows(behind(deny)), BY, OPTIONS))


def test_a_route_that_drops_it_is_no_matter_of_rules() -> None:
    from tests.network.build import TABLE_ID, routes

    rows = [vm(), nic(), vnet(subnet(table=TABLE_ID)), nsg(), routes(("none", "0.0.0.0/0", "None"))]
    book = tell(Rows(rows), BY, OPTIONS)
    assert not book.repairs
    assert "no NSG drops it" in book.without[0].why
