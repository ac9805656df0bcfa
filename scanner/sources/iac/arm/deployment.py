"""One template deployed to one target: parameters, variables, functions and outputs, each evaluated when asked for."""

from collections.abc import Callable, Mapping
from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.arm.frame import Frame
from scanner.sources.iac.arm.given import Given
from scanner.sources.iac.arm.ids import Target, written
from scanner.sources.iac.arm.nodes import Index, Node
from scanner.sources.iac.arm.parameters import SECURE, broken_limit, fits, type_of, typed, value_of
from scanner.sources.iac.arm.plan import Shared
from scanner.sources.iac.arm.scope import LOCATION
from scanner.sources.iac.arm.settle import get, is_loops, run_loop, settle
from scanner.sources.iac.arm.values import Named, Refused, hole, named, same_id
from scanner.sources.iac.model import unknown


class Deployment:
    """A template, its target, and the values passed to it.

    `outer` is set for a nested template whose expressions its parent evaluates: then nothing of its own can be seen.
    """

    def __init__(
        self,
        plan: Shared,
        template: Mapping[str, Any],
        target: Target,
        passed: Mapping[str, Callable[[], Given]],
        *,
        address: str = "",
        name: Any = None,
        location: Any = None,
        outer: Frame | None = None,
        depth: int = 0,
        conditions: tuple[str, ...] = (),
        file: str = "",
    ) -> None:
        self.plan = plan
        self.template = template
        self.target = target
        self.address = address
        self.depth = depth
        self.conditions = conditions
        self.file = file
        self.name = name
        self.location = location
        self.symbolic = isinstance(get(template, "resources"), dict)
        self.frame = outer or Frame(self)
        self.index = Index()
        self.nodes: list[Node] = []
        self._passed = passed
        self._declared = _by_name(get(template, "parameters"))
        self._values: dict[str, Any] = {}
        self._variables = _by_name(get(template, "variables"))
        self._loops = _loops_of(get(template, "variables"))
        self._made: dict[str, Any] = {}
        self._functions = _functions_of(get(template, "functions"))
        self._outputs = _by_name(get(template, "outputs"))
        self._shown: dict[str, Any] = {}

    def parameter(self, name: str) -> Any:
        """The value of a parameter; Unknown with the reason if it has none."""
        key = name.lower()
        if key not in self._values:
            self._values[key] = self._guarded(f"parameter {name}", lambda: self._parameter(name))
        return self._values[key]

    def variable(self, name: str) -> Any:
        key = name.lower()
        if key not in self._made:
            self._made[key] = self._guarded(f"variable {name}", lambda: self._variable(name))
        return self._made[key]

    def output(self, name: str) -> Any:
        """The value of an output, as reference(…).outputs.<name>.value gives it."""
        key = name.lower()
        if key not in self._shown:
            self._shown[key] = self._guarded(f"output {name}", lambda: self._output(name))
        return self._shown[key]

    def group_location(self) -> Any:
        """The region of the resource group deployed to; None if nobody says."""
        made = self.plan.groups.get(same_id(written(self.target.id)))
        if made is not None and made.deployment is not self:
            return made.member("location")
        top = self.plan.top
        if (self.target.group, self.target.subscription) == (top.group, top.subscription):
            return self.plan.context.location or None
        group = written(self.target.group)
        return hole(f"location of {written(self.target.id)}", f"the region of resource group {group} is not known")

    def described(self, bare: Mapping[str, Any]) -> dict[str, Any]:
        """What deployment() gives."""
        if not self.address:
            return {**bare, "location": self.plan.context.location or hole("deploymentLocation", LOCATION)}
        why = f"what Azure adds to deployment {self.address} is not known"
        return {
            "name": self.name,
            "location": self.location or hole(f"location of {self.address}", why),
            "properties": named(f"properties of {self.address}", why),
        }

    def function(self, name: str) -> Mapping[str, Any] | None:
        """The declaration of a user's function, by `namespace.name`."""
        return self._functions.get(name.lower())

    def declared_parameters(self) -> list[str]:
        return [name for name, _ in self._declared.values()]

    def check(self, at: Any = None) -> None:
        """Takes every parameter's value once, so that what is wrong with one is said even if nothing reads it."""
        for name in self.declared_parameters():
            self.parameter(name)
        for name in self._passed:
            if name not in self._declared:
                self.plan.say(f"parameter {name} is given, but the template{self._of()} has no such parameter", at)

    def _of(self) -> str:
        return f" of {self.address}" if self.address else ""

    def _guarded(self, what: str, make: Callable[[], Any]) -> Any:
        return self.plan.guarded(f"{what}{self._of()}", (self, what.lower()), make, self.template)

    def _parameter(self, name: str) -> Any:
        key = name.lower()
        if key not in self._declared:
            raise Refused(f"the template{self._of()} declares no parameter {name!r}")
        name, declared = self._declared[key]
        spec = typed(declared, get(self.template, "definitions"))
        passed = self._passed.get(key)
        if passed is None:
            value, complaint = self._default(name, spec)
        else:
            value, complaint = value_of(name, spec, passed())
        if complaint:
            self.plan.say(f"{complaint}{self._of()}", declared)
        return self._called(f"{name}{self._of()}", value, text=type_of(spec) in ("string", "securestring"))

    def _default(self, name: str, spec: Mapping[str, Any]) -> tuple[Any, str]:
        if type_of(spec) in SECURE:
            return unknown(f"parameter {name}{self._of()} is secure and has no value"), ""
        if "defaultValue" not in spec:
            missing = unknown(f"parameter {name}{self._of()} has no value")
            return None if spec.get("nullable") is True else missing, ""
        value = settle(spec["defaultValue"], self.frame)
        if fits(spec, value):
            return value, broken_limit(name, spec, value)
        said = f"the default value of parameter {name} is not of its type, {type_of(spec)}"
        return unknown(f"parameter {name}{self._of()} has a default value of another type"), said

    def _called(self, what: str, value: Any, *, text: bool = False) -> Any:
        """An unknown that has no name gets one: whatever it is, it is the same wherever this is read."""
        if not isinstance(value, Unknown) or isinstance(value, Named):
            return value
        return hole(what, value.reason) if text else named(what, value.reason)

    def _variable(self, name: str) -> Any:
        key = name.lower()
        if key in self._loops:
            name, loop = self._loops[key]
            value = run_loop(name, loop, self.frame, "variable")
        elif key in self._variables:
            name, source = self._variables[key]
            value = settle(source, self.frame)
        else:
            raise Refused(f"the template{self._of()} defines no variable {name!r}")
        return self._called(f"variable {name}{self._of()}", value)

    def _output(self, name: str) -> Any:
        found = self._outputs.get(name.lower())
        if found is None or not isinstance(found[1], dict):
            return unknown(f"{self.address or 'the template'} has no output {name}")
        name, declared = found
        if "condition" in declared:
            condition = settle(declared["condition"], self.frame)
            if condition is not True:
                return unknown(f"whether output {name}{self._of()} is there is not known")
        if type_of(typed(declared, get(self.template, "definitions"))) in SECURE:
            return unknown(f"output {name}{self._of()} is secure")
        if isinstance(declared.get("copy"), dict):
            return run_loop(name, declared["copy"], self.frame, "output")
        return settle(declared.get("value"), self.frame)


def _by_name(members: Any) -> dict[str, tuple[str, Any]]:
    """Members by their names in lower case, with the names as written."""
    if not isinstance(members, dict):
        return {}
    return {name.lower(): (name, value) for name, value in members.items()}


def _loops_of(variables: Any) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """The variables that the loops of the variables section make."""
    loops = get(variables, "copy")
    if not is_loops(loops):
        return {}
    return {loop["name"].lower(): (loop["name"], loop) for loop in loops if isinstance(loop["name"], str)}


def _functions_of(namespaces: Any) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for each in namespaces if isinstance(namespaces, list) else []:
        space = get(each, "namespace")
        members = get(each, "members")
        if isinstance(space, str) and isinstance(members, dict):
            found.update({f"{space}.{name}".lower(): body for name, body in members.items() if isinstance(body, dict)})
    return found
