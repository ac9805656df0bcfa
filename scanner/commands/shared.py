"""The options that several commands share, each group made once."""

from functools import cache

from scanner.commands.command import Parser
from scanner.reports import formats

FAIL_ON = ("error", "warning", "note", "never")


@cache
def config_options() -> Parser:
    """Where settings come from."""
    found = Parser(add_help=False)
    found.add_argument(
        "--config", metavar="FILE", help="what holds where no option says otherwise; default: snapready.yaml, if there"
    )
    found.add_argument("--no-config", action="store_true", help="pass over snapready.yaml")
    return found


@cache
def policies_options() -> Parser:
    """Which policies there are."""
    found = Parser(add_help=False, parents=[config_options()])
    found.add_argument("--policies", metavar="DIR", action="append", help="a folder of your own policies; repeats")
    return found


@cache
def choice_options() -> Parser:
    """Which of them, and how they judge."""
    found = Parser(add_help=False, parents=[policies_options()])
    found.add_argument("--select", metavar="ID", action="append", help="only these policies; repeats, or takes commas")
    found.add_argument("--set", metavar="POLICY.NAME=VALUE", action="append", help="a policy's parameter; repeats")
    return found


@cache
def input_options() -> Parser:
    """What is read."""
    found = Parser(add_help=False)
    found.add_argument(
        "path",
        metavar="PATH",
        nargs="+",
        help="saved rows (files, folders, - for standard input), templates or plans; the word azure is Azure itself",
    )
    found.add_argument("--taken-at", metavar="TIME", help="when the rows were taken, where they do not say (ISO 8601)")
    found.add_argument(
        "--collected", metavar="TYPE", action="append", help="types of which PATH holds all rows, or all"
    )
    return found


@cache
def judging_options() -> Parser:
    """How it is judged."""
    found = Parser(add_help=False)
    found.add_argument("--max-age", metavar="AGE", help="guest facts older than this are stale (8d, 36h); default: 8d")
    found.add_argument(
        "--rows-max-age",
        metavar="AGE",
        help="a scan of rows that were taken longer ago is incomplete (exit 3); default: rows of any age are judged",
    )
    found.add_argument(
        "--group-tag",
        metavar="NAME",
        help="VMs with the same value of this tag are one group of backups (backup-group); '' for none",
    )
    found.add_argument(
        "--waivers",
        metavar="FILE",
        help="findings that are accepted for a while; default: snapready.waivers.yaml beside snapready.yaml, if there",
    )
    found.add_argument(
        "--service-tags",
        metavar="FILE",
        action="append",
        help="service tags that win over the bundled ones (Microsoft's public list or the API's reply); repeats",
    )
    return found


@cache
def live_options() -> Parser:
    """Azure itself."""
    found = Parser(add_help=False)
    live = found.add_argument_group("Azure itself (azure instead of PATH)")
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
    return found


@cache
def report_options() -> Parser:
    """What is written."""
    found = Parser(add_help=False)
    found.add_argument(
        "--report",
        metavar="FORMAT=FILE",
        action="append",
        help=f"{', '.join(formats())}; repeats; FILE - is stdout; default: text=-;"
        " a scan also keeps evidence=FOLDER or evidence=FILE.zip",
    )
    found.add_argument(
        "--anchor",
        metavar="FILE",
        help="the file of your repository that findings hang on in sarif-github; "
        "default: snapready.yaml, the first workflow, or README.md",
    )
    return found


@cache
def plan_options() -> Parser:
    """Infrastructure code."""
    found = Parser(add_help=False)
    plan = found.add_argument_group("infrastructure code (templates and plans as PATH)")
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
    return found


@cache
def gate_options() -> Parser:
    """When the exit code is 1."""
    found = Parser(add_help=False)
    found.add_argument("--fail-on", choices=FAIL_ON, help="exit 1 from this severity; default: error")
    found.add_argument(
        "--unknown", choices=("warn", "fail"), help="whether an unknown stops the gate too; default: warn"
    )

    found.add_argument(
        "--only-new",
        action="store_const",
        const=True,
        help="with --baseline: only what it does not have stops the gate: findings that are new or back, lost verdicts",
    )
    found.add_argument("--baseline", metavar="RESULTS.json", help="an earlier run, to tell what is new, fixed or lost")
    found.add_argument("--no-baseline", action="store_true", help="pass over the one that snapready.yaml names")
    return found
