"""Reads snapready.waivers.yaml: who accepts which findings until when, each waiver with its place."""

from datetime import date
from pathlib import Path

from scanner.authored import Part, read
from scanner.model import Origin, Waiver

NAME = "snapready.waivers.yaml"


def read_waivers(file: str, shown: str = "") -> tuple[Waiver, ...]:
    """The waivers of the file, in their order; `shown`: the name it is spoken of by. Raises AuthoringError."""
    whole = read(Path(file), "waivers", "the waivers file", shown or file).part("waivers")
    found: dict[tuple[object, ...], Waiver] = {}
    for part in whole.parts() if whole is not None else ():
        waiver = _waiver(part)
        same = found.setdefault((waiver.policies, waiver.resources, waiver.expires), waiver)
        if same is not waiver and same.origin is not None:
            raise part.error(f"the same waiver stands at line {same.origin.line}")
    return tuple(found.values())


def _waiver(part: Part) -> Waiver:
    value = part.value
    created, expires = (_day(part, name) for name in ("created", "expires"))
    if created and created > expires:
        raise part.error(f"it expires on {expires}, before it was created on {created}", ("expires",))
    line, column, _ = part.document.place(part.steps)
    return Waiver(
        _texts(value["policy"]),
        tuple(text.lower().rstrip("/") for text in _texts(value["resource"])),
        value["owner"].strip(),
        " ".join(value["reason"].split()),
        expires,
        value.get("ticket", "").strip(),
        created,
        origin=Origin(part.file, line, column),
    )


def _texts(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _day(part: Part, name: str) -> str:
    text: str = part.value.get(name, "")
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise part.error(f"{name}: {text!r} is no day of the calendar", (name,)) from None
