"""An `az` for tests that keeps backup policies and items in a file: FAKE_AZ names it, {"rows": [...], "log": FILE}.

It answers what the script asks, with az's own rules: set-policy knows only policies of the item's vault.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

FLAGS = {"-g": "--resource-group", "-v": "--vault-name", "-n": "--name", "-c": "--container-name", "-o": "--output"}


def main() -> int:
    place = Path(os.environ["FAKE_AZ"])
    world = json.loads(place.read_text("utf-8"))
    given = sys.argv[1:]
    with Path(world["log"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(given) + "\n")
    command = (given[0], given[1], given[2])
    options = dict(zip((FLAGS.get(word, word) for word in given[3::2]), given[4::2], strict=True))
    vault = (
        f"/subscriptions/{options['--subscription']}/resourcegroups/{options['--resource-group']}"
        f"/providers/microsoft.recoveryservices/vaults/{options['--vault-name']}"
    ).lower()
    rows = {row["id"].lower(): row for row in world["rows"]}
    code = DO[command](rows, vault, options)
    place.write_text(json.dumps({**world, "rows": list(rows.values())}), "utf-8")
    return code


def show(rows: dict[str, Any], vault: str, options: dict[str, str]) -> int:
    row = rows.get(f"{vault}/backuppolicies/{options['--name'].lower()}")
    if row is None:
        print("(BMSUserErrorPolicyNotFound) no such policy", file=sys.stderr)
        return 3
    if options["--output"] != "none":
        print(json.dumps({**row, "eTag": None, "location": None}, indent=2).replace('00Z"', '00+00:00"'))
    return 0


def put(rows: dict[str, Any], vault: str, options: dict[str, str]) -> int:
    """create, and set: both write a policy whole."""
    assert options["--backup-management-type"] == "AzureIaasVM"
    text = json.loads(Path(options["--policy"]).read_text("utf-8"))
    name = options["--name"]
    identity = f"{text['id'].rsplit('/', 1)[0]}/{name}"
    assert identity.lower().startswith(vault)
    rows[identity.lower()] = {**text, "id": identity, "name": name}
    return 0


def set_policy(rows: dict[str, Any], vault: str, options: dict[str, str]) -> int:
    key = (
        f"{vault}/backupfabrics/azure/protectioncontainers/{options['--container-name']}"
        f"/protecteditems/{options['--name']}"
    ).lower()
    policy = rows.get(f"{vault}/backuppolicies/{options['--policy-name'].lower()}")
    if policy is None or key not in rows:
        print("ERROR: not found", file=sys.stderr)
        return 1
    rows[key]["properties"]["policyId"] = policy["id"]
    return 0


DO = {
    ("backup", "policy", "show"): show,
    ("backup", "policy", "create"): put,
    ("backup", "policy", "set"): put,
    ("backup", "item", "set-policy"): set_policy,
}

if __name__ == "__main__":
    sys.exit(main())
