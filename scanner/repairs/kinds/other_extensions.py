"""Takes failed extensions away that are not backup's own."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from scanner.repairs.estate import Estate, place_of, slug, vms
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Step
from scanner.rowtypes import EXTENSION
from scanner.sources.edited import Edits

_POLICY = "other-extensions-healthy"


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    """One repair for all VMs on which the same extensions failed."""
    alike: dict[tuple[str, ...], list[tuple[Finding, list[str]]]] = defaultdict(list)
    ignored = estate.parameter(_POLICY, "ignored") or []
    for finding in findings:
        own = [one for one in estate.fleet.index("extensions").get(finding.subject.key, ()) if one.backup is False]
        bad = [one for one in own if one.state in ("Failed", "Canceled") and not {one.type, one.name} & set(ignored)]
        bad_names = {one.name.lower() for one in bad}
        keys = [key for key in estate.below(EXTENSION, finding.subject) if key.rsplit("/", 1)[-1] in bad_names]
        if keys:
            alike[tuple(sorted({one.type for one in bad}))].append((finding, keys))
        else:
            yield NoRepair((finding,), "which extension it is cannot be told from the rows")
    for types, some in alike.items():
        yield _repair(types, some, estate)


def _repair(types: Sequence[str], some: Sequence[tuple[Finding, list[str]]], estate: Estate) -> Repair:
    closed = tuple(finding for finding, _ in some)
    steps = []
    for finding, keys in some:
        for key in keys:
            name = str((estate.row(EXTENSION, key) or {"id": key})["id"]).rsplit("/", 1)[-1]
            at = place_of(finding.subject.id).words("--vm-name")
            steps += [
                Step(
                    f"{finding.subject.name}: why {name} failed, for the record",
                    ("az", "vm", "extension", "show", *at, "--name", name, "--instance-view", "--query",
                     "instanceView", "--output", "json"),
                    finding.subject.name,
                ),
                Step(
                    f"{finding.subject.name}: takes {name} away",
                    ("az", "vm", "extension", "delete", *at, "--name", name, "--output", "none"),
                    finding.subject.name,
                ),
            ]  # fmt: skip
    return Repair(
        "other-extensions",
        slug("remove-extension", *types),
        f"Take the failed extension {' and '.join(types)} away from {vms(len(closed))}",
        closed,
        tuple(
            f"{finding.subject.name} loses {', '.join(key.rsplit('/', 1)[-1] for key in keys)}"
            for finding, keys in some
        ),
        "What the extension does is no longer done, and what deploys it may bring it back: right for a script that ran"
        " once; one that is needed should be mended instead.",
        tuple(steps),
        "deploy the extension again, from where it came",
        "collect extensions again and scan; where the VM's provisioning state stays Failed: az vm reapply",
        again=lambda fewer: _repair(types, [one for one in some if one[0] in fewer], estate),
        edits=Edits(removed=frozenset(key for _, keys in some for key in keys)),
    )


KIND = Kind(40, (_POLICY,), make, frozenset((EXTENSION,)))
