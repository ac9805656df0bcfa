"""What a word saw that answers from more than its arguments show: its answer, in words, step by step."""

from abc import abstractmethod
from dataclasses import dataclass

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


class Network:
    """What can_reach is asked about: where a VM sits in its networks. A base class, as asking a protocol is slow."""

    __slots__ = ()

    @abstractmethod
    def reach(self, where: str, port: str) -> Witness:
        """Whether tcp to every address of `where` gets out at that port."""
        raise NotImplementedError
