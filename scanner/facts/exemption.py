"""Azure Policy exemptions, kept as their rows tell them: no fact of a policy, and read only where waivers come of them.

Their shape: learn.microsoft.com/azure/governance/policy/concepts/exemption-structure (2021-08-17).
"""

from typing import Any

import msgspec

from scanner.facts.catalogue import FactModule, Table
from scanner.facts.fields import part, text
from scanner.facts.fleet import Fleet
from scanner.facts.subscription import ANCESTORS
from scanner.model import Fields, Row
from scanner.rowtypes import EXEMPTION

EXEMPTED: dict[str, Fields] = {EXEMPTION: {"name": {}, "properties": {}, "systemData": {}}, **ANCESTORS}
"""What must be read to tell what is exempt."""
_MARK = f"/providers/{EXEMPTION}/"


class Exemption(msgspec.Struct):
    """One exemption; ids in lower case, "" and None where a row does not tell. `references`: of an initiative, the
    definitions it is kept to; empty: all. `narrowed`: it has selectors, so that it exempts only some of its scope."""

    id: str
    scope: str
    assignment: str
    references: tuple[str, ...] | None
    category: str
    expires: str
    name: str
    description: str
    metadata: dict[str, Any]
    created: str
    narrowed: bool


def _reduce(row: Row, key: str) -> Exemption | None:
    scope, mark, name = key.rpartition(_MARK)
    properties = row.get("properties")
    if not mark or not isinstance(properties, dict):
        return None
    references = properties.get("policyDefinitionReferenceIds")
    known = isinstance(references, list) and all(isinstance(one, str) for one in references)
    metadata = properties.get("metadata")
    return Exemption(
        key,
        scope,
        (text(properties.get("policyAssignmentId")) or "").lower(),
        tuple(one.lower() for one in references or ()) if known or references is None else None,
        (text(properties.get("exemptionCategory")) or "").lower(),
        text(properties.get("expiresOn")) or "",
        text(properties.get("displayName")) or name,
        text(properties.get("description")) or "",
        metadata if isinstance(metadata, dict) else {},
        text(part(row.get("systemData"), "createdAt")) or text(part(metadata, "createdOn")) or "",
        bool(properties.get("resourceSelectors")),
    )


def exemptions(fleet: Fleet) -> list[Exemption]:
    """Every exemption, by id."""
    kept = fleet.table("exemptions")
    return [kept[key] for key in sorted(kept)]


MODULE = FactModule(EXEMPTION, {}, {"exemptions": Table(EXEMPTION, _reduce)})
