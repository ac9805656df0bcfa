"""What a file tells of one VM, as far as the file itself says whose and when."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """Facts as they stand in a file. `vm`, `source`: what the file itself says of them; "" where it does not.

    `usual`: the source of such a file, where nothing else names one.
    """

    facts: dict[str, Any]
    source: str
    vm: str = ""
    line: int = 0
    usual: str = "guest-script"


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why something in a file tells no guest facts, and the next step."""

    why: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Passed:
    """Something that is not meant to tell guest facts, such as another run command of the VM."""


Read = Told | Unusable | Passed
