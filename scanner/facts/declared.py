"""What owners state of appliances, firewalls and proxies, with their names and the day it ends: never invented."""

from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import text
from scanner.facts.fleet import Fleet
from scanner.facts.vm import Vm
from scanner.language.shapes import FLAG, NUMBER, TEXT, list_of, record
from scanner.model import Problem, Row, Unknown
from scanner.network.declared import Declaration, holds_below, is_day, read
from scanner.network.intervals import address_of
from scanner.rowtypes import DECLARED, VM


class Proxy(msgspec.Struct, gc=False):
    """A proxy that VMs are stated to use. `scope`: the ids in lower case that this holds below; none: all."""

    host: str
    addresses: tuple[str, ...]
    port: int
    authenticated: bool
    owner: str
    date: str
    expires: str
    reason: str
    scope: tuple[str, ...]

    def said(self) -> str:
        return f"proxy {self.host}"


class Unread(msgspec.Struct, gc=False):
    """A statement that cannot be read, and so states nothing."""

    why: str


class Stated(msgspec.Struct, gc=False):
    """A row of type snapready/declared; `place`: where it is written."""

    what: Declaration | Proxy | Unread
    place: str


def _reduce(row: Row, key: str) -> Stated:
    properties = row.get("properties")
    place = text(properties.get("place")) if isinstance(properties, dict) else None
    if isinstance(properties, dict) and "proxy" in properties:
        return Stated(_proxy(properties), place or key)
    found = read(properties)
    return Stated(Unread(found) if isinstance(found, str) else found, place or key)


def _proxy(given: dict[str, Any]) -> Proxy | Unread:
    texts = [text(given.get(name)) for name in ("proxy", "owner", "date", "expires", "reason")]
    port, authenticated, scope = given.get("port"), given.get("authenticated"), given.get("scope")
    addresses = given.get("addresses", [given.get("proxy")])
    listed = isinstance(addresses, list) and all(
        isinstance(one, str) and address_of(one) is not None for one in addresses
    )
    below = scope if isinstance(scope, list) and all(isinstance(one, str) for one in scope) else None
    if None in texts or not addresses or not listed or not isinstance(port, int) or not isinstance(authenticated, bool):
        return Unread("a proxy needs its addresses, port, authenticated, owner, date, expires and reason")
    host, owner, date, expires, reason = map(str, texts)
    if not is_day(date) or not is_day(expires) or (scope is not None and below is None):
        return Unread("date and expires are days such as 2026-11-22, and scope is a list of ids")
    ids = tuple(one.lower().rstrip("/") for one in below or ())
    return Proxy(host, tuple(addresses), port, authenticated, owner, date, expires, reason, ids)


class Statements:
    """The statements of a scan: those that hold on its day, and those that have expired."""

    def __init__(self, fleet: Fleet) -> None:
        stated = [fleet.table("declared")[key] for key in sorted(fleet.table("declared"))]
        day = fleet.taken_at[:10]
        hops = [one.what for one in stated if isinstance(one.what, Declaration)]
        self.hops = tuple(one for one in hops if not one.expired(day))
        self.lapsed = tuple(one for one in hops if one.expired(day))
        proxies = [one.what for one in stated if isinstance(one.what, Proxy)]
        self.proxies = tuple(one for one in proxies if day <= one.expires)
        self.lapsed_proxies = tuple(one for one in proxies if day > one.expires)


def statements(fleet: Fleet) -> Statements:
    found: Statements = fleet.once("statements", Statements)
    return found


_NONE = Unknown("no proxy is declared for the VM", "declared")


def _declared_proxy(vm: Vm, fleet: Fleet) -> Any:
    stated = statements(fleet)
    holding = [one for one in stated.proxies if holds_below(one.scope, vm.subject.key)]
    if not holding:
        ended = next((one for one in stated.lapsed_proxies if holds_below(one.scope, vm.subject.key)), None)
        if ended is None:
            return _NONE
        return Unknown(f"what {ended.owner} declared of {ended.said()} expired on {ended.expires}", "declared")
    found = max(holding, key=lambda one: max(map(len, one.scope), default=0))  # the narrowest scope
    return {
        "host": found.host,
        "addresses": list(found.addresses),
        "port": found.port,
        "authenticated": found.authenticated,
        "owner": found.owner,
        "date": found.date,
        "expires": found.expires,
        "reason": found.reason,
    }


def _check(fleet: Fleet) -> list[Problem]:
    """What is stated and does not count, so that nobody wonders."""
    problems = []
    for key in sorted(fleet.table("declared")):
        one: Stated = fleet.table("declared")[key]
        file, _, line = one.place.rpartition(":")
        where = (file, int(line)) if line.isdigit() else (one.place, 0)
        if isinstance(one.what, Unread):
            problems.append(Problem(f"this declaration does not count: {one.what.why}", *where))
        elif fleet.taken_at[:10] > one.what.expires:
            what = one.what.said() if isinstance(one.what, Proxy) else one.what.written
            said = f"what {one.what.owner} declared of {what} expired on {one.what.expires} and no longer counts"
            problems.append(Problem(said, *where))
    return problems


HOP_READS = "[properties.[hop, allows, ports, owner, date, expires, reason, scope, place, proxy, addresses, port,"
HOP_READS += " authenticated]]"

FACTS = {
    "declared.proxy": Fact(
        "the proxy that an owner declares the VM to use, with owner, date, expires and reason",
        record(
            host=TEXT,
            addresses=list_of(TEXT),
            port=NUMBER,
            authenticated=FLAG,
            owner=TEXT,
            date=TEXT,
            expires=TEXT,
            reason=TEXT,
        ),
        {DECLARED: HOP_READS},
        _declared_proxy,
    ),
}

MODULE = FactModule(VM, FACTS, {"declared": Table(DECLARED, _reduce)}, check=_check)
