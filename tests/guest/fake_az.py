"""An `az` for the test of examples/collect-guest-facts.sh: lists VMs, and answers Run Command as Azure does.

It is run as a program; FAKE_AZ names a JSON file: {"vms": [[id, system], …], "off": [name, …], "log": file}.
"""

import json
import os
import sys
from pathlib import Path

FACTS = {"collectedAt": "2026-11-21T20:00:00Z", "agent": {"running": True}}


def main() -> int:
    world = json.loads(Path(os.environ["FAKE_AZ"]).read_text("utf-8"))
    given = sys.argv[1:]
    with Path(world["log"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(given) + "\n")
    if given[:2] == ["vm", "list"]:
        assert given[-2:] == ["-o", "tsv"], given
        assert "[].[id, storageProfile.osDisk.osType]" in given, given
        print("\n".join("\t".join(vm) for vm in world["vms"]))
        return 0
    assert given[:3] == ["vm", "run-command", "invoke"], given
    return invoke(world, dict(zip(given[3::2], given[4::2], strict=True)))


def invoke(world: dict[str, list[str]], options: dict[str, str]) -> int:
    assert set(options) == {"--ids", "--command-id", "--scripts", "-o"}, options
    name = options["--ids"].rsplit("/", 1)[-1]
    if name in world["off"]:
        print(
            "ERROR: (OperationNotAllowed) Cannot modify extensions in the VM when the VM is not running.",
            file=sys.stderr,
        )
        print("Code: OperationNotAllowed", file=sys.stderr)
        return 1
    script = Path(options["--scripts"].removeprefix("@")).read_text("ascii")
    out = json.dumps({**FACTS, "proxy": {"host": name, "port": 1}})
    if options["--command-id"] == "RunShellScript":
        assert script.startswith("#!/bin/sh\n")
        streams = [("ProvisioningState/succeeded", f"Enable succeeded: \n[stdout]\n{out}\n\n[stderr]\n")]
    else:
        assert options["--command-id"] == "RunPowerShellScript"
        assert "Add-Part" in script
        streams = [("ComponentStatus/StdOut/succeeded", out), ("ComponentStatus/StdErr/succeeded", "")]
    told = [{"code": code, "level": "Info", "message": message, "time": None} for code, message in streams]
    print(json.dumps({"value": told}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
