"""How a proof and the findings of a repair are told, in every form that is written."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from scanner.model import SEVERITIES
from scanner.repairs.model import Finding, Judgement, Proof
from scanner.reports.parts.texts import line


def status(proof: Proof) -> str:
    """ "closes 3 of 3, opens none", "not verified: …"."""
    if proof.status == "not-verified":
        return f"not verified: {line(proof.why)}"
    light = f", brings {len(proof.revealed)} to light" if proof.revealed else ""
    left = f" of {len(proof.closed) + len(proof.left)}"
    return f"closes {len(proof.closed)}{left}, opens none{light}"


def by_policy(findings: Sequence[Finding]) -> list[tuple[str, list[str]]]:
    """Names of what each policy's findings are of, with the resource group where a name comes twice."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.policy].append(finding)
    told = []
    for policy in sorted(found):
        names = Counter(one.subject.name.lower() for one in found[policy])
        told.append((policy, [line(_name(one, names)) for one in found[policy]]))
    return told


def _name(finding: Finding, names: Mapping[str, int]) -> str:
    subject = finding.subject
    if names[subject.name.lower()] < 2:
        return subject.name
    return f"{subject.name} ({subject.resource_group}, {subject.subscription})"


def some(names: Sequence[str], most: int = 12) -> str:
    """ "web01, web02 and 40 more": all of them are in fixes.json."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left} more" if left > 0 else "")


def weight(findings: Sequence[Finding]) -> str:
    """ "12 warning, 3 note"."""
    counts = Counter(one.severity for one in findings)
    return ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])


def escape(text: str) -> str:
    """A text on one line of Markdown that shows as it is, and can be read as it is written."""
    return re.sub(r"([\\`*\[\]|])", r"\\\1", line(text).replace("&", "&amp;").replace("<", "&lt;"))


def judgement(one: Judgement) -> str:
    return line(f"{one.policy} of {one.subject.name}: {one.after}, {one.reason}")
