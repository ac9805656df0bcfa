"""What an expression can see where it stands: a deployment's parameters and variables, and the loops around it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from scanner.sources.iac.arm import scope
from scanner.sources.iac.arm.budget import CALLS
from scanner.sources.iac.arm.scope import BareScope, Level, Refusal
from scanner.sources.iac.arm.settle import get, settle
from scanner.sources.iac.arm.state import info_of, state_in, states_in
from scanner.sources.iac.arm.values import Refused, Value, hole

if TYPE_CHECKING:
    from scanner.sources.iac.arm.deployment import Deployment


class Loop(NamedTuple):
    """One turn of a loop. `kind`: resource, property, variable or output."""

    name: str
    turn: int
    kind: str


class _Within(BareScope):
    """What frames share: the deployment they are at home in, and the loops around an expression, outermost first."""

    def __init__(self, home: "Deployment", loops: tuple[Loop, ...]) -> None:
        self.home = home
        self.loops = loops
        self.level: Level | None = home.target.level

    def copy_index(self, loop: str | None) -> Value:
        """Without a name it is the index of the resource's loop, also inside the loop of a property."""
        if loop is None:
            found = next((each.turn for each in reversed(self.loops) if each.kind in ("resource", "output")), None)
            if found is None:
                raise Refused("copyIndex() without a name stands outside every loop of a resource")
            return found
        lowered = loop.lower()
        found = next((each.turn for each in reversed(self.loops) if each.name == lowered), None)
        if found is None:
            raise Refused(f"copyIndex: no loop {loop!r} is around this expression")
        return found

    def resource_group(self) -> Value:
        target = self.home.target
        if target.level != "resourceGroup":
            raise Refused("resourceGroup() is there only where a resource group is deployed to")
        return scope.resource_group(target.subscription, target.group, self.home.group_location())

    def subscription(self) -> Value:
        target = self.home.target
        if target.level not in ("resourceGroup", "subscription"):
            raise Refused("subscription() is there only where a subscription or a resource group is deployed to")
        return scope.subscription(target.subscription, hole("tenant", scope.SCOPE))

    def management_group(self) -> Value:
        return scope.management_group(self.home.target.management)

    def deployment(self) -> Value:
        return self.home.described(super().deployment())

    def refused(self, refusal: Refusal) -> None:
        self.home.plan.refuse(refusal)


class Frame(_Within):
    """The scope of expressions in a template."""

    def __init__(self, home: "Deployment", loops: tuple[Loop, ...] = ()) -> None:
        super().__init__(home, loops)

    def within(self, name: str, index: int, kind: str) -> "Frame":
        """The same scope, one loop further in."""
        return Frame(self.home, (*self.loops, Loop(name.lower(), index, kind)))

    def parameter(self, name: str) -> Value:
        return self.home.parameter(name)

    def variable(self, name: str) -> Value:
        return self.home.variable(name)

    def call(self, namespace: str, name: str, arguments: Sequence[Value]) -> Value:
        return call(self.home, namespace, name, arguments, ())

    def reference(self, target: Value, _: Value, full: bool) -> Value:
        return state_in(self.home, target, full)

    def references(self, symbol: Value, full: bool) -> Value:
        return states_in(self.home, symbol, full)

    def resource_info(self, symbol: Value) -> Value:
        return info_of(self.home, symbol)


class FunctionFrame(_Within):
    """The scope of a user's function: its own arguments and other functions, no variables and no run-time state."""

    def __init__(
        self, home: "Deployment", arguments: dict[str, Value], calls: tuple[str, ...], loops: tuple[Loop, ...] = ()
    ) -> None:
        super().__init__(home, loops)
        self.arguments = arguments
        self.calls = calls

    def within(self, name: str, index: int, kind: str) -> "FunctionFrame":
        return FunctionFrame(self.home, self.arguments, self.calls, (*self.loops, Loop(name.lower(), index, kind)))

    def parameter(self, name: str) -> Value:
        if name.lower() not in self.arguments:
            raise Refused(f"the function has no parameter {name!r}")
        return self.arguments[name.lower()]

    def variable(self, name: str) -> Value:
        raise Refused(f"a function of a template cannot read variables such as {name!r}")

    def call(self, namespace: str, name: str, arguments: Sequence[Value]) -> Value:
        return call(self.home, namespace, name, arguments, self.calls)


def call(home: "Deployment", namespace: str, name: str, arguments: Sequence[Value], calls: tuple[str, ...]) -> Value:
    """What a function of the template gives; one that leads back to itself is refused, as Azure does."""
    whole = f"{namespace}.{name}"
    key = whole.lower()
    body = home.function(whole)
    if body is None:
        raise Refused(f"the template declares no function {whole}")
    if key in calls:
        raise Refused(f"function {whole} calls itself")
    if len(calls) >= CALLS:
        raise Refused(f"functions call each other more than {CALLS} deep")
    home.plan.budget.iterate(10)
    declared = get(body, "parameters")
    names = [get(each, "name") for each in declared] if isinstance(declared, list) else []
    if len(names) != len(arguments):
        raise Refused(f"function {whole} takes {len(names)} arguments, not {len(arguments)}")
    bound = {each.lower(): value for each, value in zip(names, arguments, strict=True) if isinstance(each, str)}
    return settle(get(get(body, "output"), "value"), FunctionFrame(home, bound, (*calls, key)))
