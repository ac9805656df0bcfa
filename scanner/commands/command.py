"""What a family of commands declares of each: its place in --help, its name, its arguments, and what runs it."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Parser(argparse.ArgumentParser):
    """Options are never guessed from their beginning."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **settings})


@dataclass(frozen=True, slots=True)
class Command:
    """One word after snapready. `place`: where it stands in --help, lower first. `shared`: options that others have,
    too. `declare`: adds its own arguments, and sets `run`, a function from the parsed arguments to an exit code.
    `exits`: what its exit codes tell, besides 2."""

    place: int
    name: str
    help: str
    declare: Callable[[Parser], None]
    shared: tuple[Callable[[], Parser], ...] = ()
    exits: str = "0 done"

    def sentence(self) -> str:
        """What --help says above its arguments."""
        return f"{self.help[0].upper()}{self.help[1:]}."

    def ends(self) -> str:
        """What --help says below them."""
        return f"Exit codes: {self.exits}; 2 it could not be done, and standard error says why. Azure is only read."
