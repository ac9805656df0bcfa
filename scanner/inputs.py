"""Which source the command line asks for: saved rows, Azure itself, or plans, alone or laid over a fleet."""

import re
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.live import Asked
    from scanner.policy import Policy
    from scanner.source import Source
    from scanner.sources.iac.model import Plan
    from scanner.sources.iac.source import Plans

_PLAN_OPTIONS = ("parameters", "scope", "location", "source", "over", "all", "complete")
_SCOPE = re.compile(
    r"/|/subscriptions/[^/]+(/resourcegroups/[^/]+)?|/providers/microsoft\.management/managementgroups/[^/]+",
    re.IGNORECASE,
).fullmatch
AZURE = "azure"
_LIVE_OPTIONS = (
    "subscription",
    "management_group",
    "expect_subscriptions",
    "credential",
    "endpoint",
    "save",
    "resume",
    "verbose",
)


def hours(option: str, text: str) -> float:
    """Hours of `8d`, `36h`, `90m` or `45s`."""
    units = {"d": 24.0, "h": 1.0, "m": 1 / 60, "s": 1 / 3600}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not number.replace(".", "", 1).isdecimal():
        raise SnapreadyError(f"{option}: {text!r} is no length of time; write 8d, 36h, 90m or 45s")
    return float(number) * units[unit]


def listed(values: Sequence[str] | None) -> list[str]:
    """The words of an option that repeats or takes commas."""
    return [word.strip() for value in values or () for word in value.split(",") if word.strip()]


def source(args: Namespace, policies: Sequence["Policy"], now: str, *, also: frozenset[str] = frozenset()) -> "Source":
    """Azure itself for the one word azure, else the files named. `also`: row types that are asked for beside what the
    policies need."""
    from scanner.sources.iac.detect import kind_of
    from scanner.sources.snapshot import Files

    live = {name: value for name in _LIVE_OPTIONS if (value := getattr(args, name, None))}
    planned = next((name for name in _PLAN_OPTIONS if getattr(args, name, None)), "")
    if args.path == [AZURE] and planned:
        raise SnapreadyError(f"--{planned} is about infrastructure code, and azure is what runs")
    if args.path == [AZURE]:
        from scanner.live import Live

        wanted = row_types(args, policies) | also
        return Live(asked(args), now, row_types=wanted, save=getattr(args, "save", None), resume=args.resume)
    if AZURE in args.path:
        raise SnapreadyError("azure stands alone: judge files and Azure in two runs, or write ./azure for a file")
    if live:
        option = f"--{next(iter(live)).replace('_', '-')}"
        raise SnapreadyError(f"{option} is about Azure itself: snapready scan azure {option} …")
    planned_over = next((path for path in args.over or () if kind_of(path)), "")
    if planned_over:
        raise SnapreadyError(f"--over takes the rows of what runs, and {planned_over} is a plan")
    if _plan_kind(args):
        from scanner.sources.iac.overlay import Overlay

        plans = _plans(args)
        return Overlay(Files(args.over), plans) if args.over else plans
    if planned:
        raise SnapreadyError(
            f"--{planned} is about infrastructure code, and PATH holds saved rows (--as forces a kind)"
        )
    return Files(args.path)


def row_types(args: Namespace, policies: Sequence["Policy"]) -> frozenset[str]:
    """What must be asked for: what the policies need, and what waivers are made of."""
    from scanner.evaluate import asked_rows
    from scanner.facts.exemption import EXEMPTED

    mapped = args.configuration is not None and args.configuration.part("waivers", "exemptions") is not None
    return asked_rows(policies) | (frozenset(EXEMPTED) if mapped else frozenset())


def _plan_kind(args: Namespace) -> bool:
    """Whether PATH is infrastructure code; raises where only a part of it is."""
    from scanner.sources.iac.detect import kind_of

    if args.kind is not None:
        return bool(args.kind != "rows")
    kinds = {path: kind_of(path) for path in args.path}
    rows = [path for path, kind in kinds.items() if not kind]
    if rows and len(rows) < len(kinds):
        plan = next(path for path, kind in kinds.items() if kind)
        raise SnapreadyError(
            f"{plan} is a plan, and {rows[0]} holds rows: judge the plan over them with --over {rows[0]}"
        )
    return not rows


def _plans(args: Namespace) -> "Plans":
    from scanner.sources.iac.detect import read
    from scanner.sources.iac.model import Context
    from scanner.sources.iac.source import Plans

    if "-" in args.path:
        raise SnapreadyError("a plan is read from a file, so that findings can point into it: write it to one first")
    if args.scope and not _SCOPE(args.scope.rstrip("/") or "/"):
        raise SnapreadyError(f"--scope: {args.scope!r} is no scope: /subscriptions/ID/resourceGroups/NAME is one")
    context = Context(
        scope=(args.scope or "").rstrip("/"),
        location=args.location or "",
        parameters=tuple(args.parameters or ()),
        source=args.source or "",
    )
    plans = read(args.path, args.kind or "", context)
    if args.parameters and not any(plan.kind in ("arm", "bicep") for plan in plans):
        raise SnapreadyError("--parameters are those of a template, and PATH holds none")
    if args.complete:
        _complete(args, plans, context.scope)
    return Plans(plans, over=bool(args.over))


def _complete(args: Namespace, plans: Sequence["Plan"], scope: str) -> None:
    """Marks the resource group that a deployment in complete mode empties of what is not in the template."""
    from scanner.rowtypes import resource_group_of

    if not args.over:
        raise SnapreadyError("--complete: what it deletes is told by the fleet: give --over SNAPSHOT")
    if any(plan.kind in ("terraform", "what-if") for plan in plans):
        raise SnapreadyError("--complete is about templates: a Terraform plan and a what-if say what they delete")
    if not resource_group_of(scope) or scope.count("/") != 4:
        raise SnapreadyError("--complete: give the group it empties: --scope /subscriptions/ID/resourceGroups/NAME")
    for plan in plans:
        plan.complete = scope


def asked(args: Namespace) -> "Asked":
    """What the options say of a live source; raises SnapreadyError for what is no subscription."""
    from scanner.live import Asked
    from scanner.scopes import expected, ids
    from scanner.sources.azure.scope import Scope

    scope = Scope(
        ids(listed(args.subscription)),
        tuple(dict.fromkeys(listed(args.management_group))),
        expected(args.expect_subscriptions) if args.expect_subscriptions else (),
    )
    for name, given in (("--subscription", args.subscription), ("--management-group", args.management_group)):
        if given and not listed(given):  # an empty variable of a pipeline must not mean the whole tenant
            raise SnapreadyError(f"{name}: none is named")
    return Asked(
        scope, args.cloud, args.endpoint, args.credential, hours("--retry-for", args.retry_for) * 3600, args.verbose
    )
