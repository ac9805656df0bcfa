"""What an ARM template with a copy loop of VMs and their NICs costs to expand, by the number of VMs.

python -m benchmarks.templates
"""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from scanner.sources.iac.arm.read import read
from scanner.sources.iac.model import Context

_NAME = "format('{0}{1}', parameters('prefix'), copyIndex())"
_NIC = f"resourceId('Microsoft.Network/networkInterfaces', concat({_NAME}, '-nic'))"


def template(count: int) -> dict[str, Any]:
    """As a person writes it: names by format and copyIndex, a loop of disks in each VM."""
    subnet = "[resourceId('Microsoft.Network/virtualNetworks/subnets', 'vnet', 'snet')]"
    disk = {"lun": "[copyIndex('dataDisks')]", "name": f"[concat({_NAME}, '-', copyIndex('dataDisks'))]"}
    configuration = {"privateIPAllocationMethod": "Dynamic", "subnet": {"id": subnet}}
    return {
        "parameters": {
            "prefix": {"type": "string", "defaultValue": "vm"},
            "location": {"type": "string", "defaultValue": "[resourceGroup().location]"},
            "password": {"type": "securestring"},
        },
        "resources": [
            {
                "type": "Microsoft.Network/networkInterfaces",
                "name": f"[concat({_NAME}, '-nic')]",
                "location": "[parameters('location')]",
                "copy": {"name": "nics", "count": count},
                "properties": {"ipConfigurations": [{"name": "one", "properties": configuration}]},
            },
            {
                "type": "Microsoft.Compute/virtualMachines",
                "name": f"[{_NAME}]",
                "location": "[parameters('location')]",
                "copy": {"name": "vms", "count": count},
                "dependsOn": [f"[{_NIC}]"],
                "zones": ["[string(add(mod(copyIndex(), 3), 1))]"],
                "properties": {
                    "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
                    "osProfile": {"computerName": f"[{_NAME}]", "adminPassword": "[parameters('password')]"},
                    "storageProfile": {
                        "osDisk": {"createOption": "FromImage"},
                        "copy": [{"name": "dataDisks", "count": 2, "input": disk}],
                    },
                    "networkProfile": {"networkInterfaces": [{"id": f"[{_NIC}]"}]},
                },
            },
        ],
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for count in (100, 200, 400, 800):
            file = Path(folder) / f"{count}.json"
            file.write_text(json.dumps(template(count)), encoding="utf-8")
            spent = []
            for _ in range(5):
                start = time.process_time()
                rows = len(read(file, Context()).resources)
                spent.append(time.process_time() - start)
            print(f"{count:4} VMs, {rows:5} rows: {min(spent):6.3f} s of CPU")


if __name__ == "__main__":
    main()
