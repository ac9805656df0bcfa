"""Runs a policy on its own cases: tiny snapshots whose file names state the verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.model import SEVERITIES, VERDICTS, Severity, SnapreadyError, Verdict
from scanner.policies import BUILT_IN, one
from scanner.policy import Adjusted, Given, Policy
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files

REQUIRED: tuple[Verdict, ...] = ("pass", "fail", "unknown")
NOW = "2026-11-22T01:00:00Z"


@dataclass(frozen=True, slots=True)
class Case:
    """A tiny snapshot, and the policy that judges it: with the values that the folders it lies in are called after."""

    path: Path
    policy: Policy

    @property
    def name(self) -> str:
        return self.path.relative_to(self.policy.folder / "cases").as_posix()

    @property
    def verdict(self) -> Verdict | None:
        return verdict_of(self.path)

    @property
    def severity(self) -> Severity | None:
        """The severity that its name states after the verdict; of a policy that has one only, it states none."""
        words = self.path.name.removeprefix(f"{self.verdict}-")
        stated = next((level for level in SEVERITIES if words.startswith(f"{level}-")), None)
        return stated if len(self.policy.severities) > 1 and self.verdict in ("fail", "unknown") else None


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
    """The cases that are judged by the policy's own values."""
    return [path for path in _inside(policy.folder / "cases") if not _sets(path)]


def every_case(policy: Policy, folders: Sequence[Path] = ()) -> list[Case]:
    """Those, and the cases in folders such as cases/days=30: by that value of the policy's parameter.

    `folders`: where policies lie that it asks, beside the built-in ones and its neighbours. Raises SnapreadyError.
    """
    around = list(dict.fromkeys([BUILT_IN, *folders, policy.folder.parent]))
    return list(_cases(policy, policy.folder / "cases", {}, around))


def _cases(policy: Policy, folder: Path, given: Mapping[str, Given], around: Sequence[Path]) -> Iterator[Case]:
    paths = _inside(folder)
    yield from (Case(path, policy) for path in paths if not _sets(path))
    for path in filter(_sets, paths):
        name, _, value = path.name.partition("=")
        more = {**given, name: Given(value, str(path), text=True)}
        yield from _cases(one(around, policy.id, Adjusted({policy.id: more})), path, more, around)


def _inside(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _sets(path: Path) -> bool:
    """Whether it is a folder called after the value of a parameter."""
    return "=" in path.name and verdict_of(path) is None and path.is_dir()


def run_cases(policy: Policy, folders: Sequence[Path] = ()) -> list[CaseResult]:
    """Every case of a policy, and one wrong result for each verdict that no case shows."""
    found = [_run(case) for case in every_case(policy, folders)]
    shown = {verdict_of(case) for case in cases_of(policy)}
    for verdict in REQUIRED:
        if verdict not in shown:
            wrong = f"there is no case: add {policy.folder / 'cases'}/{verdict}-STORY.ndjson"
            found.append(CaseResult(policy.id, f"{verdict}-…", "", wrong))
    return found


def _run(case: Case) -> CaseResult:
    policy = case.policy
    wanted = case.verdict
    if wanted is None:
        return CaseResult(
            policy.id, case.name, "", f"the name must begin with one of {', '.join(f'{v}-' for v in VERDICTS)}"
        )
    try:
        results = scan(Files([str(case.path)]), [policy], Options(now=NOW))
    except SnapreadyError as error:
        return CaseResult(policy.id, case.name, "", str(error))
    problems = [problem.message for problem in results.run.problems if problem.incomplete]
    judged = results.judged[0]
    if problems:
        return CaseResult(policy.id, case.name, "", problems[0])
    if not judged.subjects:
        return CaseResult(policy.id, case.name, "", f"it holds no {policy.head.resource}")
    wrong = [
        f"{subject.name}: {outcome.verdict}, {outcome.severity} ({outcome.reason})"
        if outcome.verdict == wanted
        else f"{subject.name}: {outcome.verdict} ({outcome.reason})"
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if outcome.verdict != wanted or case.severity not in (None, outcome.severity)
    ]
    return CaseResult(policy.id, case.name, judged.outcomes[0].reason, "; ".join(wrong))
