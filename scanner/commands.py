"""What each command does, from parsed arguments to an exit code; heavy modules are loaded where they are needed."""

import gc
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.inputs import hours, listed
from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.model import Results, Row
    from scanner.policy import Policy
    from scanner.scan import Options, Source


def _library(args: Namespace) -> dict[str, "Policy"]:
    from scanner.policies import BUILT_IN, load

    return load([BUILT_IN, *(Path(folder) for folder in args.policies or ())], _overrides(getattr(args, "set", None)))


def _overrides(values: Sequence[str] | None) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for text in values or ():
        name, equals, value = text.partition("=")
        policy, dot, parameter = name.partition(".")
        if not (equals and dot and parameter):
            raise SnapreadyError(f"--set: {text!r} is not POLICY.NAME=VALUE")
        found.setdefault(policy.strip(), {})[parameter.strip()] = value
    return found


def _selected(args: Namespace) -> list["Policy"]:
    """The policies to judge; raises where an id is not known or none is left."""
    from scanner.language.parse import suggest

    library = _library(args)
    chosen = listed(args.select)
    if args.select and not chosen:
        raise SnapreadyError("--select: no policy is named")
    for name in chosen:
        if name not in library:
            raise SnapreadyError(
                f"--select: there is no policy {name!r}{suggest(name, library)}; see: snapready policies list"
            )
    if not library:
        raise SnapreadyError("no policy is there to judge by")
    return [library[name] for name in sorted(set(chosen) or library)]


def _options(args: Namespace, *, all_evidence: bool) -> "Options":
    from scanner.ledger import asserted
    from scanner.scan import Options

    return Options(
        now=utc_now(),
        taken_at=args.taken_at,
        max_age=hours("--max-age", args.max_age),
        group_tag=args.group_tag.strip(),
        collected=asserted(listed(args.collected)),
        all_evidence=all_evidence,
        parameters=_overrides(args.set),
        service_tags=tuple(_service_tags(file) for file in args.service_tags or ()),
    )


def _service_tags(file: str) -> "Row":
    """The file as a row; raises where it is no list of service tags, so that a mistyped name is not passed over."""
    import json

    from scanner.network.pack import date_in
    from scanner.network.tags import given
    from scanner.rowtypes import SERVICE_TAGS

    try:
        value = json.loads(Path(file).read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SnapreadyError(f"--service-tags: {file}: cannot be read as JSON: {why}") from None
    if given(value) is None:
        raise SnapreadyError(
            f"--service-tags: {file} holds no service tags: give Microsoft's ServiceTags_….json, or what"
            " az network list-service-tags -l REGION -o json prints"
        )
    return {
        "id": f"/snapready/serviceTags/option/{file}",
        "type": SERVICE_TAGS,
        "subscriptionId": "",
        "properties": {**value, "date": date_in(Path(file).name)},
    }


def scan_command(args: Namespace) -> int:
    """snapready scan"""
    from scanner import outputs
    from scanner.gate import Gate, decide
    from scanner.inputs import AZURE, source
    from scanner.scan import scan

    reports, anchor = outputs.asked(args.report), outputs.anchor(args.anchor)
    policies = _selected(args)
    gc.disable()  # rows make no cycles, and a collector that walks a whole fleet again and again doubles the time
    options = _options(args, all_evidence=args.evidence == "all")
    rows = source(args, policies, options.now)
    results = scan(rows, policies, options)
    if rows.stage == "overlay":
        results = _compared(args, rows, results, policies, options)
    decision = decide(results, Gate(args.fail_on, args.unknown == "fail", args.allow_empty, args.path == [AZURE]))
    outputs.write(reports, results, decision, anchor)
    outputs.close(results, decision)
    return decision.code


def _compared(
    args: Namespace, rows: "Source", after: "Results", policies: Sequence["Policy"], options: "Options"
) -> "Results":
    """The results with what the plan changes, against the same fleet as it runs; judged at the same time."""
    from dataclasses import replace

    from scanner.change import compared
    from scanner.scan import scan
    from scanner.sources.iac.overlay import Overlay
    from scanner.sources.snapshot import Files

    before = scan(Files(args.over), policies, replace(options, now=after.run.taken_at))
    cause = rows.cause if isinstance(rows, Overlay) else lambda *_: None
    return replace(compared(before, after, cause), standing_too=args.all)


def snapshot_command(args: Namespace) -> int:
    """snapready snapshot"""
    from scanner.evaluate import asked_rows
    from scanner.inputs import AZURE, asked
    from scanner.live import Live, faults

    if args.path != AZURE:
        raise SnapreadyError(f"snapshot: {args.path!r} is no source to collect from; there is azure")
    policies = _selected(args)
    live = Live(asked(args), utc_now(), row_types=asked_rows(policies), save=args.output, resume=args.resume)
    header = live.snapshot(mask=args.mask)
    wrong = faults(header)
    for message in wrong:
        print(f"snapready: incomplete: {message}", file=sys.stderr)
    for problem in header["problems"]:
        if not problem["incomplete"]:
            print(f"snapready: {problem['message']}", file=sys.stderr)
    print(f"snapready: wrote {args.output}; now: snapready scan {args.output}", file=sys.stderr)
    return 3 if wrong else 0


def utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def report_command(args: Namespace) -> int:
    """snapready report"""
    from scanner import outputs
    from scanner.results_file import read

    reports, anchor = outputs.asked(args.report), outputs.anchor(args.anchor)
    results, decision = read(args.results)
    outputs.write(reports, results, decision, anchor)
    print(f"snapready: the scan's exit code was {decision.code}: {decision.why}", file=sys.stderr)
    return 0


def explain_command(args: Namespace) -> int:
    """snapready explain"""
    from scanner.explanation import explain, find
    from scanner.inputs import source
    from scanner.scan import scan

    policies, options = _selected(args), _options(args, all_evidence=True)
    results = scan(source(args, policies, options.now), policies, options)
    subject = find(results, args.resource)
    sys.stdout.write(explain(results, subject))
    for problem in results.run.problems:
        if problem.incomplete:
            place = f"{problem.place()}: " if problem.place() else ""
            print(f"snapready: incomplete: {place}{problem.message}", file=sys.stderr)
    return 0


def query_command(args: Namespace) -> int:
    """snapready query"""
    from scanner.az_script import script
    from scanner.evaluate import asked_rows
    from scanner.queries import observed, queries

    row_types = sorted(asked_rows(_selected(args)))
    if args.az:
        sys.stdout.write(script(row_types))
        return 0
    for query in queries(row_types):
        print(query.text())
    if observed(row_types):
        print(f"not in Resource Graph, collected otherwise: {', '.join(observed(row_types))}", file=sys.stderr)
    return 0


def policies_list_command(args: Namespace) -> int:
    """snapready policies list"""
    library = _library(args)
    width = max((len(name) for name in library), default=0)
    for name, policy in library.items():
        head = policy.head
        print(f"{name:<{width}}  {head.severity:<7}  {head.reach:<14}  {head.title}")
    return 0


def policies_show_command(args: Namespace) -> int:
    """snapready policies show"""
    from scanner.policy_text import describe

    print(describe(_one(args)))
    return 0


def _one(args: Namespace) -> "Policy":
    from scanner.language.parse import suggest

    library = _library(args)
    if args.id not in library:
        raise SnapreadyError(f"there is no policy {args.id!r}{suggest(args.id, library)}; see: snapready policies list")
    return library[args.id]


def policies_test_command(args: Namespace) -> int:
    """snapready policies test"""
    from scanner.cases import run_cases

    library = _library(args)
    wanted = [_one_of(library, name) for name in listed(args.id)] or list(library.values())
    wrong = count = 0
    for policy in wanted:
        for result in run_cases(policy):
            count += 1
            wrong += bool(result.wrong)
            print(
                f"{'WRONG' if result.wrong else 'ok   '} {result.policy}/{result.case}  {result.wrong or result.reason}"
            )
    print(f"snapready: {count} cases of {len(wanted)} policies, {wrong} wrong", file=sys.stderr)
    return 1 if wrong else 0


def _one_of(library: Mapping[str, "Policy"], name: str) -> "Policy":
    from scanner.language.parse import suggest

    if name not in library:
        raise SnapreadyError(f"there is no policy {name!r}{suggest(name, library)}")
    return library[name]


def policies_lint_command(args: Namespace) -> int:
    """snapready policies lint"""
    from scanner.policies import BUILT_IN, lint

    folders = [Path(folder) for folder in args.policies or ()] or [BUILT_IN]
    errors = lint([BUILT_IN, *folders] if args.policies else folders)
    for error in errors:
        print(error)
    print(f"{len(errors)} policies are not valid" if errors else "every policy is valid")
    return 2 if errors else 0
