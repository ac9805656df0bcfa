"""What the options say of a scan: times, ages, what was collected."""

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.commands.choice import adjusted
from scanner.commands.waiving import waivers_file, waiving
from scanner.inputs import hours, listed
from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.evaluate import Closely
    from scanner.model import Row
    from scanner.scan import Options


def scan_options(args: Namespace, closely: "Closely | None" = None) -> "Options":
    """What the options say of a scan."""
    from scanner.config.declared import declared_rows
    from scanner.ledger import asserted
    from scanner.scan import Freshness, Options

    now, limit = utc_now(), args.rows_max_age
    return Options(
        now=now,
        taken_at=args.taken_at,
        max_age=hours("--max-age", args.max_age),
        freshness=Freshness(hours("--rows-max-age", limit), now) if limit is not None else None,
        group_tag=args.group_tag.strip(),
        collected=asserted(listed(args.collected)),
        closely=closely,
        parameters=_given(args),
        configuration=_files(args),
        waiving=waiving(args),
        service_tags=tuple(_service_tags(file) for file in args.service_tags or ()),
        declared=declared_rows(args.configuration),
    )


def _files(args: Namespace) -> tuple[str, ...]:
    """The files that say how to judge."""
    configuration = args.configuration.file if args.configuration is not None else None
    return tuple(file for file in (configuration, waivers_file(args)) if file is not None)


def _given(args: Namespace) -> dict[str, dict[str, Any]]:
    """The parameters that are not the policies' own, as the results tell them."""
    params = adjusted(args).params
    return {policy: {name: given.value for name, given in values.items()} for policy, values in params.items()}


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


def utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
