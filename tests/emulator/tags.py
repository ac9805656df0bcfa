"""The bundled table of service tags, as the service tags API would tell it."""

import json
from functools import cache
from importlib.resources import files

from scanner.network.pack import unpacked


def prefixes(low: int, high: int) -> list[str]:
    """The CIDR blocks that make up a range of IPv4 addresses, both ends included."""
    found = []
    while low <= high:
        size = low & -low if low else 1 << 32
        while size > high - low + 1:
            size >>= 1
        found.append(f"{low >> 24}.{low >> 16 & 255}.{low >> 8 & 255}.{low & 255}/{33 - size.bit_length()}")
        low += size
    return found


@cache
def bundled_reply() -> bytes:
    table = json.loads(files("scanner.network").joinpath("servicetags.json").read_bytes())
    values = []
    for name, packed in table["tags"].items():
        listed = [prefix for low, high in unpacked(packed) for prefix in prefixes(low, high)]
        region = name.partition(".")[2].lower()
        properties = {
            "changeNumber": str(table["changeNumber"]),
            "region": region,
            "systemService": name.partition(".")[0],
            "addressPrefixes": listed,
        }
        values.append({"name": name, "id": name, "properties": properties})
    head = {"name": table["cloud"], "id": table["cloud"], "type": "Microsoft.Network/serviceTags"}
    body = {**head, "changeNumber": str(table["changeNumber"]), "cloud": table["cloud"], "values": values}
    return json.dumps(body).encode()
