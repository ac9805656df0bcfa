"""What both SARIF profiles write: the log around a run, rules, messages, notifications and URIs, as plain values."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from scanner.gate import Decision
from scanner.model import SEVERITIES, Judged, Origin, Outcome, PolicyHead, Problem, Results, Severity, Track, Verdict
from scanner.reports.parts import markup
from scanner.reports.parts.streams import Lines, streamed
from scanner.reports.parts.texts import block, clean, line, shorten

Part = dict[str, Any]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SECURITY = {"error": "8.0", "warning": "5.0", "note": "2.0"}
"""GitHub's own bounds: 7.0 and above is high, 4.0 medium, below low. A backup that cannot be restored is high."""
_MESSAGES: dict[Verdict, str] = {
    "fail": "{0}: {1}.",
    "pass": "{0}: {1}.",
    "unknown": "{0}: cannot be told: {1}.",
    "not-applicable": "{0}: does not apply: {1}.",
}
_TAGS = 10


def dump(run: Part, results: Iterable[Part]) -> Iterator[str]:
    """The log with its one run, in pieces; one result a line, which is quick to write and to compare."""
    return streamed({"$schema": _SCHEMA, "version": "2.1.0", "runs": [{**run, "results": Lines(results)}]})


def driver(results: Results, rules: list[Part], **more: Any) -> Part:
    """The tool, with what it can find."""
    return {"driver": {"name": "snapready", "version": clean(results.run.version), "rules": rules, **more}}


def category(results: Results) -> str:
    """What parts these results from those of other scans in one repository: what was scanned, whatever the time."""
    scope = "-".join(re.findall(r"[a-z0-9]+", " ".join(results.run.scope).lower()))
    return f"snapready/{scope[:100]}" if scope else "snapready"


def details(results: Results) -> Part:
    """`category/run`; GitHub replaces the findings of a category by those of its next run."""
    return {"id": f"{category(results)}/{clean(results.run.taken_at)}"}


def worst(judged: Judged) -> Severity:
    """A policy's severity may hang on the VM; a rule has one, which is the worst it was found with."""
    found = {outcome.severity for outcome in judged.outcomes if outcome.verdict == "fail"}
    return min(found or {judged.policy.severity}, key=SEVERITIES.index)


def _name(identity: str) -> str:
    """A rule's name, which must not be its id."""
    name = _pascal(identity)
    return f"{name}Policy" if name.lower() == identity.lower() else name


def rule(judged: Judged, most: int) -> Part:
    """A policy; no description is longer than `most`."""
    policy = judged.policy
    title = shorten(line(policy.title) or line(policy.id), most) or "A policy"
    found: Part = {
        "id": clean(policy.id),
        "name": shorten(_name(policy.id), 255),
        "shortDescription": {"text": title},
        "fullDescription": {"text": shorten(line(policy.why), most) or title},
        "help": {"text": _help(policy, title), "markdown": _help_markdown(policy, title)},
        "messageStrings": {verdict: {"text": text} for verdict, text in _MESSAGES.items()},
        "defaultConfiguration": {"level": policy.severity},
        "properties": ranking(_tags(policy), worst(judged)),
    }
    url = policy.source.get("url", "")
    if re.fullmatch(r"https?://[^\s<>\"{}|\\^`\[\]]+", url, re.ASCII):
        found["helpUri"] = url
    return found


def ranking(tags: list[str], severity: Severity) -> Part:
    """What GitHub sorts and filters alerts by."""
    return {
        "tags": tags,
        "precision": "very-high",
        "problem.severity": "recommendation" if severity == "note" else severity,
        "security-severity": _SECURITY[severity],
    }


def _pascal(name: str) -> str:
    found = "".join(part[:1].upper() + part[1:] for part in re.findall(r"[A-Za-z0-9]+", name))
    return f"{found}Policy" if found.lower() == name.lower() else found or "Policy"  # a name must not be the id again


def _tags(policy: PolicyHead) -> list[str]:
    controls = [f"{name}/{control}" for name, controls in policy.controls.items() for control in controls]
    tags = ["azure", "backup", policy.reach.replace(" ", "-"), *controls]
    return list(dict.fromkeys(shorten(clean(tag), 100) for tag in tags))[:_TAGS]


def _help(policy: PolicyHead, title: str) -> str:
    parts = [block(policy.why), block(policy.fix), line(" ".join(policy.source.values()))]
    return "\n\n".join(part for part in parts if part) or title


def _help_markdown(policy: PolicyHead, title: str) -> str:
    source = policy.source
    parts = [markup.text(policy.why, 4_000)]
    if policy.fix:
        parts.append(markup.fenced(policy.fix, 8_000))
    if source.get("url"):
        parts.append(f"Source: {markup.link(source.get('title', ''), source['url'])}")
    return "\n\n".join(part for part in parts if part) or markup.text(title, 4_000)


def message(verdict: Verdict, label: str, because: str) -> Part:
    """The sentence of a result, whole and as the rule's text with its arguments."""
    said = [shorten(label, 200), because]
    return {"text": unlinked(_MESSAGES[verdict].format(*said)), "id": verdict, "arguments": said}


def reason(outcome: Outcome, most: int) -> str:
    """Why, as a message says it."""
    return shorten(line(outcome.reason).rstrip(" ."), most) or "no reason is given"


def trend(track: Track) -> Part:
    """What became of a result since the baseline, in our own words: SARIF's four take what is back for new."""
    return {"trend": track.trend, **({"since": clean(track.since)} if track.since else {})}


def unlinked(text: str) -> str:
    """A message in which no reader finds a link of the kind `[text](target)`."""
    return text.replace("](", "] (")


def notifications(results: Results, decision: Decision) -> Iterator[Part]:
    """What the reader must know of the run itself: what could not be read, and a gate that judged too little."""
    if decision.code in (2, 3):
        yield _notification("not-all-judged", "error", decision.why)
    for problem in results.run.problems:
        found = _notification(*(("incomplete", "error") if problem.incomplete else ("input", "note")), problem.message)
        if problem.file:
            found["locations"] = [{"physicalLocation": _place(problem)}]
        yield found


def _notification(kind: str, level: str, text: str) -> Part:
    return {"descriptor": {"id": kind}, "level": level, "message": {"text": unlinked(line(text)) or "no reason"}}


def _place(problem: Problem) -> Part:
    found: Part = {"artifactLocation": {"uri": uri(problem.file)}}
    if problem.line > 0:
        found["region"] = {"startLine": problem.line}
    return found


def _descriptor(kind: str, text: str) -> Part:
    said = {"text": text}
    return {"id": kind, "shortDescription": said, "fullDescription": said, "help": said}


NOTIFICATIONS = [
    _descriptor("not-all-judged", "Nothing was judged, or not all that should be."),
    _descriptor("incomplete", "Something that was asked for could not be read whole."),
    _descriptor("input", "Something about the input is worth knowing."),
]


def invocation(results: Results, decision: Decision) -> Part:
    """How the run ended."""
    return {
        "executionSuccessful": decision.code in (0, 1),
        "exitCode": decision.code,
        "exitCodeDescription": line(decision.why) or "no reason",
        "toolExecutionNotifications": list(notifications(results, decision)),
    }


def uri(path: str) -> str:
    """A file as a URI: relative ones stay so."""
    if path == "-":
        return "stdin"
    if re.match(r"[A-Za-z]:[\\/]", path):
        return "file:///" + path[0] + ":" + quote(path[2:].replace("\\", "/"), errors="surrogatepass")
    if path.startswith("/"):
        return "file://" + quote("/" + path.lstrip("/"), errors="surrogatepass")
    return quote(path, errors="surrogatepass")


def physical(artifact: str, origin: Origin | None = None) -> Part:
    """A place in a file; where no line is known, its first."""
    line, column = (max(1, origin.line), max(1, origin.column)) if origin is not None else (1, 1)
    region = {"startLine": line, "startColumn": column, "endLine": line, "endColumn": column + 1}
    return {"physicalLocation": {"artifactLocation": {"uri": artifact}, "region": region}}


def tidy(value: Any) -> Any:
    """A JSON value of the input with every text in it clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(name)): tidy(below) for name, below in value.items()}
    return [tidy(member) for member in value] if isinstance(value, list | tuple) else value
