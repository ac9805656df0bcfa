"""Takes Azure resource ids apart and puts them together."""

from functools import lru_cache


@lru_cache(1 << 14)
def arm_type(resource_id: str) -> str:
    """The type of what an id names, in lower case: …/providers/NAMESPACE/TYPE/name[/CHILD/name]; "" for none."""
    _, found, tail = resource_id.lower().rstrip("/").rpartition("/providers/")
    parts = tail.split("/")
    if found and len(parts) >= 3:
        return "/".join([parts[0], *parts[1::2]])
    parts = resource_id.lower().strip("/").split("/")
    group = len(parts) == 4 and parts[0] == "subscriptions" and parts[2] == "resourcegroups"
    return "microsoft.resources/subscriptions/resourcegroups" if group else ""


def name_of(resource_id: str) -> str:
    return resource_id.rstrip("/").rsplit("/", 1)[-1]


def group_of(resource_id: str) -> str:
    parts = resource_id.split("/")
    return parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else ""


def subscription_of(resource_id: str) -> str:
    parts = resource_id.split("/", 3)
    return parts[2] if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""


def in_group(subscription: str, group: str, kind: str, name: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}"
