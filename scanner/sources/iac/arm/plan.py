"""What all deployments of one template share: the bounds, the user's values, and what there is to say."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.model import Problem, Unknown
from scanner.sources.iac.arm.budget import CHAIN, Budget
from scanner.sources.iac.arm.ids import Target
from scanner.sources.iac.arm.scope import Refusal
from scanner.sources.iac.arm.settle import faulty, is_faulty
from scanner.sources.iac.located import Array, Object
from scanner.sources.iac.model import Context, Origin, Unresolved

if TYPE_CHECKING:
    from scanner.sources.iac.arm.nodes import Node


class Shared:
    """One reading of one top template."""

    def __init__(self, path: Path, context: Context, top: Target) -> None:
        self.top = top
        self.path = path
        self.context = context
        self.budget = Budget(str(path))
        self.problems: list[Problem] = []
        self.unresolved: list[Unresolved] = []
        self.left_out: list[tuple[str, Any]] = []
        """Addresses, with the objects of the template that would have made them."""
        self.linked: dict[Path, Any] = {}
        """Linked templates that were read, by their resolved path."""
        self.groups: dict[str, Node] = {}
        """Resource groups that the plan makes, by id: what is deployed into them may ask where they are."""
        self._addresses: dict[str, int] = {}
        self.readers: list[Node] = []
        self._asked: dict[object, str] = {}
        self._said: dict[tuple[str, str, int], Problem] = {}

    def unique(self, address: str) -> str:
        """The address of a nested deployment, told apart from others of that name: unknowns are named after it."""
        self._addresses[address] = count = self._addresses.get(address, 0) + 1
        return address if count == 1 else f"{address}#{count}"

    def say(self, message: str, at: Any = None, *, incomplete: bool = False) -> None:
        """A problem of the template, at the object it is about; the same one is said once and counted."""
        file, line = (at.file, at.line) if isinstance(at, Object | Array) else (str(self.path), 0)
        known = self._said.get((message, file, line))
        if known is not None:
            known.count += 1
            return
        problem = Problem(message, file, line, incomplete)
        self._said[message, file, line] = problem
        self.problems.append(problem)

    def guarded(self, what: str, key: object, make: Callable[[], Any], at: Any) -> Any:
        """What `make` makes; a definition that leads back to itself, or too far, ends as Unknown."""
        if key in self._asked:
            asked = list(self._asked)
            circle = [self._asked[each] for each in asked[asked.index(key) :]]
            value = faulty(f"{what} is defined by itself: {' → '.join([*circle, what])}")
        elif len(self._asked) >= CHAIN:
            value = faulty(f"{what} stands at the end of {CHAIN} definitions, each of the next")
        else:
            self._asked[key] = what
            try:
                return make()
            except RecursionError:
                value = faulty(f"the expressions of {what} are nested too deeply")
            finally:
                del self._asked[key]
        self.say_once(value, at)
        return value

    def refuse(self, refusal: Refusal) -> None:
        """An expression that Azure would refuse: said at the resource that is being made, else of the file."""
        shown = refusal.expression if len(refusal.expression) <= 80 else f"{refusal.expression[:79]}…"
        at = self.readers[-1].source if self.readers else None
        self.say(f"the expression {shown} cannot be evaluated: {refusal.message}", at)

    def say_once(self, value: Unknown, at: Any = None) -> None:
        """A refusal is a problem; what is merely not known is not."""
        if is_faulty(value):
            self.say(value.reason, at)


def origin_of(source: Any) -> Origin | None:
    """Where an object of a template stands."""
    return Origin(source.file, source.line, source.column) if isinstance(source, Object | Array) else None
