"""The management groups above each subscription: no fact of a policy, read only where a scope goes by them."""

from collections.abc import Callable

from scanner.facts.catalogue import FactModule, Table
from scanner.facts.fields import part
from scanner.facts.fleet import Fleet
from scanner.model import Fields, Row, Unknown
from scanner.rowtypes import SUBSCRIPTION

ANCESTORS: dict[str, Fields] = {SUBSCRIPTION: {"properties": {"managementGroupAncestorsChain": {}}}}
"""What must be read to tell them; the chain goes from the nearest group to the root, each with its name, its id
(learn.microsoft.com/azure/governance/management-groups/resource-graph-samples, 2025-03-07)."""


def _reduce(row: Row, _: str) -> tuple[str, ...] | None:
    chain = part(row.get("properties"), "managementGroupAncestorsChain")
    names = [part(group, "name") for group in chain] if isinstance(chain, list) else []
    known = tuple(name for name in names if isinstance(name, str))
    return known if known and len(known) == len(names) else None


def above(fleet: Fleet) -> Callable[[str], tuple[str, ...] | Unknown]:
    """The names of the management groups above a subscription, nearest first."""
    known = fleet.table("subscriptions")

    def ancestors(subscription: str) -> tuple[str, ...] | Unknown:
        found: tuple[str, ...] | None = known.get(f"/subscriptions/{subscription}")
        return found or Unknown(f"the management groups above subscription {subscription} are not known", "collection")

    return ancestors


MODULE = FactModule(SUBSCRIPTION, {}, {"subscriptions": Table(SUBSCRIPTION, _reduce)})
