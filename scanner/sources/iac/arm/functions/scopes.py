"""Functions that say where is deployed to; the scope answers as far as its caller said."""

from scanner.sources.iac.arm.scope import Scope
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Value

GROUP = Group("Scope functions")
_WHEN = "known as far as the caller says where is deployed to"


@GROUP.add("resourceGroup", "", "object", "scope", unknown=_WHEN)
def resource_group(scope: Scope) -> Value:
    return scope.resource_group()


@GROUP.add("subscription", "", "object", "scope", unknown=_WHEN)
def subscription(scope: Scope) -> Value:
    return scope.subscription()


@GROUP.add("managementGroup", "", "object", "scope", unknown=_WHEN)
def management_group(scope: Scope) -> Value:
    return scope.management_group()


@GROUP.add("tenant", "", "object", "scope", unknown=_WHEN)
def tenant(scope: Scope) -> Value:
    return scope.tenant()
