"""Tells what a JSON value is (row, header, reply, instance view) and how complete a reply says it is."""

from collections.abc import Iterator
from typing import Any

from scanner.model import Row
from scanner.rowtypes import INSTANCE_VIEW, RUN_COMMAND, VM
from scanner.sources.document import InvalidText

_LISTS = ("data", "value")
WHOLE_PAGES = (100, 1000)
"""Lengths at which `az graph query` stops unless told otherwise."""


def is_row(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str) and isinstance(value.get("type"), str)


def is_header(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("snapready"), dict)


def is_reply(value: Any) -> bool:
    """A reply of Resource Graph or of a list API: rows below `data` or `value`, or the old columns and rows."""
    if not isinstance(value, dict) or is_row(value):
        return False
    return _is_table(value) or any(isinstance(value.get(name), list) or _is_table(value.get(name)) for name in _LISTS)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("columns"), list) and isinstance(value.get("rows"), list)


def rows_of_reply(reply: dict[str, Any]) -> Iterator[Any]:
    """What a reply holds that should be rows; lists that were streamed before are empty here and give nothing."""
    for part in (reply.get("data"), reply.get("value"), reply):
        if isinstance(part, list):
            yield from part
        elif _is_table(part):
            yield from _table(part)


def _table(table: Any) -> Iterator[Any]:
    """The rows of a table as objects; one that has not a value for each column stays what it is."""
    names = [column.get("name") if isinstance(column, dict) else column for column in table["columns"]]
    for row in table["rows"]:
        whole = isinstance(row, list) and len(row) == len(names)
        yield dict(zip(names, row, strict=True)) if whole else row


def what_is_missing(reply: dict[str, Any], rows: int) -> str:
    """Why a reply with that many rows is not all there is; "" when it does not say so."""
    truncated = reply.get("resultTruncated", reply.get("result_truncated"))
    if truncated is True or (isinstance(truncated, str) and truncated.lower() == "true"):
        return "Resource Graph cut the result off (resultTruncated)"
    total = reply.get("total_records", reply.get("totalRecords"))
    if isinstance(total, int) and total > rows:
        return f"it holds {rows} of {total} rows"
    for name in ("skip_token", "$skipToken", "skipToken", "nextLink"):
        if reply.get(name):
            return f"it holds {rows} rows and says that more follow ({name})"
    return ""


def error_of(value: Any) -> str:
    """The message of an Azure error body; "" for anything else."""
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return ""
    details = error.get("details")
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else error
    return f"{first.get('code') or error.get('code')}: {first.get('message') or error.get('message')}"


def instance_view_row(value: Any) -> Row | None:
    """The row of what `az vm get-instance-view` prints, or `az vm run-command show --instance-view`.

    Both have the properties, and `instanceView` among them, at the top: of a VM, or of a run command.
    """
    if not is_row(value) or "properties" in value or value["type"].lower() not in (VM, RUN_COMMAND):
        return None
    view = value.get("instanceView")
    if not isinstance(view, dict):
        return None
    if value["type"].lower() == RUN_COMMAND:
        return {**value, "properties": value}
    return {"id": f"{value['id'].rstrip('/')}/instanceView", "type": INSTANCE_VIEW, "properties": view}


def what_it_is(value: Any) -> str:
    """What JSON without rows looks like, and what to do about it."""
    if isinstance(value, InvalidText):
        return "text that is not UTF-8: save it as UTF-8"
    if not isinstance(value, dict):
        return "JSON, but no row: a row is an object with id and type; keep both in the query"
    if error_of(value):
        return f"an error reply of Azure instead of rows ({error_of(value)})"
    if "deploymentTemplate" in str(value.get("$schema", "")):
        return "an ARM template, and not rows of what runs: give it as a file of its own, snapready scan main.json"
    if "planned_values" in value or "terraform_version" in value:
        return "a Terraform plan, and not rows of what runs: give it as a file of its own, snapready scan plan.json"
    if "vmAgent" in value or "statuses" in value:
        return "an instance view that names no VM: save the output of az vm get-instance-view -o json, which has the id"
    names = ", ".join(sorted(map(str, value))[:6])
    missing = " and ".join(name for name in ("id", "type") if not isinstance(value.get(name), str))
    if not names:
        return "an empty JSON object, and no row"
    if not missing:
        return "JSON, but no row: its id or type is empty"
    return f"JSON, but no row: it has no {missing} (its names: {names}); keep id and type in the query"
