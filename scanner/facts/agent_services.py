"""The services of the VM agent inside the guest: which of the listed ones are its own, and what is known of them."""

from functools import lru_cache
from typing import Any, Literal

from scanner.facts.fleet import Fleet
from scanner.facts.guest import Guest, guest_part
from scanner.facts.vm import Vm
from scanner.language.values import OpenList
from scanner.model import Unknown

_WINDOWS = ("WindowsAzureGuestAgent", "RdAgent")
_LINUX = ("walinuxagent", "waagent")
"""Debian and Ubuntu call it by the first name, others by the second."""
_NOT_THERE = "not installed"
_NO_OS = Unknown(
    "the VM's row does not tell the operating system, on which hangs what the agent's services are called", "property"
)
_UNLISTED = guest_part("services", "the services").missing

Service = dict[str, str] | Literal[False]
"""Its status and its startup, as far as they are known; False: there is none."""
Listed = tuple[tuple[str, tuple[tuple[str, str], ...] | Literal[False] | None], ...]
"""Each name with what is told of that service, as a key; None: it is not listed."""


def services(guest: Guest | Unknown, vm: Vm, _: Fleet) -> Any:
    """The agent's services. One that is not listed may be there or not, and may be well or not."""
    if vm.os_type is None:
        return _NO_OS
    if isinstance(guest, Unknown):
        return guest
    listed = guest.services
    if listed is None:
        return _UNLISTED
    low = {name.lower(): tuple(told.items()) if told is not False else told for name, told in listed.items()}
    names = _WINDOWS if vm.os_type == "Windows" else _LINUX
    return _of(vm.os_type, tuple((name, low.get(name.lower())) for name in names))


@lru_cache(4096)
def _of(os_type: str, listed: Listed) -> Any:
    """The same list for all VMs of which the same is told, so that one explanation serves them all."""
    given = [(name, dict(told) if isinstance(told, tuple) else told) for name, told in listed]
    return _both(given) if os_type == "Windows" else _either(given)


def _both(given: list[tuple[str, Service | None]]) -> Any:
    known = [_member(name, told) for name, told in given if told is not None]
    why = [_unlisted(name) for name, told in given if told is None]
    return OpenList(known, len(why), why) if why else known


def _either(given: list[tuple[str, Service | None]]) -> Any:
    """One that runs and starts with the system is enough, whatever became of the other."""
    well = [(name, told) for name, told in given if told and _may_be_well(told) and len(told) == 2]
    if well:
        return [_member(*well[0])]
    why = []
    for name, told in given:
        if told is None:
            why.append(_unlisted(name))
        elif told is not False and _may_be_well(told):
            missing = " and ".join(key for key in ("status", "startup") if key not in told)
            why.append(Unknown(f"the guest facts do not tell the {missing} of the service {name}", "guest-facts"))
    if why:
        return OpenList([], 1, why)
    there = [(name, told) for name, told in given if told]
    if not there:
        return [_member(" or ".join(_LINUX), False)]
    return [_member(*next((one for one in there if one[1].get("status") == "running"), there[0]))]


def _may_be_well(told: dict[str, str]) -> bool:
    return told.get("status", "running") == "running" and told.get("startup", "automatic") == "automatic"


def _member(name: str, told: Service) -> dict[str, str]:
    return {"name": name, "status": _NOT_THERE} if told is False else {"name": name, **told}


def _unlisted(name: str) -> Unknown:
    return Unknown(
        f"the guest facts do not list the service {name} (false would say that there is none)", "guest-facts"
    )
