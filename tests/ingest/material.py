"""What az, REST and tools give back of the guest script, in the forms that they give it."""

import json
from pathlib import Path
from typing import Any

from scanner.ingest.gather import Gathered, Given, files_of, gather
from scanner.ingest.machines import Machines
from scanner.model import Row
from tests.rows import vm_id
from tests.sources.publishing import SEEN, run_command

TIME = SEEN["collectedAt"]


def linux(out: str, err: str = "", said: str = "Enable succeeded: ", code: str = "ProvisioningState/succeeded") -> Row:
    """az vm run-command invoke of a Linux VM."""
    message = f"{said}\n[stdout]\n{out}\n[stderr]\n{err}"
    status = {
        "code": code,
        "displayStatus": "Provisioning succeeded",
        "level": "Info",
        "message": message,
        "time": None,
    }
    return {"value": [status]}


def windows(out: str, err: str = "", outcome: str = "succeeded") -> Row:
    """az vm run-command invoke of a Windows VM."""
    streams = (("StdOut", out), ("StdErr", err))
    status = {"displayStatus": "Provisioning succeeded", "level": "Info", "time": None}
    return {
        "value": [{"code": f"ComponentStatus/{name}/{outcome}", **status, "message": text} for name, text in streams]
    }


def report(
    facts: Any = SEEN, of: str = vm_id(), end: str = "2026-11-21T21:30:00Z", name: str = "SnapreadyGuest"
) -> Row:
    """One report of an assignment, as the REST API has it."""
    assignment = f"{of}/providers/Microsoft.GuestConfiguration/guestConfigurationAssignments/{name}"
    told = [{"code": "SnapreadyGuest:SnapreadyGuest:guestFacts", "phrase": json.dumps(facts)}]
    details = {"resources": [{"complianceStatus": "NonCompliant", "properties": {"Reasons": None}, "reasons": told}]}
    properties = {"assignment": {"name": name}, "endTime": end, "vm": {"id": of, "uuid": "x"}, "details": details}
    return {
        "name": "7367cbb8",
        "id": f"{assignment}/reports/7367cbb8-ae99-47d0-a33b-a283564d2cb1",
        "properties": properties,
    }


def shown(row: Row | None = None) -> Row:
    """az vm run-command show --instance-view: the properties at the top."""
    row = row or run_command()
    return {**{name: value for name, value in row.items() if name != "properties"}, **row["properties"]}


def ansible(out: str, code: int = 0, err: str = "") -> Row:
    return {"changed": True, "rc": code, "stderr": err, "stdout": out, "stdout_lines": out.splitlines()}


def put(folder: Path, name: str, given: Any) -> str:
    """A file of JSON, or of what is given as it is."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        given if isinstance(given, bytes) else (given if isinstance(given, str) else json.dumps(given)).encode()
    )
    return str(path)


def read(*files: str, vm: str = "", mapped: dict[str, list[str]] | None = None, **given: Any) -> Gathered:
    return gather(files_of(files), Given(Machines(vm, "map.csv" if mapped else "", mapped or {}), **given))


def said(done: Gathered) -> str:
    return "\n".join(f"{problem.place()}: {problem.message}" for problem in done.problems)
