"""Functions over integers, in the service's 64 bits."""

from scanner.model import Unknown
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Refused, Value, known, result, scalar_text
from scanner.sources.iac.model import Holed

GROUP = Group("Numeric functions")


def fit(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise Refused("the number does not fit 64 bits")
    return value


@GROUP.add("add", "int, int", "int", "open")
def add(one: Value, other: Value) -> Value:
    return fit(one + other) if known([one, other]) else result("add", [one, other])
