"""The `declared:` of snapready.yaml as rows: what owners state of appliances, gateways, managers and proxies."""

from typing import Any

from scanner.authored import Part
from scanner.language.parse import suggest
from scanner.model import Row
from scanner.network.declared import destinations, hop_of, is_day, port_range
from scanner.network.intervals import address_of
from scanner.network.tags import bundled
from scanner.rowtypes import DECLARED


def declared_rows(config: Part | None) -> tuple[Row, ...]:
    """A row for each statement, as a snapshot could carry it; raises AuthoringError for one that says nothing."""
    section = config.part("declared") if config is not None else None
    return tuple(_row(entry) for entry in section.parts()) if section is not None else ()


def _row(entry: Part) -> Row:
    _dates(entry)
    given: dict[str, Any] = dict(entry.value)
    if "proxy" in given:
        _proxy(entry)
    else:
        _hop(entry)
        given["allows"] = _listed(given["allows"])
        given["ports"] = [str(port) for port in _listed(given["ports"])]
    if "scope" in given:
        given["scope"] = _scope(entry)
    line, _, _ = entry.place().removeprefix(f"{entry.file}:").partition(":")
    place = f"{entry.file}:{line}"
    identity = f"/snapready/declared/{place}"
    return {"id": identity, "type": DECLARED, "subscriptionId": "", "properties": {**given, "place": place}}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _dates(entry: Part) -> None:
    for name in ("date", "expires"):
        if not is_day(entry.value[name]):
            raise entry.error(f"{name}: {entry.value[name]!r} is no day", (name,), "write one such as 2026-11-22")
    if entry.value["expires"] < entry.value["date"]:
        raise entry.error("it expires before the day it was declared", ("expires",))


def _hop(entry: Part) -> None:
    hop = entry.value["hop"]
    ranges, named = hop_of(hop)
    if not ranges and not named:
        message = f"hop: {hop!r} is no IPv4 address or prefix, and no network manager's id"
        raise entry.error(f"{message}{suggest(hop, ['VirtualNetworkGateway'])}", ("hop",))
    tags = bundled()
    for position, text in enumerate(_listed(entry.value["allows"])):
        (named_tags, _), steps = destinations([text]), ("allows", position)
        for tag in named_tags:
            if tag and tag in tags:
                continue
            help = "give a service tag as Microsoft writes it, an IPv4 address or prefix, or * for all"
            near = suggest(text, list(tags.names.values()))
            raise entry.error(f"allows: {text!r} is neither a service tag nor a prefix{near}", steps, help)
    for position, port in enumerate(_listed(entry.value["ports"])):
        if port_range(str(port)) is None:
            raise entry.error(f"ports: {port!r} is no port and no range such as 8000-8080", ("ports", position))


def _proxy(entry: Part) -> None:
    addresses = entry.part("addresses")
    if addresses is None and address_of(entry.value["proxy"]) is None:
        raise entry.error("a proxy that is named needs its `addresses`", ("proxy",), "addresses: [10.0.0.100]")
    for one in addresses.parts() if addresses is not None else ():
        if address_of(one.value) is None:
            raise one.error(f"{one.value!r} is no IPv4 address")


def _scope(entry: Part) -> list[str]:
    found = [str(one).rstrip("/") for one in _listed(entry.value["scope"])]
    for position, one in enumerate(found):
        if not one.lower().startswith("/subscriptions/"):
            help = "give the id of a subscription, resource group, virtual network, subnet or VM"
            raise entry.error(f"scope: {one!r} is no resource id", ("scope", position), help)
    return found
