"""Each form in which Terraform links resources whose ids nobody knows leads to the right one or to all it may be."""

from pathlib import Path
from typing import Any

import pytest

from scanner.model import Unknown
from scanner.sources.iac.model import Context, Plan, Resource
from tests.iac.terraform.build import PROVIDERS, PlanFile, by_address, constant, plain, references

NICS = f"{PROVIDERS}/Microsoft.Network/networkInterfaces"
SUBNETS = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet/subnets"
RG = {"resource_group_name": "rg-app", "location": "westeurope"}
HIDDEN = {"id": True, "ip_configuration": [{"subnet_id": True}]}


def nic(made: PlanFile, address: str, name: str, subnet: dict[str, Any] | None = None, **more: Any) -> None:
    config = [{"name": "internal"}] if subnet is None else [{"name": constant("internal"), "subnet_id": subnet}]
    after = {"name": name, "ip_configuration": [{"name": "internal"}], **RG}
    made.add(address, after, unknown=HIDDEN, expressions={"ip_configuration": config}, **more)


def vm(made: PlanFile, address: str, name: str, nics: dict[str, Any], number: int = 1, **more: Any) -> None:
    after = {"name": name, "network_interface_ids": [None] * number, **RG}
    unknown = {"id": True, "network_interface_ids": [True] * number}
    made.add(address, after, unknown=unknown, expressions={"network_interface_ids": nics}, **more)


def subnet(made: PlanFile, address: str, name: str, **more: Any) -> None:
    after = {"name": name, "virtual_network_name": "vnet", "resource_group_name": "rg-app"}
    made.add(address, after, expressions={}, **more)


def nics_of(resource: Resource) -> list[Any]:
    return [plain(each["id"]) for each in resource.row["properties"]["networkProfile"]["networkInterfaces"]]


def subnet_of(resource: Resource) -> Any:
    return plain(resource.row["properties"]["ipConfigurations"][0]["properties"].get("subnet", {}).get("id"))


def candidates(resource: Resource) -> set[str]:
    return {name.rsplit("/", 1)[-1] for ids in resource.candidates.values() for name in ids}


def read(made: PlanFile, folder: Path) -> dict[str, Resource]:
    return by_address(made.read(folder))


def test_a_resource_of_the_same_module_is_the_one_that_is_named(tmp_path: Path) -> None:
    made = PlanFile()
    nic(made, "azurerm_network_interface.a", "nic-a")
    nic(made, "azurerm_network_interface.ab", "nic-ab")
    vm(made, "azurerm_linux_virtual_machine.a", "a", references("azurerm_network_interface.a.id"))
    assert nics_of(read(made, tmp_path)["azurerm_linux_virtual_machine.a"]) == [f"~{NICS}/nic-a"]


@pytest.mark.parametrize(
    ("reference", "picked"), [("azurerm_network_interface.a[1].id", 1), ('azurerm_network_interface.k["x"].id', "x")]
)
def test_a_key_that_is_written_out_picks_one(tmp_path: Path, reference: str, picked: object) -> None:
    made = PlanFile()
    for at in range(3):
        nic(made, f"azurerm_network_interface.a[{at}]", f"nic-{at}")
    for key in ("x", "y"):
        nic(made, f'azurerm_network_interface.k["{key}"]', f"nic-{key}")
    vm(made, "azurerm_linux_virtual_machine.a", "a", references(reference))
    assert nics_of(read(made, tmp_path)["azurerm_linux_virtual_machine.a"]) == [f"~{NICS}/nic-{picked}"]


def test_count_index_is_the_same_index_where_both_count_alike(tmp_path: Path) -> None:
    made = PlanFile()
    for at in range(3):
        nic(made, f"azurerm_network_interface.a[{at}]", f"nic-{at}")
        refers = references("azurerm_network_interface.a", "count.index")
        vm(made, f"azurerm_linux_virtual_machine.a[{at}]", f"vm-{at}", refers)
    found = read(made, tmp_path)
    for at in range(3):
        assert nics_of(found[f"azurerm_linux_virtual_machine.a[{at}]"]) == [f"~{NICS}/nic-{at}"]


def test_count_index_over_fewer_is_any_of_them(tmp_path: Path) -> None:
    """count.index % 2, which the plan tells as count.index."""
    made = PlanFile()
    for at in range(2):
        subnet(made, f"azurerm_subnet.s[{at}]", f"s{at}")
    for at in range(4):
        refers = references("azurerm_subnet.s", "count.index")
        nic(made, f"azurerm_network_interface.a[{at}]", f"nic-{at}", refers)
    found = read(made, tmp_path)["azurerm_network_interface.a[1]"]
    assert subnet_of(found).startswith("?ip_configuration[0].subnet_id of")
    assert candidates(found) == {"s0", "s1"}


def test_each_key_is_the_same_key(tmp_path: Path) -> None:
    made = PlanFile()
    for key in ("a.b", "c/d"):
        nic(made, f'azurerm_network_interface.n["{key}"]', f"nic-{key[0]}")
        refers = references("azurerm_network_interface.n", "each.key")
        vm(made, f'azurerm_linux_virtual_machine.v["{key}"]', f"vm-{key[0]}", refers)
    assert nics_of(read(made, tmp_path)['azurerm_linux_virtual_machine.v["c/d"]']) == [f"~{NICS}/nic-c"]


def test_for_each_over_other_resources_leads_to_the_one_of_the_same_key(tmp_path: Path) -> None:
    made = PlanFile()
    for key in ("x", "y"):
        nic(made, f'azurerm_network_interface.n["{key}"]', f"nic-{key}")
        vm(
            made,
            f'azurerm_linux_virtual_machine.v["{key}"]',
            f"vm-{key}",
            references("each.value.id"),
            for_each=references("azurerm_network_interface.n"),
        )
    assert nics_of(read(made, tmp_path)['azurerm_linux_virtual_machine.v["y"]']) == [f"~{NICS}/nic-y"]


def test_each_value_is_followed_where_for_each_is_written_out_and_is_any_where_it_is_computed(tmp_path: Path) -> None:
    for expression, expected in ((constant({"one": {"net": "y"}}), {"y"}), (references("var.vms"), {"x", "y"})):
        made = PlanFile()
        for key in ("x", "y"):
            subnet(made, f'azurerm_subnet.s["{key}"]', key)
        refers = references("azurerm_subnet.s", "each.value.net")
        nic(made, 'azurerm_network_interface.n["one"]', "nic", refers, for_each=expression)
        found = read(made, tmp_path)['azurerm_network_interface.n["one"]']
        assert {subnet_of(found).rsplit("/", 1)[-1]} == {"y"} if len(expected) == 1 else candidates(found) == expected


def test_a_splat_gives_all_in_order_and_the_first_is_primary(tmp_path: Path) -> None:
    made = PlanFile()
    for at in range(2):
        nic(made, f"azurerm_network_interface.a[{at}]", f"nic-{at}")
    vm(made, "azurerm_linux_virtual_machine.a", "a", references("azurerm_network_interface.a"), 2)
    found = read(made, tmp_path)["azurerm_linux_virtual_machine.a"]
    assert nics_of(found) == [f"~{NICS}/nic-0", f"~{NICS}/nic-1"]
    listed = found.row["properties"]["networkProfile"]["networkInterfaces"]
    assert [each["properties"]["primary"] for each in listed] == [True, False]


def test_of_a_list_that_holds_more_than_one_of_several_none_is_guessed(tmp_path: Path) -> None:
    made = PlanFile()
    for at in range(3):
        nic(made, f"azurerm_network_interface.a[{at}]", f"nic-{at}")
    vm(made, "azurerm_linux_virtual_machine.a", "a", references("azurerm_network_interface.a", "var.which"), 2)
    found = read(made, tmp_path)["azurerm_linux_virtual_machine.a"]
    listed = found.row["properties"]["networkProfile"]["networkInterfaces"]
    assert all(isinstance(each["id"], Unknown) and "properties" not in each for each in listed)
    assert candidates(found) == {"nic-0", "nic-1", "nic-2"}


def modules() -> PlanFile:
    """A network module for the subnets, and a machine module that is called for each of two VMs."""
    made = PlanFile()
    for key in ("app", "db"):
        subnet(made, f'module.net.azurerm_subnet.this["{key}"]', f"snet-{key}")
        nic(made, f'module.vm["{key}"].azurerm_network_interface.nic', f"nic-{key}", references("var.subnet_id"))
        vm(
            made,
            f'module.vm["{key}"].azurerm_linux_virtual_machine.vm',
            f"vm-{key}",
            references("azurerm_network_interface.nic.id"),
        )
    made.call("net", expressions={}, outputs={"subnet_ids": references("azurerm_subnet.this")})
    given = {"subnet_id": references("module.net.subnet_ids", "each.key")}
    outputs = {"vm_id": references("azurerm_linux_virtual_machine.vm.id"), "ip": references("var.ip")}
    made.call("vm", expressions=given, outputs=outputs, for_each_expression=references("var.vms"))
    return made


def test_variables_are_followed_to_the_call_and_outputs_into_the_module(tmp_path: Path) -> None:
    found = read(modules(), tmp_path)
    for key in ("app", "db"):
        assert subnet_of(found[f'module.vm["{key}"].azurerm_network_interface.nic']) == f"~{SUBNETS}/snet-{key}"
        machine = found[f'module.vm["{key}"].azurerm_linux_virtual_machine.vm']
        assert nics_of(machine) == [f"~{NICS}/nic-{key}"], "an interface of another module instance"


def test_an_output_whose_key_is_written_out_gives_the_resource_of_that_key(tmp_path: Path) -> None:
    made = modules()
    call = made.root["module_calls"]["vm"]
    call["expressions"]["subnet_id"] = references('module.net.subnet_ids["db"]')
    found = read(made, tmp_path)
    assert subnet_of(found['module.vm["app"].azurerm_network_interface.nic']) == f"~{SUBNETS}/snet-db"


def test_an_output_that_a_key_has_hidden_is_found_by_its_type(tmp_path: Path) -> None:
    """module.vm[each.key].vm_id is told as module.vm and each.key."""
    made = modules()
    for key in ("app", "db"):
        made.add(
            f'azurerm_mssql_virtual_machine.sql["{key}"]',
            {},
            unknown={"id": True, "virtual_machine_id": True},
            expressions={"virtual_machine_id": references("module.vm", "each.key")},
        )
    found = read(made, tmp_path)['azurerm_mssql_virtual_machine.sql["db"]']
    named = plain(found.row["properties"]["virtualMachineResourceId"])
    assert named == f"~{PROVIDERS}/Microsoft.Compute/virtualMachines/vm-db"
    assert found.row["id"] == f"{PROVIDERS}/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm-db"


def test_a_map_of_ids_written_by_hand_gives_all_that_it_may_be(tmp_path: Path) -> None:
    made = modules()
    for key in ("x", "y"):
        subnet(made, f"azurerm_subnet.{key}", key)
    made.root["module_calls"]["vm"]["expressions"]["subnet_id"] = references(
        "azurerm_subnet.x.id", "azurerm_subnet.y.id", "each.value.net"
    )
    found = read(made, tmp_path)['module.vm["app"].azurerm_network_interface.nic']
    assert candidates(found) == {"x", "y"}


def test_a_local_value_may_be_any_resource_of_the_type(tmp_path: Path) -> None:
    made = PlanFile()
    for key in ("x", "y"):
        subnet(made, f"azurerm_subnet.{key}", key)
    nic(made, "azurerm_network_interface.n", "nic", references("local.subnet_id"))
    found = read(made, tmp_path)["azurerm_network_interface.n"]
    assert subnet_of(found).startswith("?") and candidates(found) == {"x", "y"}


def test_a_dynamic_block_has_no_expressions_and_may_be_any(tmp_path: Path) -> None:
    made = PlanFile()
    subnet(made, "azurerm_subnet.x", "x")
    after = {"name": "nic", "ip_configuration": [{"name": "internal"}], **RG}
    made.add("azurerm_network_interface.n", after, unknown=HIDDEN, expressions={"name": constant("nic")})
    found = read(made, tmp_path)["azurerm_network_interface.n"]
    assert subnet_of(found).startswith("?") and candidates(found) == {"x"}


def test_a_choice_between_two_gives_both_and_a_known_one_among_them(tmp_path: Path) -> None:
    made = PlanFile()
    subnet(made, "azurerm_subnet.x", "x")
    existing = f"{SUBNETS.replace('{subscription}', '9')}/old"
    state = {"id": existing, "name": "old"}
    made.add("data.azurerm_subnet.old", state, unknown={}, actions=("read",), expressions={})
    nic(
        made,
        "azurerm_network_interface.n",
        "nic",
        references("random_id.dice", "azurerm_subnet.x.id", "data.azurerm_subnet.old.id"),
    )
    assert candidates(read(made, tmp_path)["azurerm_network_interface.n"]) == {"x", "old"}


def test_what_depends_on_nothing_that_could_be_meant_is_unknown_without_a_guess(tmp_path: Path) -> None:
    made = PlanFile()
    subnet(made, "azurerm_subnet.x", "x")
    made.add("random_id.r", {}, unknown={"hex": True}, expressions={})
    nic(made, "azurerm_network_interface.n", "nic", references("random_id.r.hex"))
    found = read(made, tmp_path)["azurerm_network_interface.n"]
    assert subnet_of(found).startswith("?") and not found.candidates


def test_an_association_that_is_referred_to_gives_the_id_it_was_given(tmp_path: Path) -> None:
    made = PlanFile()
    nic(made, "azurerm_network_interface.a", "nic-a")
    made.add(
        "azurerm_network_interface_security_group_association.a",
        {},
        unknown={"id": True, "network_interface_id": True, "network_security_group_id": True},
        expressions={
            "network_interface_id": references("azurerm_network_interface.a.id"),
            "network_security_group_id": references("azurerm_network_security_group.g.id"),
        },
    )
    made.add("azurerm_network_security_group.g", {"name": "g", **RG}, expressions={})
    refers = references("azurerm_network_interface_security_group_association.a.network_interface_id")
    vm(made, "azurerm_linux_virtual_machine.a", "a", refers)
    assert nics_of(read(made, tmp_path)["azurerm_linux_virtual_machine.a"]) == [f"~{NICS}/nic-a"]


def test_subnets_inside_of_a_network_are_found_through_it(tmp_path: Path) -> None:
    made = PlanFile()
    made.add(
        "azurerm_virtual_network.v",
        {"name": "vnet", "subnet": [{"name": "one", "security_group": ""}], **RG},
        unknown={"id": True, "subnet": [{"id": True}]},
        expressions={"subnet": {}},
    )
    nic(made, "azurerm_network_interface.n", "nic", references("azurerm_virtual_network.v.subnet"))
    assert subnet_of(read(made, tmp_path)["azurerm_network_interface.n"]) == f"~{SUBNETS}/one"


def test_references_in_a_circle_end(tmp_path: Path) -> None:
    made = PlanFile()
    nic(made, "module.a.azurerm_network_interface.n", "nic", references("var.x"))
    made.call("a", expressions={"x": references("module.a.y")}, outputs={"y": references("var.x")})
    assert subnet_of(read(made, tmp_path)["module.a.azurerm_network_interface.n"]).startswith("?")


def test_a_name_that_is_not_known_leaves_a_hole_that_joins(tmp_path: Path) -> None:
    made = PlanFile()
    after = {"ip_configuration": [{"name": "internal"}], **RG}
    made.add("azurerm_network_interface.a", after, unknown={**HIDDEN, "name": True}, expressions={})
    vm(made, "azurerm_linux_virtual_machine.a", "a", references("azurerm_network_interface.a.id"))
    found = read(made, tmp_path)
    identity = found["azurerm_network_interface.a"].row["id"]
    assert identity == f"{NICS}/{{azurerm_network_interface.a.name}}"
    assert nics_of(found["azurerm_linux_virtual_machine.a"]) == [f"~{identity}"]


@pytest.mark.parametrize(
    ("context", "provider", "expected"),
    [
        (Context(), {}, "{subscription}"),
        (Context(scope="/subscriptions/aaa/resourceGroups/x"), {}, "aaa"),
        (Context(scope="/subscriptions/aaa"), {"subscription_id": constant("bbb")}, "bbb"),
        (Context(), {"subscription_id": references("var.sub")}, "ccc"),
    ],
)
def test_the_subscription_is_the_providers_else_the_scopes(
    tmp_path: Path, context: Context, provider: dict[str, Any], expected: str
) -> None:
    made = PlanFile()
    nic(made, "azurerm_network_interface.a", "nic-a")
    made.more["variables"] = {"sub": {"value": "ccc"}}
    document = made.document()["configuration"]
    document["provider_config"]["azurerm"]["expressions"] = provider
    made.more["configuration"] = document
    plan: Plan = made.read(tmp_path, context)
    assert plan.resources[0].row["id"].split("/")[2] == expected
