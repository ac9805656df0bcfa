"""A scope for tests of expressions: parameters by name, everything else as where nothing is known."""

from collections.abc import Mapping, Sequence

from scanner.sources.iac.arm.expressions import evaluate
from scanner.sources.iac.arm.scope import BareScope, Refusal
from scanner.sources.iac.arm.values import Refused, Value


class Given(BareScope):
    """Parameters and variables are the same thing here: `given`."""

    def __init__(self, given: Mapping[str, Value] | None = None) -> None:
        self.given = {name.lower(): value for name, value in (given or {}).items()}
        self.refusals: list[Refusal] = []

    def parameter(self, name: str) -> Value:
        if name.lower() not in self.given:
            raise Refused(f"the template declares no parameter {name!r}")
        return self.given[name.lower()]

    variable = parameter

    def call(self, namespace: str, name: str, arguments: Sequence[Value]) -> Value:
        if (namespace, name) == ("contoso", "pair"):
            return list(arguments)
        return super().call(namespace, name, arguments)

    def copy_index(self, loop: str | None) -> Value:
        return {None: 4, "nics": 2}[loop] if loop in (None, "nics") else super().copy_index(loop)

    def refused(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)


def value_of(expression: str, given: Mapping[str, Value] | None = None) -> Value:
    """The value of an expression written without its brackets; it must not be refused."""
    scope = Given(given)
    value = evaluate(f"[{expression}]", scope)
    assert not scope.refusals, scope.refusals
    return value


def refusal_of(expression: str, given: Mapping[str, Value] | None = None) -> Refusal:
    """Why the service would refuse an expression."""
    scope = Given(given)
    evaluate(f"[{expression}]", scope)
    assert len(scope.refusals) == 1
    return scope.refusals[0]
