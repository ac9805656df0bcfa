"""Rows of run commands and machine configuration assignments that publish guest facts, as Azure has them."""

import json
from typing import Any

from scanner.model import Fields, Row
from scanner.rowtypes import GUEST_ASSIGNMENT, GUEST_FACTS
from tests.rows import vm_id

ASKED: dict[str, Fields] = {GUEST_FACTS: {"properties": {"collectedAt": {}, "source": {}, "proxy": {}}}}
SEEN = {"collectedAt": "2026-11-21T20:00:00Z", "proxy": False}
ENDED = "2026-11-21T21:00:00.1234567+00:00"
CHECKED = "2026-11-21T22:00:00Z"


def run_command(output: Any = SEEN, of: str = vm_id(), name: str = "snapready-guest-facts", **view: Any) -> Row:
    text = output if isinstance(output, str) else json.dumps(output)
    seen = {"executionState": "Succeeded", "exitCode": 0, "output": text, "error": "", "startTime": "x"}
    properties = {"provisioningState": "Succeeded", "instanceView": {**seen, "endTime": ENDED, **view}}
    identity = f"{of}/runCommands/{name}"
    kind = "Microsoft.Compute/virtualMachines/runCommands"
    return {"id": identity, "name": name, "type": kind, "location": "westeurope", "properties": properties}


def reasons(*phrases: Any, code: str = "SnapreadyGuest:SnapreadyGuest:guestFacts") -> list[Row]:
    """One reason, or several in numbered parts, among others that say something else."""
    texts = [each if isinstance(each, str) else json.dumps(each) for each in phrases]
    codes = [code] if len(texts) == 1 else [f"{code}.{number}" for number in range(1, len(texts) + 1)]
    told = [{"code": one, "phrase": text} for one, text in zip(codes, texts, strict=True)]
    return [{"code": "DSC::RESOURCE::SUCCESS", "phrase": "Operation successful."}, *told]


def assignment(given: Any = None, of: str = vm_id(), name: str = "SnapreadyGuestFacts", **more: Any) -> Row:
    """The row as Resource Graph has it; `more` are properties, and None leaves one out."""
    told = reasons(SEEN) if given is None else given
    report = {"endTime": "2026-11-21T21:30:00Z", "resources": [{"resourceId": "[SnapreadyGuest]x", "reasons": told}]}
    head = {"targetResourceId": of, "complianceStatus": "NonCompliant", "lastComplianceStatusChecked": CHECKED}
    properties = {**head, "latestAssignmentReport": report, **more}
    identity = f"{of}/providers/Microsoft.GuestConfiguration/guestConfigurationAssignments/{name}"
    properties = {name: value for name, value in properties.items() if value is not None}
    return {"id": identity, "name": name, "type": GUEST_ASSIGNMENT, "properties": properties}
