"""snapready policies: lists, shows, tests and lints policies."""

import sys
from argparse import Namespace
from pathlib import Path

from scanner.commands.choice import one_of, policies_of
from scanner.inputs import listed


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

    library = load([BUILT_IN, *map(Path, args.policies or ())])  # as their authors wrote them: so are their cases
    wanted = [one_of(library, name) for name in listed(args.id)] or list(library.values())
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


def policies_lint_command(args: Namespace) -> int:
    """snapready policies lint"""
    from scanner.policies import BUILT_IN, lint

    folders = [Path(folder) for folder in args.policies or ()] or [BUILT_IN]
    errors = lint([BUILT_IN, *folders] if args.policies else folders)
    for error in errors:
        print(error)
    print(f"{len(errors)} policies are not valid" if errors else "every policy is valid")
    return 2 if errors else 0
