"""The commands and options of the command line, and what each runs."""

import argparse
from collections.abc import Sequence
from typing import Any

from scanner import __version__, commands
from scanner.reports import formats

FAIL_ON = ("error", "warning", "note", "never")


class Parser(argparse.ArgumentParser):
    """Options are never guessed from their beginning."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **settings})


def parsed(given: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command, with what snapready.yaml says where the command line says nothing."""
    args = parser().parse_args(given)
    if hasattr(args, "config"):
        from scanner.config.file import find
        from scanner.config.settings import settle

        args.configuration = find(args.config, none=args.no_config)
        args.held = {held.name: held for held in settle(args, args.configuration)}
    return args


def parser() -> argparse.ArgumentParser:
    """The parser of every command; `args.run(args)` runs the one that was given."""
    whole = Parser(
        prog="snapready",
        description="Tells, for every Azure VM, whether its next backup snapshot will work, and why not.",
    )
    whole.add_argument("--version", action="version", version=f"snapready {__version__}")
    verbs = whole.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    config_options = Parser(add_help=False)
    config_options.add_argument(
        "--config", metavar="FILE", help="what holds where no option says otherwise; default: snapready.yaml, if there"
    )
    config_options.add_argument("--no-config", action="store_true", help="pass over snapready.yaml")
    policies_options = Parser(add_help=False, parents=[config_options])
    policies_options.add_argument(
        "--policies", metavar="DIR", action="append", help="a folder of your own policies; repeats"
    )
    choice = Parser(add_help=False, parents=[policies_options])
    choice.add_argument("--select", metavar="ID", action="append", help="only these policies; repeats, or takes commas")
    choice.add_argument("--set", metavar="POLICY.NAME=VALUE", action="append", help="a policy's parameter; repeats")
    input_options = Parser(add_help=False)
    input_options.add_argument(
        "path",
        metavar="PATH",
        nargs="+",
        help="saved rows (files, folders, - for standard input), templates or plans; the word azure is Azure itself",
    )
    judging = Parser(add_help=False)
    judging.add_argument(
        "--max-age", metavar="AGE", help="guest facts older than this are stale (8d, 36h); default: 8d"
    )
    input_options.add_argument(
        "--taken-at", metavar="TIME", help="when the rows were taken, where they do not say (ISO 8601)"
    )
    input_options.add_argument(
        "--collected", metavar="TYPE", action="append", help="types of which PATH holds all rows, or all"
    )
    judging.add_argument(
        "--group-tag",
        metavar="NAME",
        help="VMs with the same value of this tag are one group of backups (backup-group); '' for none",
    )
    judging.add_argument(
        "--waivers",
        metavar="FILE",
        help="findings that are accepted for a while; default: snapready.waivers.yaml beside snapready.yaml, if there",
    )
    judging.add_argument(
        "--service-tags",
        metavar="FILE",
        action="append",
        help="service tags that win over the bundled ones (Microsoft's public list or the API's reply); repeats",
    )

    live_options = Parser(add_help=False)
    live = live_options.add_argument_group("Azure itself (azure instead of PATH)")
    live.add_argument("--subscription", metavar="ID", action="append", help="only these; repeats, or takes commas")
    live.add_argument("--management-group", metavar="ID", action="append", help="those below it; repeats, or commas")
    live.add_argument(
        "--expect-subscriptions",
        metavar="FILE",
        help="subscriptions that must be among what can be read: ids, one a line, or what az account list prints",
    )
    live.add_argument(
        "--credential",
        choices=("azure-cli", "managed-identity", "workload-identity", "environment"),
        help="how to sign in; default: whatever works (DefaultAzureCredential)",
    )
    live.add_argument("--cloud", choices=("public", "usgovernment", "china"), default="public")
    live.add_argument("--endpoint", metavar="URL", help="instead of the cloud's own Resource Manager endpoint")
    live.add_argument(
        "--retry-for", metavar="TIME", default="5m", help="how long one request is tried again before it is given up"
    )
    live.add_argument("--verbose", action="store_true", help="say every request, without tokens")
    live.add_argument(
        "--resume", action="store_true", help="go on with what an interrupted run has read (with --save or -o)"
    )

    report_options = Parser(add_help=False)
    report_options.add_argument(
        "--report",
        metavar="FORMAT=FILE",
        action="append",
        help=f"{', '.join(formats())}; repeats; FILE - is stdout; default: text=-;"
        " a scan also keeps evidence=FOLDER or evidence=FILE.zip",
    )
    report_options.add_argument(
        "--anchor",
        metavar="FILE",
        help="the file of your repository that findings hang on in sarif-github; "
        "default: snapready.yaml, the first workflow, or README.md",
    )

    plan_options = Parser(add_help=False)
    plan = plan_options.add_argument_group("infrastructure code (templates and plans as PATH)")
    plan.add_argument(
        "--as",
        dest="kind",
        choices=("rows", "arm", "bicep", "bicep-snapshot", "terraform", "what-if"),
        help="what PATH holds, where its beginning does not tell",
    )
    plan.add_argument(
        "--parameters", metavar="FILE|NAME=VALUE", action="append", help="of a template; repeats, later ones win"
    )
    plan.add_argument("--scope", metavar="ID", help="where it would be deployed: /subscriptions/ID/resourceGroups/NAME")
    plan.add_argument("--location", metavar="REGION", help="the region of the resource group it would be deployed to")
    plan.add_argument(
        "--source", metavar="DIR", help="the folder of a Terraform plan's .tf files, to point at their lines"
    )
    plan.add_argument(
        "--over", metavar="SNAPSHOT", action="append", help="judge this fleet as the plan would change it; repeats"
    )
    plan.add_argument(
        "--all", action="store_true", help="with --over: count also findings that the plan does not make worse"
    )

    plan.add_argument("--complete", action="store_true", help="with --over: the template is deployed in complete mode")

    gate = Parser(add_help=False)
    gate.add_argument("--fail-on", choices=FAIL_ON, help="exit 1 from this severity; default: error")
    gate.add_argument(
        "--unknown", choices=("warn", "fail"), help="whether an unknown stops the gate too; default: warn"
    )

    gate.add_argument(
        "--only-new",
        action="store_const",
        const=True,
        help="with --baseline: only what it does not have stops the gate: findings that are new or back, lost verdicts",
    )
    gate.add_argument("--baseline", metavar="RESULTS.json", help="an earlier run, to tell what is new, fixed or lost")
    gate.add_argument("--no-baseline", action="store_true", help="pass over the one that snapready.yaml names")

    scan = verbs.add_parser(
        "scan",
        parents=[input_options, judging, choice, gate, report_options, live_options, plan_options],
        help="judge saved rows, Azure itself, or what a plan would create",
    )
    scan.add_argument("--save", metavar="FILE", help="with azure: keep what was read as a snapshot, too")
    scan.add_argument(
        "--evidence", choices=("all",), help="keep the evidence of every result, not of fail and unknown only"
    )
    scan.add_argument("--allow-empty", action="store_true", help="nothing to judge is exit 0, not 2")
    scan.set_defaults(run=commands.scan_command)

    snapshot = verbs.add_parser(
        "snapshot", parents=[choice, live_options], help="collect what the policies need into a file"
    )
    snapshot.add_argument("path", metavar="azure", help="where from: azure")
    snapshot.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="the snapshot (NDJSON; gzip for a name that ends in .gz)"
    )
    snapshot.add_argument(
        "--mask", action="store_true", help="replace the names of subscriptions, tenants and resources, consistently"
    )
    snapshot.set_defaults(run=commands.snapshot_command)

    explain = verbs.add_parser(
        "explain",
        parents=[choice, live_options, plan_options],
        help="why one resource got its verdicts, and what to do; or which policies speak to an error",
    )
    explain.add_argument("resource", metavar="RESOURCE", nargs="?", help="an id, or a name if only one resource has it")
    explain.add_argument("path", metavar="PATH", nargs="*", help="as for scan; needed with RESOURCE")
    for action in (*input_options._actions, *judging._actions):
        if action.dest != "path":
            explain._add_action(action)
    explain.add_argument(
        "--error",
        metavar="TEXT",
        help="the code or message of a failed backup, or its whole job; - is standard input. Alone: who speaks to"
        " it; with RESOURCE: only those policies",
    )
    explain.add_argument("--full", action="store_true", help="every fact, reason and step, of what passes too")
    explain.set_defaults(run=commands.explain_command)

    schedules = verbs.add_parser(
        "schedules",
        parents=[input_options, judging, choice, live_options, plan_options],
        help="when the backups of each group start, and which VMs to move where too many start at once",
    )
    schedules.add_argument(
        "--group",
        metavar="NAME",
        action="append",
        help="only these groups: a name, RESOURCE-GROUP/NAME or an id; repeats, or takes commas",
    )
    schedules.add_argument(
        "--format", choices=("text", "json"), default="text", help="how it is written; default: text"
    )
    schedules.add_argument(
        "--az", action="store_true", help="a shell script that moves the VMs with az; changes nothing"
    )
    schedules.set_defaults(run=commands.schedules_command)

    fix = verbs.add_parser(
        "fix",
        parents=[input_options, judging, choice, live_options, plan_options],
        help="write what would repair each finding, proved on the rows, as scripts and code; runs nothing",
    )
    fix.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder they are written to")
    fix.add_argument("--force", action="store_true", help="also into a folder that holds other files")
    fix.set_defaults(run=commands.fix_command)

    report = verbs.add_parser("report", parents=[report_options], help="write other reports of a results.json")
    report.add_argument("results", metavar="RESULTS.json", help="what --report json=FILE wrote; - is standard input")
    report.set_defaults(run=commands.report_command)

    compare = verbs.add_parser(
        "compare", parents=[report_options], help="what is new, fixed or lost between two results.json"
    )
    compare.add_argument("before", metavar="BEFORE.json", help="the earlier results")
    compare.add_argument("after", metavar="AFTER.json", help="the later results; - is standard input")
    compare.add_argument("--fail-on", choices=FAIL_ON, help="be a gate: exit 1 from this severity")
    compare.add_argument(
        "--only-new", action="store_true", help="be a gate: exit 1 for findings that are new or back, and lost verdicts"
    )
    compare.set_defaults(run=commands.compare_command)

    verify = verbs.add_parser("verify", help="judge an evidence pack again, and name what was altered")
    verify.add_argument("pack", metavar="PACK", help="what --report evidence=PACK wrote: a folder or a zip file")
    verify.set_defaults(run=commands.verify_command)

    query = verbs.add_parser("query", parents=[choice], help="the Resource Graph queries that the policies need")
    query.add_argument(
        "--az", action="store_true", help="a read-only shell script that runs them with az into a snapshot"
    )
    query.set_defaults(run=commands.query_command)

    waive = verbs.add_parser("waive", parents=[policies_options], help="accept a finding for a while")
    waive.add_argument("policy", metavar="POLICY", help="a policy's id, or a pattern")
    waive.add_argument("resource", metavar="RESOURCE", help="an id or a pattern of ids; with --results a name, too")
    waive.add_argument("--owner", metavar="WHO", required=True, help="who answers for it")
    waive.add_argument("--reason", metavar="TEXT", required=True, help="why it is accepted")
    waive.add_argument("--expires", metavar="DAY", required=True, help="the last day it holds, in UTC: 2026-12-31")
    waive.add_argument("--ticket", metavar="ID", help="where it is followed up")
    waive.add_argument("--results", metavar="RESULTS.json", help="the results with the finding; - is standard input")
    waive.add_argument(
        "--waivers", metavar="FILE", help="where to add it; default: snapready.waivers.yaml beside snapready.yaml"
    )
    waive.set_defaults(run=commands.waive_command)
    guest_script = verbs.add_parser(
        "guest-script", help="a small read-only script for inside VMs, which prints guest facts as JSON"
    )
    guest_script.add_argument("system", choices=("linux", "windows"), help="for which guests")
    guest_script.set_defaults(run=commands.guest_script_command)

    ingest = verbs.add_parser(
        "ingest", help="make rows of guest facts of what Run Command, Machine Configuration or a tool gave back"
    )
    ingest.add_argument(
        "path",
        metavar="PATH",
        nargs="+",
        help="outputs of the guest script, replies of az and REST that hold them, CSV; files, folders, - for standard"
        " input",
    )
    ingest.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        required=True,
        help="the rows (NDJSON; gzip for a name that ends in .gz); - is standard output",
    )
    ingest.add_argument("--vm", metavar="ID", help="the VM that the one output is of, where it does not say so itself")
    ingest.add_argument(
        "--map",
        metavar="FILE",
        help="the VMs by file name: lines NAME,ID, or what az vm list -o json prints; else a file's place tells:"
        " SUBSCRIPTION/GROUP/VM.json",
    )
    ingest.add_argument(
        "--collected-at", metavar="TIME", help="when the guests were looked at, where outputs do not say (ISO 8601)"
    )
    ingest.add_argument("--source", metavar="WORD", help="what looked, where outputs do not say (ansible, cmdb, …)")
    ingest.set_defaults(run=commands.ingest_command)

    config = verbs.add_parser("config", help="what snapready.yaml says, and what holds")
    asks = config.add_subparsers(required=True, metavar="ACTION", parser_class=Parser)
    held = asks.add_parser(
        "show", parents=[choice, report_options, judging, gate], help="every setting that holds, and who says so"
    )
    held.set_defaults(run=commands.config_show_command)
    asks.add_parser("schema", help="the JSON Schema of snapready.yaml, for editors").set_defaults(
        run=commands.config_schema_command
    )

    policies = verbs.add_parser("policies", help="list, show, test and lint policies")
    actions = policies.add_subparsers(required=True, metavar="ACTION", parser_class=Parser)
    actions.add_parser("list", parents=[policies_options], help="id, severity, reach and title of each").set_defaults(
        run=commands.policies_list_command
    )
    show = actions.add_parser("show", parents=[policies_options], help="all of one policy")
    show.add_argument("id", metavar="ID")
    show.set_defaults(run=commands.policies_show_command)
    test = actions.add_parser("test", parents=[policies_options], help="run policies on their own cases")
    test.add_argument("id", metavar="ID", nargs="*")
    test.add_argument("--coverage", action="store_true", help="which conditions the cases show true, false, not known")
    test.add_argument("--mutate", action="store_true", help="which slips of the author no case would tell")
    test.add_argument(
        "--least", metavar="PERCENT", type=int, default=0, help="with --mutate: exit 1 where fewer would be noticed"
    )
    test.set_defaults(run=commands.policies_test_command)
    new = actions.add_parser("new", parents=[policies_options], help="a policy with its cases, to be changed")
    new.add_argument("id", metavar="ID")
    new.add_argument("--resource", metavar="TYPE", default="microsoft.compute/virtualmachines")
    new.set_defaults(run=commands.policies_new_command)
    docs = actions.add_parser("docs", parents=[policies_options], help="a reference page of the policies, as Markdown")
    docs.set_defaults(run=commands.policies_docs_command)
    lint = actions.add_parser("lint", parents=[policies_options], help="check that policies are valid")
    lint.set_defaults(run=commands.policies_lint_command)
    return whole
