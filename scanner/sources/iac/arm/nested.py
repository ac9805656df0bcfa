"""Deployments within deployments: nested and linked templates, and whose names their expressions see."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.model import Unknown
from scanner.sources.iac import located
from scanner.sources.iac.arm.budget import DEPTH
from scanner.sources.iac.arm.given import Given, entry_of
from scanner.sources.iac.arm.settle import get, settle, why
from scanner.sources.iac.arm.targets import target_for
from scanner.sources.iac.model import Holed

if TYPE_CHECKING:
    from scanner.sources.iac.arm.deployment import Deployment
    from scanner.sources.iac.arm.nodes import Node


class Unreadable(Exception):
    """Why a nested deployment's template cannot be had."""

    def __init__(self, reason: str, *, fault: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fault = fault


def opened(node: "Node") -> "Deployment | None":
    """The deployment that a resource of type Microsoft.Resources/deployments makes, its resources declared.

    None if its template cannot be had: then `node.unread` says why."""
    if node.nested is None and not node.unread:
        try:
            _open(node)
        except Unreadable as unreadable:
            node.unread = unreadable.reason
            if unreadable.fault:
                node.deployment.plan.say(f"{node.address}: {unreadable.reason}", node.source)
    return node.nested


def _open(node: "Node") -> None:
    from scanner.sources.iac.arm.declare import Declarer
    from scanner.sources.iac.arm.deployment import Deployment

    home = node.deployment
    if home.depth >= DEPTH:
        raise Unreadable(f"deployments are nested more than {DEPTH} deep", fault=True)
    home.plan.budget.deployment()
    properties = get(node.source, "properties")
    if isinstance(properties, str):
        properties = settle(properties, node.frame)
    if not isinstance(properties, dict):
        raise Unreadable(f"its properties are not known: {why(properties)}" if properties else "it has no template")
    template, file = _template(node, properties)
    inner = file != "" or _inner(node, properties)
    deployment = Deployment(
        home.plan,
        template,
        target_for(node.source, node.frame, home),
        _passed(node, properties) if inner else {},
        address=node.address,
        name=node.name,
        location=node.member("location"),
        outer=None if inner else node.frame,
        depth=home.depth + 1,
        conditions=node.conditions,
        file=file or home.file,
    )
    node.nested = deployment  # before anything is evaluated: what leads back here must find this one
    if inner:
        deployment.check(node.source)
    try:
        Declarer(deployment).run()
    except RecursionError:
        # An expression that led here would take this for its own fault, and half of the resources would be missing.
        raise Unreadable("what it deploys is nested too deeply to be read whole", fault=True) from None
    mode = settle(get(properties, "mode"), node.frame)
    if isinstance(mode, str) and mode.lower() == "complete":
        home.plan.say(
            f"{node.address}: Azure takes complete mode of the top template only, and refuses this", node.source
        )


def _inner(node: "Node", properties: Mapping[str, Any]) -> bool:
    """Whether expressions of a nested template see its own parameters; templates with symbolic names always do."""
    scope = settle(get(get(properties, "expressionEvaluationOptions"), "scope"), node.frame)
    if isinstance(scope, str) and scope.lower() in ("inner", "outer"):
        return scope.lower() == "inner"
    return node.deployment.symbolic


def _template(node: "Node", properties: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """A nested template and "", or a linked one and its file."""
    template = get(properties, "template")
    if isinstance(template, str):
        template = settle(template, node.frame)
    if isinstance(template, dict):
        return template, ""
    if template is not None:
        raise Unreadable(f"its template is not known: {why(template)}")
    link = settle(get(properties, "templateLink"), node.frame)
    if not isinstance(link, dict):
        raise Unreadable(f"its template is not known: {why(link)}" if link is not None else "it has no template")
    path = get(link, "relativePath")
    if isinstance(path, str):
        return _linked(node, path)
    if path is not None:
        raise Unreadable(f"the path of its linked template is not known: {why(path)}")
    if get(link, "id") is not None:
        raise Unreadable("it is a template spec, which lives in Azure")
    address = get(link, "uri")
    if isinstance(address, str):
        raise Unreadable(f"its linked template is not fetched: {address.split('?')[0]}")
    raise Unreadable(f"its linked template's address is not known: {why(address)}")


def _linked(node: "Node", path: str) -> tuple[Mapping[str, Any], str]:
    """A template beside this one; files outside the folder of this or of the top template are not read."""
    plan = node.deployment.plan
    here = Path(node.deployment.file).parent
    file = here / path.replace("\\", "/")
    whole = file.resolve()
    if not any(whole.is_relative_to(folder.resolve()) for folder in (here, plan.path.parent)):
        raise Unreadable(
            f"its linked template {path} is outside the folder of the template, and is not read", fault=True
        )
    if whole not in plan.linked:
        try:
            plan.linked[whole] = located.load(whole.read_bytes(), _shown(file), plan.problems)
        except OSError as error:
            raise Unreadable(f"its linked template {path} cannot be read: {error.strerror}", fault=True) from None
    template = plan.linked[whole]
    if not isinstance(template, dict):
        raise Unreadable(f"its linked template {path} is no object", fault=True)
    return template, _shown(file)


def _shown(file: Path) -> str:
    """The path as the user would write it, without the steps back and forth."""
    parts: list[str] = []
    for part in file.parts:
        if part == ".." and parts and parts[-1] not in ("..", "/"):
            parts.pop()
        else:
            parts.append(part)
    return str(Path(*parts))


def _passed(node: "Node", properties: Mapping[str, Any]) -> dict[str, Callable[[], Given]]:
    """What the parent passes, by parameter; each value is evaluated, in the parent, when it is asked for."""
    written = get(properties, "parameters")
    if isinstance(written, str):
        written = settle(written, node.frame)
    if get(properties, "parametersLink") is not None or isinstance(written, Unknown | Holed):
        return _Anything(f"the parameters of {node.address} are not in the template")
    if not isinstance(written, dict):
        return {}
    return {name.lower(): partial(_entry, node, name, entry) for name, entry in written.items()}


def _entry(node: "Node", name: str, entry: Any) -> Given:
    plan = node.deployment.plan
    plan.readers.append(node)
    try:
        settled = settle(entry, node.frame)
    finally:
        plan.readers.pop()
    if isinstance(settled, Unknown | Holed):
        return Given(name, unknown=f"parameter {name} of {node.address} is not known: {why(settled)}")
    return entry_of(name, settled, "", 0)


class _Anything(dict[str, Callable[[], Given]]):
    """Values for whatever parameter is asked for, none of them known."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def get(self, key: str, _: Any = None) -> Any:
        return lambda: Given(key, unknown=self.reason)
