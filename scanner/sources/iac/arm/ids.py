"""Where a deployment goes, and the ids of what it deploys there; parts that are not known are holes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.arm.scope import SCOPE, Level
from scanner.sources.iac.arm.values import Value, hole, holed, join, parts
from scanner.sources.iac.model import Holed

Text = str | Holed

_SCHEMAS: dict[str, Level] = {
    "subscriptiondeploymenttemplate": "subscription",
    "managementgroupdeploymenttemplate": "managementGroup",
    "tenantdeploymenttemplate": "tenant",
}
GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"
_GROUPS = ("microsoft.resources/resourcegroups", "microsoft.resources/subscriptions/resourcegroups")


def level_of(schema: Any) -> Level:
    """The level that a template's `$schema` is written for; one that says none is for a resource group."""
    name = schema.rsplit("/", 1)[-1].rstrip("#").split(".")[0].lower() if isinstance(schema, str) else ""
    return _SCHEMAS.get(name, "resourceGroup")


def text_of(value: Any, otherwise: str) -> Text | None:
    """A value as a text that can be part of an id; an unknown that has no name is a hole called `otherwise`.

    None: it is no text."""
    if isinstance(value, str | Holed):
        return value
    if isinstance(value, Unknown):
        found = join([value])
        return found if isinstance(found, Holed) else hole(otherwise, value.reason)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def joined(*pieces: Value) -> Text:
    """Texts in a row, as one."""
    whole = join(pieces)
    return whole if isinstance(whole, str | Holed) else hole("id", "it is not known")


def written(text: Text) -> str:
    """A text as it stands in ids and addresses, its holes in braces."""
    return text.text if isinstance(text, Holed) else text


@dataclass(frozen=True, slots=True)
class Target:
    """What a deployment is put to."""

    level: Level
    subscription: Text
    group: Text
    management: Text

    @property
    def id(self) -> Text:
        """The id of the target; "" is the tenant."""
        if self.level == "resourceGroup":
            return joined("/subscriptions/", self.subscription, "/resourceGroups/", self.group)
        if self.level == "subscription":
            return joined("/subscriptions/", self.subscription)
        if self.level == "managementGroup":
            return joined("/providers/Microsoft.Management/managementGroups/", self.management)
        return ""

    def at(self, level: Level, **changed: Text) -> "Target":
        return replace(self, level=level, **changed)

    def of_scope(self, scope: Text) -> "Target | None":
        """The target that an id, or the relative form of a `scope` property, names; None if it names none."""
        if scope == "/":
            return self.at("tenant")
        pieces = [piece for piece in split(scope) if piece != ""]
        words = [piece.lower() if isinstance(piece, str) else "" for piece in pieces]
        if "managementgroups" in words[:-1]:
            return self.at("managementGroup", management=pieces[words.index("managementgroups") + 1])
        if words[:1] == ["subscriptions"] and len(pieces) in (2, 4):
            if len(pieces) == 2:
                return self.at("subscription", subscription=pieces[1])
            return self.at("resourceGroup", subscription=pieces[1], group=pieces[3])
        return None


def target_of(level: Level, scope: str) -> Target:
    """The target of the top deployment: as much as the user's `--scope` says of it."""
    open_ = Target(level, hole("subscription", SCOPE), hole("resourceGroup", SCOPE), hole("managementGroup", SCOPE))
    said = open_.of_scope(scope.strip()) if scope.strip().strip("/") else None
    return open_ if said is None else said.at(level)


def split(text: Text) -> list[Text]:
    """A text's parts between slashes; a slash within a hole belongs to the hole."""
    if isinstance(text, str):
        return list(text.split("/"))
    found: list[list[tuple[str, bool]]] = [[]]
    for piece, is_hole in parts(text):
        if is_hole:
            found[-1].append((piece, True))
            continue
        first, *rest = piece.split("/")
        found[-1].append((first, False))
        found.extend([(part, False)] for part in rest)
    return [holed([piece for piece in each if piece[0]], text.why) for each in found]


def pairs(kinds: Sequence[str], names: Sequence[Text]) -> Text:
    """`/a/<name>/b/<name>` of the types a, b and their names."""
    return joined(*(part for kind, name in zip(kinds, names, strict=False) for part in ("/", kind, "/", name)))


def resource_id(scope: Text, resource_type: str, names: Sequence[Text]) -> Text:
    """The id of a resource below `scope`, itself an id; resource groups have one of their own form."""
    if resource_type.lower() in _GROUPS:
        return joined(scope, "/resourceGroups/", names[-1])
    provider, *kinds = resource_type.split("/")
    return joined(scope, "/providers/", provider, pairs(kinds, names))


def row_type(resource_type: str, names: Sequence[Text]) -> str:
    """The type as Resource Graph has it: below `…/providers/` begins the type of an extension resource."""
    if resource_type.lower() in _GROUPS:
        return GROUPS
    provider, *kinds = resource_type.split("/")
    for place in range(len(kinds) - 2, -1, -1):
        if kinds[place].lower() == "providers" and place < len(names):
            return "/".join([written(names[place]), *kinds[place + 1 :]])
    return "/".join([provider, *kinds])
