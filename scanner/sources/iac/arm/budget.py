"""Bounds on what one template may ask for, so that a hostile one ends in a message and not in hours."""

from scanner.model import SnapreadyError

COPIES = 800
"""Azure refuses a copy loop with a greater count, and an array of resources longer than that."""
RESOURCES = 100_000
DEPLOYMENTS = 10_000
ITERATIONS = 2_000_000
"""Of property, variable and output loops, over the whole plan."""
DEPTH = 24
"""Deployments within deployments."""
CHAIN = 60
"""Parameters and variables that are each defined by the next."""
CALLS = 24
"""User functions within user functions."""


class Budget:
    """What is left of the bounds."""

    __slots__ = ("deployments", "file", "iterations", "resources")

    def __init__(self, file: str) -> None:
        self.file = file
        self.resources = RESOURCES
        self.deployments = DEPLOYMENTS
        self.iterations = ITERATIONS

    def resource(self) -> None:
        self.resources -= 1
        if self.resources < 0:
            raise SnapreadyError(f"{self.file}: the template makes more than {RESOURCES:,} resources")

    def deployment(self) -> None:
        self.deployments -= 1
        if self.deployments < 0:
            raise SnapreadyError(f"{self.file}: the template makes more than {DEPLOYMENTS:,} nested deployments")

    def iterate(self, times: int) -> None:
        self.iterations -= times
        if self.iterations < 0:
            raise SnapreadyError(f"{self.file}: the copy loops in the template run more than {ITERATIONS:,} times")
