"""What each command does, from parsed arguments to an exit code; heavy modules are loaded where they are needed."""

import gc
import os
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.gate import Decision
    from scanner.model import Results
    from scanner.policy import Policy
    from scanner.reports import Style
    from scanner.scan import Options


def hours(text: str) -> float:
    """Hours of `8d`, `36h` or `90m`."""
    units = {"d": 24.0, "h": 1.0, "m": 1 / 60}
    try:
        return float(text[:-1]) * units[text[-1:]]
    except (ValueError, KeyError):
        raise SnapreadyError(f"--max-age: {text!r} is no age; write 8d, 36h or 90m") from None


def _listed(values: Sequence[str] | None) -> list[str]:
    """The words of an option that repeats or takes commas."""
    return [word.strip() for value in values or () for word in value.split(",") if word.strip()]


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
    chosen = _listed(args.select)
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
        now=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        taken_at=args.taken_at,
        max_age=hours(args.max_age),
        group_tag=args.group_tag.strip(),
        collected=asserted(_listed(args.collected)),
        all_evidence=all_evidence,
        parameters=_overrides(args.set),
    )


def _reports(args: Namespace) -> list[tuple[str, str]]:
    """(format, file) of every report asked for; raises before anything is read where one cannot be written."""
    from scanner.language.parse import suggest
    from scanner.reports import formats

    found = []
    for text in args.report or ["text=-"]:
        name, equals, file = text.partition("=")
        if name not in formats():
            raise SnapreadyError(
                f"--report: there is no format {name!r}{suggest(name, formats())}; there are {', '.join(formats())}"
            )
        if not equals or not file:
            raise SnapreadyError(f"--report: {text!r} is not FORMAT=FILE (FILE - is standard output)")
        if file != "-" and not Path(file).parent.is_dir():
            raise SnapreadyError(f"--report: the folder {Path(file).parent} is not there")
        found.append((name, file))
    if sum(file == "-" for _, file in found) > 1:
        raise SnapreadyError("--report: only one report can go to standard output")
    return found


def _style() -> "Style":
    from shutil import get_terminal_size

    from scanner.reports import Style

    terminal = sys.stdout.isatty()
    colour = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return Style(min(get_terminal_size((100, 24)).columns, 160) if terminal else 100, colour)


def _write(reports: list[tuple[str, str]], results: "Results", decision: "Decision") -> None:
    from scanner.reports import Style, writer

    for name, file in reports:
        style = _style() if file == "-" else Style()
        text = writer(name)(results, decision, style)
        if file == "-":
            sys.stdout.write(text)
            continue
        try:
            Path(file).write_text(text, "utf-8", errors="backslashreplace", newline="\n")
        except OSError as error:
            raise SnapreadyError(f"--report: {file} cannot be written: {error.strerror}") from None


def _closing(results: "Results", decision: "Decision") -> None:
    """The last lines on stderr: what is unknown by what would settle it, and why the exit code is what it is."""
    from scanner.facts.needs import NEEDS

    needs: Counter[str] = Counter()
    unknown = 0
    for judged in results.judged:
        for outcome in judged.outcomes:
            if outcome.verdict == "unknown":
                unknown += 1
                needs.update(outcome.needs or ("",))
    if unknown:
        told = ", ".join(f"{count} need {NEEDS.get(need, NEEDS['']).label}" for need, count in needs.most_common())
        print(f"snapready: {unknown} unknown: {told}", file=sys.stderr)
    print(f"snapready: exit {decision.code}: {decision.why}", file=sys.stderr)


def scan_command(args: Namespace) -> int:
    """snapready scan"""
    from scanner.gate import Gate, decide
    from scanner.scan import scan

    reports = _reports(args)
    policies = _selected(args)
    gc.disable()  # rows make no cycles, and a collector that walks a whole fleet again and again doubles the time
    results = scan(args.path, policies, _options(args, all_evidence=args.evidence == "all"))
    decision = decide(results, Gate(args.fail_on, args.unknown == "fail", args.allow_empty))
    _write(reports, results, decision)
    _closing(results, decision)
    return decision.code


def explain_command(args: Namespace) -> int:
    """snapready explain"""
    from scanner.explanation import explain, find
    from scanner.scan import scan

    results = scan(args.path, _selected(args), _options(args, all_evidence=True))
    subject = find(results, args.resource)
    sys.stdout.write(explain(results, subject))
    return 0


def query_command(args: Namespace) -> int:
    """snapready query"""
    from scanner.az_script import script
    from scanner.evaluate import needed_rows
    from scanner.queries import observed, queries

    row_types = list(needed_rows(_selected(args)))
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
    wanted = [_one_of(library, name) for name in _listed(args.id)] or list(library.values())
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
