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
        """Whether every address of `where` can be reached at that port: "443" is tcp, "udp/53" is not."""
        raise NotImplementedError

    @abstractmethod
    def walked(self, where: str, port: str) -> Witness:
        """The same with the steps of one packet, for whoever wants to read them."""
        raise NotImplementedError
