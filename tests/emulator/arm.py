"""The reads of Azure Resource Manager beside Resource Graph: views, locks, tags, run commands, permissions, metrics."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode

from scanner.rowtypes import INSTANCE_VIEW, LOCK, RUN_COMMAND, VM
from tests.emulator import errors, graph, metrics
from tests.emulator.tags import bundled_reply
from tests.emulator.wire import Reply, Request, Row, json_reply

if TYPE_CHECKING:
    from tests.emulator.emulator import Emulator

_SUBSCRIPTION = r"/subscriptions/(?P<subscription>[^/]+)"
_VM = (
    r"(?P<vm>/subscriptions/(?P<subscription>[^/]+)/resourcegroups/(?P<group>[^/]+)"
    r"/providers/microsoft\.compute/virtualmachines/(?P<name>[^/]+))"
)
Match = dict[str, str]
Handler = Callable[["Emulator", Request, Match], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    kind: str
    method: str
    path: re.Pattern[str]
    handler: Handler


def find(request: Request) -> tuple[Route, Match] | None:
    path = unquote(request.path)
    for route in ROUTES:
        found = route.path.fullmatch(path)
        if found and route.method == request.method:
            return route, {name: value or "" for name, value in found.groupdict().items()}
    return None


def nothing_there(request: Request) -> errors.Refusal:
    path = unquote(request.path)
    allowed = sorted({route.method for route in ROUTES if route.path.fullmatch(path)})
    if allowed:
        message = f"The request does not support http method '{request.method}'."
        return errors.arm(405, "MethodNotAllowed", message, {"Allow": ", ".join(allowed)})
    return errors.arm(404, "InvalidResourceType", f"The resource type could not be found for '{path}'.")


def _known(emulator: "Emulator", subscription: str) -> None:
    if subscription.lower() not in emulator.subscriptions:
        raise errors.no_subscription(subscription)


def _vm(emulator: "Emulator", match: Match, action: str) -> Row:
    """The VM in the path, or the refusal that tells why not."""
    _known(emulator, match["subscription"])
    emulator.access.check(action, match["vm"])
    found = emulator.vm(match["vm"])
    if found is None:
        raise errors.no_resource(f"Microsoft.Compute/virtualMachines/{match['name']}", match["group"])
    return found


def _instance_view(emulator: "Emulator", _request: Request, match: Match) -> Reply:
    vm = _vm(emulator, match, "Microsoft.Compute/virtualMachines/instanceView/read")
    view = emulator.instance_view(vm["id"])
    return json_reply(view if view is not None else {"statuses": _statuses(vm)})


def _statuses(vm: Row) -> list[Row]:
    """What is known of a VM without a seeded view: its provisioning and power, as Resource Graph shows them."""
    properties = vm.get("properties") or {}
    found = []
    if state := properties.get("provisioningState"):
        code = f"ProvisioningState/{state.lower()}"
        found.append({"code": code, "level": "Info", "displayStatus": f"Provisioning {state.lower()}"})
    power = ((properties.get("extended") or {}).get("instanceView") or {}).get("powerState") or {}
    if state := power.get("code"):
        shown = power.get("displayStatus") or f"VM {state.rpartition('/')[2]}"
        found.append({"code": state, "level": "Info", "displayStatus": shown})
    return found


def _vms(emulator: "Emulator", request: Request, match: Match) -> Reply:
    _known(emulator, match["subscription"])
    action, scope = "Microsoft.Compute/virtualMachines/read", f"/subscriptions/{match['subscription']}"
    if emulator.access.groups(match["subscription"]) is None:
        emulator.access.check(action, scope)
    found = [vm for vm in emulator.of_type(VM, match["subscription"]) if emulator.access.may(action, vm["id"])]
    only = request.options.get("statusonly", "").lower() == "true"
    return _list(emulator, request, found, lambda vm: _status(emulator, vm) if only else vm)


def _status(emulator: "Emulator", vm: Row) -> Row:
    seeded = emulator.instance_view(vm["id"]) or {}
    view: dict[str, Any] = {"statuses": seeded.get("statuses") or _statuses(vm)}
    if emulator.status_with_agent and "vmAgent" in seeded:
        view["vmAgent"] = seeded["vmAgent"]
    place = {"id": vm["id"], "name": vm.get("name"), "location": vm.get("location")}
    return {**place, "properties": {"instanceView": view}}


def _list(emulator: "Emulator", request: Request, rows: list[Row], shown: Callable[[Row], Row]) -> Reply:
    token = request.options.get("$skiptoken", "0")
    if not token.isdigit():
        raise errors.arm(400, "BadRequest", "The skip token is not valid.")
    end = int(token) + emulator.list_limit
    reply: dict[str, Any] = {"value": [shown(row) for row in rows[int(token) : end]]}
    if end < len(rows):
        options = [each for each in parse_qsl(request.target.partition("?")[2]) if each[0].lower() != "$skiptoken"]
        reply["nextLink"] = f"{emulator.url}{request.path}?{urlencode([*options, ('$skiptoken', str(end))])}"
    return json_reply(reply)


def _locks(emulator: "Emulator", request: Request, match: Match) -> Reply:
    _known(emulator, match["subscription"])
    emulator.access.check("Microsoft.Authorization/locks/read", f"/subscriptions/{match['subscription']}")
    names = ("id", "type", "name", "properties")
    found = emulator.of_type(LOCK, match["subscription"])
    return _list(emulator, request, found, lambda row: {name: row.get(name) for name in names})


def _service_tags(emulator: "Emulator", _request: Request, match: Match) -> Reply:
    _known(emulator, match["subscription"])
    action, scope = "Microsoft.Network/locations/serviceTags/read", f"/subscriptions/{match['subscription']}"
    emulator.access.check(action, scope)
    given = emulator.service_tags
    if given == 403:
        raise errors.forbidden(action, scope)
    if isinstance(given, int):
        message = f"No registered resource provider found for location '{match['region']}'."
        raise errors.arm(given, "NoRegisteredProviderFound", message)
    return Reply(200, bundled_reply()) if given is None else json_reply(given)


def _run_command(emulator: "Emulator", request: Request, match: Match) -> Reply:
    _vm(emulator, match, "Microsoft.Compute/virtualMachines/runCommands/read")
    wanted = f"{match['vm']}/runCommands/{match['command']}".lower()
    for row in emulator.of_type(RUN_COMMAND, match["subscription"]):
        if row["id"].lower() == wanted:
            break
    else:
        kind = f"Microsoft.Compute/virtualMachines/{match['name']}/runCommands/{match['command']}"
        raise errors.no_resource(kind, match["group"])
    properties = dict(row.get("properties") or {})
    if request.options.get("$expand", "").lower() != "instanceview":
        properties.pop("instanceView", None)
    head = {name: row[name] for name in ("id", "name", "type", "location", "tags") if row.get(name)}
    return json_reply({**head, "properties": properties})


def _permissions(emulator: "Emulator", _request: Request, match: Match) -> Reply:
    _known(emulator, match["subscription"])
    if not emulator.access.readable([match["subscription"]]):
        scope = f"/subscriptions/{match['subscription']}"
        raise errors.forbidden("Microsoft.Authorization/permissions/read", scope)
    empty: dict[str, list[str]] = {"actions": [], "notActions": [], "dataActions": [], "notDataActions": []}
    return json_reply({"value": [{**empty, **each} for each in emulator.access.permissions_at(match["subscription"])]})


def _metrics(emulator: "Emulator", request: Request, match: Match) -> Reply:
    _known(emulator, match["subscription"])
    return metrics.answer(emulator, request, match["subscription"], match["region"])


def _query(emulator: "Emulator", request: Request, _match: Match) -> Reply:
    return graph.answer(emulator, request)


def _route(kind: str, method: str, path: str, handler: Handler) -> Route:
    return Route(kind, method, re.compile(path, re.IGNORECASE), handler)


ROUTES = (
    _route("query", "POST", r"/providers/Microsoft\.ResourceGraph/resources", _query),
    _route("instance-view", "GET", f"{_VM}/instanceView", _instance_view),
    _route("run-command", "GET", f"{_VM}/runCommands/(?P<command>[^/]+)", _run_command),
    _route("status-list", "GET", rf"{_SUBSCRIPTION}/providers/Microsoft\.Compute/virtualMachines", _vms),
    _route("locks", "GET", rf"{_SUBSCRIPTION}/providers/Microsoft\.Authorization/locks", _locks),
    _route("permissions", "GET", rf"{_SUBSCRIPTION}/providers/Microsoft\.Authorization/permissions", _permissions),
    _route(
        "service-tags",
        "GET",
        rf"{_SUBSCRIPTION}/providers/Microsoft\.Network/locations/(?P<region>[^/]+)/serviceTags",
        _service_tags,
    ),
    _route("metrics", "POST", rf"(?:/metrics/(?P<region>[^/]+))?{_SUBSCRIPTION}/metrics:getBatch", _metrics),
)


def view_of(row: Row) -> tuple[str, Any] | None:
    """The VM, in lower case, and the body of a seeded instance view; None for any other row."""
    if row["type"].lower() != INSTANCE_VIEW:
        return None
    return row["id"].lower().rstrip("/").removesuffix("/instanceview"), row.get("properties")
