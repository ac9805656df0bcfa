"""snapready waive: adds a waiver for a finding to the waivers file."""

import sys
from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands.command import Command, Parser
from scanner.commands.settings import utc_now
from scanner.commands.shared import policies_options
from scanner.commands.waiving import longest, waivers_file
from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.model import Outcome, Results, Subject


def waive_command(args: Namespace) -> int:
    """snapready waive"""
    from scanner.waivers.file import NAME
    from scanner.waivers.write import added, put

    _known(args)
    today = utc_now()[:10]
    _term(args, today)
    resource, found = _resource(args)
    wanted = {
        "policy": args.policy,
        "resource": resource,
        "owner": _said("--owner", args.owner),
        "reason": _said("--reason", args.reason),
        **({"ticket": _said("--ticket", args.ticket)} if args.ticket is not None else {}),
        "created": today,
        "expires": args.expires,
    }
    _narrow(args.policy, resource)
    configured = args.configuration.file if args.configuration is not None else NAME
    file = args.waivers or waivers_file(args) or str(Path(configured).with_name(NAME))
    before = _text(file)
    if before.strip():
        _not_yet(file, args.policy, resource, utc_now())
    text, line = added(before, file, wanted)
    put(file, text)
    print(f"{file}:{line}: {args.policy} on {resource} is waived until {args.expires}")
    print(f"  {found}")
    return 0


def _known(args: Namespace) -> None:
    from scanner.commands.choice import one_of, policies_of

    if not set("*?") & set(args.policy):
        one_of(policies_of(args), args.policy)


def _said(option: str, text: str) -> str:
    """A text of the user on one line; raises where there is none."""
    found = " ".join(text.split())
    if not found:
        raise SnapreadyError(f"{option}: it says nothing")
    return found


def _term(args: Namespace, today: str) -> None:
    """Raises where the end is no day, lies before today, or is further away than the configuration allows."""
    try:
        end = date.fromisoformat(args.expires)
    except ValueError:
        raise SnapreadyError(f"--expires: {args.expires!r} is no day such as 2026-12-31") from None
    args.expires = end.isoformat()
    days, most = (end - date.fromisoformat(today)).days, longest(args.configuration)
    if days < 0:
        raise SnapreadyError(f"--expires: {args.expires} is over")
    if most is not None and days > most:
        place = args.configuration.place("waivers", "maximum")
        raise SnapreadyError(f"--expires: {args.expires} is in {days} days, and {place} allows {most}")


def _resource(args: Namespace) -> tuple[str, str]:
    """The id to write, and what is to be said of the finding."""
    if args.results is None:
        if not args.resource.startswith(("/", "*")):
            raise SnapreadyError(
                f"waive: {args.resource!r} is no id; a name is looked up among findings: --results RESULTS.json"
            )
        return args.resource.rstrip("/"), "whether that fails was not looked at: --results RESULTS.json does"
    from scanner.results_file import read

    results, _ = read(args.results)
    subject, outcome = _finding(results, args.policy, args.resource)
    return subject.id, f"{outcome.severity}: {outcome.reason}"


def _finding(results: "Results", policy: str, resource: str) -> "tuple[Subject, Outcome]":
    """The fail of that policy on the resource of that id or name; raises where there is none, or are several."""
    from scanner.language.parse import suggest

    key = resource.lower().rstrip("/")
    judged = next((judged for judged in results.judged if judged.policy.id == policy), None)
    if judged is None:
        raise SnapreadyError(f"waive: {policy} did not judge in these results: give a policy and a resource that fails")
    found = [
        (subject, outcome)
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if key in (subject.key, subject.name.lower())
    ]
    if not found:
        names = [subject.name.lower() for subject in judged.subjects]
        raise SnapreadyError(f"waive: {policy} judged no resource called {resource!r}{suggest(key, names)}")
    fails = [(subject, outcome) for subject, outcome in found if outcome.verdict == "fail"]
    if not fails:
        subject, outcome = found[0]
        raise SnapreadyError(f"waive: {policy} does not fail on {subject.name}: {outcome.verdict}: {outcome.reason}")
    if len(fails) > 1:
        ids = "\n  ".join(subject.id for subject, _ in fails)
        raise SnapreadyError(f"waive: {len(fails)} resources are called {resource!r}; give the id of one:\n  {ids}")
    return fails[0]


def _narrow(policy: str, resource: str) -> None:
    from scanner.model import Waiver
    from scanner.rowtypes import BACKUP_GROUP, VM
    from scanner.waivers.breadth import too_broad

    broad = too_broad(Waiver((policy,), (resource.lower(),), "", "", ""), (VM, BACKUP_GROUP))
    if broad is not None and broad[0] == "error":
        raise SnapreadyError(f"waive: {broad[1]}")
    if broad is not None:
        print(f"snapready: note: {broad[1]}", file=sys.stderr)


def _text(file: str) -> str:
    try:
        return Path(file).read_bytes().decode("utf-8") if Path(file).exists() else ""
    except (OSError, UnicodeError) as error:
        raise SnapreadyError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _not_yet(file: str, policy: str, resource: str, now: str) -> None:
    """Raises where a waiver that holds covers it already."""
    from scanner.waivers.file import read_waivers
    from scanner.waivers.held import Covering, Grant, Terms, held

    for each in Covering([held(Grant(one), Terms(), now) for one in read_waivers(file)], policy).of(resource.lower()):
        if not each.void and each.waiver.origin is not None:
            raise SnapreadyError(
                f"{each.waiver.origin.place()}: {policy} is waived there already, until {each.waiver.expires}"
            )


def _waive_arguments(parser: Parser) -> None:
    parser.add_argument("policy", metavar="POLICY", help="a policy's id, or a pattern")
    parser.add_argument("resource", metavar="RESOURCE", help="an id or a pattern of ids; with --results a name, too")
    parser.add_argument("--owner", metavar="WHO", required=True, help="who answers for it")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why it is accepted")
    parser.add_argument("--expires", metavar="DAY", required=True, help="the last day it holds, in UTC: 2026-12-31")
    parser.add_argument("--ticket", metavar="ID", help="where it is followed up")
    parser.add_argument("--results", metavar="RESULTS.json", help="the results with the finding; - is standard input")
    parser.add_argument(
        "--waivers", metavar="FILE", help="where to add it; default: snapready.waivers.yaml beside snapready.yaml"
    )
    parser.set_defaults(run=waive_command)


COMMANDS = (Command(100, "waive", "accept a finding for a while", _waive_arguments, (policies_options,)),)
