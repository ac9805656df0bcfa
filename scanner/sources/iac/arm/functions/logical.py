"""Functions over true and false: Kleene's, so that what is known decides before what is not."""

from collections.abc import Callable
from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.arm.equality import same
from scanner.sources.iac.arm.scope import Scope
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Named, Refused, Value, kind, result
from scanner.sources.iac.model import Holed, unknown

GROUP = Group("Logical functions")
Run = Callable[[Scope, dict[str, Any]], Value]


def attempt(run: Run, scope: Scope, variables: dict[str, Any]) -> Value:
    """An argument that the service may never evaluate: what it would refuse is unknown, not a fault of the template."""
    try:
        return run(scope, variables)
    except Refused as refused:
        return unknown(refused.message)


@GROUP.add("if", "any, any, any", "any", "lazy")
def choose(scope: Scope, variables: dict[str, Any], condition: Run, then: Run, other: Run) -> Value:
    asked = condition(scope, variables)
    if isinstance(asked, bool):
        return (then if asked else other)(scope, variables)
    if not isinstance(asked, Unknown):
        raise Refused(f"if: the condition must be bool, not {kind(asked)}")
    mine, yours = attempt(then, scope, variables), attempt(other, scope, variables)
    if same(mine, yours) is True:
        return mine
    texts = kind(mine) == kind(yours) == "string"
    found = result("if", [asked, mine, yours], "string" if texts else "any")
    # The condition alone would settle it; what the branches lack matters only after that.
    if isinstance(found, Holed):
        return Holed(found.text, (asked.reason,))
    return Named(asked.reason, found.needs, found.term) if isinstance(found, Named) else unknown(asked.reason)


def _until(name: str, decides: bool) -> Callable[..., Value]:
    def run(scope: Scope, variables: dict[str, Any], *arguments: Run) -> Value:
        values: list[Value] = []
        for argument in arguments:
            value = attempt(argument, scope, variables) if values else argument(scope, variables)
            if value is decides:
                return decides
            if isinstance(value, Unknown):
                values.append(value)
            elif not isinstance(value, bool):
                if not values:
                    raise Refused(f"{name} takes bool, not {kind(value)}")
                values.append(unknown(f"{name} takes bool, not {kind(value)}"))
        if not values:
            return not decides
        return values[0] if len(values) == 1 else result(name, values)

    return run


GROUP.add("and", "bool, bool…", "bool", "lazy")(_until("and", False))
GROUP.add("or", "bool, bool…", "bool", "lazy")(_until("or", True))


@GROUP.add("not", "bool", "bool")
def invert(value: bool) -> bool:
    return not value


@GROUP.add("bool", "bool|int|string", "bool")
def to_bool(value: bool | int | str) -> bool:
    if isinstance(value, str):
        word = value.strip().lower()
        if word not in ("true", "false", "0", "1"):
            raise Refused(f"bool: {value[:40]!r} is neither true nor false")
        return word in ("true", "1")
    return bool(value)


@GROUP.add("true", "", "bool")
def true() -> bool:
    return True


@GROUP.add("false", "", "bool")
def false() -> bool:
    return False
