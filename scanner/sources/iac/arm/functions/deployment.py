"""Functions that read the template and the deployment; all of them ask the scope."""

from scanner.model import Unknown
from scanner.sources.iac.arm.scope import Scope
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Refused, Value, reason_of
from scanner.sources.iac.model import Holed, unknown

GROUP = Group("Deployment value functions")


@GROUP.add("parameters", "string", "any", "scope")
def parameters(scope: Scope, name: Value) -> Value:
    return scope.parameter(name) if isinstance(name, str) else _unknown_name(name)


@GROUP.add("variables", "string", "any", "scope")
def variables(scope: Scope, name: Value) -> Value:
    return scope.variable(name) if isinstance(name, str) else _unknown_name(name)


def _unknown_name(name: Value) -> Value:
    return unknown(reason_of([name]))


@GROUP.add(
    "deployment", "", "object", "scope", unknown="known as far as the caller says what is deployed, and where to"
)
def deployment(scope: Scope) -> Value:
    return scope.deployment()


@GROUP.add("environment", "", "object", "scope", unknown="known where the cloud is")
def environment(scope: Scope) -> Value:
    return scope.environment()


@GROUP.add("deployer", "", "object", "scope", unknown="who deploys is not known")
def deployer(scope: Scope) -> Value:
    return scope.deployer()


@GROUP.add("copyIndex", "any?, int?", "int", "scope")
def copy_index(scope: Scope, first: Value = None, second: Value = 0) -> Value:
    if isinstance(first, Unknown | Holed):
        return unknown(reason_of([first]))
    loop, offset = (first, second) if isinstance(first, str) else (None, 0 if first is None else first)
    if isinstance(offset, bool) or not isinstance(offset, int | Unknown):
        raise Refused("copyIndex takes the name of a loop, and an int to add")
    index = scope.copy_index(loop)
    if offset == 0:
        return index
    from scanner.sources.iac.arm.functions.numeric import add

    return add(index, offset)
