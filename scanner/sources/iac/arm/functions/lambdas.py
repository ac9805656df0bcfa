"""Functions that take a lambda: over an array of known length each member is asked, whatever is known of it."""

from collections.abc import Callable
from functools import cmp_to_key

from scanner.model import Unknown
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import MOST_MEMBERS, Refused, Value, bounded, kind, unnamed
from scanner.sources.iac.model import Holed

GROUP = Group("Lambda functions")
Ask = Callable[..., Value]


class _Open(Exception):
    """An answer that the whole result hangs on is not known."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


def _yes(name: str, answer: Value) -> bool:
    if isinstance(answer, Unknown):
        raise _Open(answer)
    if not isinstance(answer, bool):
        raise Refused(f"{name}: the lambda must give bool, not {kind(answer)}")
    return answer


def _key(name: str, answer: Value) -> str:
    if isinstance(answer, Unknown | Holed):
        raise _Open(answer)
    if not isinstance(answer, str):
        raise Refused(f"{name}: the lambda must give a text, not {kind(answer)}")
    return answer


@GROUP.add("map", "array, lambda", "array", "open", builds=True)
def map_(values: Value, ask: Ask) -> Value:
    if isinstance(values, Unknown):
        return unnamed([values])
    return [ask(value, n) for n, value in enumerate(values)]


@GROUP.add("mapValues", "object, lambda", "object", "open", builds=True)
def map_values(values: Value, ask: Ask) -> Value:
    if isinstance(values, Unknown):
        return unnamed([values])
    return {name: ask(value) for name, value in values.items()}


@GROUP.add("filter", "array, lambda", "array", "open")
def filter_(values: Value, ask: Ask) -> Value:
    if isinstance(values, Unknown):
        return unnamed([values])
    try:
        return [value for n, value in enumerate(values) if _yes("filter", ask(value, n))]
    except _Open as open_:
        return unnamed([open_.value])


@GROUP.add("sort", "array, lambda", "array", "open")
def sort(values: Value, ask: Ask) -> Value:
    if isinstance(values, Unknown):
        return unnamed([values])

    def order(one: Value, other: Value) -> int:
        if _yes("sort", ask(one, other)):
            return -1
        return 1 if _yes("sort", ask(other, one)) else 0

    try:
        return sorted(values, key=cmp_to_key(order))
    except _Open as open_:
        return unnamed([open_.value])


@GROUP.add("reduce", "array, any, lambda", "any", "open")
def reduce(values: Value, first: Value, ask: Ask) -> Value:
    if isinstance(values, Unknown):
        return unnamed([values])
    found = first
    left = 10 * MOST_MEMBERS
    for n, value in enumerate(values):
        found = ask(found, value, n)
        if isinstance(found, list | dict):
            left -= len(found)
            if left < 0:
                raise Refused("reduce builds more than the service accepts")
            bounded(found)
    return found


@GROUP.add("toObject", "array, lambda, lambda?", "object", "open", builds=True)
def to_object(values: Value, key: Ask, give: Ask | None = None) -> Value:
    if isinstance(values, Unknown):
        return unnamed([values])
    made: dict[str, Value] = {}
    names: dict[str, str] = {}
    try:
        for value in values:
            name = _key("toObject", key(value))
            made[names.setdefault(name.lower(), name)] = give(value) if give else value
    except _Open as open_:
        return unnamed([open_.value])
    return made


@GROUP.add("groupBy", "array, lambda, lambda?", "object", "open", builds=True)
def group_by(values: Value, key: Ask, give: Ask | None = None) -> Value:
    if isinstance(values, Unknown):
        return unnamed([values])
    made: dict[str, list[Value]] = {}
    names: dict[str, str] = {}
    try:
        for value in values:
            name = _key("groupBy", key(value))
            made.setdefault(names.setdefault(name.lower(), name), []).append(give(value) if give else value)
    except _Open as open_:
        return unnamed([open_.value])
    return made


def _special(*_: Value) -> Value:
    raise Refused("it stands only where the parser of expressions expects it")


GROUP.add("lambda", "string…", "lambda", "lazy")(_special)
GROUP.add("lambdaVariables", "string", "any", "lazy")(_special)
