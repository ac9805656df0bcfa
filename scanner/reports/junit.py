"""JUnit XML for Azure Pipelines, Jenkins and other test readers: a suite for each policy, a case for each resource."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal
from xml.etree import ElementTree

from junit_xml import TestCase, TestSuite

from scanner.gate import Decision
from scanner.model import Judged, Outcome, Results, Subject
from scanner.reports import Style
from scanner.reports.parts.findings import Finding, fingerprint, of, trend
from scanner.reports.parts.once import Once
from scanner.reports.parts.summary import granted, granted_at
from scanner.reports.parts.texts import block, clean, fact, line, shorten

_NAME = 200
_MESSAGE = 2_000
_PROBLEMS = 100
_AT_ONCE = 500
_SCAN = "snapready"
"""The suite of the scan itself, so that no report is without a case, and none that is incomplete without an error."""
Told = Literal["", "failure", "error", "skipped"]


def write(results: Results, decision: Decision, _style: Style) -> Iterator[str]:
    """The report as XML, some hundred cases at a time."""
    scan, incomplete = _scan(results, decision)
    counts = [_counted(judged, results, decision) for judged in results.judged]
    total = sum(counts, Counter([incomplete]))
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{_begun("testsuites", _tests(total), time="0.0")}'
    yield from _suite(_SCAN, Counter([incomplete]), [scan])
    names = _Names()
    for judged, count in zip(results.judged, counts, strict=True):
        yield from _suite(_identifier(judged.policy.id), count, _cases(judged, names, results, decision))
    yield "\n</testsuites>\n"


def _suite(name: str, count: Counter[Told], cases: Iterable[TestCase]) -> Iterator[str]:
    """A suite as junit-xml makes it of some of its cases at a time, with the counts of them all."""
    begun = _begun("testsuite", {"name": name, "skipped": str(count["skipped"]), **_tests(count)}, time="0")
    if not count:
        yield f"\n  {begun[:-1]} />"
        return
    yield f"\n  {begun}"
    left = iter(cases)
    while some := list(islice(left, _AT_ONCE)):
        suite = TestSuite(name, some).build_xml_doc()
        for case in suite:
            case.set("time", "0")  # which its readers want, and junit-xml leaves out
        ElementTree.indent(suite, level=1)
        text = ElementTree.tostring(suite, encoding="unicode")
        yield text[text.index(">") + 1 : text.rindex("\n")]
    yield "\n  </testsuite>"


def _tests(count: Counter[Told]) -> dict[str, str]:
    return {"errors": str(count["error"]), "failures": str(count["failure"]), "tests": str(count.total())}


def _begun(tag: str, attributes: dict[str, str], **more: str) -> str:
    """An element's start, which its members follow."""
    ordered = dict(sorted({**attributes, **more}.items()))
    return ElementTree.tostring(ElementTree.Element(tag, ordered), encoding="unicode").removesuffix(" />") + ">"


def _scan(results: Results, decision: Decision) -> tuple[TestCase, Told]:
    """One case: whether all was judged that should be."""
    case = TestCase("everything was judged that should be", _SCAN)
    if decision.code not in (2, 3):
        return case, ""
    problems = [problem for problem in results.run.problems if problem.incomplete]
    told = [f"{problem.place() or 'input'}: {problem.message}" for problem in problems[:_PROBLEMS]]
    if len(problems) > _PROBLEMS:
        told.append(f"and {len(problems) - _PROBLEMS} more")
    case.add_error_info(_message(decision.why), block("\n".join(map(line, told))), f"exit {decision.code}")
    return case, "error"


def _counted(judged: Judged, results: Results, decision: Decision) -> Counter[Told]:
    return Counter(_told(finding, results, decision) for finding in of(judged))


def _told(finding: Finding, results: Results, decision: Decision) -> Told:
    """What a test reader is to make of a result."""
    verdict = finding.outcome.verdict
    if verdict == "pass":
        return ""
    key = (finding.policy.id, finding.subject.key)
    if verdict == "fail":
        return "skipped" if key in results.waivers else "failure"
    stops = verdict == "unknown" and decision.counts(finding.outcome, results.tracks.get(key))
    return "error" if stops else "skipped"


def _identifier(text: str) -> str:
    return shorten(line(text), _NAME) or "unnamed"


class _Names:
    """A name for each subject that is its own in the suite, and the same in every run whatever the letter case.

    Name and resource group; with the subscription where two share these, and with the fingerprint where that fails.
    """

    def __init__(self) -> None:
        self._subjects: list[Subject] = []
        self._names: list[str] = []
        self._count: Counter[str] = Counter()

    def of(self, judged: Judged) -> Iterator[str]:
        if self._subjects != judged.subjects:  # policies that are put to the same ones mostly follow each other
            self._subjects, self._names = judged.subjects, list(_long(judged.subjects))
            self._count = Counter(self._names)
        for name, subject in zip(self._names, judged.subjects, strict=True):
            yield name if self._count[name] == 1 else f"{name} {fingerprint(judged.policy.id, subject)}"


def _long(subjects: Sequence[Subject]) -> Iterator[str]:
    short = [_identifier(_short(subject)) for subject in subjects]
    twice = Counter(short)
    for name, subject in zip(short, subjects, strict=True):
        yield _identifier(f"{name}, subscription {subject.subscription.lower()}") if twice[name] > 1 else name


def _short(subject: Subject) -> str:
    name, group = subject.name.lower() or subject.key, subject.resource_group.lower()
    return f"{name} ({group})" if group else name


def _cases(judged: Judged, names: _Names, results: Results, decision: Decision) -> Iterator[TestCase]:
    policy = _identifier(judged.policy.id)
    message = Once(lambda outcome: _message(outcome.reason))
    for finding, name in zip(of(judged), names.of(judged), strict=True):
        case = TestCase(name, policy)
        told = _told(finding, results, decision)
        if told:
            _add(case, told, finding, message, results)
        elif trend(results, finding) == "FIXED":
            case.stdout = "since the baseline: FIXED"
        yield case


def _add(case: TestCase, told: Told, finding: Finding, messages: Once[str], results: Results) -> None:
    outcome = finding.outcome
    since = trend(results, finding)
    message = _message(f"{since}: {outcome.reason}") if since else messages(outcome)
    waiver = results.waivers.get((finding.policy.id, finding.subject.key))
    if told == "failure":
        case.add_failure_info(message, _details(finding), outcome.severity)
    elif told == "error":
        case.add_error_info(message, _details(finding), "unknown")
    elif waiver is not None:
        case.add_skipped_info(_message(f"waived {granted(waiver)} [{granted_at(waiver)}]; {message}"))
    else:
        case.add_skipped_info(f"{outcome.verdict}: {message}")


def _message(text: str) -> str:
    """Never empty: junit-xml writes no failure at all for a case that failed without a word."""
    return shorten(line(text), _MESSAGE) or "no reason is given"


def _details(finding: Finding) -> str:
    """What the one who opens the case wants to know next."""
    policy = finding.policy
    parts = [
        ("expected", line(policy.title)),
        ("resource", clean(finding.subject.id)),
        ("facts", "\n".join(_facts(finding.outcome))),
        ("why", block(policy.why)),
        ("fix", block(policy.fix)),
    ]
    return "\n\n".join(f"{name}:\n{text}" for name, text in parts if text)


def _facts(outcome: Outcome) -> Iterator[str]:
    for piece in outcome.evidence:
        yield shorten(line(fact(piece)), _MESSAGE)
