"""Tables of guest facts: cells that say what they mean, and nothing that they do not say."""

from pathlib import Path
from typing import Any

import pytest

from tests.ingest.material import TIME, put, read, said
from tests.rows import vm_id


def table(folder: Path, head: str, *lines: str, name: str = "t.csv", **given: Any) -> Any:
    return read(put(folder, name, "\n".join([head, *lines]) + "\n"), **{"collected_at": TIME, **given})


def facts(folder: Path, head: str, *lines: str) -> dict[str, Any]:
    done = table(folder, f"vm,{head}", *(f"{vm_id()},{line}" for line in lines))
    assert not done.problems, said(done)
    (row,) = done.rows
    found: dict[str, Any] = row["properties"]
    assert (found.pop("collectedAt"), found.pop("source")) == (TIME, "csv")
    return found


@pytest.mark.parametrize(
    ("head", "line", "expected"),
    [
        ("agent.version", "2.9.1.1", {"agent": {"version": "2.9.1.1"}}),
        ("agent.running,Agent.ExtensionsEnabled", "yes,FALSE",
         {"agent": {"running": True, "extensionsEnabled": False}}),
        ("interfaces.mac,interfaces.dhcp", "00-0D-3A-12-34-56,1",
         {"interfaces": [{"mac": "00-0D-3A-12-34-56", "dhcp": True}]}),
        ("services.IaasVmProvider.startup", "automatic", {"services": {"IaasVmProvider": {"startup": "automatic"}}}),
        ("services.a.b.status", "running", {"services": {"a.b": {"status": "running"}}}),
        ("services.RdAgent", "none", {"services": {"RdAgent": False}}),
        ("proxy", "none", {"proxy": False}),
        ("proxy.host,proxy.port,proxy.addresses", "p.contoso.com,3128,10.0.0.1 10.0.0.2",
         {"proxy": {"host": "p.contoso.com", "port": 3128, "addresses": ["10.0.0.1", "10.0.0.2"]}}),
        ("platformendpoint.80,platformEndpoint.32526", "true,no", {"platformEndpoint": {"80": True, "32526": False}}),
        (r"registry.HKLM\SOFTWARE\MICROSOFT\BCDRAGENT", '"{""USEVSSCOPYBACKUP"":""TRUE""}"',
         {"registry": {r"HKLM\SOFTWARE\MICROSOFT\BCDRAGENT": {"USEVSSCOPYBACKUP": "TRUE"}}}),
        (r"registry.HKLM\SOFTWARE\MICROSOFT\BCDRAGENT", "none",
         {"registry": {r"HKLM\SOFTWARE\MICROSOFT\BCDRAGENT": False}}),
        ("vssWriters", '"{""SqlServerWriter"":""Failed""}"', {"vssWriters": {"SqlServerWriter": "Failed"}}),
        ("agent.version,agent.running", ",true", {"agent": {"running": True}}),
        ("agent.version,proxy", " 2.9.1.1 ,", {"agent": {"version": "2.9.1.1"}}),
    ],
)  # fmt: skip
def test_a_column_is_not_read(tmp_path: Path, head: str, line: str, expected: dict[str, Any]) -> None:
    assert facts(tmp_path, head, line) == expected


def test_interfaces_of_several_lines_do_not_add_up(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        "interfaces.mac,interfaces.dhcp,agent.version",
        "00-0D-3A-12-34-56,true,2.9",
        "00-0D-3A-12-34-57,,",
        "00-0D-3A-12-34-56,true,",
    )
    assert found == {
        "interfaces": [{"mac": "00-0D-3A-12-34-56", "dhcp": True}, {"mac": "00-0D-3A-12-34-57"}],
        "agent": {"version": "2.9"},
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("vm", ["vm", "VM", "VM Id", "ResourceId", "resource_id", "id", '"vm"'])
def test_a_head_is_not_understood(tmp_path: Path, separator: str, vm: str) -> None:
    done = table(
        tmp_path,
        separator.join(["owner", vm, "agent.version"]),
        separator.join(["me", vm_id(), "2.9"]),
        name="export.txt",
    )
    assert [row["properties"]["agent"] for row in done.rows] == [{"version": "2.9"}]
    assert "columns that are not read: owner; docs/collecting-guest-facts.md lists the columns: vm, " in said(done)
    assert not any(problem.incomplete for problem in done.problems)


def test_a_byte_order_mark_hides_the_first_column(tmp_path: Path) -> None:
    assert table(tmp_path, "\ufeffvm,agent.version", f"{vm_id()},2.9").rows


def test_time_and_source_of_a_line_are_lost(tmp_path: Path) -> None:
    done = table(
        tmp_path, "vm,collectedAt,source,agent.version", f"{vm_id()},2026-11-20T00:00:00Z,cmdb,2.9", source="x"
    )
    (row,) = done.rows
    assert (row["properties"]["collectedAt"], row["properties"]["source"]) == ("2026-11-20T00:00:00Z", "cmdb")


WRONG = {
    "agent.running": ("maybe", "agent.running: 'maybe' is neither true nor false; it is left out"),
    "proxy": ("proxy:3128", "proxy: 'proxy:3128' must be none"),
    "proxy.port": ("99999", "'99999' is no port"),
    "platformEndpoint.80": ("open", "is neither true nor false"),
    "vssWriters": ("Stable", "'Stable' is no JSON object of all there is, nor none"),
    "registry.HKLM\\X": ("TRUE", "'TRUE' is no JSON object of all there is, nor none"),
    "services.RdAgent": ("running", "'running' must be none"),
}


@pytest.mark.parametrize("column", WRONG)
def test_a_cell_that_cannot_be_read_is_guessed(tmp_path: Path, column: str) -> None:
    cell, message = WRONG[column]
    done = table(tmp_path, f"vm,agent.version,{column}", f"{vm_id()},2.9,{cell}")
    (row,) = done.rows
    assert set(row["properties"]) == {"collectedAt", "source", "agent"}
    assert row["properties"]["agent"] == {"version": "2.9"}
    assert "t.csv:2: " in said(done)
    assert message in said(done)


@pytest.mark.parametrize("lines", [("2.9", "2.8"), ("2.8", "2.9"), ("2.9", "2.8", "2.9")])
def test_lines_that_contradict_each_other_are_decided_by_their_order(tmp_path: Path, lines: tuple[str, ...]) -> None:
    other = f"{vm_id('vm2')},2.9"
    done = table(tmp_path, "vm,agent.version", *(f"{vm_id()},{line}" for line in lines), other)
    assert [row["id"] for row in done.rows] == [f"{vm_id('vm2')}/guestFacts"]
    assert "t.csv:3: line 2 tells something else of the VM, which is left out" in said(done)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vm,owner\nx,y\n", "the table has no column of a guest fact, only vm, owner"),
        ("name,agent.version\nx,2.9\n", "the table has no column vm with the VM's resource id"),
        ("vm,agent.version\n", "holds no output"),
        ("", "no column vm"),
        (f"vm,agent.version\n{vm_id()}\n", ":2: the line has 1 cells, and the head 2"),
        (f'vm,agent.version\n{vm_id()},"2.9', "the table breaks off"),
        ("vm,agent.version\nvm1,2.9\n", "'vm1' is no id of a VM"),
        (b"vm,agent.version\n\xff,2.9\n", "it is not UTF-8 text"),
        (f"vm,proxy.host\n{vm_id()},p\n", "a proxy needs proxy.host and proxy.port"),
        (f"vm,services.a,services.a.status\n{vm_id()},none,running\n", "services.a.status: 'running' and another cell"),
        (f"vm,services.a.status,services.a\n{vm_id()},running,none\n", "services.a: 'none' and another cell"),
    ],
)
def test_a_broken_table_is_not_said(tmp_path: Path, text: str | bytes, message: str) -> None:
    done = read(put(tmp_path, "t.csv", text), collected_at=TIME)
    assert message in said(done)
    assert any(problem.incomplete for problem in done.problems)


def test_a_broken_line_takes_the_others_with_it(tmp_path: Path) -> None:
    done = table(tmp_path, "vm,agent.version", f"{vm_id()},2.9", "short", "", f"{vm_id('vm2')},2.9")
    assert len(done.rows) == 2
    assert "t.csv:3: the line has 1 cells" in said(done)
