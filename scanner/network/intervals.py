"""Sets of IPv4 addresses as sorted ranges that neither overlap nor touch, both ends included."""

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

Intervals = tuple[tuple[int, int], ...]
Prefix = tuple[int, int]
"""The first and the last address of an address prefix."""

LAST = 2**32 - 1
NOTHING: Intervals = ()
EVERYTHING: Intervals = ((0, LAST),)


def normal(ranges: Iterable[tuple[int, int]]) -> Intervals:
    """Any ranges, in any order and overlapping, as a set."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            if high > found[-1][1]:
                found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return tuple(found)


def union(one: Intervals, other: Intervals) -> Intervals:
    if not one or not other:
        return one or other
    return normal((*one, *other))


def intersection(one: Intervals, other: Intervals) -> Intervals:
    if one == EVERYTHING:
        return other
    if other == EVERYTHING:
        return one
    few, many = (one, other) if len(one) < len(other) else (other, one)
    if len(few) * 8 < len(many):
        return _of_many(few, many)
    found: list[tuple[int, int]] = []
    here = there = 0
    while here < len(one) and there < len(other):
        low, high = max(one[here][0], other[there][0]), min(one[here][1], other[there][1])
        if low <= high:
            found.append((low, high))
        if one[here][1] < other[there][1]:
            here += 1
        else:
            there += 1
    return tuple(found)


def _of_many(few: Intervals, many: Intervals) -> Intervals:
    """The same where one set has far fewer ranges: each is looked up in the other."""
    found = []
    for first, last in few:
        at = bisect_right(many, (first, LAST + 1)) - 1
        at = max(at, 0)
        while at < len(many) and many[at][0] <= last:
            low, high = many[at]
            if high >= first:
                found.append((max(low, first), min(high, last)))
            at += 1
    return tuple(found)


def subtraction(one: Intervals, other: Intervals) -> Intervals:
    """What of `one` is not in `other`."""
    if not one or not other:
        return one
    found: list[tuple[int, int]] = []
    there = 0
    for first, last in one:
        low = first
        while there < len(other) and other[there][1] < low:
            there += 1
        at = there
        while at < len(other) and other[at][0] <= last:
            if other[at][0] > low:
                found.append((low, other[at][0] - 1))
            low = max(low, other[at][1] + 1)
            at += 1
        if low <= last:
            found.append((low, last))
    return tuple(found)


def size(ranges: Intervals) -> int:
    """How many addresses there are."""
    return sum(high - low + 1 for low, high in ranges)


def contains(ranges: Intervals, address: int) -> bool:
    return any(low <= address <= high for low, high in ranges)


def example(ranges: Intervals) -> str:
    """One address of the set: the first that is not the first of its range, which would look like a network."""
    low, high = ranges[0]
    return dotted(low + 1 if high > low else low)


def dotted(address: int) -> str:
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def address_of(text: str) -> int | None:
    """The number of a dotted IPv4 address; None for anything else."""
    parts = text.split(".")
    if len(parts) != 4:
        return None
    number = 0
    for part in parts:
        if not (part.isascii() and part.isdigit() and len(part) <= 3) or int(part) > 255:
            return None
        number = number << 8 | int(part)
    return number


@lru_cache(65536)
def parse(text: str) -> Intervals | Literal["v6"] | None:
    """The addresses of an IPv4 address, prefix or range "a-b"; "v6" for an IPv6 prefix, None for what is neither.

    Bits behind a prefix' length do not count, as Azure takes 10.0.0.5/24 for 10.0.0.0/24.
    """
    written = text.strip()
    if ":" in written:
        return "v6" if _is_v6(written) else None
    base, slash, length = written.partition("/")
    first = address_of(base.strip())
    if slash:
        if first is None or not (length.isascii() and length.isdigit() and len(length) <= 2 and int(length) <= 32):
            return None
        width = 32 - int(length)
        low = first >> width << width
        return ((low, low + (1 << width) - 1),)
    if first is not None:
        return ((first, first),)
    base, dash, end = written.partition("-")
    low_end, high_end = address_of(base.strip()), address_of(end.strip())
    if not dash or low_end is None or high_end is None or low_end > high_end:
        return None
    return ((low_end, high_end),)


def prefixes_of(low: int, high: int) -> list[Prefix]:
    """The fewest address prefixes that make up a range."""
    found = []
    while low <= high:
        width = min(low & -low or LAST + 1, 1 << (high - low + 1).bit_length() - 1)
        found.append((low, low + width - 1))
        low += width
    return found


def length_of(prefix: Prefix) -> int:
    """How many bits an address prefix fixes."""
    return 33 - (prefix[1] - prefix[0] + 1).bit_length()


def _is_v6(text: str) -> bool:
    from ipaddress import IPv6Network

    try:
        IPv6Network(text, strict=False)
    except ValueError:
        return False
    return True


def _set(*prefixes: str) -> Intervals:
    return normal(
        pair for prefix in prefixes for found in [parse(prefix)] if isinstance(found, tuple) for pair in found
    )


PRIVATE = _set("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
"""Addresses that are never reached over the Internet, but may lie in a virtual network or on premises."""

UNROUTED = _set("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
PLATFORM = _set("168.63.129.16", "169.254.169.254")
"""Azure's own host addresses, which only rules on the AzurePlatform… tags can filter."""

PUBLIC = subtraction(EVERYTHING, union(union(PRIVATE, UNROUTED), PLATFORM))
