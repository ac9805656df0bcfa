"""The Resource Graph endpoint: scope, pages with their tokens, and the limits of one call."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from tests.emulator import errors
from tests.emulator.access import Sight
from tests.emulator.kusto import Result
from tests.emulator.wire import Page, Reply, Request

if TYPE_CHECKING:
    from tests.emulator.emulator import Emulator

MOST_SUBSCRIPTIONS = 1000
SCOPE_FILTERS = ("AtScopeAndBelow", "AtScopeAndAbove", "AtScopeExact", "AtScopeAboveAndBelow")
_OLD = ("2018-09-01-preview", "2019-04-01")


def _listed(body: dict[str, Any], name: str) -> list[str]:
    found = body.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise _bad(f"The value of '{name}' must be a list of texts.")
    return found


def _bad(message: str) -> errors.Refusal:
    return errors.graph(400, [{"code": "InvalidRequest", "message": message}])


def _number(options: dict[str, Any], name: str, least: int, most: int, default: int) -> int:
    value = options.get(name, default)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _bad(f"The value of '{name}' must be between {least} and {most}.")
    return value


def read_body(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise errors.arm(500, "InternalServerError", "Encountered internal server error.")
    body = request.body
    if not isinstance(body, dict) or not isinstance(body.get("query"), str) or not body["query"].strip():
        raise _bad("The request content was invalid and could not be deserialized: 'query' is required.")
    return body


def scope_of(emulator: "Emulator", body: dict[str, Any]) -> tuple[list[str], bool]:
    """The subscriptions that a call searches, and whether the tenant's limit cut them off."""
    subscriptions, groups = _listed(body, "subscriptions"), _listed(body, "managementGroups")
    if subscriptions and groups:
        raise _bad("Subscriptions and management groups cannot be given together.")
    if len(subscriptions) > MOST_SUBSCRIPTIONS:
        raise _bad(f"At most {MOST_SUBSCRIPTIONS} subscriptions can be given, and {len(subscriptions)} were.")
    access = emulator.access
    if subscriptions:
        known = set(emulator.subscriptions)
        found = [each for each in access.readable(dict.fromkeys(subscriptions)) if each in known]
        if not found:
            action = "Microsoft.Resources/subscriptions/resources/read"
            raise errors.forbidden(action, f"/subscriptions/{subscriptions[0]}")
        return found, False
    if groups:
        below = dict.fromkeys(each for group in groups for each in emulator.members(group))
        found = access.readable(below)
        if not found:
            scope = f"/providers/Microsoft.Management/managementGroups/{groups[0]}"
            raise errors.forbidden("Microsoft.Management/managementGroups/read", scope)
    else:
        found = access.readable(emulator.subscriptions)
    limit = emulator.tenant_subscription_limit
    return found[:limit], len(found) > limit


def sight_of(emulator: "Emulator", request: Request) -> tuple[str, Sight, bool]:
    body = read_body(request)
    subscriptions, limit_hit = scope_of(emulator, body)
    return body["query"], emulator.access.sight(subscriptions, _above(emulator, request, subscriptions)), limit_hit


def _above(emulator: "Emulator", request: Request, subscriptions: list[str]) -> set[str]:
    """The management groups whose own rows are asked for; versions before the filter pass over it."""
    wanted = (read_body(request).get("options") or {}).get("authorizationScopeFilter", SCOPE_FILTERS[0])
    if wanted not in SCOPE_FILTERS:
        raise _bad(f"The value of 'authorizationScopeFilter' must be one of {', '.join(SCOPE_FILTERS)}.")
    if "Above" not in wanted or request.options["api-version"] < "2021-06-01-preview":
        return set()
    return {group for each in subscriptions for group in emulator.ancestors(each)}


def answer(emulator: "Emulator", request: Request) -> Reply:
    let_in, headers = emulator.meter.count()
    try:
        if not let_in:
            raise errors.rate_limiting({})
        return _answer(emulator, request, headers)
    except errors.Refusal as refusal:
        refusal.reply.headers.update(headers)
        raise


def _answer(emulator: "Emulator", request: Request, headers: dict[str, str]) -> Reply:
    query, sight, limit_hit = sight_of(emulator, request)
    emulator.access.check("Microsoft.ResourceGraph/resources/read", "/")
    if limit_hit:
        headers["x-ms-tenant-subscription-limit-hit"] = "true"
    body = read_body(request)
    options = body.get("options") or {}
    top = _number(options, "$top", 1, 1000, 1000)
    kind = options.get("resultFormat") or ("table" if request.options["api-version"] in _OLD else "objectArray")
    if kind not in ("table", "objectArray"):
        raise _bad("The value of 'resultFormat' must be table or objectArray.")
    mark = _mark(query, body)
    token = options.get("$skipToken")
    start = _offset(token, mark) if token else _number(options, "$skip", 0, 2**31 - 1, 0)
    result = emulator.result(query, sight)
    page = _page(result, start, min(top, emulator.page_limit), mark)
    page.table = kind == "table"
    rendered = page.render()
    if len(rendered) > emulator.payload_limit:
        raise errors.too_large(len(rendered), emulator.payload_limit)
    return Reply(200, rendered, headers, page)


def _page(result: Result, start: int, size: int, mark: str) -> Page:
    rows = result.rows[start : start + size]
    end = start + len(rows)
    more = end < len(result.rows)
    token = _token(mark, end) if more and result.pages else ""
    return Page(result.columns, rows, len(result.rows), token, truncated=more and not token)


def _mark(query: str, body: dict[str, Any]) -> str:
    """What must be the same in the call that a token is sent with."""
    scope = [sorted(body.get(name) or []) for name in ("subscriptions", "managementGroups")]
    return hashlib.sha256(json.dumps([query, scope]).encode()).hexdigest()[:24]


def _token(mark: str, offset: int) -> str:
    return urlsafe_b64encode(json.dumps({"mark": mark, "offset": offset}).encode()).decode()


def _offset(token: Any, mark: str) -> int:
    try:
        value = json.loads(urlsafe_b64decode(str(token)))
        offset, its = int(value["offset"]), value["mark"]
    except (ValueError, KeyError, TypeError):
        raise errors.bad_token() from None
    if its != mark:
        raise errors.bad_token()
    return offset
