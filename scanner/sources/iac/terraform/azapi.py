"""Rows of azapi_resource, whose body is written in Azure's own shape."""

import json
from typing import Any

from scanner.model import Row, Unknown
from scanner.sources.iac.terraform.blocks import Block
from scanner.sources.iac.terraform.mapping.backup import POLICY, VM
from scanner.sources.iac.terraform.mapping.compute import AVAILABILITY_SET, PLACEMENT_GROUP, SCALE_SET
from scanner.sources.iac.terraform.mapping.network import (
    ASG,
    NAT_GATEWAY,
    NIC,
    NSG,
    POOL,
    PUBLIC_IP,
    ROUTE_TABLE,
    SUBNET,
)
from scanner.sources.iac.terraform.references import References

_IDS = {
    "subnet": SUBNET,
    "networksecuritygroup": NSG,
    "routetable": ROUTE_TABLE,
    "natgateway": NAT_GATEWAY,
    "publicipaddress": PUBLIC_IP,
    "networkinterfaces": NIC,
    "availabilityset": AVAILABILITY_SET,
    "virtualmachinescaleset": SCALE_SET,
    "proximityplacementgroup": PLACEMENT_GROUP,
    "applicationsecuritygroups": ASG,
    "sourceapplicationsecuritygroups": ASG,
    "destinationapplicationsecuritygroups": ASG,
    "loadbalancerbackendaddresspools": POOL,
}
"""Property → the type that the `id` in it names."""
_NAMES = {"virtualmachineresourceid": VM, "sourceresourceid": VM, "virtualmachineid": VM, "policyid": POLICY}
_KEPT = ("location", "tags", "zones", "sku", "kind", "identity", "properties")


def row_of(block: Block, references: References) -> Row:
    """The row's fields besides id, name and type."""
    row: Row = {}
    body = block.get("body")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            body = block.not_known("body")
    if isinstance(body, Unknown):
        body = {"properties": body}
    given = body if isinstance(body, dict) else {}
    row.update({name: _linked(given[name], name, block, references) for name in _KEPT if given.get(name) is not None})
    for name in ("location", "tags"):
        value = block.get(name)
        if value is not None:
            row[name] = value
    if isinstance(row.get("location"), str):
        row["location"] = row["location"].replace(" ", "").lower()
    return row


def _linked(value: Any, name: str, block: Block, references: References) -> Any:
    """The value with ids that are not known yet taken from what the body's expression refers to."""
    if isinstance(value, dict):
        return {
            below: references.by_expression(block, "body", _IDS[name.lower()].lower(), one)
            if below == "id" and isinstance(one, Unknown) and name.lower() in _IDS
            else references.by_expression(block, "body", _NAMES[below.lower()].lower(), one)
            if isinstance(one, Unknown) and below.lower() in _NAMES
            else _linked(one, below, block, references)
            for below, one in value.items()
        }
    if isinstance(value, list):
        return [_linked(one, name, block, references) for one in value]
    return value
