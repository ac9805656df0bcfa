"""What a word saw that answers from more than its arguments show: its answer, in words, step by step."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from scanner.language.values import Truth
from scanner.model import Unknown


@dataclass(frozen=True, slots=True)
class Witness:
    """An answer and what stands behind it. `why`: the reasons where it is not known."""

    answer: Truth
    text: str
    steps: tuple[str, ...] = ()
    source: str = ""
    why: tuple[Unknown, ...] = ()


@runtime_checkable
class Network(Protocol):
    """What can_reach is asked about: where a VM sits in its networks."""

    def reach(self, where: str, port: str) -> Witness: ...
