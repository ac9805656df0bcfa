"""Reads the statuses of an instance view, and finds the backup extension among the handlers that the agent runs."""

from typing import Any

import msgspec

from scanner.facts.fields import part, text, word
from scanner.model import Unknown

BACKUP_PUBLISHER = "microsoft.azure.recoveryservices"
BACKUP_TYPES = {"vmsnapshot": "VMSnapshot", "vmsnapshotlinux": "VMSnapshotLinux"}
"""The backup extension's types in lower case, and as Azure writes them."""
UNSETTLED = frozenset(("creating", "updating", "deleting", "migrating", "transitioning", "installing"))
"""States of a change that is still under way: they tell neither that it worked nor that it failed."""
_GOOD = ("ready", "provisioning succeeded")


class Handler(msgspec.Struct, gc=False, frozen=True):
    """One extension handler, as the agent reports it; `well` None: the agent is at work on it, or does not tell."""

    type: str
    version: str | None
    status: str | None
    well: bool | None
    message: str | None

    def told(self) -> dict[str, Any] | Unknown:
        """It as a fact; of one that the agent is at work on nothing is known."""
        if self.well is None and self.status is None:
            return Unknown(f"the instance view tells no status of the backup extension {self.type}", "instance-view")
        if self.well is None:
            return Unknown(f"the agent is at work on the backup extension {self.type} ({self.status})", "settling")
        told = {"type": self.type, "version": self.version, "status": self.status, "ready": self.well}
        told["message"] = self.message
        return {name: value for name, value in told.items() if value is not None}


def _state(status: dict[str, Any]) -> str | None:
    """ "succeeded", "failed", … of a ProvisioningState/… code."""
    code = text(status.get("code"))
    return code.lower().removeprefix("provisioningstate/").split("/")[0] if code else None


def is_well(status: dict[str, Any]) -> bool | None:
    """Whether a status says that all is well, by its code and by its words: what it has must agree."""
    state, shown = _state(status), text(status.get("displayStatus"))
    words = shown.strip().lower() if shown else None
    if state in UNSETTLED or words in UNSETTLED:
        return None
    told = [state == "succeeded"] if state else []
    told += [words in _GOOD] if words else []
    return all(told) if told else None


def told_of(status: dict[str, Any]) -> str | None:
    """A status in its own words."""
    return word(status.get("displayStatus")) or word(_state(status))


def handler_of(given: Any) -> Handler | bool | None:
    """The backup extension among the handlers; False where it is surely none of them."""
    if not isinstance(given, list):
        return None
    unsure = False
    for one in given:
        full = text(part(one, "type"))
        if full is None:
            unsure = True
            continue
        publisher, _, kind = full.lower().rpartition(".")
        if publisher == BACKUP_PUBLISHER and kind in BACKUP_TYPES:
            status = part(one, "status")
            status = status if isinstance(status, dict) else {}
            version, message = word(part(one, "typeHandlerVersion")), text(status.get("message"))
            return Handler(BACKUP_TYPES[kind], version, told_of(status), is_well(status), message)
    return None if unsure else False
