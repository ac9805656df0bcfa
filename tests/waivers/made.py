"""Results made by hand, to be waived and compared: every policy's verdict on every VM, as letters."""

from collections.abc import Mapping

from scanner.model import Judged, Outcome, PolicyHead, Problem, Results, Run, Severity, Subject, Verdict

SUB = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-8888-7777-6666-555555555555"
VM = "microsoft.compute/virtualmachines"
_VERDICTS: Mapping[str, Verdict] = {"p": "pass", "f": "fail", "u": "unknown", "n": "not-applicable"}


def vm(name: str, group: str = "rg-app", subscription: str = SUB) -> Subject:
    identity = (
        f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"
    )
    return Subject(identity, identity.lower(), VM, name, group, subscription)


def made(
    verdicts: Mapping[str, Mapping[str, str]],
    *,
    at: str = "2026-11-22T01:00:00Z",
    severity: Severity = "error",
    incomplete: bool = False,
    stage: str = "live",
) -> Results:
    """Results of `{policy: {VM: letter}}`; a VM is written name, group/name or subscription/group/name."""
    judged = []
    for policy, column in sorted(verdicts.items()):
        subjects = sorted((vm(*reversed(name.split("/"))) for name in column), key=lambda subject: subject.key)
        letters = {vm(*reversed(name.split("/"))).key: letter for name, letter in column.items()}
        outcomes = [Outcome(_VERDICTS[letters[subject.key]], severity, "because") for subject in subjects]
        judged.append(Judged(PolicyHead(policy, "T", VM, severity, "resource graph", "w", "f", {}), subjects, outcomes))
    problems = (Problem("a page is missing", incomplete=True),) if incomplete else ()
    run = Run(at, "header", "0", ("fleet",), problems=problems, stage=stage)  # type: ignore[arg-type]
    return Results(run, tuple(judged))
