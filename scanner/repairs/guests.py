"""Repairs inside guests: one script for Run Command, and the VMs that it is for. None of them can be proved on rows."""

from collections.abc import Mapping, Sequence
from shlex import quote

from scanner.repairs.estate import names, place_of, vms
from scanner.repairs.model import Finding, Repair, Setting

UNPROVED = "what happens inside a guest is not in the rows until it is looked at again"
AGAIN = "collect guest facts again (snapready guest-script; docs/collecting-guest-facts.md), then scan"

_RUN = """
# run SUBSCRIPTION GROUP VM [NAME=VALUE …]: the script inside that VM, as {who}, by Run Command; prints what it said
IFS= read -r -d '' script << '{mark}' || true
{script}
{mark}
run() {{
  subscription=$1 group=$2 vm=$3
  shift 3
  echo "== $vm"
  az vm run-command invoke --subscription "$subscription" --resource-group "$group" --name "$vm" \\
    --command-id {command} --scripts "$script" ${{1:+--parameters "$@"}} --query 'value[].message' --output tsv{after}
}}
"""

_NOTED = """ \\
    || failed+=("$vm")"""


def in_guests(
    kind: str,
    name: str,
    title: str,
    system: str,
    script: str,
    closes: Sequence[Finding],
    *,
    changes: str,
    risk: str,
    undo: str,
    check: str = AGAIN,
    downtime: str = "none",
    given: Mapping[str, Sequence[str]] | None = None,
    settings: Sequence[Setting] = (),
    before: Sequence[str] = (),
    goes_on: bool = True,
) -> Repair:
    """`system`: windows or linux. `given`: what the script is told of a VM, by its id in lower case. `before`: lines
    that come first. `goes_on`: where one VM fails, the next is still looked to."""
    windows = system == "windows"
    noted = _NOTED if goes_on else ""
    command, who = ("RunPowerShellScript", "SYSTEM") if windows else ("RunShellScript", "root")
    subjects = list({finding.subject.key: finding.subject for finding in closes}.values())
    lines = [*before]
    for subject in subjects:
        place = place_of(subject.id)
        words = [place.subscription, place.group, place.name, *(given or {}).get(subject.key, ())]
        own = " ".join(map(quote, words))
        lines.append(f"run {own}" + "".join(f' "{one.name.lower()}=${one.name}"' for one in settings))
    return Repair(
        kind,
        name,
        f"{title} on {vms(len(subjects))}",
        tuple(closes),
        (f"{changes} on {names(subjects)}",),
        f"{risk} Run Command needs the agent to be ready, and the right virtualMachines/runCommand/action.",
        (),
        undo,
        check,
        downtime,
        unproved=UNPROVED,
        settings=tuple(settings),
        functions=_RUN.format(script=script, mark=_mark(script), who=who, command=command, after=noted),
        lines=tuple(lines),
        goes_on=goes_on,
    )


def _mark(script: str) -> str:
    """A line that ends the script, and is none of its own."""
    mark = "SCRIPT"
    while mark in script.splitlines():
        mark += "_"
    return mark
