"""Tells which VM a file is of that does not say so: the one of --vm, that of a map, or that of its folders."""

import csv
import json
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from scanner.model import SnapreadyError

_VM_ID = re.compile(
    r"/subscriptions/[^/\s]+/resourcegroups/[^/\s]+/providers/microsoft\.compute/"
    r"(virtualmachines/[^/\s]+|virtualmachinescalesets/[^/\s]+/virtualmachines/[^/\s]+)",
    re.IGNORECASE,
)
_SUBSCRIPTION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAME = re.compile(r"[\w.()-]+")
_EXAMPLE = "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.Compute/virtualMachines/NAME"


class Unnamed(Exception):
    """Why it cannot be told which VM a file is of, and the next step."""


def is_vm(text: str) -> bool:
    """Whether a text is the resource id of a VM."""
    return _VM_ID.fullmatch(text.rstrip("/")) is not None


@dataclass(frozen=True, slots=True)
class Machines:
    """`vm`: the one that every file is of. `mapped`: the VMs by file name in lower case; `map`: where that stands."""

    vm: str = ""
    map: str = ""
    mapped: dict[str, list[str]] = field(default_factory=dict)

    def of(self, file: str) -> str:
        """The id of the VM that a file is of; raises Unnamed."""
        if self.vm:
            return self.vm
        path = PurePath(file)
        for name in (file, path.name, path.stem):
            found = self.mapped.get(name.lower(), [])
            if len(found) > 1:
                raise Unnamed(
                    f"{self.map} has {len(found)} VMs for {name}; name the file by SUBSCRIPTION/GROUP/VM.json"
                )
            if found:
                return found[0]
        subscription, group = (("", "", *path.parts[:-1])[-2:]) if len(path.parts) > 2 else ("", "")
        if _SUBSCRIPTION.fullmatch(subscription) and _NAME.fullmatch(group) and _NAME.fullmatch(path.stem):
            scope = f"/subscriptions/{subscription}/resourceGroups/{group}"
            return f"{scope}/providers/Microsoft.Compute/virtualMachines/{path.stem}"
        if self.map:
            raise Unnamed(f"it names no VM, and {self.map} has no line for {path.name}")
        raise Unnamed(
            "it names no VM: give --vm ID, --map FILE with a line for it, or lay it down as SUBSCRIPTION/GROUP/VM.json"
        )


def machines(vm: str | None, mapping: str | None) -> Machines:
    """What --vm and --map say; raises SnapreadyError."""
    if vm is not None and mapping is not None:
        raise SnapreadyError("--vm names the one VM, and --map many: give one of them")
    if vm is not None:
        if not is_vm(vm.strip()):
            raise SnapreadyError(f"--vm: {vm!r} is no id of a VM; it looks like {_EXAMPLE}")
        return Machines(vm.strip().rstrip("/"))
    return Machines(map=mapping, mapped=_mapped(mapping)) if mapping is not None else Machines()


def _mapped(file: str) -> dict[str, list[str]]:
    """The VMs by name: of lines NAME,ID (or with a tab), or of what az vm list -o json prints."""
    try:
        text = Path(file).read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SnapreadyError(f"--map: {file}: cannot be read: {why}") from None
    pairs = _listed(file, text) if text.lstrip()[:1] == "[" else _lines(file, text)
    found: dict[str, list[str]] = {}
    for name, vm in pairs:
        held = found.setdefault(name.lower(), [])
        if vm.lower() not in [each.lower() for each in held]:
            held.append(vm)
    if not found:
        raise SnapreadyError(f"--map: {file} names no VM; write lines of a file's name, a comma and a VM's id")
    return found


def _listed(file: str, text: str) -> list[tuple[str, str]]:
    try:
        values: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SnapreadyError(f"--map: {file} is no JSON: {error}") from None
    found = []
    for value in values:
        name, vm = (value.get("name"), value.get("id")) if isinstance(value, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(vm, str) or not is_vm(vm):
            raise SnapreadyError(f"--map: {file}: not every member has the name and the id of a VM")
        found.append((name, vm))
    return found


def _lines(file: str, text: str) -> list[tuple[str, str]]:
    lines = text.splitlines()
    separator = "\t" if lines and "\t" in lines[0] else ","
    found = []
    for number, cells in enumerate(csv.reader(lines, delimiter=separator), 1):
        if not any(cell.strip() for cell in cells):
            continue
        name, vm = ([cell.strip() for cell in cells] + ["", ""])[:2]
        if len(cells) == 2 and name and is_vm(vm):
            found.append((name, vm.rstrip("/")))
        elif number > 1 or "/" in vm:  # the first line may be a head
            raise SnapreadyError(
                f"--map: {file}:{number}: not a file's name, a {'tab' if separator != ',' else 'comma'}"
                " and the id of a VM"
            )
    return found
