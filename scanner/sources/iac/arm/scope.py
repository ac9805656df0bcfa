"""What an expression may ask of the template and deployment around it; the expansion of templates answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from scanner.sources.iac.arm.clouds import environment
from scanner.sources.iac.arm.values import Refused, Value, hole, join, named, result, term_of

Level = Literal["resourceGroup", "subscription", "managementGroup", "tenant"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An expression that the service would refuse. `offset`: where in its text the fault is, counted from 0."""

    expression: str
    message: str
    offset: int


class Scope(Protocol):
    """Names come as they are written: they are matched ignoring case. A method may raise Refused(message)."""

    @property
    def level(self) -> Level | None:
        """What is deployed to; None is not known. resourceId reads its arguments by it."""

    def parameter(self, name: str) -> Value: ...

    def variable(self, name: str) -> Value: ...

    def call(self, namespace: str, name: str, arguments: Sequence[Value]) -> Value:
        """A function of the template's own."""

    def copy_index(self, loop: str | None) -> Value:
        """The index of that loop, or of the one the expression stands in; without an offset."""

    def reference(self, target: Value, api_version: Value, full: bool) -> Value:
        """State of a resource: `target` is an id, a name or a symbolic name; `api_version` None if not given."""

    def references(self, symbol: Value, full: bool) -> Value:
        """State of all resources of a loop."""

    def resource_info(self, symbol: Value) -> Value:
        """id, name, type, apiVersion of a resource by its symbolic name."""

    def resource_group(self) -> Value: ...

    def subscription(self) -> Value: ...

    def management_group(self) -> Value: ...

    def tenant(self) -> Value: ...

    def deployment(self) -> Value: ...

    def environment(self) -> Value: ...

    def deployer(self) -> Value: ...

    def refused(self, refusal: Refusal) -> None:
        """Told of every expression that the service would refuse; its value is Unknown."""


class BareScope:
    """A scope in which nothing is known but names; what an expansion builds on, and tests stand on."""

    level: Level | None = "resourceGroup"

    def parameter(self, name: str) -> Value:
        raise Refused(f"the template declares no parameter {name!r}")

    def variable(self, name: str) -> Value:
        raise Refused(f"the template declares no variable {name!r}")

    def call(self, namespace: str, name: str, arguments: Sequence[Value]) -> Value:  # noqa: ARG002
        raise Refused(f"the template declares no function {namespace}.{name}")

    def copy_index(self, loop: str | None) -> Value:
        where = f"no loop {loop!r} is around this expression" if loop else "no loop is around this expression"
        raise Refused(f"copyIndex: {where}")

    def reference(self, target: Value, api_version: Value, full: bool) -> Value:  # noqa: ARG002
        return state_of(target, full)

    def references(self, symbol: Value, full: bool) -> Value:
        return state_of(symbol, full)

    def resource_info(self, symbol: Value) -> Value:  # noqa: ARG002
        raise Refused("resourceInfo: the template has no resource of that symbolic name")

    def resource_group(self) -> Value:
        return resource_group(self.subscription()["subscriptionId"], hole("resourceGroup", SCOPE))

    def subscription(self) -> Value:
        return subscription(hole("subscription", SCOPE), hole("tenant", SCOPE))

    def management_group(self) -> Value:
        return management_group(hole("managementGroup", SCOPE))

    def tenant(self) -> Value:
        return {
            "countryCode": hole("tenantCountryCode", SCOPE),
            "displayName": hole("tenantDisplayName", SCOPE),
            "id": join(["/tenants/", hole("tenant", SCOPE)]),
            "tenantId": hole("tenant", SCOPE),
        }

    def deployment(self) -> Value:
        return {
            "name": hole("deploymentName", "the deployment's name is not known"),
            "properties": named("deployment", ""),
        }

    def environment(self) -> Value:
        return environment()

    def deployer(self) -> Value:
        why = "who deploys is not known"
        return {
            "objectId": hole("deployerObjectId", why),
            "tenantId": hole("tenant", SCOPE),
            "userPrincipalName": hole("deployerUserPrincipalName", why),
        }

    def refused(self, refusal: Refusal) -> None:  # noqa: ARG002
        return


SCOPE = "where it will be deployed is not known (--scope)"
LOCATION = "the resource group's region is not known (--location)"


def state_of(target: Value, full: bool = False) -> Value:
    """The run-time state of a resource that the template says nothing of."""
    shown = term_of(target)
    why = "reference() is known after deployment"
    if shown is None:
        return result("reference", [target])
    return named(f"reference({shown}{',full' if full else ''})", f"{why}: {shown.strip(chr(39))}")


def resource_group(subscription_id: Value, name: Value, location: Value = None, tags: Value = None) -> dict[str, Value]:
    """What resourceGroup() gives; a location of None is not known."""
    return {
        "id": join(["/subscriptions/", subscription_id, "/resourceGroups/", name]),
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": hole("resourceGroupLocation", LOCATION) if location is None else location,
        "managedBy": named("resourceGroup.managedBy", "the resource group's manager is not known"),
        "tags": named("resourceGroup.tags", "the resource group's tags are not known") if tags is None else tags,
        "properties": {"provisioningState": "Succeeded"},
    }


def subscription(subscription_id: Value, tenant_id: Value) -> dict[str, Value]:
    """What subscription() gives."""
    return {
        "id": join(["/subscriptions/", subscription_id]),
        "subscriptionId": subscription_id,
        "tenantId": tenant_id,
        "displayName": hole("subscriptionDisplayName", "the subscription's name is not known"),
    }


def management_group(name: Value) -> dict[str, Value]:
    """What managementGroup() gives."""
    return {
        "id": join(["/providers/Microsoft.Management/managementGroups/", name]),
        "name": name,
        "type": "/providers/Microsoft.Management/managementGroups",
        "properties": named("managementGroup.properties", "the management group's details are not known"),
    }
