"""The row types snapready knows by name, and the Resource Graph table each one is asked from."""

VM = "microsoft.compute/virtualmachines"
CLASSIC_VM = "microsoft.classiccompute/virtualmachines"
EXTENSION = "microsoft.compute/virtualmachines/extensions"
INSTANCE_VIEW = "microsoft.compute/virtualmachines/instanceview"
NIC = "microsoft.network/networkinterfaces"
NSG = "microsoft.network/networksecuritygroups"
ROUTE_TABLE = "microsoft.network/routetables"
NAT_GATEWAY = "microsoft.network/natgateways"
BALANCER = "microsoft.network/loadbalancers"
PRIVATE_ENDPOINT = "microsoft.network/privateendpoints"
NETWORK_MANAGER = "microsoft.network/networkmanagers"
VNET = "microsoft.network/virtualnetworks"
VAULT = "microsoft.recoveryservices/vaults"
BACKUP_POLICY = "microsoft.recoveryservices/vaults/backuppolicies"
BACKUP_ITEM = "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems"
SQL_VM = "microsoft.sqlvirtualmachine/sqlvirtualmachines"
RUN_COMMAND = "microsoft.compute/virtualmachines/runcommands"
GUEST_ASSIGNMENT = "microsoft.guestconfiguration/guestconfigurationassignments"
SUBSCRIPTION = "microsoft.resources/subscriptions"
EXEMPTION = "microsoft.authorization/policyexemptions"
LOCK = "microsoft.authorization/locks"
GUEST_FACTS = "snapready/guestfacts"
METRICS = "snapready/metrics"
BACKUP_GROUP = "snapready/backupgroups"
"""No row has this type: VMs that belong together are made one subject."""
SERVICE_TAGS = "snapready/servicetags"
DECLARED = "snapready/declared"
"""What an owner states that no row shows; made of `declared:` in snapready.yaml."""

OBSERVED = {INSTANCE_VIEW: "instance view", GUEST_FACTS: "guest", METRICS: "metrics"}
"""Rows of what was observed, which Resource Graph does not hold: their reach, in the words of `policies list`."""

KNOWN = frozenset(
    value for name, value in globals().items() if name.isupper() and isinstance(value, str) and "/" in value
)
"""Every type that is named here."""

_TABLES = (
    ("microsoft.recoveryservices/vaults/", "recoveryservicesresources"),
    ("microsoft.guestconfiguration/", "guestconfigurationresources"),
    ("microsoft.maintenance/", "maintenanceresources"),
    ("microsoft.resources/subscriptions", "resourcecontainers"),
    ("microsoft.authorization/policyexemptions", "policyresources"),
)


def table_of(row_type: str) -> str:
    """The Resource Graph table that holds rows of that type (lower case); "" for what is not in Resource Graph."""
    if row_type in OBSERVED or row_type == LOCK or row_type.startswith("snapready/"):
        return ""
    for prefix, table in _TABLES:
        if row_type.startswith(prefix):
            return table
    return "resources"


def subscription_of(resource_id: str) -> str:
    """The subscription named in a resource id, in lower case; "" when there is none."""
    parts = resource_id.split("/", 3)
    return parts[2].lower() if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""


def resource_group_of(resource_id: str) -> str:
    """The resource group named in a resource id, as it is written there; "" when there is none."""
    parts = resource_id.split("/", 5)
    return parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else ""


def parent_of(resource_id: str) -> str:
    """The id one level up: the VM of an extension, of an instance view, of guest facts."""
    parts = resource_id.rstrip("/").split("/")
    return "/".join(parts[:-2] if len(parts) % 2 else parts[:-1])


def upwards(resource_id: str) -> list[str]:
    """An id, and those of what it is a part of."""
    parts = resource_id.split("/")
    return ["/".join(parts[:end]) for end in range(len(parts), 2, -1)]
