"""How functions of templates are declared: name, signature and result type, from which arity, types and docs follow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from scanner.sources.iac.arm.values import Refused, Value, kind
from scanner.sources.iac.model import unknown

Kind = Literal["known", "open", "scope", "lazy"]
Implementation = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Parameter:
    kinds: frozenset[str]
    """Empty: of any type."""
    shown: str


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `kind`: who calls `run`, and with what:
    known: the arguments, only when nothing in them is unknown; else the result is an unknown named after the call;
    open: the arguments, with whatever is unknown in them;
    scope: the scope first, then as open;
    lazy: the scope, the lambda variables, and the arguments unevaluated."""

    name: str
    group: str
    parameters: tuple[Parameter, ...]
    least: int
    rest: Parameter | None
    returns: str
    kind: Kind
    run: Implementation
    unknown: str = ""
    """Why its result is never known, or when it is."""
    constant: bool = False
    """Whether its result is never known."""
    builds: bool = False
    """Whether its result may be larger than its arguments together."""

    def check_count(self, count: int) -> None:
        most = None if self.rest else len(self.parameters)
        if count < self.least or (most is not None and count > most):
            if most is None:
                wanted = f"at least {self.least}"
            else:
                wanted = str(most) if most == self.least else f"{self.least} to {most}"
            plural = "" if wanted.split()[-1] == "1" else "s"
            raise Refused(f"{self.name} takes {wanted} argument{plural}, not {count}")

    def check(self, arguments: Sequence[Value]) -> None:
        """Types, as far as they are known."""
        for n, argument in enumerate(arguments):
            parameter = self.parameters[n] if n < len(self.parameters) else self.rest
            if parameter is None:
                continue
            found = kind(argument)
            if found == "unknown" or found in parameter.kinds:
                continue
            if parameter.kinds or found == "lambda":
                raise Refused(f"{self.name}: argument {n + 1} must be {parameter.shown}, not {found}")

    def signature(self) -> str:
        shown = [
            f"{parameter.shown}" if n < self.least else f"[{parameter.shown}]"
            for n, parameter in enumerate(self.parameters)
        ]
        return f"{self.name}({', '.join([*shown, *([f'{self.rest.shown} …'] if self.rest else [])])})"


@dataclass(slots=True)
class Group:
    """The functions of one module, under the heading that the documentation has for them."""

    title: str
    functions: list[Function] = field(default_factory=list)

    def add(
        self,
        name: str,
        signature: str,
        returns: str,
        kind: Kind = "known",
        *,
        unknown: str = "",
        constant: bool = False,
        builds: bool = False,
    ) -> Callable[[Implementation], Implementation]:
        """Declares a function. `signature`: types by comma, alternatives by |, ? may be left out, … any number."""
        parameters: list[Parameter] = []
        rest: Parameter | None = None
        least = 0
        for word in (part.strip() for part in signature.split(",") if part.strip()):
            shown = word.rstrip("?…")
            kinds = frozenset() if shown == "any" else frozenset(shown.split("|"))
            parameter = Parameter(kinds, shown.replace("|", " or "))
            if word.endswith("…"):
                rest = parameter
                continue
            parameters.append(parameter)
            least += not word.endswith("?")

        def keep(run: Implementation) -> Implementation:
            self.functions.append(
                Function(
                    name, self.title, tuple(parameters), least, rest, returns, kind, run, unknown, constant, builds
                )
            )
            return run

        return keep

    def never(self, name: str, signature: str, returns: str, why: str) -> None:
        """Declares a function whose result is not known before deployment, and has no name to be compared by."""

        def run(*_: Any) -> Value:
            return unknown(why)

        self.add(name, signature, returns, "open", unknown=why, constant=True)(run)
