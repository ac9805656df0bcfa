"""What a template's JSON comes to: expressions evaluated at any depth, property loops run, names of properties too."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scanner.model import Unknown
from scanner.sources.iac.arm.budget import COPIES
from scanner.sources.iac.arm.expressions import evaluate
from scanner.sources.iac.model import Holed, unknown

if TYPE_CHECKING:
    from scanner.sources.iac.arm.frame import Frame, FunctionFrame

_LOOP = {"name", "count", "input"}


def settle(value: Any, frame: "Frame | FunctionFrame") -> Any:
    """A value of a template as it would be deployed; what cannot be known stands in it as Unknown or Holed."""
    if isinstance(value, str):
        return evaluate(value, frame) if value[:1] == "[" else value
    if isinstance(value, dict):
        return _object(value, frame)
    if isinstance(value, list):
        return [settle(member, frame) for member in value]
    return value


def _object(source: Mapping[str, Any], frame: "Frame | FunctionFrame") -> Any:
    found: dict[str, Any] = {}
    for name, value in source.items():
        if name[:1] == "[":
            made = evaluate(name, frame)
            if not isinstance(made, str):
                return unknown(f"the name of one of its properties is not known: {why(made)}")
            name = made
        elif name == "copy" and is_loops(value):
            continue
        found[name] = settle(value, frame)
    loops = source.get("copy")
    if loops is not None and is_loops(loops):
        for loop in loops:
            called = settle(loop.get("name"), frame)
            if not isinstance(called, str):
                return unknown(f"the name of one of its copy loops is not known: {why(called)}")
            found[called] = run_loop(called, loop, frame, "property")
    return found


def is_loops(value: Any) -> bool:
    """Whether the value of a property named copy is loops, and no property of that name: a list of {name, input}."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, dict) and len(_LOOP & each.keys()) >= 2 and "name" in each for each in value)
    )


def run_loop(name: str, loop: Mapping[str, Any], frame: "Frame | FunctionFrame", kind: str) -> Any:
    """The list that one loop in a property, a variable or an output makes; Unknown if its count is."""
    count = loop_count(settle(loop.get("count"), frame), f"copy loop {name}")
    if isinstance(count, Unknown):
        frame.home.plan.say_once(count, loop)
        return count
    frame.home.plan.budget.iterate(count)
    body = loop.get("input")
    return [settle(body, frame.within(name, place, kind)) for place in range(count)]


def loop_count(count: Any, what: str) -> "int | Unknown":
    """How often a loop runs. An Unknown may say that Azure would refuse the template: see `faulty`."""
    if isinstance(count, Unknown | Holed):
        return unknown(f"the count of {what} is not known: {why(count)}")
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    if not isinstance(count, int) or isinstance(count, bool):
        return faulty(f"the count of {what} is not a whole number")
    if count < 0:
        return faulty(f"the count of {what} is {count}, below 0")
    if count > COPIES:
        return faulty(f"the count of {what} is {count}, above Azure's limit of {COPIES}")
    return count


_FAULTY = "the template is refused: "


def faulty(reason: str) -> Unknown:
    """Nothing is known because Azure would refuse the template; it is also said as a problem."""
    return unknown(_FAULTY + reason)


def is_faulty(value: Unknown) -> bool:
    return value.reason.startswith(_FAULTY)


def why(value: Any) -> str:
    """What would settle a value that is not, or not wholly, known."""
    if isinstance(value, Unknown):
        return value.reason
    if isinstance(value, Holed):
        return "; ".join(value.why)
    return "it is not a text"


def get(source: Any, name: str) -> Any:
    """A member of a template's own object; the service ignores the case of these names, and so do we."""
    if not isinstance(source, dict):
        return None
    if name in source:
        return source[name]
    lowered = name.lower()
    for each, value in source.items():
        if each.lower() == lowered:
            return value
    return None
