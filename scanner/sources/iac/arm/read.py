"""Reads an ARM template as the resources it would deploy: expanded, with what is not known left as unknown."""

from pathlib import Path

from scanner.model import AuthoringError, Problem, SnapreadyError
from scanner.sources.iac import located
from scanner.sources.iac.arm.declare import Declarer
from scanner.sources.iac.arm.deployment import Deployment
from scanner.sources.iac.arm.doubt import settle_doubts
from scanner.sources.iac.arm.given import given_values
from scanner.sources.iac.arm.ids import level_of, target_of
from scanner.sources.iac.arm.nested import opened
from scanner.sources.iac.arm.nodes import Node
from scanner.sources.iac.arm.order import as_deployed, as_written
from scanner.sources.iac.arm.plan import Shared, origin_of
from scanner.sources.iac.arm.rows import resource_of
from scanner.sources.iac.arm.settle import get
from scanner.sources.iac.arm.targets import DEPLOYMENTS
from scanner.sources.iac.arm.values import same_id
from scanner.sources.iac.model import Context, Plan, Unresolved


def read(file: str | Path, context: Context) -> Plan:
    """The plan of a template. SnapreadyError: the template, or a file it needs, cannot be read as one."""
    top = expand(file, context)
    shared = top.plan
    made = {node: resource_of(node) for node in as_written(top) if node.state != "out"}
    ids = {same_id(resource.row["id"]) for resource in made.values()}
    order = as_written(top) if len(ids) == len(made) else as_deployed(top)
    resources = [made[node] for node in order if node in made]
    doubts = settle_doubts(resources)
    return Plan(
        "arm",
        str(file),
        resources,
        shared.unresolved,
        [address for address, _ in shared.left_out],
        [*shared.problems, *doubts],
    )


def expand(file: str | Path, context: Context) -> Deployment:
    """The top deployment with everything in it declared: what `read` makes a plan of."""
    path = Path(file)
    problems: list[Problem] = []
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SnapreadyError(f"{path}: cannot be read: {error.strerror}") from None
    template = located.load(data, str(path), problems)
    if not isinstance(template, located.Object):
        raise AuthoringError("an ARM template is an object with resources; this is none", str(path), 1, 1)
    if get(template, "resources") is None:
        message = "this is no ARM template: it has no resources"
        raise AuthoringError(
            message, str(path), template.line, template.column, "name the template, not its parameters"
        )
    given = given_values(context.parameters, context.values, problems)
    target = target_of(level_of(get(template, "$schema")), context.scope)
    shared = Shared(path, context, target)
    shared.problems.extend(problems)
    passed = {name: (lambda each=each: each) for name, each in given.items()}
    top = Deployment(shared, template, target, passed, file=str(path))
    top.check(template)
    Declarer(top).run()
    _open_all(top)
    return top


def _open_all(deployment: Deployment) -> None:
    for node in deployment.nodes:
        if node.type.lower() == DEPLOYMENTS and node.state == "deployed":
            inside = opened(node)
            if node.unread:
                _unresolved(node)
            if inside is not None:
                _open_all(inside)


def _unresolved(node: Node) -> None:
    node.deployment.plan.unresolved.append(Unresolved(node.address, node.type, node.unread, origin_of(node.source)))
