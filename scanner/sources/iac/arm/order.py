"""The order in which resources are deployed, so that of two with one id the later one comes later."""

from collections.abc import Callable, Iterator

from scanner.sources.iac.arm.deployment import Deployment
from scanner.sources.iac.arm.ids import written
from scanner.sources.iac.arm.nodes import Node
from scanner.sources.iac.model import Holed


def as_written(deployment: Deployment) -> Iterator[Node]:
    """Every resource in the template's order; those of a nested deployment follow it."""
    return _walk(deployment, lambda each: each.nodes)


def as_deployed(deployment: Deployment) -> Iterator[Node]:
    """Every resource after all that it depends on, else in the template's order."""
    return _walk(deployment, _sorted)


def _walk(deployment: Deployment, order: Callable[[Deployment], list[Node]]) -> Iterator[Node]:
    for node in order(deployment):
        yield node
        if node.nested is not None:
            yield from _walk(node.nested, order)


def _sorted(deployment: Deployment) -> list[Node]:
    found: list[Node] = []
    state: dict[Node, bool] = {}  # False: on the way to it; True: placed
    for start in deployment.nodes:
        stack: list[tuple[Node, Iterator[Node]]] = []
        if start not in state:
            state[start] = False
            stack.append((start, iter(_needed(start))))
        while stack:
            node, rest = stack[-1]
            needed = next(rest, None)
            if needed is None:
                stack.pop()
                state[node] = True
                found.append(node)
            elif needed not in state:
                state[needed] = False
                stack.append((needed, iter(_needed(needed))))
            elif not state[needed] and needed is not node:
                deployment.plan.say(f"{needed.address} and {node.address} depend on each other", node.source)
    return found


def _needed(node: Node) -> list[Node]:
    """What a resource says it depends on, and whose state it reads."""
    home = node.deployment
    listed = node.member("dependsOn")
    texts = [each for each in listed if isinstance(each, str | Holed)] if isinstance(listed, list) else []
    said = [found for text in texts for found in home.index.find(written(text))]
    read = [each for each in node.asked if each.deployment is home]
    parent = [node.parent] if node.parent is not None else []
    return [each for each in (*said, *read, *parent) if each is not node]
