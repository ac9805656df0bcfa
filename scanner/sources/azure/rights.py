"""What the identity may do in a subscription as a whole: without that, "none found" says nothing about the rest."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

READ_RIGHTS = "Microsoft.Authorization/permissions/read"
_API = "2022-04-01"


def rights_path(subscription: str) -> tuple[str, dict[str, str]]:
    """The path and parameters of the request that tells it."""
    return f"/subscriptions/{subscription}/providers/Microsoft.Authorization/permissions", {"api-version": _API}


def grants_of(reply: dict[str, Any]) -> list[dict[str, list[str]]]:
    """What a reply grants: actions and what is taken from them, of each role."""
    value = reply.get("value")
    roles = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    return [{name: _texts(role.get(name)) for name in ("actions", "notActions")} for role in roles]


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def allows(grants: Iterable[dict[str, list[str]]], action: str) -> bool:
    """Whether some role allows the action and does not take it back; roles add up."""
    return any(_any(grant["actions"], action) and not _any(grant["notActions"], action) for grant in grants)


def _any(patterns: Iterable[str], action: str) -> bool:
    return any(_matcher(pattern)(action.lower()) is not None for pattern in patterns)


@cache
def _matcher(pattern: str) -> Any:
    return re.compile(".*".join(re.escape(part) for part in pattern.lower().split("*")), re.DOTALL).fullmatch


def action_for(row_type: str) -> str:
    """The action that reading rows of that type takes."""
    return f"{row_type}/read"
