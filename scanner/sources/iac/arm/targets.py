"""Where a resource, or a nested deployment, goes when it says so itself: `scope`, `resourceGroup`, `subscriptionId`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scanner.sources.iac.arm.ids import Target, Text, joined, level_of, text_of, written
from scanner.sources.iac.arm.settle import get, settle
from scanner.sources.iac.arm.values import hole
from scanner.sources.iac.located import Object

if TYPE_CHECKING:
    from scanner.sources.iac.arm.deployment import Deployment
    from scanner.sources.iac.arm.frame import Frame

DEPLOYMENTS = "microsoft.resources/deployments"


def scope_for(source: Mapping[str, Any], kind: str, frame: "Frame", home: "Deployment") -> Text:
    """The id that a resource's own id continues."""
    if kind.lower() == DEPLOYMENTS:
        return target_for(source, frame, home).id
    said = settle(get(source, "scope"), frame)
    if said is None:
        return home.target.id
    whose = f"{home.address} at {place(source)}{[each.turn for each in frame.loops] or ''}"
    scope = text_of(said, f"scope of {whose}")
    if scope is None:
        return hole(f"scope of {whose}", "its scope is no text")
    begin = scope if isinstance(scope, str) else scope.text
    if begin == "/":
        return ""
    if begin.startswith(("/", "{")):
        return scope.rstrip("/") if isinstance(scope, str) else scope
    target = home.target.of_scope(scope)
    if target is not None:
        return target.id
    return joined(home.target.id, "/providers/", relative(scope))


def place(source: Any) -> str:
    """Where a resource stands, for names of holes: those of different resources must differ."""
    return f"{source.file}:{source.line}:{source.column}" if isinstance(source, Object) else str(id(source))


def relative(scope: Text) -> Text:
    """`Microsoft.X/a/name` is a relative scope as it stands in an id; `Microsoft.X/a/b/n/m` is not written so."""
    return scope.strip("/") if isinstance(scope, str) else scope


def target_for(source: Mapping[str, Any], frame: "Frame", home: "Deployment") -> Target:
    """The target of a nested deployment."""
    here = home.target
    whose = f"{home.address} at {place(source)}{[each.turn for each in frame.loops] or ''}"
    group = settle(get(source, "resourceGroup"), frame)
    subscription = settle(get(source, "subscriptionId"), frame)
    said = settle(get(source, "scope"), frame)
    changed: dict[str, Text] = {}
    if subscription is not None:
        changed["subscription"] = text_of(subscription, f"subscriptionId of {whose}") or here.subscription
    if group is not None and group != "":
        changed["group"] = text_of(group, f"resourceGroup of {whose}") or here.group
        return here.at("resourceGroup", **changed)
    if subscription is not None and subscription != "":
        return here.at("subscription", **changed)
    if said is None:
        return here
    scope = text_of(said, f"scope of {whose}")
    found = here.of_scope(scope) if scope is not None else None
    if found is not None:
        return found
    open_ = hole(
        f"target of {written(scope)}" if scope is not None else f"target of {whose}",
        "where it is deployed to is not known",
    )
    level = level_of(get(get(get(source, "properties"), "template"), "$schema"))
    if level == "managementGroup":
        return here.at(level, management=open_)
    return here.at(level, subscription=open_, group=open_)
