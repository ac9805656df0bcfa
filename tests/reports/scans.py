"""Scans that every report is tried on: the example fleet, a scan that is incomplete, one that judged nothing."""

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

from scanner.arguments import parsed
from scanner.commands.baseline import baseline
from scanner.commands.choice import selected
from scanner.commands.settings import scan_options
from scanner.evaluate import EVERYONE
from scanner.gate import Decision, Gate, decide
from scanner.model import Gone, Judged, Problem, Results, Track
from scanner.policies import BUILT_IN, load
from scanner.reports import Style, encoded, writer
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files
from scanner.trend import tracked

ROOT = Path(__file__).parent.parent.parent
CONTOSO = ["examples/contoso/fleet.ndjson", "examples/contoso/guestfacts.ndjson", "examples/contoso/instanceviews.json"]
STYLE = Style(anchor="infra/snapready.yaml")

Scan = tuple[Results, Decision]


def raw(name: str, results: Results, decision: Decision, style: Style = STYLE) -> bytes:
    """The whole report as its file holds it."""
    return b"".join(encoded(writer(name)(results, decision, style)))


def report(name: str, results: Results, decision: Decision, style: Style = STYLE) -> str:
    """The whole report as text."""
    return raw(name, results, decision, style).decode("utf-8")


@cache
def contoso(*, all_evidence: bool = False) -> Scan:
    """The example fleet, as a golden file shows it whatever the version."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        options = Options(now="2026-11-22T01:00:00Z", closely=EVERYONE if all_evidence else None)
        found = scan(Files(CONTOSO), list(load([BUILT_IN]).values()), options)
    finally:
        os.chdir(before)
    results = replace(found, run=replace(found.run, version="0.0.0"))
    return results, decide(results, Gate())


@cache
def unknown_stops() -> Scan:
    """The same under `--unknown fail`."""
    results, _ = contoso()
    return results, decide(results, Gate("error", unknown_fails=True))


@cache
def incomplete() -> Scan:
    """The same with a file that was cut short."""
    results, _ = contoso()
    problems = (
        Problem("the file ends in the middle of a row", "my fleet/rows.ndjson", 412, incomplete=True),
        Problem("2 rows came again under an id already read; the last one counts", count=2),
    )
    found = replace(results, run=replace(results.run, problems=problems))
    return found, decide(found, Gate())


@cache
def nothing() -> Scan:
    """A fleet of none."""
    results, _ = contoso()
    found = replace(results, judged=tuple(Judged(each.policy, [], []) for each in results.judged), standings={})
    return found, decide(found, Gate())


@cache
def nightly() -> Scan:
    """The example of a nightly gate: held to the night before, with waivers."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        args = parsed(["scan", *CONTOSO, "--config", "examples/nightly/snapready.yaml"])
        found = scan(Files(CONTOSO), selected(args), scan_options(args))
        last = baseline(args)
        assert last is not None
        results = tracked(last, found, args.baseline)
    finally:
        os.chdir(before)
    results = replace(results, run=replace(results.run, version="0.0.0"))
    return results, decide(results, Gate(args.fail_on, only_new=args.only_new))


@cache
def gone() -> Scan:
    """The same when a VM that failed is no longer there, and one that was judged is no longer known."""
    results, decision = nightly()
    assert results.baseline is not None
    first = next(judged for judged in results.judged if judged.policy.id == "agent-version")
    unknown = next(at for at, outcome in enumerate(first.outcomes) if outcome.verdict == "unknown")
    left = Gone(
        first.policy.id, first.subjects[0]._replace(id="/s/x/Gone", key="/s/x/gone", name="Gone"), "error", "old"
    )
    tracks = {**results.tracks, (first.policy.id, first.subjects[unknown].key): Track("lost")}
    return replace(results, baseline=replace(results.baseline, gone=(left,)), tracks=tracks), decision


SCANS = {
    "contoso": contoso,
    "unknown-stops": unknown_stops,
    "incomplete": incomplete,
    "nothing": nothing,
    "nightly": nightly,
    "gone": gone,
}
