"""Run-time state as far as a template tells it: what a resource of it states, and what a nested deployment puts out."""

from typing import TYPE_CHECKING, Any

from scanner.sources.iac.arm.ids import text_of, written
from scanner.sources.iac.arm.scope import state_of
from scanner.sources.iac.arm.values import Named, Refused, Value, named
from scanner.sources.iac.model import NEEDS

if TYPE_CHECKING:
    from scanner.sources.iac.arm.deployment import Deployment
    from scanner.sources.iac.arm.nodes import Node

_WHOLE = ("location", "tags", "sku", "kind", "zones", "identity", "plan")


class Stated(Named):
    """State that is not known but for some members: every function takes it for unknown, its members can be read.

    Azure fills in what a template leaves out, so a member that is not stated, or stated empty, is unknown.
    """

    __slots__ = ("members",)
    members: dict[str, Value]

    def member(self, key: str) -> Value | None:
        """A stated member, ignoring case; None: it is not stated."""
        lowered = key.lower()
        return next((value for name, value in self.members.items() if name.lower() == lowered), None)


def stated(term: str, why: str, members: dict[str, Value]) -> Stated:
    found = Stated(why, NEEDS, term.translate(str.maketrans("{}", "<>")))
    found.members = {
        name: _stated(value, f"{term}.{name}", why)
        for name, value in members.items()
        if value not in ("", None, {}, [])
    }
    return found


def _stated(value: Value, term: str, why: str) -> Value:
    if isinstance(value, dict):
        return stated(term, why, value)
    if isinstance(value, list):
        return [_stated(each, f"{term}[{n}]", why) for n, each in enumerate(value)]
    return value


def state_in(home: "Deployment", target: Value, full: bool) -> Value:
    """What reference(target) gives where an expression of this deployment asks for it."""
    called = text_of(target, "")
    if called is None:
        raise Refused("reference takes an id, a name or a symbolic name")
    bare = state_of(target, full)
    if not isinstance(bare, Named):
        return bare
    found = home.index.find(written(called))
    if len(found) != 1:
        # A mere name means another resource in each deployment: what is not known of it must not look the same.
        return (
            bare
            if written(called).startswith("/") or not home.address
            else named(f"{bare.term} in {home.address}", bare.reason)
        )
    node = found[0]
    if home.plan.readers:
        home.plan.readers[-1].asked.append(node)
    by_id = state_of(node.id, full)
    return _state(node, full, named(by_id.term, bare.reason) if isinstance(by_id, Named) else bare)


def states_in(home: "Deployment", symbol: Value, full: bool) -> Value:
    """What references(symbol) gives: the state of every resource of a loop."""
    found = [node for node in home.index.find(symbol) if node.symbol] if isinstance(symbol, str) else []
    bare = state_of(symbol, full)
    if not found or any(node.state != "deployed" or node.conditions for node in found):
        return bare
    return [state_in(home, f"{symbol}[{node.copy}]", full) for node in found]


def _state(node: "Node", full: bool, bare: Named) -> Value:
    if node.state != "deployed" or node.conditions != node.deployment.conditions:
        return bare
    term, why = bare.term, bare.reason
    if node.type.lower() == "microsoft.resources/deployments":
        properties: dict[str, Any] = {"outputs": _outputs(node, term, why)}
    else:
        settled = node.member("properties")
        properties = settled if isinstance(settled, dict) else {}
    if not full:
        return stated(term, why, properties)
    whole = {name: node.member(name) for name in _WHOLE}
    return stated(term, why, {**whole, "properties": properties})


def _outputs(node: "Node", term: str, why: str) -> Value:
    """The outputs of a nested deployment, each evaluated when it is read."""
    from scanner.sources.iac.arm.nested import opened

    deployment = opened(node)
    return named(f"{term}.outputs", why) if deployment is None else _Outputs.of(deployment, f"{term}.outputs", why)


class _Outputs(Stated):
    """Outputs by name; `.value` of one is what it comes to."""

    __slots__ = ("deployment",)
    deployment: "Deployment"

    @classmethod
    def of(cls, deployment: "Deployment", term: str, why: str) -> "_Outputs":
        found = cls(why, NEEDS, term.translate(str.maketrans("{}", "<>")))
        found.members = {}
        found.deployment = deployment
        return found

    def member(self, key: str) -> Value | None:
        return {"value": self.deployment.output(key)}


def info_of(home: "Deployment", symbol: Value) -> Value:
    """What resourceInfo(symbol) gives; it is known before deployment."""
    if not isinstance(symbol, str):
        raise Refused("resourceInfo takes a symbolic name")
    found = [node for node in home.index.find(symbol) if node.symbol]
    if len(found) != 1:
        raise Refused(f"resourceInfo: the template has no resource {symbol!r}")
    node = found[0]
    version = node.member("apiVersion")
    return {"id": node.id, "name": node.name, "type": node.type, "apiVersion": version}
