"""What many results share is made once: of an outcome, which a hundred thousand resources may have in common."""

from collections.abc import Callable
from typing import Generic, TypeVar

from scanner.model import Outcome

Made = TypeVar("Made")
_MOST = 4_096
"""How many are kept; each outcome of its own of a large fleet would otherwise be kept to the end."""


class Once(Generic[Made]):
    """`make` of outcomes, called once for each as long as it is kept."""

    def __init__(self, make: Callable[[Outcome], Made]) -> None:
        self._make = make
        self._made: dict[int, tuple[Outcome, Made]] = {}

    def __call__(self, outcome: Outcome) -> Made:
        found = self._made.get(id(outcome))
        if found is None:
            if len(self._made) == _MOST:
                self._made.clear()
            found = self._made[id(outcome)] = outcome, self._make(outcome)  # kept with it: its id stays its own
        return found[1]
