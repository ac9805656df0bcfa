"""Generates the functions that do most of the work: a subject's document, and many policies' verdicts on it."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from scanner.facts.catalogue import Fact, From, Of, Own
from scanner.facts.fleet import Fleet
from scanner.language import values
from scanner.language.compile import TooLarge, Writer, load, operands, row_read
from scanner.language.nodes import And, Constant, Node
from scanner.model import AuthoringError, Unknown
from scanner.policy import Policy

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = range(4)


def picker(slots: Sequence[int]) -> Callable[[Any], Any]:
    """The facts at these places of a document, as one value."""
    return itemgetter(*slots) if slots else lambda _: ()


def document_of(facts: Mapping[str, Fact]) -> Callable[[Any, Fleet], tuple[Any, ...]]:
    """A function from a record to the values of all these facts, in their order."""
    names: dict[str, Any] = {"Unknown": Unknown}
    joins: dict[Any, str] = {}
    parts = []
    for position, fact in enumerate(facts.values()):
        get = fact.get
        if isinstance(get, Of | From) and get.join not in joins:
            joins[get.join] = f"j{len(joins)}"
        if isinstance(get, Own):
            names[f"m{position}"] = get.missing
            parts.append(f"m{position} if (v := r.{get.attribute}) is None else v")
        elif isinstance(get, Of):
            names[f"m{position}"], joined = get.missing, joins[get.join]
            value = f"m{position} if (v := {joined}.{get.attribute}) is None else v"
            parts.append(f"{joined} if {joined}.__class__ is Unknown else {value}")
        elif isinstance(get, From):
            names[f"g{position}"] = get.make
            parts.append(f"g{position}({joins[get.join]}, r, fleet)")
        else:
            names[f"g{position}"] = get
            parts.append(f"g{position}(r, fleet)")
    names |= {f"{name}_of": join for join, name in joins.items()}
    lines = ["def document(r, fleet):", *(f"    {name} = {name}_of(r, fleet)" for name in joins.values())]
    lines.append(f"    return ({', '.join(f'({part})' for part in parts)},)")
    made: Callable[[Any, Fleet], tuple[Any, ...]] = load("\n".join(lines), "document", names)
    return made


def row_value(row: Any, path: tuple[str, ...]) -> Any:
    """What a row holds at `path`; Unknown naming the shortest prefix that is missing."""
    value = row
    for length, name in enumerate(path, 1):
        value = values.field(value, name)
        if value is None:
            return Unknown(f"{'.'.join(path[:length])} is not known", "property")
    return value


def judge_of(policies: Sequence[Policy], slots: Mapping[tuple[str, ...], int] | None, now: float) -> Any:
    """A function from a subject's document to one code for each policy."""
    writer = Writer()
    body: list[str] = []
    shared: dict[str, str] = {}

    def local(node: Node) -> str:
        """A variable holding a condition; conditions that several policies start with are evaluated once."""
        source_key = repr(node)
        if source_key not in shared:
            shared[source_key] = f"c{len(shared)}"
            body.append(f"    {shared[source_key]} = {writer.truth(node)}")
        return shared[source_key]

    codes = []
    for policy in policies:
        applies = [local(operand) for operand in operands(policy.when, And) if operand != Constant(True)]
        ready = None if policy.needs == Constant(True) else writer.truth(policy.needs)
        codes.append(_code(applies, ready, writer.truth(policy.expect())))
    hoisted = []
    for path, name in writer.reads.items():
        if slots is None:
            hoisted.append(f"    {name} = {row_read(path)}")
        else:
            hoisted.append(f"    {name} = d[{slots[path]}]")
            hoisted.append(f"    if {name}.__class__ is Unknown: {name} = None")
    code = "\n".join(["def judge(d):", *hoisted, *body, f"    return ({', '.join(codes)},)"])
    try:
        return load(code, "judge", {**writer.names, "NOW": now, "Unknown": Unknown})
    except TooLarge as error:
        if len(policies) == 1:
            raise AuthoringError(str(error), str(policies[0].folder / "policy.yaml"), help="split it") from None
        for policy in policies:  # which of them it is
            judge_of([policy], slots, now)
        raise


def _code(applies: list[str], ready: str | None, expect: str) -> str:
    """The verdict's code: when, then needs, then expect; a fail only where the policy surely applies."""
    if applies:
        surely = " and ".join(f"{name} is True" for name in applies)
        failed = f"({FAIL} if e is False and {surely} else {UNKNOWN})"
    else:
        failed = f"({FAIL} if e is False else {UNKNOWN})"
    code = f"({PASS} if (e := {expect}) is True else {failed})"
    if ready is not None:
        code = f"({code} if {ready} is True else {UNKNOWN})"
    if applies:
        code = f"({NOT_APPLICABLE} if {' or '.join(f'{name} is False' for name in applies)} else {code})"
    return code
