"""How a row is written: templates of dense JSON, the envelope all rows have, references to other rows."""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from random import Random

VM = "microsoft.compute/virtualmachines"
SQL_VM = "microsoft.sqlvirtualmachine/sqlvirtualmachines"
VAULT = "microsoft.recoveryservices/vaults"
ITEM = f"{VAULT}/backupfabrics/protectioncontainers/protecteditems"


def ref(rng: Random, identity: str) -> str:
    """An id in reference position: three in ten are not in the letter case of the row they name."""
    draw = rng.random()
    if draw < 0.15:
        return identity.lower()
    return identity.replace("/resourceGroups/", "/resourcegroups/", 1) if draw < 0.3 else identity


def shape(text: str) -> str:
    """JSON with holes for the % operator: <name> is part of a string, "<<name>>" a whole JSON value."""
    dense = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).replace("%", "%%")
    return re.sub(r'"<<(\w+)>>"|<(\w+)>', lambda hole: f"%({hole[1] or hole[2]})s", dense)


def stamp(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def listed(values: Iterable[str]) -> str:
    return f"[{','.join(values)}]"


def yes(condition: bool) -> str:
    return "true" if condition else "false"


ROW = shape("""{"id": "<id>", "name": "<name>", "type": "<type>",
"tenantId": "72f9a1c4-5b0e-4d3f-9a67-0c1d2e3f4a5b", "location": "<region>", "resourceGroup": "<group>",
"subscriptionId": "<subscription>", "tags": "<<tags>>", "kind": "", "sku": "<<sku>>", "zones": "<<zones>>",
"identity": "<<identity>>", "properties": "<<properties>>"}""")


def row(resource: str, kind: str, region: str, properties: str, **more: str) -> str:
    parts = resource.split("/")
    known = {"id": resource, "name": parts[-1], "type": kind, "region": region, "group": parts[4].lower()}
    empty = {"tags": "null", "sku": "null", "zones": "null", "identity": "null"}
    return ROW % (known | empty | more | {"subscription": parts[2], "properties": properties})


LINK = shape('{"id": "<id>", "resourceGroup": "<group>"}')


def linked(rng: Random, identity: str) -> str:
    return LINK % {"id": ref(rng, identity), "group": identity.split("/")[4].lower()}
