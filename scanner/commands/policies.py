"""snapready policies: lists, shows, tests and lints policies."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands.choice import one_of, policies_of
from scanner.commands.command import Command, Parser
from scanner.commands.shared import policies_options
from scanner.inputs import listed
from scanner.model import several

if TYPE_CHECKING:
    from scanner.policy import Policy


def policies_list_command(args: Namespace) -> int:
    """snapready policies list"""
    library = policies_of(args)
    width = max((len(name) for name in library), default=0)
    for name, policy in library.items():
        head = policy.head
        print(f"{name:<{width}}  {head.severity:<7}  {head.reach:<14}  {head.title}")
    return 0


def policies_show_command(args: Namespace) -> int:
    """snapready policies show"""
    from scanner.policy_text import describe

    print(describe(one_of(policies_of(args), args.id)))
    return 0


def policies_test_command(args: Namespace) -> int:
    """snapready policies test"""
    from scanner.cases import run_cases
    from scanner.policies import BUILT_IN, load

    folders = [BUILT_IN, *map(Path, args.policies or ())]
    library = load(folders)  # as their authors wrote them: so are their cases
    wanted = [one_of(library, name) for name in listed(args.id)] or list(library.values())
    wrong = count = 0
    for policy in wanted:
        for result in run_cases(policy, folders):
            count += 1
            wrong += bool(result.wrong)
            if result.wrong or not (args.coverage or args.mutate):
                verdict = "WRONG" if result.wrong else "ok   "
                print(f"{verdict} {result.policy}/{result.case}  {result.wrong or result.reason}")
    if (args.coverage or args.mutate) and not wrong and _short_of(args, wanted, folders):
        return 1
    print(
        f"snapready: {several(count, 'case')} of {several(len(wanted), 'policy', 'policies')}, {wrong} wrong",
        file=sys.stderr,
    )
    return 1 if wrong else 0


def _short_of(args: Namespace, policies: Sequence["Policy"], folders: Sequence[Path]) -> bool:
    """Prints what the cases show and tell apart; whether a policy's score is below what was asked for."""
    from scanner.authoring.trial import Bench, percent

    short, told, every = [], 0, 0
    for policy in policies:
        bench = Bench(policy, folders)
        if args.coverage:
            clauses = bench.clauses()
            print(f"{policy.id}: {several(len(clauses), 'condition')}")
            for clause in clauses:
                lacking = f"   never {' or '.join(clause.missing())}" if clause.missing() else ""
                counts = f"{clause.true:>3} true {clause.false:>3} false {clause.unknown:>3} not known"
                print(f"  {counts}  {clause.where}: {clause.text}{lacking}")
        if args.mutate:
            trials = bench.told_apart()
            found, count = sum(bool(trial.case) for trial in trials), sum(not trial.idle for trial in trials)
            told, every = told + found, every + count
            share = percent(trials)
            print(f"{policy.id}: {found} of {count} slips would be noticed ({share}%)")
            for trial in trials:
                if not trial.case:
                    said = "it changes no verdict" if trial.idle else "no case tells it"
                    print(f"  {said}: {trial.where}: {trial.change}")
            short += [policy.id] if share < args.least else []
    if args.mutate and every:
        print(f"snapready: {told} of {every} slips would be noticed ({100 * told // every}%)", file=sys.stderr)
    if short:
        print(f"snapready: below --least {args.least}: {', '.join(short)}", file=sys.stderr)
    return bool(short)


def policies_lint_command(args: Namespace) -> int:
    """snapready policies lint"""
    from scanner.authoring.unreachable import doubts
    from scanner.policies import BUILT_IN, files, lint, load

    own = [Path(folder) for folder in args.policies or ()]
    errors = lint([BUILT_IN, *own])
    for error in errors:
        print(error)
    if errors:
        print(several(len(errors), "policy is not valid", "policies are not valid"))
        return 2
    library = load([BUILT_IN, *own])
    chosen = files(own or [BUILT_IN])
    said = [f"{chosen[name]}: {doubt}" for name in sorted(chosen) for doubt in doubts(library[name])]
    print("\n".join([*said, f"every policy is valid{f'; not meant: {len(said)}' if said else ''}"]))
    return 1 if said else 0


def policies_new_command(args: Namespace) -> int:
    """snapready policies new"""
    from scanner.authoring.scaffold import write_scaffold
    from scanner.policies import BUILT_IN

    folders = args.policies or ["policies"]
    for path in write_scaffold(Path(folders[0]), args.id, args.resource):
        print(path)
    if (BUILT_IN / args.id).is_dir():
        print(f"snapready: {args.id} is a built-in policy: yours takes its place", file=sys.stderr)
    print(
        f"snapready: change them, and try: snapready policies test {args.id} --policies {folders[0]}", file=sys.stderr
    )
    return 0


def policies_docs_command(args: Namespace) -> int:
    """snapready policies docs"""
    from scanner.authoring.pages import page
    from scanner.policies import BUILT_IN, files, load

    own = [Path(folder) for folder in args.policies or ()]
    library = load([BUILT_IN, *own])
    chosen = [library[name] for name in files(own or [BUILT_IN])]
    sys.stdout.write(page(chosen, "Written by `snapready policies docs`."))
    return 0


def _policies_arguments(parser: Parser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION", parser_class=Parser)
    actions.add_parser("list", parents=[policies_options()], help="id, severity, reach and title of each").set_defaults(
        run=policies_list_command
    )
    show = actions.add_parser("show", parents=[policies_options()], help="all of one policy")
    show.add_argument("id", metavar="ID")
    show.set_defaults(run=policies_show_command)
    test = actions.add_parser("test", parents=[policies_options()], help="run policies on their own cases")
    test.add_argument("id", metavar="ID", nargs="*")
    test.add_argument("--coverage", action="store_true", help="which conditions the cases show true, false, not known")
    test.add_argument("--mutate", action="store_true", help="which slips of the author no case would tell")
    test.add_argument(
        "--least", metavar="PERCENT", type=int, default=0, help="with --mutate: exit 1 where fewer would be noticed"
    )
    test.set_defaults(run=policies_test_command)
    new = actions.add_parser("new", parents=[policies_options()], help="a policy with its cases, to be changed")
    new.add_argument("id", metavar="ID")
    new.add_argument("--resource", metavar="TYPE", default="microsoft.compute/virtualmachines")
    new.set_defaults(run=policies_new_command)
    docs = actions.add_parser(
        "docs", parents=[policies_options()], help="a reference page of the policies, as Markdown"
    )
    docs.set_defaults(run=policies_docs_command)
    lint = actions.add_parser("lint", parents=[policies_options()], help="check that policies are valid")
    lint.set_defaults(run=policies_lint_command)


COMMANDS = (
    Command(
        140,
        "policies",
        "list, show, test and lint policies",
        _policies_arguments,
        exits="0 as it should be; 1 cases are wrong, or a score is below what was asked for",
    ),
)
