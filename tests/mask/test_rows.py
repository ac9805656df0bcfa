"""What stands in each place of a row once it is masked."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scanner.mask import Mask
from scanner.model import Row
from tests.mask.material import KEY, mask_of
from tests.network.exits import declared, declared_proxy
from tests.rows import SUBSCRIPTION, TENANT, guest, id_of, vm, vm_id

ROOT = Path(__file__).parent.parent.parent
MASKED_VM = "/subscriptions/GUID/resourceGroups/rg-#/providers/Microsoft.Compute/virtualMachines/vm-#"
STORAGE = id_of("Microsoft.Storage/storageAccounts", "stweb")


def properties(given: dict[str, Any], *more: Row) -> dict[str, Any]:
    """The masked properties of the VM web01 beside which there are other rows."""
    one = {**vm(vm_id("web01")), "properties": given}
    found = mask_of([one, *more]).row(one)["properties"]
    assert isinstance(found, dict)
    return found


def shown(text: str) -> str:
    """A masked text with `#` for digits of pseudonyms."""
    text = re.sub(r"[1-9a-f][0-9a-f]{7}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "GUID", text)
    return re.sub(r"(?<=[a-z])-[0-9a-f]{12}(?![0-9a-f])", "-#", text)


@pytest.mark.parametrize(
    ("key", "given", "wanted"),
    [
        (
            "uri",
            "https://stweb.blob.core.windows.net/vhds/web01-os.vhd?sig=x",
            "https://st-#.blob.core.windows.net/name-#/name-#.vhd",
        ),
        ("storageUri", "https://stweb.blob.core.windows.net/", "https://st-#.blob.core.windows.net/"),
        ("uri", "https://other.z13.blob.storage.azure.net/a", "https://st-#.z13.blob.storage.azure.net/name-#"),
        ("secretUrl", "https://kv1.vault.azure.net/secrets/x", "https://vault-#.vault.azure.net/name-#/name-#"),
        ("script_", "https://user:pw@git.contoso.com:8443/a/b.ps1", "https://host-#.host-#.com:8443/name-#/name-#.ps1"),
        ("link", "see https://learn.microsoft.com/azure/backup.", "see https://learn.microsoft.com/azure/backup."),
        (
            "link",
            f"https://management.azure.com{vm_id('web01')}/start?api-version=2024-01-01",
            "https://management.azure.com" + MASKED_VM + "/start?api-version=2024-01-01",
        ),
        ("fqdn", "web01.westeurope.cloudapp.azure.com", "vm-#.westeurope.cloudapp.azure.com"),
        ("domainNameLabel", "shop", "host-#"),
        ("hostName", "10.0.0.4", "10.0.0.4"),
        ("hostName", "fe80::1", "fe80::1"),
        ("hostName", "cafe:80", "host-#:80"),
        ("computerName", "WEB01", "vm-#"),
        ("adminUsername", "jane", "name-#"),
        ("createdBy", "jane@contoso.com", "mail-#"),
        ("note", "ask jane@contoso.com of web01.", "ask mail-# of vm-#."),
        ("message", "VM 'WEB01' (rg-app) failed: web01_OsDisk, xweb01", "VM 'vm-#' (rg-#) failed: vm-#_OsDisk, xweb01"),
        (
            "message",
            f"({vm_id('web01').upper()}) is off",
            "(/SUBSCRIPTIONS/GUID/RESOURCEGROUPS/rg-#/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/vm-#) is off",
        ),
        (
            "scope",
            f"%2Fsubscriptions%2F{SUBSCRIPTION}%2FresourceGroups%2Frg-app",
            "%2Fsubscriptions%2FGUID%2FresourceGroups%2Frg-#",
        ),
        (
            "scope",
            "/providers/Microsoft.Management/managementGroups/contoso",
            "/providers/Microsoft.Management/managementGroups/mg-#",
        ),
        (
            "scope",
            f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope",
            "/subscriptions/GUID/providers/Microsoft.Compute/locations/westeurope",
        ),
        (
            "group",
            f"/subscriptions/{SUBSCRIPTION}/snapready/backupgroups/App=x/y",
            "/subscriptions/GUID/snapready/backupgroups/App=tag-#",
        ),
        ("vmId", TENANT.upper(), "GUID"),
        ("anything", f"urn:{TENANT}", "urn:GUID"),
        ("nothing", "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"),
        ("containerName", "iaasvmcontainerv2;rg-app;web01", "iaasvmcontainerv2;rg-#;vm-#"),
        ("friendlyName", "web01", "vm-#"),
        ("policyName", "Daily", "policy-#"),
        ("containerName", "StorageContainer;Storage;rg-app;stweb", "StorageContainer;Storage;rg-#;st-#"),
        ("protectedItemName", "SQLDataBase;mssqlserver;orders", "SQLDataBase;mssqlserver;name-#"),
        ("keyData", "ssh-rsa AAAA jane@laptop", "secret-#"),
        ("osName", "Windows Server web01", "Windows Server web01"),
        ("timeZone", "W. Europe Standard Time", "W. Europe Standard Time"),
        ("destinationAddressPrefix", "Storage.WestEurope", "Storage.WestEurope"),
        ("vmSize", "Standard_D2_v2", "Standard_D2_v2"),
        ("unheardOf", "Linux", "Linux"),
        ("unheardOf", "web01", "vm-#"),
        ("when", "2026-11-22T01:00:00Z", "2026-11-22T01:00:00Z"),
    ],
)
def test_a_text_under_a_key(key: str, given: str, wanted: str) -> None:
    others = [{"id": STORAGE, "type": "x", "name": "stweb"}, {"id": vm_id("2026"), "type": "x"}]
    found = properties({key: given}, *others)[key]
    assert shown(found) == wanted


def test_ids_that_are_kept_by_name() -> None:
    mask = Mask(KEY)
    configuration = "providers/Microsoft.GuestConfiguration/guestConfigurationAssignments"
    for suffix in (
        "instanceView",
        "guestFacts",
        "metrics",
        "runCommands/snapready-linux",
        f"{configuration}/SnapReady1",
    ):
        found = mask.row({"id": f"{vm_id()}/{suffix}", "type": "x", "name": suffix.rsplit("/", 1)[-1]})
        assert found["id"].endswith(f"/{suffix}")
        assert found["name"] == suffix.rsplit("/", 1)[-1]
    for suffix in ("runCommands/other", f"{configuration}/baseline", "extensions/snapready"):
        assert not mask.row({"id": f"{vm_id()}/{suffix}", "type": "x"})["id"].endswith(suffix)


def test_what_guest_facts_keep() -> None:
    seen: dict[str, Any] = {
        "interfaces": [{"name": "web01", "mac": "00-0D-3A-12-34-56", "dhcp": True}],
        "registry": {
            f"HKCR\\CLSID\\{{{TENANT[:-1]}0}}": False,
            "HKLM\\X": {"web01": "web01", "ComputerName": "web01", "at": f"{{{TENANT[:-1]}0}}"},
        },
        "services": {"web01": {"status": "running", "startup": "automatic"}},
        "agent": {"version": "2.7.1"},
    }
    rows = [
        vm(vm_id("web01")),
        guest(vm_id("web01"), **seen, proxy={"host": "proxy.contoso.com", "port": 80, "bypass": "web01"}),
    ]
    found = mask_of(rows).row(rows[1])["properties"]
    assert {name: found[name] for name in seen} == seen
    assert shown(found["proxy"]["host"]) == "host-#.host-#.com"
    assert shown(found["proxy"]["bypass"]) == "vm-#"
    assert found["proxy"]["port"] == 80


def test_service_tags_are_public() -> None:
    tags = {"id": f"/subscriptions/{SUBSCRIPTION}/snapready/serviceTags/Public", "type": "snapready/servicetags"}
    given = {**tags, "properties": {"cloud": "Public", "values": [{"name": "Storage", "properties": {}}]}}
    mask = mask_of([given, {"id": vm_id("Storage"), "type": "x"}, {"id": vm_id("Public"), "type": "x"}])
    found = mask.row(given)
    assert found["properties"] == given["properties"]
    assert shown(found["id"]) == "/subscriptions/GUID/snapready/serviceTags/Public"
    bare = {**given, "id": "/snapready/serviceTags/AzureGovernment"}
    assert mask.row(bare) == bare


def test_tags_that_are_equal_stay_equal() -> None:
    mask = Mask(KEY)

    def tagged(value: Any) -> Any:
        return mask.row({"id": vm_id(), "type": "x", "tags": {"owner": value}})["tags"]["owner"]

    assert tagged("Orders") == tagged("orders") == tagged("ORDERS/")
    assert tagged("orders") != tagged("order")
    assert tagged("production") == "production"
    assert tagged("") == ""
    assert tagged(None) is None


def test_identities_are_masked_where_they_are_keys() -> None:
    identity = id_of("Microsoft.ManagedIdentity/userAssignedIdentities", "id-web")
    row = {"id": vm_id(), "type": "x", "identity": {"userAssignedIdentities": {identity: {"principalId": TENANT}}}}
    text = json.dumps(mask_of([row]).row(row))
    assert "id-web" not in text
    assert TENANT not in text


def test_subscriptions_and_management_groups_that_have_no_row() -> None:
    mask = Mask(KEY)
    mask.learn_names(["contoso", "Contoso Production", SUBSCRIPTION])
    assert (
        shown(mask.text("management group contoso, Contoso  Production"))
        == "management group name-#, name-#  Production"
    )
    assert shown(mask.text("of CONTOSO PRODUCTION.")) == "of name-#."
    assert mask.text(SUBSCRIPTION.upper()) == mask.subscription(SUBSCRIPTION) != SUBSCRIPTION
    assert mask.subscription("") == ""


def test_the_page_shows_what_the_mask_does() -> None:
    page = (ROOT / "docs" / "masking.md").read_text("utf-8")
    before, after = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    mask = Mask(b"an example")
    mask.learn(json.loads(before))
    assert mask.row(json.loads(before)) == json.loads(after)


def test_an_id_in_a_text_goes_on_where_a_known_name_does() -> None:
    identity = vm_id("two words, three", "my (old) rg")
    mask = mask_of([{"id": identity, "type": "x"}])
    assert shown(mask.text(f"Before {identity}, after")) == f"Before {MASKED_VM}, after"
    assert shown(mask.text(f"[{identity.lower()}]")) == f"[{MASKED_VM.lower().replace('guid', 'GUID')}]"
    assert shown(mask.text("two words, three of My (Old) RG")) == "vm-# of rg-#"


def test_what_people_wrote_of_an_exemption() -> None:
    """Free words name people, in ways that no rule finds; who is exempt from what is told by ids."""
    scope = "/subscriptions/11111111-2222-3333-4444-555555555555"
    row = {
        "id": f"{scope}/providers/Microsoft.Authorization/policyExemptions/jane",
        "name": "jane",
        "type": "microsoft.authorization/policyexemptions",
        "properties": {
            "displayName": "Jane's machine",
            "description": "Bob wants it so",
            "metadata": {"requestedBy": "Storage team", "reason": "Bob"},
            "exemptionCategory": "Waiver",
            "expiresOn": "2026-12-31T23:59:00Z",
            "policyDefinitionReferenceIds": ["agentRecent"],
        },
    }
    mask = Mask(KEY)
    mask.learn(row)
    text = json.dumps(mask.row(row))
    assert not [word for word in ("Jane", "jane", "Bob", "Storage") if word in text]
    assert {"exemptionCategory", "expiresOn", "policyDefinitionReferenceIds"} == mask.row(row)["properties"].keys()


def test_what_declarations_keep() -> None:
    firewall = declared("10.1.0.4", "Storage", "AzureBackup", owner="Jane Doe", scope=[vm_id("web01")])
    proxy = declared_proxy("proxy.contoso.com", addresses=["10.1.0.100"])
    manager = declared(id_of("Microsoft.Network/networkManagers", "avnm-secret"), "*")
    mask = mask_of([firewall, proxy, manager, vm(vm_id("web01"))])
    found = [mask.row(row)["properties"] for row in (firewall, proxy, manager)]
    assert (found[0]["hop"], found[0]["allows"]) == ("10.1.0.4", ["Storage", "AzureBackup"])
    assert (found[0]["expires"], found[0]["ports"]) == ("2027-05-01", ["443"])
    assert found[0]["scope"] == [mask.row(vm(vm_id("web01")))["id"]]
    assert (found[1]["addresses"], found[1]["port"], found[1]["authenticated"]) == (["10.1.0.100"], 3128, False)
    text = json.dumps(found)
    for word in ("Jane", "contoso", "afwp-hub", "avnm-secret", "web01"):
        assert word not in text
    assert all(one["reason"] and one["owner"] for one in found), "half a declaration counts for nothing"
