"""Functions over arrays, and those that take an array, an object or a text alike."""

from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.arm.access import MISSING, find, lookup
from scanner.sources.iac.arm.equality import any_of, same
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.texts import edge, find_text, length_of, searched, slice_text
from scanner.sources.iac.arm.values import Refused, Value, bounded, join, kind, known, result
from scanner.sources.iac.model import Holed

GROUP = Group("Array functions")


@GROUP.add("array", "any", "array", "open")
def array(value: Value) -> Value:
    if isinstance(value, Unknown):
        return result("array", [value])
    return value if isinstance(value, list) else [value]


@GROUP.add("createArray", "any…", "array", "open", builds=True)
def create_array(*values: Value) -> Value:
    return list(values)


@GROUP.add("concat", "any, any…", "string or array", "open")
def concat(*values: Value) -> Value:
    kinds = {kind(value) for value in values} - {"unknown"}
    if kinds == {"array"}:
        if any(isinstance(value, Unknown) for value in values):
            return result("concat", values)
        return bounded([member for value in values for member in value])
    if "array" in kinds or "object" in kinds or "lambda" in kinds:
        raise Refused("concat takes either arrays or texts, not " + " and ".join(sorted(kinds)))
    return join(values) if kinds else result("concat", values)


@GROUP.add("contains", "array|object|string, any", "bool", "open")
def contains(container: Value, item: Value) -> Value:
    """Texts by their case; the names of an object ignoring it."""
    found: bool | None = None
    if isinstance(container, dict):
        if isinstance(item, str):
            return find(container, item) is not MISSING
    elif isinstance(container, list):
        if isinstance(item, str) and item in container:
            return True
        found = any_of(same(member, item) for member in container)
    elif isinstance(container, str | Holed):
        if isinstance(item, Unknown):
            found = None
        elif not isinstance(item, str | Holed):
            raise Refused(f"contains: a text contains texts, not {kind(item)}")
        else:
            found = searched(container, item)
    return result("contains", [container, item]) if found is None else found


@GROUP.add("empty", "array|object|string|null", "bool", "open")
def empty(value: Value) -> Value:
    if isinstance(value, Holed):
        return False if length_of(value) else result("empty", [value])
    return result("empty", [value]) if isinstance(value, Unknown) else not value


@GROUP.add("length", "array|object|string", "int", "open")
def length(value: Value) -> Value:
    if isinstance(value, Unknown | Holed):
        return result("length", [value])
    if isinstance(value, str) and not value.isascii():  # a character beyond the first 65,536 counts as two
        return len(value.encode("utf-16-le", "surrogatepass")) // 2
    return len(value)


@GROUP.add("first", "array|string", "any", "open")
def first(value: Value) -> Value:
    return _edge("first", value, 0)


@GROUP.add("last", "array|string", "any", "open")
def last(value: Value) -> Value:
    return _edge("last", value, -1)


def _edge(name: str, value: Value, index: int) -> Value:
    if isinstance(value, list):
        return value[index] if value else None
    if isinstance(value, str):
        return value[index] if value else ""
    found = edge(value, index) if isinstance(value, Holed) else None
    return result(name, [value], "string" if isinstance(value, Holed) else "any") if found is None else found


@GROUP.add("indexOf", "array|string, any", "int", "open")
def index_of(where: Value, what: Value) -> Value:
    return _index("indexOf", where, what, last=False)


@GROUP.add("lastIndexOf", "array|string, any", "int", "open")
def last_index_of(where: Value, what: Value) -> Value:
    return _index("lastIndexOf", where, what, last=True)


def _index(name: str, where: Value, what: Value, *, last: bool) -> Value:
    if isinstance(where, list):
        numbers = range(len(where) - 1, -1, -1) if last else range(len(where))
        for n in numbers:
            answer = same(where[n], what)
            if answer:
                return n
            if answer is None:
                return result(name, [where, what])
        return -1
    if not known([where, what]):
        return result(name, [where, what])
    if not isinstance(what, str):
        raise Refused(f"{name}: a text is searched for a text, not {kind(what)}")
    return find_text(where, what, last=last)


@GROUP.add("flatten", "array", "array", "open", builds=True)
def flatten(value: Value) -> Value:
    if isinstance(value, Unknown) or any(isinstance(member, Unknown) for member in value):
        return result("flatten", [value])
    if any(not isinstance(member, list) for member in value):
        raise Refused("flatten takes an array of arrays")
    return [each for member in value for each in member]


@GROUP.add("range", "int, int", "array")
def numbers(start: int, count: int) -> list[int]:
    if not 0 <= count <= 10_000:
        raise Refused(f"range: the count must be 0 to 10000, not {count}")
    if start + count > 2_147_483_647 or start < -(2**31):
        raise Refused("range: its numbers do not fit 32 bits")
    return list(range(start, start + count))


@GROUP.add("skip", "array|string, int", "array or string", "open")
def skip(value: Value, count: Value) -> Value:
    return _part("skip", value, count)


@GROUP.add("take", "array|string, int", "array or string", "open")
def take(value: Value, count: Value) -> Value:
    return _part("take", value, count)


def _part(name: str, value: Value, count: Value) -> Value:
    if not isinstance(count, Unknown):
        count = max(count, 0)
        if isinstance(value, list | str):
            return value[count:] if name == "skip" else value[:count]
        found = slice_text(value, count, name) if isinstance(value, Holed) else None
        if found is not None:
            return found
    return result(name, [value, count], "string" if kind(value) == "string" else "any")


@GROUP.add("indexFromEnd", "array, int", "any", "open")
def index_from_end(value: Value, index: Value) -> Value:
    found = _from_end(value, index)
    if found is MISSING:
        raise Refused(f"indexFromEnd: there is no member {index} from the end")
    return result("indexFromEnd", [value, index]) if found is None else found[0]


@GROUP.add("tryIndexFromEnd", "array|null, int", "any", "open")
def try_index_from_end(value: Value, index: Value) -> Value:
    if value is None:
        return None
    found = _from_end(value, index)
    if found is MISSING:
        return None
    return result("tryIndexFromEnd", [value, index]) if found is None else found[0]


def _from_end(value: Value, index: Value) -> Any:
    """The member in a list of one, MISSING, or None where it is not known. The last is number 1."""
    if isinstance(value, Unknown) or isinstance(index, Unknown):
        return None
    return [value[-index]] if 1 <= index <= len(value) else MISSING


@GROUP.add("tryGet", "any, any, any…", "any", "open")
def try_get(value: Value, *keys: Value) -> Value:
    for n, key in enumerate(keys):
        if value is None:
            return None
        if isinstance(value, Unknown):
            return result("tryGet", [value, *keys[n:]])
        value = lookup(value, key)
        if value is MISSING:
            return None
    return value
