"""SARIF for GitHub code scanning: only what is wrong, worst first, every alert on a file that the repository has.

GitHub makes an alert of every result, whatever its kind, and rejects a whole upload for one result without a file. All
findings of a fleet hang on one line, so that only their fingerprints tell them apart.
"""

from collections.abc import Iterator

from scanner.gate import Decision
from scanner.model import Results
from scanner.reports import Style
from scanner.reports.parts import sarif_log as log
from scanner.reports.parts.findings import Finding, Labels, fails, fingerprint
from scanner.reports.parts.texts import clean, line, shorten

_MOST = 5_000
"""GitHub keeps that many results of a run, and not the worst ones."""
_LONGEST = 1_024
_INCOMPLETE = "scan-incomplete"
_LEFT_OUT = "findings-left-out"


def write(results: Results, decision: Decision, style: Style) -> str:
    """The log as text."""
    found = fails(results)
    said = list(_said(decision, len(found)))
    rules = [log.rule(judged, _LONGEST) for judged in results.judged] + [_rule(name, title) for name, title, _ in said]
    index = {rule["id"]: position for position, rule in enumerate(rules)}
    labels = Labels(results)
    alerts = [_of_the_scan(name, text, style) for name, _, text in said]
    alerts += [_alert(finding, labels, style) for finding in found[: _MOST - len(alerts)]]
    for alert in alerts:
        alert["ruleIndex"] = index[alert["ruleId"]]
    return log.dump(
        {
            "tool": log.driver(results, rules, notifications=log.NOTIFICATIONS),
            "automationDetails": log.details(results),
            "invocations": [log.invocation(results, decision)],
            "columnKind": "unicodeCodePoints",
            "results": alerts,
        }
    )


def _said(decision: Decision, count: int) -> Iterator[tuple[str, str, str]]:
    """Alerts of the scan itself: GitHub closes what a run does not report, so that a gap would look like a fix."""
    incomplete = decision.code in (2, 3)
    if incomplete:
        title = "Every VM that should be judged was judged"
        yield _INCOMPLETE, title, f"Not all was judged that should be: alerts may be closed that stand. {decision.why}"
    kept = _MOST - incomplete
    if count > kept:
        left = count - kept + 1
        text = f"{left:,} of {count:,} findings are left out, the least severe: GitHub keeps {_MOST:,}"
        yield _LEFT_OUT, "Every finding is shown", f"{text}; all of them are in the json and sarif reports"


def _rule(name: str, title: str) -> log.Part:
    return {
        "id": name,
        "name": "".join(part.title() for part in name.split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": "docs/reports.md says what to do", "markdown": "docs/reports.md says what to do"},
        "messageStrings": {"fail": {"text": "{0}."}},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["azure", "backup"],
            "precision": "very-high",
            "problem.severity": "error",
            "security-severity": "8.0",
        },
    }


def _of_the_scan(name: str, text: str, style: Style) -> log.Part:
    said = shorten(line(text).rstrip(" ."), _LONGEST)
    return {
        "ruleId": name,
        "level": "error",
        "message": {"text": log.unlinked(f"{said}."), "id": "fail", "arguments": [said]},
        "locations": [_place(style)],
        "partialFingerprints": {"primaryLocationLineHash": name},
    }


def _alert(finding: Finding, labels: Labels, style: Style) -> log.Part:
    return {
        "ruleId": clean(finding.policy.id),
        "level": finding.outcome.severity,
        "message": log.message(finding, labels, _LONGEST),
        "locations": [_place(style)],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint(finding.policy.id, finding.subject)},
    }


def _place(style: Style) -> log.Part:
    region = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}
    return {"physicalLocation": {"artifactLocation": {"uri": log.uri(style.anchor)}, "region": region}}
