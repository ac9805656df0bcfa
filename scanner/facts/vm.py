"""What a virtual machine's own row says of it: identity, tags, operating system, power, disks."""

from functools import lru_cache
from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Own, Table
from scanner.facts.fields import flag, identity, objects, part, reader, region, shared, text, texts_of, word
from scanner.facts.fleet import Fleet, subject_of
from scanner.language.shapes import FLAG, NUMBER, TABLE, TEXT, TIME, list_of
from scanner.language.values import Complete
from scanner.model import Row, Subject, Unknown
from scanner.rowtypes import INSTANCE_VIEW, VM


class Vm(msgspec.Struct, gc=False):
    """What is kept of a VM row. None: not known."""

    subject: Subject
    location: str | None
    tags: Complete | None
    zones: list[Any] | None
    os_type: str | None
    os_name: str | None
    os_version: str | None
    power: str | None
    provisioning: str | None
    size: str | None
    created: str | None
    managed: bool | None
    data_disks: int | None
    provision_agent: bool | None
    allow_extensions: bool | None
    nics: tuple[str, ...] | None
    primary_nic: str | None
    """Of several interfaces the one that the VM's row calls primary."""
    image_publisher: str | bool | None
    """False: it was made from no image."""
    availability_set: str | None
    """An id as the row writes it; "": it is in none. So are the two below."""
    scale_set: str | None
    placement_group: str | None


_NO_TAGS = Complete()
_NO_ZONES: list[Any] = []
_os_disk_type = reader("osDisk.osType")
_os_disk = reader("osDisk")
_os_profile = reader("osProfile")
_running = reader("extended.instanceView")
_power_code = reader("powerState.code")
_vm_size = reader("hardwareProfile.vmSize")


def _reduce(row: Row, key: str) -> Vm:
    properties = row.get("properties")
    if not isinstance(properties, dict):
        properties = {}
    storage = properties.get("storageProfile")
    profile = _os_profile(properties)
    windows, linux = (
        (profile.get("windowsConfiguration"), profile.get("linuxConfiguration"))
        if isinstance(profile, dict)
        else (None, None)
    )
    seen = _running(properties)
    disks = objects(storage.get("dataDisks")) if isinstance(storage, dict) else None
    nics = _nics(properties.get("networkProfile"))
    return Vm(
        subject_of(row, key),
        region(row.get("location")),
        _tags(row.get("tags")),
        _zones(row.get("zones")),
        _os_type(_os_disk_type(storage), windows, linux),
        word(part(seen, "osName")),
        word(part(seen, "osVersion")),
        power_state(_power_code(seen)),
        _state_word(properties.get("provisioningState")),
        word(_vm_size(properties)),
        text(properties.get("timeCreated")),
        _managed(_os_disk(storage), disks),
        None if disks is None else len(disks),
        flag(part(windows or linux, "provisionVMAgent")),
        flag(part(profile, "allowExtensionOperations")),
        nics,
        _primary(properties.get("networkProfile"), nics),
        _publisher(storage),
        *_references(row.get("properties")),
    )


def _state_word(state: Any) -> str | None:
    """Succeeded, Failed, Updating, … as Azure spells them."""
    return word(state.capitalize()) if isinstance(state, str) else None


def _tags(tags: Any) -> Complete | None:
    if not tags:
        return _NO_TAGS if tags is None or tags == {} else None
    if not isinstance(tags, dict):
        return None
    found, alike = Complete(tags), texts_of(tags)
    kept: Complete = found if alike is None else shared(("tags", alike), found)
    return kept


def _references(properties: Any) -> tuple[str | None, str | None, str | None]:
    if not isinstance(properties, dict):
        return None, None, None
    return (
        _reference(properties.get("availabilitySet")),
        _reference(properties.get("virtualMachineScaleSet")),
        _reference(properties.get("proximityPlacementGroup")),
    )


def _reference(value: Any) -> str | None:
    return "" if value is None else word(value.get("id")) if isinstance(value, dict) else None


def _zones(zones: Any) -> list[Any] | None:
    if zones is None:
        return _NO_ZONES
    return zones if isinstance(zones, list) and all(isinstance(zone, str) for zone in zones) else None


_OS_TYPES = {"windows": "Windows", "linux": "Linux"}


def _os_type(named: Any, windows: Any, linux: Any) -> str | None:
    if isinstance(named, str):
        return _OS_TYPES.get(named.lower())
    kinds = [name for name, config in (("Windows", windows), ("Linux", linux)) if isinstance(config, dict) and config]
    return kinds[0] if len(kinds) == 1 else None


@lru_cache(256)
def _state_of(code: str) -> str | None:
    state = code.lower().removeprefix("powerstate/")
    return state if state not in ("", "unknown", code.lower()) else None


def power_state(code: Any) -> str | None:
    """ "running", "stopped" (inside the guest, still allocated), "deallocated", … of a PowerState/… code."""
    return _state_of(code) if isinstance(code, str) else None


def _managed(os_disk: Any, disks: list[dict[str, Any]] | None) -> bool | None:
    """Whether every disk is a managed one; one that lies as a blob in a storage account decides."""
    known = disks is not None
    for disk in (os_disk, *disks) if disks else (os_disk,):
        if not isinstance(disk, dict):
            known = False
        elif not isinstance(disk.get("managedDisk"), dict):
            if text(part(disk.get("vhd"), "uri")):
                return False
            known = False
    return True if known else None


def _nics(network: Any) -> tuple[str, ...] | None:
    found = objects(network.get("networkInterfaces")) if isinstance(network, dict) else None
    if not found:  # a VM without any interface is not believed
        return None
    ids = []
    for nic in found:
        named = identity(nic.get("id"))
        if named is None:
            return None
        ids.append(named)
    return tuple(ids)


def _primary(network: Any, nics: tuple[str, ...] | None) -> str | None:
    """The reference marked as primary, or the only one."""
    if nics is None or len(nics) == 1:
        return nics[0] if nics else None
    marked = [part(nic, "properties", "primary") is True for nic in network["networkInterfaces"]]
    return nics[marked.index(True)] if marked.count(True) == 1 else None


def _publisher(storage: Any) -> str | bool | None:
    if not isinstance(storage, dict):
        return None
    image = storage.get("imageReference")
    if image is None:
        return False
    if not isinstance(image, dict):
        return None
    return word(image.get("publisher"))  # an image of one's own gallery has none: what is in it is not known


def _absent(what: str) -> Unknown:
    return Unknown(f"the VM's row does not tell {what}", "property")


_NO = {
    name: _absent(what)
    for name, what in {
        "location": "its region",
        "tags": "its tags",
        "zones": "its zones",
        "os_type": "the operating system (osDisk.osType)",
        "os_name": "the operating system's name",
        "os_version": "the operating system's version",
        "provisioning": "provisioningState",
        "size": "its size",
        "created": "when it was created",
        "managed": "whether all its disks are managed",
        "data_disks": "its data disks",
    }.items()
}


def _own(name: str) -> Own:
    """A getter of one attribute of the record."""
    return Own(name, _NO[name])


_NO_POWER = Unknown("neither the VM's row nor an instance view tells its power state", "instance-view")


def _power(vm: Vm, fleet: Fleet) -> Any:
    if vm.power is not None:
        return vm.power
    view = fleet.table("views").get(vm.subject.key)
    return _NO_POWER if view is None or view.power is None else view.power


def _deallocated(vm: Vm, fleet: Fleet) -> Any:
    state = _power(vm, fleet)
    return state if isinstance(state, Unknown) else state == "deallocated"


_P = "properties.storageProfile"
_POWER = {VM: "properties.extended.instanceView.powerState.code", INSTANCE_VIEW: "properties.statuses[].code"}
_OS = f"[{_P}.osDisk.osType, properties.osProfile.[windowsConfiguration, linuxConfiguration]]"

FACTS = {
    "id": Fact("resource id, as Azure writes it", TEXT, {VM: "id"}, lambda vm, _: vm.subject.id),
    "name": Fact("name", TEXT, {VM: "name"}, lambda vm, _: vm.subject.name),
    "resource_group": Fact("resource group", TEXT, {VM: "id"}, lambda vm, _: vm.subject.resource_group),
    "subscription": Fact("subscription id", TEXT, {VM: "subscriptionId"}, lambda vm, _: vm.subject.subscription),
    "location": Fact("region, by its short name", TEXT, {VM: "location"}, _own("location")),
    "tags": Fact("tags; a name that is not there is false", TABLE, {VM: "tags"}, _own("tags")),
    "zones": Fact("availability zones", list_of(TEXT), {VM: "zones"}, _own("zones")),
    "size": Fact("VM size", TEXT, {VM: "properties.hardwareProfile.vmSize"}, _own("size")),
    "created": Fact("when the VM was created", TIME, {VM: "properties.timeCreated"}, _own("created"), live=True),
    "os.type": Fact("Windows or Linux", TEXT, {VM: _OS}, _own("os_type")),
    "os.name": Fact(
        "operating system as seen running", TEXT, {VM: "properties.extended.instanceView.osName"}, _own("os_name"), True
    ),
    "os.version": Fact(
        "its version as seen running",
        TEXT,
        {VM: "properties.extended.instanceView.osVersion"},
        _own("os_version"),
        True,
    ),
    "power.state": Fact("running, stopped (still allocated), deallocated, starting, …", TEXT, _POWER, _power, True),
    "power.deallocated": Fact("the VM is stopped and deallocated", FLAG, _POWER, _deallocated, True),
    "provisioning.state": Fact(
        "state of the last change to the VM", TEXT, {VM: "properties.provisioningState"}, _own("provisioning"), True
    ),
    "disks.managed": Fact(
        "every disk is a managed disk",
        FLAG,
        {VM: f"{_P}.[osDisk.[managedDisk, vhd], dataDisks[].[managedDisk, vhd]]"},
        _own("managed"),
    ),
    "disks.data": Fact("number of data disks", NUMBER, {VM: f"{_P}.dataDisks[].lun"}, _own("data_disks")),
}

MODULE = FactModule(VM, FACTS, {"vms": Table(VM, _reduce)}, root="vms")
