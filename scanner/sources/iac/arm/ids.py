"""Where a deployment goes, and the ids of what it deploys there; a part that is not known is a hole in braces."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from scanner.sources.iac.model import Holed

Kind = Literal["resourceGroup", "subscription", "managementGroup", "tenant"]

SUBSCRIPTION = "{subscription}"
GROUP = "{resourceGroup}"
MANAGEMENT = "{managementGroup}"

_SCHEMAS: dict[str, Kind] = {
    "subscriptiondeploymenttemplate": "subscription",
    "managementgroupdeploymenttemplate": "managementGroup",
    "tenantdeploymenttemplate": "tenant",
}
_NOT_SAID = {
    SUBSCRIPTION: "the subscription is not given (--scope)",
    GROUP: "the resource group is not given (--scope)",
    MANAGEMENT: "the management group is not given (--scope)",
}


def kind_of(schema: object) -> Kind:
    """The scope that a template's `$schema` is written for; one that says none is for a resource group."""
    name = schema.rsplit("/", 1)[-1].rstrip("#").split(".")[0].lower() if isinstance(schema, str) else ""
    return _SCHEMAS.get(name, "resourceGroup")


@dataclass(frozen=True, slots=True)
class Target:
    """What a deployment is put to. Texts may have holes; `why` says what would settle those that nobody stated."""

    kind: Kind
    subscription: str = SUBSCRIPTION
    group: str = GROUP
    management: str = MANAGEMENT
    why: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        if self.kind == "resourceGroup":
            return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
        if self.kind == "subscription":
            return f"/subscriptions/{self.subscription}"
        if self.kind == "managementGroup":
            return f"/providers/Microsoft.Management/managementGroups/{self.management}"
        return ""

    @property
    def subscription_id(self) -> str:
        return f"/subscriptions/{self.subscription}" if self.kind in ("resourceGroup", "subscription") else self.id

    def text(self, whole: str) -> str | Holed:
        """A text made of this target's parts: with its holes and their reasons, if it has any."""
        why = [words for hole, words in _NOT_SAID.items() if hole in whole]
        if "{" in whole:
            why.extend(words for words in self.why if words not in why)
        return Holed(whole, tuple(why)) if why else whole

    def at(self, kind: Kind, **parts: str) -> "Target":
        return replace(self, kind=kind, **parts)


def target_of(kind: Kind, scope: str) -> Target:
    """The target of the top deployment: as much as the user's `--scope` says of it."""
    parts = scope.strip().strip("/").split("/") if scope.strip().strip("/") else []
    found = dict(zip((part.lower() for part in parts[::2]), parts[1::2], strict=False))
    lowered = scope.lower()
    if "/managementgroups/" in lowered:
        return Target(kind, management=parts[-1])
    return Target(
        kind, subscription=found.get("subscriptions", SUBSCRIPTION), group=found.get("resourcegroups", GROUP)
    )


def pairs(resource_type: str, names: list[str]) -> str:
    """`Microsoft.X/a/b` and two names → `Microsoft.X/a/<name>/b/<name>`."""
    provider, _, rest = resource_type.partition("/")
    kinds = rest.split("/") if rest else []
    return "/".join([provider, *(part for pair in zip(kinds, names, strict=False) for part in pair)])


def resource_id(scope: str, resource_type: str, names: list[str]) -> str:
    """The id of a resource below `scope` (an id; "" is the tenant); resource groups have one of their own form."""
    lowered = resource_type.lower()
    if lowered in ("microsoft.resources/resourcegroups", "microsoft.resources/subscriptions/resourcegroups"):
        return f"{scope}/resourceGroups/{names[-1]}"
    return f"{scope}/providers/{pairs(resource_type, names)}"


def effective_type(resource_type: str, names: list[str]) -> str:
    """The type of what an id names: below `…/providers/` begins the type of the extension resource."""
    provider, *kinds = resource_type.split("/")
    for place in range(len(kinds) - 1, -1, -1):
        if kinds[place].lower() == "providers" and place < len(names):
            return "/".join([names[place], *kinds[place + 1 :]])
    return "/".join([provider, *kinds])


def segments(text: str) -> list[str]:
    """A name's parts; a slash inside a hole's braces belongs to the hole."""
    found: list[str] = []
    start = depth = 0
    for place, letter in enumerate(text):
        if letter == "{":
            depth += 1
        elif letter == "}":
            depth = max(0, depth - 1)
        elif letter == "/" and not depth:
            found.append(text[start:place])
            start = place + 1
    found.append(text[start:])
    return found


def last_of(texts: Iterable[str]) -> str:
    """The last of several texts, "" of none."""
    last = ""
    for last in texts:
        pass
    return last
