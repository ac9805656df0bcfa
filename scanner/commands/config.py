"""snapready config: which settings hold and who says so, and the schema of snapready.yaml."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.commands.choice import selected, set_by
from scanner.commands.command import Command, Parser
from scanner.commands.shared import choice_options, gate_options, judging_options, report_options
from scanner.commands.waiving import waivers_file

if TYPE_CHECKING:
    from scanner.authored import Part
    from scanner.config.settings import Held
    from scanner.policy import Policy


def config_show_command(args: Namespace) -> int:
    """snapready config show"""
    from scanner import outputs
    from scanner.config.settings import Held

    policies = selected(args)
    outputs.asked(args.report, args.held["reports"].place)
    args.held["waivers.file"] = _waivers(args)
    if args.no_baseline:
        args.held["baseline"] = Held("baseline", None, "--no-baseline")
        args.held["gate.only-new"] = Held("gate.only-new", False, "--no-baseline")
    given = set_by(args).params
    rows = list(args.held.values())
    for policy in policies:
        rows.append(Held(f"severity.{policy.id}", _severity(policy), _said(args, "severity", policy.id)))
        for name, value in policy.parameters.items():
            said = "--set" if name in given.get(policy.id, {}) else _said(args, "params", policy.id, name)
            rows.append(Held(f"params.{policy.id}.{name}", value, said))
    if args.configuration is not None:
        shown = {row.name for row in rows} | ({"policies.skip"} if args.select else set())  # then it is passed over
        everywhere = {f"params.{policy}.{name}": each for policy in given for name, each in given[policy].items()}
        for row in _leaves(args.configuration):
            scoped = everywhere.get(row.name.split(".", 2)[-1]) if row.name.startswith("scopes.") else None
            if scoped is not None:  # --set holds in every scope
                rows.append(Held(row.name, scoped.value, "--set"))
            elif not _covered(row.name, shown):
                rows.append(row)
    told = [(row.name, _text(row.value), row.place) for row in rows]
    wide, wider = (max(len(row[column]) for row in told) for column in (0, 1))
    for name, value, place in told:
        print(f"{name:<{wide}}  {value:<{min(wider, 60)}}  {place}")
    file = args.configuration.file if args.configuration is not None else "no snapready.yaml: options and defaults only"
    print(f"snapready: {file}", file=sys.stderr)
    return 0


def _waivers(args: Namespace) -> "Held":
    """The waivers file that holds, also one that nobody names."""
    from dataclasses import replace

    held: Held = args.held["waivers.file"]
    file = waivers_file(args)
    return held if held.value or file is None else replace(held, value=file, place="beside the configuration")


def _severity(policy: "Policy") -> str:
    """Its severities, the gravest first; of which one holds the policy's own page tells."""
    return " or ".join(dict.fromkeys(level for _, level in policy.severities))


def config_schema_command(_: Namespace) -> int:
    """snapready config schema"""
    from scanner.authored import schema_text

    sys.stdout.write(schema_text("config"))
    return 0


def _said(args: Namespace, section: str, policy: str, *name: str) -> str:
    """Who says what a parameter or a severity is."""
    part = args.configuration.part(section, policy, *name) if args.configuration is not None else None
    return "the policy" if part is None else part.place()


def _leaves(part: "Part") -> Iterator["Held"]:
    """Every value of the file that is neither a list nor a mapping, or is an empty one."""
    from scanner.config.settings import Held

    below = list(part.parts())
    flat = isinstance(part.value, list) and not any(isinstance(member.value, list | dict) for member in below)
    if flat or not below:
        yield Held(part.name(), part.value, part.place())
    else:
        for each in below:
            yield from _leaves(each)


def _covered(name: str, shown: set[str]) -> bool:
    return any(name == other or name.startswith(f"{other}.") for other in shown)


def _text(value: Any) -> str:
    if value is None or value == []:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value) or "''"


def _config_arguments(parser: Parser) -> None:
    asks = parser.add_subparsers(required=True, metavar="ACTION", parser_class=Parser)
    held = asks.add_parser(
        "show",
        parents=[choice_options(), report_options(), judging_options(), gate_options()],
        help="every setting that holds, and who says so",
    )
    held.set_defaults(run=config_show_command)
    asks.add_parser("schema", help="the JSON Schema of snapready.yaml, for editors").set_defaults(
        run=config_schema_command
    )


COMMANDS = (Command(130, "config", "what snapready.yaml says, and what holds", _config_arguments),)
