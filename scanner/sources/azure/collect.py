"""One collection of a live scope: which subscriptions, which queries, what beside them, and the header that tells all.

Reading, keeping and judging overlap: threads fill the spool, and the lines are taken from it in a fixed order.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from scanner import __version__
from scanner.model import SnapreadyError
from scanner.queries import Query, queries
from scanner.rowtypes import (
    GUEST_FACTS,
    INSTANCE_VIEW,
    LOCK,
    METRICS,
    RUN_COMMAND,
    SERVICE_TAGS,
    SUBSCRIPTION,
    VM,
)
from scanner.sources.azure import beside
from scanner.sources.azure.ahead import DEEP
from scanner.sources.azure.chain import Chain
from scanner.sources.azure.clock import Stopped
from scanner.sources.azure.crew import Crew
from scanner.sources.azure.desk import Desk
from scanner.sources.azure.rights import READ_RIGHTS, action_for, allows
from scanner.sources.azure.scope import Scope, Sight, look
from scanner.sources.azure.service import Service
from scanner.sources.spool import Part, Spool

_CHAINS, _BESIDE, _HELPERS = 6, 4, 12
"""Threads that read pages, that collect what Resource Graph does not show, and that help these."""
_PATIENCE = 1.0
"""Seconds that a collection which is given up waits for its threads; a pipeline that is cancelled gives it few."""


@dataclass(slots=True)
class Collection:
    """What is to be read, by whom it is read, and where it is kept. `row_types`: what the selected policies read."""

    service: Service
    spool: Spool
    scope: Scope
    row_types: frozenset[str]
    taken_at: str
    sight: Sight = field(default_factory=Sight)
    chains: list[Chain] = field(default_factory=list)
    _besides: list[Part] = field(default_factory=list)
    _crews: list[Crew] = field(default_factory=list)

    def about(self) -> dict[str, Any]:
        """What a later run must be about too, to go on with what this one has read."""
        return {
            "version": __version__,
            "endpoint": self.service.place.endpoint,
            "scope": [list(self.scope.subscriptions), list(self.scope.management_groups), list(self.scope.expected)],
            "rows": sorted(self.row_types),
        }

    def start(self) -> None:
        """Looks which subscriptions there are, and starts to read; raises SnapreadyError where none can be.

        The spool holds what an earlier run has read, or nothing yet.
        """
        part = self.spool.part("subscriptions")
        if part.result is None:
            self.sight = look(self.service, self.scope)
            begun = self.taken_at  # by this machine's clock, as a later run's age is
            if self.service.date is not None:
                self.taken_at = self.service.date.isoformat(timespec="seconds").replace("+00:00", "Z")
            self.spool.start({**self.about(), "takenAt": self.taken_at, "begun": begun})
            found = {"readable": self.sight.readable, "missing": self.sight.missing, "problems": self.sight.problems}
            self.spool.done(part, found)
        else:
            self.taken_at = self.spool.about["takenAt"]
            self.sight = Sight(part.result["readable"], part.result["missing"], part.result["problems"])
        chains, ahead = Crew(_CHAINS, "chain"), Crew(_CHAINS * DEEP, "ahead")
        desks, helpers = Crew(_BESIDE, "beside"), Crew(_HELPERS, "helper")
        self._crews = [chains, ahead, desks, helpers]
        desk = Desk(self.service, self.spool, helpers, self.taken_at)
        groups = self.sight.groups()
        wanted = self._wanted()
        for number, group in enumerate(groups):
            self._submit(desks, partial(beside.rights, desk, subscriptions=group), f"rights-{number:03}", shown=False)
        by_query: dict[Query, list[Chain]] = {}
        for query in queries(wanted):
            for number, group in enumerate(groups):
                chain = Chain(query, group, self.spool.part(f"{query.name()}-{number:03}"))
                self.chains.append(chain)
                by_query.setdefault(query, []).append(chain)
                self._run(chains, partial(self._read, chain, ahead))
        for number, group in enumerate(groups):
            self._start_beside(
                desks, desk, number, group, {query.types: found[number] for query, found in by_query.items()}
            )
        if SERVICE_TAGS in wanted:
            vms = [found for query, found in by_query.items() if query.types == (VM,)]
            self._submit(desks, lambda p: beside.service_tags(desk, p, self._first_vm(vms)), "service-tags")

    def _wanted(self) -> set[str]:
        wanted = set(self.row_types)
        if wanted & {INSTANCE_VIEW, METRICS, SERVICE_TAGS}:
            wanted.add(VM)
        return wanted

    def _start_beside(self, desks: Crew, desk: Desk, number: int, group: list[str], chains: dict[Any, Chain]) -> None:
        """What Resource Graph does not show of one group of subscriptions, as far as a policy asks for it."""
        wanted = self.row_types

        def vms() -> list[beside.Vm]:
            return list(beside.vms_in(self.spool.lines(chains[VM,].part)))

        if LOCK in wanted:
            self._submit(desks, lambda p: beside.locks(desk, p, group), f"locks-{number:03}")
        if GUEST_FACTS in wanted:
            named = chains[RUN_COMMAND,].part
            self._submit(
                desks,
                lambda p: beside.run_commands(desk, p, self.spool.lines(named)),
                f"run-command-outputs-{number:03}",
            )
        if INSTANCE_VIEW in wanted:
            self._submit(desks, lambda p: beside.instance_views(desk, p, vms()), f"instance-views-{number:03}")
        if METRICS in wanted:
            self._submit(desks, lambda p: beside.metrics(desk, p, vms()), f"metrics-{number:03}")

    def _first_vm(self, chains: list[list[Chain]]) -> beside.Vm | None:
        lines = (line for found in chains for chain in found for line in self.spool.lines(chain.part))
        return next(beside.vms_in(lines), None)

    def _submit(self, pool: Crew, work: Callable[[Part], None], name: str, *, shown: bool = True) -> None:
        part = self.spool.part(name)
        if shown:
            self._besides.append(part)
        if part.result is None:
            self._run(pool, lambda: work(part))

    def _read(self, chain: Chain, ahead: Crew) -> None:
        if chain.part.result is None:
            chain.read(self.service, self.spool, ahead)

    def _run(self, pool: Crew, work: Callable[[], None]) -> None:
        def guarded() -> None:
            if self.service.clock.stopped():
                return
            try:
                work()
            except Stopped:
                self.spool.fail(SnapreadyError("the collection was stopped"))
            except BaseException as error:  # whatever breaks a thread must break the run, not be lost with it
                self.spool.fail(error)
                self.service.clock.stop()

        pool.submit(guarded)

    def stop(self) -> None:
        """Ends every thread but those that hang in a read; what is half read stays in the spool."""
        self.service.clock.stop()
        self.spool.fail(Stopped())
        for crew in self._crews:
            crew.end()
        until = time.monotonic() + _PATIENCE
        for crew in self._crews:
            crew.wait(until)
        self.service.close()

    def parts(self) -> list[Part]:
        """The parts with rows, in the order of the snapshot. Of run commands only those with their output count."""
        return [*(chain.part for chain in self.chains if chain.query.types != (RUN_COMMAND,)), *self._besides]

    def together(self) -> list[list[Part]]:
        """The same parts, as they are read: so many chains at a time, then what is beside them one by one."""
        count = len(self.parts()) - len(self._besides)
        chains, besides = self.parts()[:count], self.parts()[count:]
        return [*(chains[at : at + _CHAINS] for at in range(0, count, _CHAINS)), *([part] for part in besides)]

    def lines(self) -> Iterator[bytes]:
        """Every row, as soon as it is there and all before it are."""
        for parts in self.together():
            yield from self.spool.lines(*parts)
        self.wait()

    def wait(self) -> None:
        """Until all is read; raises what broke a thread."""
        for part in self._all_parts():
            self.spool.until_done(part)

    def _all_parts(self) -> Iterable[Part]:
        names = [f"rights-{number:03}" for number in range(len(self.sight.groups()))]
        return [*(chain.part for chain in self.chains), *self._besides, *(self.spool.part(name) for name in names)]

    def header(self) -> dict[str, Any]:
        """The snapshot's first line, once all is read: the coverage ledger, and what is to be said."""
        sight, collected = self.sight, dict[str, dict[str, Any]]()
        problems = list(sight.problems)
        for subscription, why in sorted(sight.missing.items()):
            collected[subscription] = {SUBSCRIPTION: {"received": 0, "total": 1, "error": why}}
        for part in [*(chain.part for chain in self.chains), *self._besides]:
            for subscription, entries in (part.result or {}).get("entries", {}).items():
                collected.setdefault(subscription, {}).update(entries)
        rights = self._rights()
        for subscription, entries in collected.items():
            if subscription in rights:
                self._believe(subscription, entries, rights[subscription], problems)
        return {
            "version": 1,
            "takenAt": self.taken_at,
            "source": self.service.place.name(),
            "scope": self.scope.text(),
            "collected": collected,
            "problems": problems,
        }

    def _believe(self, subscription: str, entries: dict[str, Any], grants: Any, problems: list[dict[str, Any]]) -> None:
        """Only who may read a type in the whole subscription has seen all rows of it."""
        for row_type, entry in entries.items():
            if "error" in entry or "needs" in entry or row_type in _BESIDE_TYPES:
                continue
            if isinstance(grants, str):
                entry["needs"] = READ_RIGHTS
            elif not allows(grants, action_for(row_type)):
                entry["needs"] = f"{action_for(row_type)} in the whole subscription"
        message = ""
        if isinstance(grants, str) and grants != READ_RIGHTS:
            message = f"what the identity may read of subscription {subscription} could not be asked: {grants}"
        elif subscription in self.scope.subscriptions and isinstance(grants, str):
            message = (
                f"subscription {subscription} was asked for, and whether the identity sees all of it cannot be told:"
                f" it needs {READ_RIGHTS}"
            )
        elif subscription in self.scope.subscriptions and not allows(grants, action_for(VM)):
            message = (
                f"subscription {subscription} was asked for, and the identity may not read all of it: VMs that it"
                " cannot see are not judged; it needs the Reader role there"
            )
        if message:
            problems.append({"message": message, "incomplete": True})

    def _rights(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for number in range(len(self.sight.groups())):
            found.update((self.spool.part(f"rights-{number:03}").result or {}).get("rights", {}))
        return found


_BESIDE_TYPES = frozenset((INSTANCE_VIEW, LOCK, METRICS, SERVICE_TAGS, RUN_COMMAND))
