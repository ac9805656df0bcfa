"""Whether a VM runs SQL Server, by the three marks Azure shows: its registration, the SQL extension, its image."""

from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import identity, part
from scanner.facts.fleet import Fleet
from scanner.facts.vm import Vm
from scanner.language.shapes import FLAG
from scanner.model import Row, Unknown
from scanner.rowtypes import EXTENSION, SQL_VM, VM, parent_of

_IMAGE_PUBLISHER = "microsoftsqlserver"
_EXTENSION_PUBLISHER = "microsoft.sqlserver.management"
_EXTENSION = "sqliaasagent"


class Mark(msgspec.Struct, gc=False):
    """A row that marks a VM as running SQL Server; `vm` "": it names none."""

    vm: str


def _reduce_registration(row: Row, _: str) -> Mark:
    return Mark(identity(part(row.get("properties"), "virtualMachineResourceId")) or "")


def _reduce_extension(row: Row, key: str) -> Mark | None:
    kind = part(row.get("properties"), "type")
    if not isinstance(kind, str) or kind.lower() != _EXTENSION:
        return None
    publisher = part(row.get("properties"), "publisher")
    return Mark(parent_of(key)) if isinstance(publisher, str) and publisher.lower() == _EXTENSION_PUBLISHER else None


def _by_vm(mark: Mark) -> str:
    return mark.vm


def _marked(table: str, row_type: str, vm: Vm, fleet: Fleet) -> bool | None:
    """True with a mark, False when there is surely none, None when that was not collected."""
    if vm.subject.key in fleet.index(table):
        return True
    return False if fleet.collected_of(row_type, vm.subject) else None


def _registered(vm: Vm, fleet: Fleet) -> Any:
    found = _marked("sql_vms", SQL_VM, vm, fleet)
    if found is None:
        return fleet.uncollected(SQL_VM, vm.subject.subscription, "SQL VM rows", vm.subject)
    return found


_UNREAD = Unknown("none of the three marks of SQL Server (registration, extension, image) could be read", "collection")


def _detected(vm: Vm, fleet: Fleet) -> Any:
    """One mark is enough; without one it is no SQL Server if at least one mark could be read."""
    publisher = vm.image_publisher
    image = publisher.lower() == _IMAGE_PUBLISHER if isinstance(publisher, str) else publisher
    marks = (image, _marked("sql_vms", SQL_VM, vm, fleet), _marked("sql_extensions", EXTENSION, vm, fleet))
    if True in marks:
        return True
    return False if False in marks else _UNREAD


_REGISTRATION = {SQL_VM: "properties.virtualMachineResourceId"}

FACTS = {
    "sql.registered": Fact("the VM is registered as a SQL VM", FLAG, _REGISTRATION, _registered),
    "sql.detected": Fact(
        "the VM runs SQL Server, as its registration, the SqlIaaSAgent extension or its image say",
        FLAG,
        {
            **_REGISTRATION,
            EXTENSION: "properties.[publisher, type]",
            VM: "properties.storageProfile.imageReference.publisher",
        },
        _detected,
    ),
}

MODULE = FactModule(
    VM,
    FACTS,
    {
        "sql_vms": Table(SQL_VM, _reduce_registration, by=_by_vm),
        "sql_extensions": Table(EXTENSION, _reduce_extension, by=_by_vm),
    },
)
