"""JUnit XML for Azure Pipelines, Jenkins and other test readers: a suite for each policy, a case for each resource."""

from collections import Counter
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from junit_xml import TestCase, TestSuite, to_xml_report_string

from scanner.gate import Decision
from scanner.model import Judged, Outcome, PolicyHead, Results, Subject
from scanner.reports import Style
from scanner.reports.parts.findings import Finding, fingerprint, of, trend
from scanner.reports.parts.summary import granted, granted_at
from scanner.reports.parts.texts import block, clean, fact, line, shorten

_NAME = 200
_MESSAGE = 2_000
_PROBLEMS = 100
_SCAN = "snapready"
"""The suite of the scan itself, so that no report is without a case, and none that is incomplete without an error."""


def write(results: Results, decision: Decision, _style: Style) -> str:
    """The report as XML."""
    suites = [_scan(results, decision), *(_suite(judged, results, decision) for judged in results.judged)]
    root = ElementTree.fromstring(to_xml_report_string(suites, prettyprint=False))
    _mend(root)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _mend(root: ElementTree.Element) -> None:
    """What junit-xml writes otherwise than its readers want: `disabled` is no attribute, every case has a time."""
    for element in root.iter():
        element.attrib.pop("disabled", None)
        if element.tag == "testcase":
            element.set("time", "0")


def _scan(results: Results, decision: Decision) -> TestSuite:
    """One case: whether all was judged that should be."""
    case = TestCase("everything was judged that should be", _SCAN)
    if decision.code in (2, 3):
        problems = [problem for problem in results.run.problems if problem.incomplete]
        told = [f"{problem.place() or 'input'}: {problem.message}" for problem in problems[:_PROBLEMS]]
        if len(problems) > _PROBLEMS:
            told.append(f"and {len(problems) - _PROBLEMS} more")
        case.add_error_info(_message(decision.why), block("\n".join(map(line, told))), f"exit {decision.code}")
    return TestSuite(_SCAN, [case])


def _suite(judged: Judged, results: Results, decision: Decision) -> TestSuite:
    names = _names(judged.policy, judged.subjects)
    cases = [_case(finding, name, results, decision) for finding, name in zip(of(judged), names, strict=True)]
    return TestSuite(_identifier(judged.policy.id), cases)


def _identifier(text: str) -> str:
    return shorten(line(text), _NAME) or "unnamed"


def _names(policy: PolicyHead, subjects: Iterable[Subject]) -> Iterator[str]:
    """A name for each subject that is its own in the suite, and the same in every run whatever the letter case.

    Name and resource group; with the subscription where two share these, and with the fingerprint where that fails.
    """
    short = [_identifier(_short(subject)) for subject in subjects]
    twice = Counter(short)
    long = [
        _identifier(f"{name}, subscription {subject.subscription.lower()}") if twice[name] > 1 else name
        for name, subject in zip(short, subjects, strict=True)
    ]
    left = Counter(long)
    for name, subject in zip(long, subjects, strict=True):
        yield name if left[name] == 1 else f"{name} {fingerprint(policy.id, subject)}"


def _short(subject: Subject) -> str:
    name, group = subject.name.lower() or subject.key, subject.resource_group.lower()
    return f"{name} ({group})" if group else name


def _case(finding: Finding, name: str, results: Results, decision: Decision) -> TestCase:
    case = TestCase(name, _identifier(finding.policy.id))
    outcome = finding.outcome
    since = trend(results, finding)
    message = _message(f"{since}: {outcome.reason}" if since else outcome.reason)
    key = (finding.policy.id, finding.subject.key)
    waiver = results.waivers.get(key)
    if waiver is not None:
        case.add_skipped_info(_message(f"waived {granted(waiver)} [{granted_at(waiver)}]; {message}"))
    elif outcome.verdict == "fail":
        case.add_failure_info(message, _details(finding), outcome.severity)
    elif outcome.verdict == "unknown" and decision.counts(outcome, results.tracks.get(key)):
        case.add_error_info(message, _details(finding), "unknown")
    elif outcome.verdict != "pass":
        case.add_skipped_info(f"{outcome.verdict}: {message}")
    return case


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
