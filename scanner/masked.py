"""Masks a collected snapshot on its way to the file: one pass learns the names, the other replaces them."""

import secrets
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from scanner.mask import Mask
from scanner.sources.spool import Part, Spool

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def masked(
    header: dict[str, Any], spool: Spool, parts: Iterable[Part], names: Iterable[str]
) -> tuple[dict[str, Any], Callable[[bytes], bytes]]:
    """The masked header, and what is to be done to each row. `names`: those that stand in no row.

    The key is made here and kept nowhere: nobody can turn a masked name back, and two snapshots have no name in common.
    """
    mask = Mask(secrets.token_bytes(32))
    mask.learn_names(names)
    for part in parts:
        for line in spool.so_far(part):
            row = _row(line)
            if row is not None:
                mask.learn(row)

    def change(line: bytes) -> bytes:
        row = _row(line)
        return b"null" if row is None else _encode(mask.row(row))

    return _header(header, mask), change


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = _decode(line)
    except (msgspec.DecodeError, UnicodeError):
        return None  # what cannot be read cannot be masked, and must not go out as it is
    return row if isinstance(row, dict) else None


def _header(header: dict[str, Any], mask: Mask) -> dict[str, Any]:
    problems = [{**problem, "message": mask.text(problem["message"])} for problem in header["problems"]]
    collected = {
        mask.subscription(subscription): {name: _entry(entry, mask) for name, entry in entries.items()}
        for subscription, entries in header["collected"].items()
    }
    return {
        **header,
        "source": "Azure (masked)",
        "scope": mask.text(header["scope"]),
        "collected": collected,
        "problems": problems,
    }


def _entry(entry: dict[str, Any], mask: Mask) -> dict[str, Any]:
    return {**entry, "error": mask.text(entry["error"])} if "error" in entry else entry
