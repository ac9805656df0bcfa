"""The group of backups that a VM belongs to, as a fact of the VM; the groups themselves are subjects of their own."""

from typing import Any

from scanner.facts.catalogue import Fact, FactModule
from scanner.facts.fields import identity
from scanner.facts.fleet import Fleet
from scanner.facts.groups import REFERENCES, place
from scanner.facts.vm import Vm
from scanner.language.shapes import TEXT
from scanner.model import Unknown
from scanner.rowtypes import VM

_NONE = Unknown("the VM belongs to no group of backups")


def _group(vm: Vm, fleet: Fleet) -> Any:
    found = place(vm, fleet.group_tag)
    if found is None:
        return _NONE
    return found if isinstance(found, Unknown) else identity(found[1])


FACTS = {
    "backup.group": Fact(
        "id, in lower case, of the group whose backups should not all start at once",
        TEXT,
        {VM: f"[tags, properties.{REFERENCES}]"},
        _group,
    ),
}

MODULE = FactModule(VM, FACTS)
