"""Service tags as sets of addresses: Microsoft's list as it is bundled, or one that was given and wins over it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from scanner.network.intervals import Intervals, Prefix, intersection, normal, parse, prefixes_of
from scanner.network.pack import unpacked

INTERNET, VIRTUAL_NETWORK, LOAD_BALANCER = "internet", "virtualnetwork", "azureloadbalancer"
LICENSING = "azureplatformlkm"
PLATFORM_TAGS = frozenset(("azureplatformdns", "azureplatformimds", LICENSING))
"""Tags of the platform's own services, which rules filter that name them, and no others."""
PLATFORM_ADDRESSES = {"azureplatformdns": "168.63.129.16", "azureplatformimds": "169.254.169.254"}

BY_MEANING = frozenset((INTERNET, VIRTUAL_NETWORK, LOAD_BALANCER)) | PLATFORM_TAGS
"""Tags that are no lists of addresses; what they cover is documented."""

REGIONAL = frozenset(("storage",))
"""Tags that mean the VM's own region when a policy asks for them without one."""

_CLOUDS = (
    ("usgov", "government"),
    ("usdod", "government"),
    ("china", "china"),
    ("ussec", "secret"),
    ("usnat", "secret"),
)
_OLD = 90


def cloud_of_region(region: str) -> str:
    """The cloud a region lies in; its addresses are not those of another cloud."""
    name = region.lower().replace(" ", "")
    return next((cloud for prefix, cloud in _CLOUDS if name.startswith(prefix)), "public")


def cloud_named(cloud: str) -> str:
    """A cloud as lists of service tags name it: Public, AzureGovernment, AzureChinaCloud, …"""
    name = cloud.strip().lower()
    if "china" in name or "mooncake" in name:
        return "china"
    if "gov" in name or "fairfax" in name:
        return "government"
    return "public" if name in ("public", "azurecloud", "azurepublic", "azurepubliccloud") else name


@dataclass(frozen=True, slots=True)
class ServiceTags:
    """One list of service tags, by their names in lower case. Each is read when it is first asked for.

    `prefixes` holds what is given: texts of a list as Microsoft publishes it, or the packed ones that are bundled.
    """

    cloud: str
    change: int | None
    date: str
    prefixes: Mapping[str, tuple[str, ...] | str | None] = field(repr=False)
    names: Mapping[str, str] = field(repr=False)
    _read: dict[str, Intervals | None] = field(default_factory=dict, repr=False, compare=False)
    _shared: dict[tuple[str, str], Intervals] = field(default_factory=dict, repr=False, compare=False)

    def __contains__(self, name: str) -> bool:
        return name in self.prefixes

    def written(self, name: str) -> str:
        """The tag's name in the letters that Microsoft writes it in."""
        return self.names.get(name, name)

    def ranges(self, name: str) -> Intervals | None:
        """The IPv4 addresses of a tag; None where there is no such tag, or its list cannot be read."""
        if name not in self._read:
            listed = self.listed(name)
            self._read[name] = None if listed is None else normal(listed)
        return self._read[name]

    def listed(self, name: str) -> tuple[Prefix, ...] | None:
        """The IPv4 prefixes of a tag as they are listed, which routes go by."""
        given = self.prefixes.get(name)
        return unpacked(given) if isinstance(given, str) else None if given is None else _parsed(given)

    def shared(self, name: str, asked: str, addresses: Intervals) -> Intervals | None:
        """Which of the addresses asked for, under the name `asked`, a tag has; worked out once for all rules."""
        ranges = self.ranges(name)
        if ranges is None:
            return None
        key = (name, asked)
        if key not in self._shared:
            self._shared[key] = intersection(addresses, ranges)
        return self._shared[key]

    def regions_of(self, name: str) -> list[str]:
        """The regions that have a tag of their own of that name."""
        start = f"{name.lower()}."
        return sorted(tag.removeprefix(start) for tag in self.prefixes if tag.startswith(start))

    def said(self, day: str) -> str:
        """ "service tags 376 of 2025-11-17", and how old they are at `day` where that is more than 90 days."""
        told = (
            "service tags"
            + ("" if self.change is None else f" {self.change}")
            + (f" of {self.date}" if self.date else "")
        )
        age = _days(self.date, day)
        return f"{told}, {age} days old" if age is not None and age > _OLD else told


def _days(since: str, until: str) -> int | None:
    from datetime import date

    try:
        return (date.fromisoformat(until[:10]) - date.fromisoformat(since)).days
    except ValueError:
        return None


def _parsed(prefixes: tuple[str, ...]) -> tuple[Prefix, ...] | None:
    found: list[Prefix] = []
    for prefix in prefixes:
        ranges = parse(prefix)
        if ranges is None:  # a list that cannot be read whole is not known
            return None
        if ranges != "v6":
            found += prefixes_of(*ranges[0])
    return tuple(found)


def given(value: Any, date: str = "") -> ServiceTags | None:
    """The list in a reply of the service tags API, or in Microsoft's public file; None where it is neither."""
    if not isinstance(value, dict) or not isinstance(value.get("values"), list):
        return None
    prefixes: dict[str, tuple[str, ...] | str | None] = {}
    names: dict[str, str] = {}
    for entry in value["values"]:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name:
            continue
        properties = entry.get("properties")
        listed = properties.get("addressPrefixes") if isinstance(properties, dict) else None
        texts = isinstance(listed, list) and all(isinstance(prefix, str) for prefix in listed)
        prefixes[name.lower()] = tuple(listed) if texts and isinstance(listed, list) else None
        names[name.lower()] = name
    if not prefixes:
        return None
    cloud, change = value.get("cloud"), value.get("changeNumber")
    number = int(change) if isinstance(change, int | str) and str(change).isdigit() else None
    return ServiceTags(cloud_named(cloud) if isinstance(cloud, str) else "public", number, date, prefixes, names)


@cache
def bundled() -> ServiceTags:
    """The list that ships with snapready; scanner.network.pack makes its file."""
    value = msgspec.json.decode(files("scanner.network").joinpath("servicetags.json").read_bytes())
    names = {name.lower(): name for name in value["tags"]}
    prefixes = {name.lower(): packed for name, packed in value["tags"].items()}
    return ServiceTags(cloud_named(value["cloud"]), value["changeNumber"], value["date"], prefixes, names)
