"""Commands are filled with the ids of the VM that is explained, with nothing else, and safely."""

import shlex

import pytest

from scanner.explanation.names import filled, filled_in, for_system, names_of
from scanner.model import Subject, Unknown
from scanner.rowtypes import VM

ID = "/subscriptions/s/resourceGroups/rg-web/providers/Microsoft.Compute/virtualMachines/web01"
ITEM = (
    "/subscriptions/s/resourcegroups/rg-backup/providers/microsoft.recoveryservices/vaults/rsv/backupfabrics/azure"
    "/protectioncontainers/iaasvmcontainer;iaasvmcontainerv2;rg-web;web01"
    "/protecteditems/vm;iaasvmcontainerv2;rg-web;web01"
)


def subject(name: str = "web01", group: str = "rg-web") -> Subject:
    return Subject(ID, ID.lower(), VM, name, group, "s")


NAMES = names_of(subject(), {"backup.item": ITEM, "location": "westeurope"}, ["my fleet.ndjson", "b"])


def test_a_command_speaks_of_another_vm_or_vault() -> None:
    assert (
        filled("az vm show --ids VM-ID -o json > VM-NAME.json", NAMES) == f"az vm show --ids {ID} -o json > web01.json"
    )
    assert filled("az backup -g VAULT-GROUP -v VAULT -c CONTAINER -i ITEM -n JOB", NAMES) == (
        "az backup -g rg-backup -v rsv -c 'iaasvmcontainer;iaasvmcontainerv2;rg-web;web01'"
        " -i 'vm;iaasvmcontainerv2;rg-web;web01' -n JOB"
    )
    assert filled("snapready explain RESOURCE PATHS", NAMES) == "snapready explain web01 'my fleet.ndjson' b"


def test_a_fix_speaks_of_another_group() -> None:
    fix = (
        "Shut it down: az vm deallocate -g GROUP -n VM   (or the VM agent)\n"
        "az backup protection backup-now -g GROUP -v VAULT\n"
        "az network nsg rule create -g GROUP --nsg-name NSG -n AllowStorage"
    )
    assert filled_in(fix, NAMES).splitlines() == [
        "Shut it down: az vm deallocate -g rg-web -n web01   (or the VM agent)",
        "az backup protection backup-now -g rg-backup -v rsv",
        "az network nsg rule create -g GROUP --nsg-name NSG -n AllowStorage",
    ]


@pytest.mark.parametrize("told", [{}, {"backup.item": Unknown("no item")}, {"backup.item": "odd"}])
def test_what_is_not_known_is_filled_in(told: dict[str, object]) -> None:
    assert filled("az backup -g VAULT-GROUP -v VAULT -c CONTAINER", names_of(subject(), told, [])) == (
        "az backup -g VAULT-GROUP -v VAULT -c CONTAINER"
    )


@pytest.mark.parametrize("evil", ["$(reboot)", "a b", "x;rm -rf /", "it's", "`id`", "VM-ID"])
def test_a_name_of_the_input_runs_something(evil: str) -> None:
    names = names_of(subject(evil, evil), {}, [evil])
    assert shlex.split(filled("az vm show -g GROUP -n VM", names)) == ["az", "vm", "show", "-g", evil, "-n", evil]
    assert shlex.split(filled_in("az vm show -g GROUP -n VM", names)) == ["az", "vm", "show", "-g", evil, "-n", evil]
    assert shlex.split(filled("snapready explain RESOURCE PATHS", names))[2:] == [evil, evil]
    assert not set(names["VM-NAME"]) & set(" $;'`/()")


def test_a_line_of_one_system_takes_others_with_it() -> None:
    fix = "Linux: update it (apt,\nzypper) and\n  check it\nWindows: the MSI\naz vm restart -n VM\nFor both."
    assert for_system(fix, "Windows") == ["Windows: the MSI", "az vm restart -n VM", "For both."]
    assert for_system(fix, "Linux")[:3] == ["Linux: update it (apt,", "zypper) and", "  check it"]
    assert for_system(fix, "") == fix.splitlines()
