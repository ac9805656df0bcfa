"""Runs a policy on its own cases: tiny snapshots whose file names state the verdict."""

from dataclasses import dataclass
from pathlib import Path

from scanner.model import VERDICTS, SnapreadyError, Verdict
from scanner.policy import Policy
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files

REQUIRED: tuple[Verdict, ...] = ("pass", "fail", "unknown")
NOW = "2026-11-22T01:00:00Z"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one case showed; `wrong` is empty where every subject got the verdict that the file's name states."""

    policy: str
    case: str
    reason: str
    wrong: str = ""


def verdict_of(case: Path) -> Verdict | None:
    """The verdict a case's file name begins with."""
    return next((verdict for verdict in VERDICTS if case.name.startswith(f"{verdict}-")), None)


def cases_of(policy: Policy) -> list[Path]:
    return sorted(path for path in (policy.folder / "cases").glob("*") if not path.name.startswith("."))


def run_cases(policy: Policy) -> list[CaseResult]:
    """Every case of a policy, and one wrong result for each verdict that no case shows."""
    found = [_run(policy, case) for case in cases_of(policy)]
    shown = {verdict_of(case) for case in cases_of(policy)}
    for verdict in REQUIRED:
        if verdict not in shown:
            wrong = f"there is no case: add {policy.folder / 'cases'}/{verdict}-STORY.ndjson"
            found.append(CaseResult(policy.id, f"{verdict}-…", "", wrong))
    return found


def _run(policy: Policy, case: Path) -> CaseResult:
    wanted = verdict_of(case)
    if wanted is None:
        return CaseResult(
            policy.id, case.name, "", f"the name must begin with one of {', '.join(f'{v}-' for v in VERDICTS)}"
        )
    try:
        results = scan(Files([str(case)]), [policy], Options(now=NOW))
    except SnapreadyError as error:
        return CaseResult(policy.id, case.name, "", str(error))
    problems = [problem.message for problem in results.run.problems if problem.incomplete]
    judged = results.judged[0]
    if problems:
        return CaseResult(policy.id, case.name, "", problems[0])
    if not judged.subjects:
        return CaseResult(policy.id, case.name, "", f"it holds no {policy.head.resource}")
    wrong = [
        f"{subject.name}: {outcome.verdict} ({outcome.reason})"
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if outcome.verdict != wanted
    ]
    return CaseResult(policy.id, case.name, judged.outcomes[0].reason, "; ".join(wrong))
