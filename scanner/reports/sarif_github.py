"""SARIF for GitHub code scanning: only what is wrong, worst first, every alert on a file that the repository has.

GitHub makes an alert of every result, whatever its kind, and rejects a whole upload for one result without a file. All
findings of a fleet hang on one line, so that only their fingerprints tell them apart.
"""

from collections.abc import Iterator
from typing import NamedTuple

from scanner.gate import Decision
from scanner.model import Origin, Results
from scanner.reports import Style
from scanner.reports.parts import sarif_log as log
from scanner.reports.parts.findings import Finding, Labels, fails, fingerprint
from scanner.reports.parts.texts import clean, line, shorten

_MOST = 5_000
"""GitHub keeps that many results of a run, and not the worst ones."""
_LONGEST = 1_024


class _Said(NamedTuple):
    """An alert of the scan itself."""

    rule: str
    title: str
    help: str
    text: str


def write(results: Results, decision: Decision, style: Style) -> Iterator[str]:
    """The log as text."""
    found = fails(results)
    said = list(_said(decision, len(found)))
    rules = [log.rule(judged, _LONGEST) for judged in results.judged] + [_rule(one) for one in said]
    index = {rule["id"]: position for position, rule in enumerate(rules)}
    labels = Labels(results)
    alerts = [_of_the_scan(one, style) for one in said]
    alerts += [_alert(finding, labels, style, results) for finding in found[: _MOST - len(alerts)]]
    for alert in alerts:
        alert["ruleIndex"] = index[alert["ruleId"]]
    return log.dump(
        {
            "tool": log.driver(results, rules, notifications=log.NOTIFICATIONS),
            "automationDetails": log.details(results),
            "invocations": [log.invocation(results, decision)],
            "columnKind": "unicodeCodePoints",
        },
        alerts,
    )


def _said(decision: Decision, count: int) -> Iterator[_Said]:
    """GitHub closes the alerts that a run does not report, so that without these a gap would look like a fix."""
    incomplete = decision.code in (2, 3)
    if incomplete:
        yield _Said(
            "scan-incomplete",
            "Everything that should be judged was judged",
            "Collect what could not be read, and scan again. Until then alerts may be closed that still stand.",
            f"Not all was judged that should be, so that alerts may be closed that still stand: {decision.why}",
        )
    kept = _MOST - incomplete
    if count > kept:
        left = count - kept + 1
        yield _Said(
            "findings-left-out",
            "Every finding is shown",
            "All findings are in the json and sarif reports. Mend the worst first, and the others will show.",
            f"{left:,} of {count:,} findings, the least severe, are not shown: GitHub keeps {_MOST:,} results of a run",
        )


def _rule(one: _Said) -> log.Part:
    return {
        "id": one.rule,
        "name": "".join(part.title() for part in one.rule.split("-")),
        "shortDescription": {"text": one.title},
        "fullDescription": {"text": one.title},
        "help": {"text": one.help, "markdown": one.help},
        "messageStrings": {"fail": {"text": "{0}."}},
        "defaultConfiguration": {"level": "error"},
        "properties": log.ranking(["azure", "backup"], "error"),
    }


def _of_the_scan(one: _Said, style: Style) -> log.Part:
    said = shorten(line(one.text).rstrip(" ."), _LONGEST)
    return {
        "ruleId": one.rule,
        "level": "error",
        "message": {"text": log.unlinked(f"{said}."), "id": "fail", "arguments": [said]},
        "locations": [_place(style)],
        "partialFingerprints": {"primaryLocationLineHash": one.rule},
    }


def _alert(finding: Finding, labels: Labels, style: Style, results: Results) -> log.Part:
    key = (finding.policy.id, finding.subject.key)
    track = results.tracks.get(key)
    return {
        "ruleId": clean(finding.policy.id),
        "level": finding.outcome.severity,
        "message": log.message(
            finding.outcome.verdict, labels.of(finding.subject), log.reason(finding.outcome, _LONGEST)
        ),
        "locations": [_place(style, results.place(*key))],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint(finding.policy.id, finding.subject)},
        **({"properties": log.trend(track)} if track is not None else {}),
    }


def _place(style: Style, origin: Origin | None = None) -> log.Part:
    """Where the resource is written, if that is in the reader's repository; else the file that findings hang on."""
    file = style.files.get(origin.file) if origin is not None else None
    return log.physical(log.uri(style.anchor)) if file is None else log.physical(log.uri(file), origin)
