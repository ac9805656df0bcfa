"""Functions that name resources and read their state. Ids are texts: names that are not known leave holes in them."""

from collections.abc import Sequence

from scanner.model import Unknown
from scanner.sources.iac.arm.access import lookup
from scanner.sources.iac.arm.scope import Scope
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Refused, Value, join, parts, result, unnamed
from scanner.sources.iac.model import Holed

GROUP = Group("Resource functions")


def _split(name: str, arguments: Sequence[Value], most: int) -> tuple[Sequence[Value], str, Sequence[Value]] | None:
    """(what stands before the type, the type, the names); None: the type is not known. It is the first with a slash:
    subscriptions, groups and names have none, so that what stands before it is no type, even if it is not known."""
    for n, argument in enumerate(arguments[: most + 1]):
        if isinstance(argument, str) and "/" in argument:
            return arguments[:n], argument.strip("/"), arguments[n + 1 :]
        if isinstance(argument, Holed) and any("/" in piece for piece, is_hole in parts(argument) if not is_hole):
            return None
    if any(isinstance(argument, Unknown | Holed) for argument in arguments[: most + 1]):
        return None
    which = f"none of its first {most + 1} arguments is" if most else "its first argument is not"
    raise Refused(f"{name}: {which} a resource type such as Microsoft.Compute/virtualMachines")


def _path(name: str, type_: str, names: Sequence[Value]) -> Value:
    """/providers/<type> with its names woven in."""
    words = type_.split("/")
    if len(words) < 2 or not all(words):
        raise Refused(f"{name}: {type_[:60]!r} is not a resource type such as Microsoft.Compute/virtualMachines")
    if len(names) != len(words) - 1:
        raise Refused(f"{name}: the type {type_} takes {len(words) - 1} names, not {len(names)}")
    pieces: list[Value] = ["/providers/", words[0]]
    for word, each in zip(words[1:], names, strict=True):
        if isinstance(each, str) and "/" in each:
            raise Refused(f"{name}: {each[:60]!r} has a slash; each part of a name is an argument of its own")
        pieces += ["/", word, "/", each]
    return join(pieces)


@GROUP.add("resourceId", "string, string, string…", "string", "scope")
def resource_id(scope: Scope, *arguments: Value) -> Value:
    """[subscription], [resource group], type, names: in the scope that is deployed to where none is given."""
    split = _split("resourceId", arguments, 2)
    if split is None:
        return _elsewhere(scope, "resourceId", arguments)
    before, type_, names = split
    path = _path("resourceId", type_, names)
    if isinstance(path, Unknown):
        return path
    if len(before) == 2:
        return join(["/subscriptions/", before[0], "/resourceGroups/", before[1], path])
    level = scope.level
    if len(before) == 1:
        if level is None:
            return unnamed(arguments)
        if level == "resourceGroup":
            return join([_subscription(scope), "/resourceGroups/", before[0], path])
        return join(["/subscriptions/", before[0], path])
    if level == "resourceGroup":
        return join([lookup(scope.resource_group(), "id"), path])
    if level == "subscription":
        return join([_subscription(scope), path])
    return unnamed(arguments) if level is None else path


def _elsewhere(scope: Scope, name: str, arguments: Sequence[Value]) -> Value:
    """An id of unknown form: the same arguments name another resource where is deployed to another place."""
    if scope.level is None:
        return unnamed(arguments)
    where = scope.resource_group() if scope.level == "resourceGroup" else None
    where = scope.subscription() if scope.level == "subscription" else where
    return result(name, [*arguments, lookup(where, "id") if where is not None else "/"], "string")


def _subscription(scope: Scope) -> Value:
    return join(["/subscriptions/", lookup(scope.subscription(), "subscriptionId")])


@GROUP.add("subscriptionResourceId", "string, string, string…", "string", "scope")
def subscription_resource_id(scope: Scope, *arguments: Value) -> Value:
    split = _split("subscriptionResourceId", arguments, 1)
    if split is None:
        return result("subscriptionResourceId", [*arguments, lookup(scope.subscription(), "id")], "string")
    before, type_, names = split
    path = _path("subscriptionResourceId", type_, names)
    return join([join(["/subscriptions/", before[0]]) if before else _subscription(scope), path])


@GROUP.add("managementGroupResourceId", "string, string, string…", "string", "scope")
def management_group_resource_id(scope: Scope, *arguments: Value) -> Value:
    split = _split("managementGroupResourceId", arguments, 1)
    if split is None:
        return result("managementGroupResourceId", [*arguments, lookup(scope.management_group(), "id")], "string")
    before, type_, names = split
    path = _path("managementGroupResourceId", type_, names)
    group = before[0] if before else lookup(scope.management_group(), "name")
    return join(["/providers/Microsoft.Management/managementGroups/", group, path])


@GROUP.add("tenantResourceId", "string, string, string…", "string", "open")
def tenant_resource_id(*arguments: Value) -> Value:
    split = _split("tenantResourceId", arguments, 0)
    if split is None:
        return result("tenantResourceId", arguments, "string")
    return _path("tenantResourceId", split[1], split[2])


@GROUP.add("extensionResourceId", "string, string, string, string…", "string", "open")
def extension_resource_id(base: Value, *arguments: Value) -> Value:
    split = _split("extensionResourceId", arguments, 0)
    if split is None:
        return result("extensionResourceId", [base, *arguments], "string")
    path = _path("extensionResourceId", split[1], split[2])
    return join([base, path])


_STATE = "known where the template states the property, or a nested deployment gives the output; else after deployment"


@GROUP.add("reference", "string, string?, string?", "object", "scope", unknown=_STATE)
def reference(scope: Scope, target: Value, api_version: Value = None, full: Value = "") -> Value:
    if isinstance(full, Unknown | Holed):
        return result("reference", [target, full])
    return scope.reference(target, api_version, str(full).lower() == "full")


@GROUP.add("references", "string, string?, string?", "array", "scope", unknown=_STATE)
def references(scope: Scope, symbol: Value, first: Value = "", second: Value = "") -> Value:
    return scope.references(symbol, "full" in (str(first).lower(), str(second).lower()))


@GROUP.add(
    "resourceInfo", "string", "object", "scope", unknown="known where the symbolic name is one of the template's"
)
def resource_info(scope: Scope, symbol: Value) -> Value:
    return scope.resource_info(symbol)


_AZURE = "Azure answers it during deployment"
GROUP.never("list*", "any…", "object", "list functions read secrets of resources during deployment")
GROUP.never("pickZones", "string, string, string, int?, int?", "array", f"which zones a region has: {_AZURE}")
GROUP.never("providers", "string, string?", "object", f"which resource types there are: {_AZURE}")
GROUP.never("toLogicalZone", "string, string, string", "string", f"how zones are numbered: {_AZURE}")
GROUP.never("toLogicalZones", "string, string, array", "array", f"how zones are numbered: {_AZURE}")
GROUP.never("toPhysicalZone", "string, string, string", "string", f"how zones are numbered: {_AZURE}")
GROUP.never("toPhysicalZones", "string, string, array", "array", f"how zones are numbered: {_AZURE}")
GROUP.never("roleDefinitions", "string", "object", f"which roles there are: {_AZURE}")
GROUP.never("parseUri", "string", "object", "what it gives of a URI is not documented in full")
GROUP.never("buildUri", "object", "string", "what it makes of its parts is not documented in full")
GROUP.never("externalInput", "string, any?", "any", "external inputs are read by the tool that deploys")
