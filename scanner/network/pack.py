"""Makes the bundled table of service tags from Microsoft's public list, and reads its packed prefixes.

    python -m scanner.network.pack ServiceTags_Public_20251117.json [DATE] > scanner/network/servicetags.json

IPv4 only; of each tag its prefixes as they are listed (routes go by their lengths): the distance of each from the one
before, seven bits a byte, then its length, in base 85.
"""

import json
import re
import sys
from base64 import b85decode, b85encode
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scanner.network.intervals import Prefix, parse, prefixes_of


def packed(prefixes: Iterable[Prefix]) -> str:
    found = bytearray()
    before = 0
    for low, high in sorted(set(prefixes)):
        left, before = low - before, low
        while left > 127:
            found.append(left & 127 | 128)
            left >>= 7
        found.append(left)
        found.append(33 - (high - low + 1).bit_length())
    return b85encode(bytes(found)).decode()


def unpacked(text: str) -> tuple[Prefix, ...]:
    """Prefixes as (first, last) address, sorted; one may lie within another."""
    found = []
    low = distance = shift = 0
    told = iter(b85decode(text))
    for byte in told:
        distance |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            low += distance
            distance = shift = 0
            found.append((low, low + (1 << 32 - next(told)) - 1))
    return tuple(found)


def table(public: dict[str, Any], date: str) -> dict[str, Any]:
    """The value of servicetags.json; raises ValueError for a prefix that is no prefix."""
    tags = {}
    for entry in public["values"]:
        prefixes: list[Prefix] = []
        for prefix in entry["properties"]["addressPrefixes"]:
            found = parse(prefix)
            if found is None:
                raise ValueError(f"{entry['name']}: {prefix!r} is no address prefix")
            if found != "v6":
                prefixes += prefixes_of(*found[0])
        tags[entry["name"]] = packed(prefixes)
    head = {"changeNumber": public["changeNumber"], "cloud": public["cloud"], "date": date}
    return {**head, "tags": dict(sorted(tags.items()))}


def date_in(name: str) -> str:
    """The date in a file's name, ServiceTags_Public_20251117.json or …_2025-11-17.json; "" when there is none."""
    found = re.search(r"(20\d\d)-?([01]\d)-?([0-3]\d)", name)
    return "-".join(found.groups()) if found else ""


def main(arguments: list[str]) -> None:
    path = Path(arguments[0])
    date = arguments[1] if len(arguments) > 1 else date_in(path.name)
    if not date:
        raise SystemExit("the file's name does not say its date: give it as the second argument, 2025-11-17")
    made = table(json.loads(path.read_text("utf-8-sig")), date)
    sys.stdout.write(json.dumps(made, indent=0, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
