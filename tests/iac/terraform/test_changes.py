"""What becomes of each resource: made, changed, moved, replaced, deleted, deferred; and where it is written."""

from pathlib import Path
from typing import Any

import pytest

from scanner.model import SnapreadyError
from scanner.sources.iac.model import Context, Origin, Plan, Resource
from scanner.sources.iac.terraform.origins import blocks_in
from tests.iac.terraform.build import PROVIDERS, PlanFile, by_address, constant, plain, references

REAL = "/subscriptions/1/resourceGroups/rg-app/providers"
RG = {"resource_group_name": "rg-app", "location": "westeurope"}
SOURCE = Path(__file__).parent / "source"


def vm(name: str, *, real: bool = True) -> dict[str, Any]:
    found = {"name": name, "os_disk": [{}], "provision_vm_agent": True, **RG}
    return {"id": f"{REAL}/Microsoft.Compute/virtualMachines/{name}", **found} if real else found


def summary(plan: Plan) -> list[tuple[str, str, str]]:
    return [(each.action, each.row["name"], each.row["id"].split("/")[2]) for each in plan.resources]


X = "azurerm_linux_virtual_machine.x"
CHANGES: list[tuple[str, dict[str, Any], list[tuple[str, str, str]]]] = [
    ("create", {"after": vm("a", real=False), "actions": ("create",)}, [("create", "a", "{subscription}")]),
    ("update", {"after": vm("a"), "actions": ("update",), "unknown": {}}, [("update", "a", "1")]),
    ("no-op", {"after": vm("a"), "actions": ("no-op",), "unknown": {}}, [("none", "a", "1")]),
    ("delete", {"after": None, "before": vm("a"), "actions": ("delete",)}, [("delete", "a", "1")]),
    (
        "replaced under the same name",
        {"after": vm("a", real=False), "before": vm("a"), "actions": ("delete", "create")},
        [("create", "a", "{subscription}"), ("delete", "a", "1")],
    ),
    (
        "replaced under another name, the new one first",
        {"after": vm("b", real=False), "before": vm("a"), "actions": ("create", "delete")},
        [("create", "b", "{subscription}"), ("delete", "a", "1")],
    ),
    ("forgotten", {"after": None, "before": vm("a"), "actions": ("forget",)}, [("none", "a", "1")]),
    (
        "moved",
        {"after": vm("a"), "actions": ("no-op",), "unknown": {}, "previous_address": "azurerm_linux_virtual_machine.w"},
        [("none", "a", "1")],
    ),
    (
        "imported and changed",
        {"after": vm("a"), "actions": ("update",), "unknown": {}, "importing": {"id": "x"}},
        [("update", "a", "1")],
    ),
    (
        "an old object that a replacement left behind",
        {"after": None, "before": vm("a"), "actions": ("delete",), "deposed": "0a1b2c3d"},
        [("delete", "a", "1")],
    ),
]


@pytest.mark.parametrize(("name", "given", "expected"), CHANGES, ids=[each[0] for each in CHANGES])
def test_each_action_gives_what_will_be(
    tmp_path: Path, name: str, given: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    del name
    made = PlanFile().add(X, given.pop("after"), expressions={}, **dict(given))
    given["after"] = made.changes[0]["change"]["after"]
    assert summary(made.read(tmp_path)) == expected


def test_a_replacement_under_the_same_known_id_is_no_deletion(tmp_path: Path) -> None:
    made = PlanFile()
    made.add(X, vm("a", real=False), before=vm("a"), actions=("delete", "create"), expressions={})
    plan = made.read(tmp_path, Context(scope="/subscriptions/1"))
    assert summary(plan) == [("create", "a", "1")]


def test_an_action_of_the_future_is_said_and_incomplete(tmp_path: Path) -> None:
    plan = PlanFile().add(X, vm("a"), actions=("transmute",), unknown={}).read(tmp_path)
    assert [problem.incomplete for problem in plan.problems] == [True]


def state(*resources: dict[str, Any], address: str = "") -> dict[str, Any]:
    module: dict[str, Any] = {"resources": list(resources)}
    if address:
        module = {"child_modules": [{"address": address, **module}]}
    return {"format_version": "1.0", "values": {"root_module": module}}


def stated(address: str, values: dict[str, Any], mode: str = "managed") -> dict[str, Any]:
    kind, name = address.removeprefix("data.").rsplit(".", 2)[-2:]
    return {"address": address, "mode": mode, "type": kind, "name": name, "values": values, "sensitive_values": {}}


def test_what_a_targeted_plan_leaves_out_is_there_as_the_state_has_it(tmp_path: Path) -> None:
    made = PlanFile()
    made.add(X, vm("a"), actions=("update",), unknown={}, previous_address="azurerm_linux_virtual_machine.w")
    other = stated("module.m.azurerm_linux_virtual_machine.y", vm("b"))
    made.more["prior_state"] = state(stated("azurerm_linux_virtual_machine.w", vm("a")), other)
    found = by_address(made.read(tmp_path))
    assert {address: each.action for address, each in found.items()} == {X: "update", other["address"]: "none"}


def test_data_sources_are_rows_where_they_carry_enough(tmp_path: Path) -> None:
    net = f"{REAL}/Microsoft.Network"
    rule = {"name": "Deny", "priority": 100, "access": "Deny", "direction": "Outbound"}
    given: dict[str, dict[str, Any]] = {
        "data.azurerm_network_security_group.d": {
            "id": f"{net}/networkSecurityGroups/g",
            "name": "g",
            "security_rule": [rule],
        },
        "data.azurerm_route_table.d": {
            "id": f"{net}/routeTables/r",
            "name": "r",
            "route": [{"name": "x", "next_hop_type": "None"}],
        },
        "data.azurerm_network_interface.d": {
            "id": f"{net}/networkInterfaces/n",
            "name": "n",
            "network_security_group_id": f"{net}/networkSecurityGroups/g",
            "ip_configuration": [{"name": "one", "application_security_group_ids": ["/asg"]}],
        },
        "data.azurerm_subnet.d": {
            "id": f"{net}/virtualNetworks/v/subnets/s",
            "name": "s",
            "network_security_group_id": "",
            "address_prefixes": ["10.0.0.0/24"],
        },
        "data.azurerm_application_security_group.d": {"id": f"{net}/applicationSecurityGroups/a", "name": "a"},
        "data.azurerm_nat_gateway.d": {"id": f"{net}/natGateways/n", "name": "n"},
        "data.azurerm_resource_group.d": {"id": "/subscriptions/1/resourceGroups/rg", "name": "rg"},
        "data.azurerm_availability_set.d": {"id": f"{REAL}/Microsoft.Compute/availabilitySets/a", "name": "a"},
        "data.azurerm_proximity_placement_group.d": {
            "id": f"{REAL}/Microsoft.Compute/proximityPlacementGroups/p",
            "name": "p",
        },
    }
    too_little: dict[str, dict[str, Any]] = {
        "data.azurerm_virtual_network.d": {"id": f"{net}/virtualNetworks/v", "name": "v"},
        "data.azurerm_virtual_machine.d": {"id": f"{REAL}/Microsoft.Compute/virtualMachines/v", "name": "v"},
        "data.azurerm_managed_disk.d": {"id": f"{REAL}/Microsoft.Compute/disks/d", "name": "d"},
        "data.azurerm_public_ip.d": {"id": f"{net}/publicIPAddresses/p", "name": "p"},
        "data.azurerm_lb.d": {"id": f"{net}/loadBalancers/l", "name": "l"},
        "data.azurerm_lb_backend_address_pool.d": {"id": f"{net}/loadBalancers/l/backendAddressPools/p", "name": "p"},
        "data.azurerm_recovery_services_vault.d": {"id": f"{REAL}/Microsoft.RecoveryServices/vaults/v", "name": "v"},
        "data.azurerm_backup_policy_vm.d": {"id": f"{REAL}/Microsoft.RecoveryServices/vaults/v/backupPolicies/p"},
    }
    made = PlanFile()
    made.more["prior_state"] = state(*(stated(name, each, "data") for name, each in {**given, **too_little}.items()))
    found = by_address(made.read(tmp_path))
    assert found.keys() == given.keys()
    assert {each.action for each in found.values()} == {"existing"}
    rows = {address.split(".")[1]: plain(each.row["properties"]) for address, each in found.items()}
    assert rows["azurerm_network_security_group"]["securityRules"][0]["properties"]["priority"] == 100
    assert rows["azurerm_network_interface"]["networkSecurityGroup"]["id"].endswith("/g")
    assert "networkSecurityGroup" not in rows["azurerm_subnet"]
    assert rows["azurerm_subnet"]["natGateway"].startswith("?")


def test_a_data_source_that_is_read_only_on_apply_has_an_id_made_of_its_names(tmp_path: Path) -> None:
    made = PlanFile()
    after = {"name": "s", "virtual_network_name": "v", "resource_group_name": "rg-app"}
    made.add("data.azurerm_subnet.d", after, actions=("read",), expressions={})
    nic = {"name": "n", "ip_configuration": [{"name": "one"}], **RG}
    made.add(
        "azurerm_network_interface.n",
        nic,
        unknown={"id": True, "ip_configuration": [{"subnet_id": True}]},
        expressions={"ip_configuration": [{"subnet_id": references("data.azurerm_subnet.d.id")}]},
    )
    row = plain(by_address(made.read(tmp_path))["azurerm_network_interface.n"].row)
    subnet = row["properties"]["ipConfigurations"][0]["properties"]["subnet"]["id"]
    assert subnet == f"~{PROVIDERS}/Microsoft.Network/virtualNetworks/v/subnets/s"


def test_deferred_changes_are_unresolved_and_open_what_they_may_be_part_of(tmp_path: Path) -> None:
    made = PlanFile()
    made.add("azurerm_network_security_group.g", {"name": "g", **RG}, unknown={"security_rule": True}, expressions={})

    def deferred(kind: str, reason: str) -> dict[str, Any]:
        change = {"actions": ["create"], "after": {}, "after_unknown": {}}
        head = {"address": f"{kind}.d[*]", "mode": "managed", "type": kind, "name": "d", "index_unknown": True}
        return {"reason": reason, "resource_change": {**head, "change": change}}

    made.more["deferred_changes"] = [
        deferred("azurerm_network_security_rule", "instance_count_unknown"),
        deferred("azurerm_linux_virtual_machine", "provider_config_unknown"),
        deferred("aws_instance", "instance_count_unknown"),
    ]
    plan = made.read(tmp_path)
    assert [(each.what, each.type) for each in plan.unresolved] == [
        ("azurerm_network_security_rule.d[*]", "microsoft.network/networksecuritygroups/securityrules"),
        ("azurerm_linux_virtual_machine.d[*]", "microsoft.compute/virtualmachines"),
    ]
    assert "count or for_each" in plan.unresolved[0].why
    (rule,) = plain(plan.resources[0].row["properties"]["securityRules"])
    assert rule.startswith("?azurerm_network_security_rule.d[*] may be of it")


def test_types_that_could_matter_are_named_once_and_others_are_passed_over(tmp_path: Path) -> None:
    made = PlanFile()
    for at in range(3):
        made.add(f"azurerm_firewall.f[{at}]", {"name": "f"}, expressions={})
    made.add("azurerm_storage_account.s", {"name": "s"}, expressions={})
    made.add("aws_instance.a", {}, expressions={})
    flexible = {"name": "ss", "sku_name": "Standard_B2s", "instances": 2, **RG}
    made.add("azurerm_orchestrated_virtual_machine_scale_set.o", flexible, expressions={})
    plan = made.read(tmp_path)
    said = [(problem.message, problem.incomplete) for problem in plan.problems]
    assert [("azurerm_firewall (3)" in said[0][0], said[0][1]), ("would start" in said[1][0], said[1][1])] == [
        (True, False),
        (True, False),
    ]
    assert len(said) == 2


def origins(tmp_path: Path, source: str) -> dict[str, Resource]:
    made = PlanFile()
    made.add("azurerm_subnet.app", {"name": "s", "virtual_network_name": "v", **RG}, expressions={})
    made.add("azurerm_network_interface.nic[0]", {"name": "n", **RG}, expressions={}, count=constant(1))
    made.add('module.vm["a"].azurerm_linux_virtual_machine.vm', {"name": "v", **RG}, expressions={})
    made.add("module.registry.module.deep.azurerm_linux_virtual_machine.vm", {"name": "w", **RG}, expressions={})
    made.add("azurerm_route_table.elsewhere", {"name": "r", **RG}, expressions={})
    made.root["module_calls"]["registry"]["source"] = "Azure/compute/azurerm"
    return by_address(made.read(tmp_path, Context(source=source)))


def test_with_the_sources_a_resource_points_at_its_block(tmp_path: Path) -> None:
    found = {address: each.origin for address, each in origins(tmp_path, str(SOURCE)).items()}
    assert found == {
        "azurerm_subnet.app": Origin(f"{SOURCE}/main.tf", 12, 1),
        "azurerm_network_interface.nic[0]": Origin(f"{SOURCE}/main.tf", 21, 3),
        'module.vm["a"].azurerm_linux_virtual_machine.vm': Origin(f"{SOURCE}/modules/vm/vm.tf", 3, 1),
        "module.registry.module.deep.azurerm_linux_virtual_machine.vm": Origin(f"{SOURCE}/main.tf", 27, 1),
        "azurerm_route_table.elsewhere": Origin(str(tmp_path / "plan.json")),
    }


def test_without_them_it_points_at_the_plan(tmp_path: Path) -> None:
    assert {each.origin for each in origins(tmp_path, "").values()} == {Origin(str(tmp_path / "plan.json"))}


def test_a_folder_of_sources_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapreadyError, match="no such folder"):
        origins(tmp_path, "no/such/folder")


@pytest.mark.parametrize("text", ['"' + "${" * 5000, '"${"' * 5000, "/*", "<<A\n", "{" * 10_000, "}" * 10_000])
def test_no_broken_source_breaks_the_scan(text: str) -> None:
    assert blocks_in(text) == []
