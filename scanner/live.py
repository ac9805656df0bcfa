"""A live collection as the command line asks for it: sign-in, progress, where it is kept, and what becomes of it."""

import logging
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scanner.ledger import Ledger
from scanner.model import Fields, Row, SnapreadyError, Stage
from scanner.sources.azure.clock import Clock
from scanner.sources.azure.clouds import place
from scanner.sources.azure.collect import Collection
from scanner.sources.azure.progress import Progress, said
from scanner.sources.azure.scope import Scope
from scanner.sources.azure.service import Service
from scanner.sources.azure.signin import Identity, credential_of
from scanner.sources.snapshot import Snapshot
from scanner.sources.spool import Spool

_OLDEST = timedelta(hours=24)
"""What was read longer ago than that is not gone on with: one snapshot must not hold two days."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user may say about a live source. `retry_for`: seconds for which one request is tried again."""

    scope: Scope = field(default_factory=Scope)
    cloud: str = "public"
    endpoint: str | None = None
    credential: str | None = None
    retry_for: float = 300.0
    verbose: bool = False


class Live:
    """Azure as the source of a scan, and of a snapshot.

    `row_types`: what is asked for. `save`: the file that what is read is kept in, if any.
    """

    stage: Stage = "live"

    def __init__(
        self,
        asked: Asked,
        now: str,
        *,
        row_types: frozenset[str],
        save: str | None = None,
        resume: bool = False,
        clock: Clock | None = None,
        identity: Identity | None = None,
    ) -> None:
        self._asked = asked
        self._now = now
        self._row_types = row_types
        self._save, self._saved = (_file(save) if save else None), save
        self._resume = resume
        self._clock = clock or Clock()
        self._identity = identity
        self._place = place(asked.cloud, asked.endpoint)
        self._log: Callable[[str], None] = lambda text: print(f"snapready: {text}", file=sys.stderr, flush=True)
        if resume and self._save is None:
            raise SnapreadyError("--resume goes on with what --save keeps; give --save FILE again")

    def hints(self, _subject: str, _wanted: Mapping[str, Fields]) -> list[str]:
        """None: rows of what runs leave nothing open that a plan would settle."""
        return []

    def choices(self, _subject: str) -> int:
        """None: what runs refers to what it refers to."""
        return 0

    def variants(self) -> list[Any]:
        """None, for the same reason."""
        return []

    def rows(self, fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row) of every row that some fact reads, while others are still being fetched."""
        with _Running(self, self._row_types) as collection:
            snapshot = Snapshot([], fields, ledger)
            yield from snapshot.collected(self._place.name(), collection.lines(), collection.header, self._saved)
            if self._save is not None:
                collection.spool.write(self._save, collection.header(), collection.parts())

    def snapshot(self, *, mask: bool) -> dict[str, Any]:
        """Collects into the file, and gives the header it begins with."""
        assert self._save is not None
        with _Running(self, self._row_types) as collection:
            collection.wait()
            header, change = collection.header(), None
            if mask:
                from scanner.masked import masked

                scope = self._asked.scope
                names = [*scope.management_groups, *scope.subscriptions, *scope.expected, *header["collected"]]
                header, change = masked(header, collection.spool, collection.parts(), names)
            collection.spool.write(self._save, header, collection.parts(), change)
        return header

    def _service(self) -> Service:
        for name in ("azure", "urllib3", "msal", "requests"):  # their own warnings would stand between our lines
            logging.getLogger(name).addHandler(logging.NullHandler())
        identity = self._identity
        if identity is None:
            cloud = self._place.cloud
            credential = None if self._place.plain else credential_of(self._asked.credential, cloud.authority)
            identity = Identity(credential, cloud.scope)
        log = (lambda text: self._log(text)) if self._asked.verbose else None
        return Service(self._place, identity, self._clock, retry_for=self._asked.retry_for, log=log)

    def _opened(self, row_types: frozenset[str]) -> Collection:
        """A collection that is about to start, or to go on."""
        service = self._service()
        folder = (
            Path(tempfile.mkdtemp(prefix="snapready-"))
            if self._save is None
            else self._save.with_name(f"{self._save.name}.part")
        )
        spool = Spool(folder, durable=self._save is not None)
        collection = Collection(service, spool, self._asked.scope, row_types, self._now)
        try:
            if self._resume and spool.resume():
                self._may_go_on(collection, spool.about)
            elif self._resume:
                self._log("nothing to go on with: starting from the beginning")
        except BaseException:
            spool.close(forget=False)
            service.close()
            raise
        return collection

    def _may_go_on(self, collection: Collection, about: Mapping[str, Any]) -> None:
        """Raises SnapreadyError where what was read before is of another question, or too old."""
        kept = dict(about)
        taken_at, begun = str(kept.pop("takenAt", "")), str(kept.pop("begun", ""))
        if kept != collection.about():
            raise SnapreadyError(
                f"{collection.spool.folder} holds what another command began (other scope, policies, endpoint or"
                " version): give the same options, or start again without --resume"
            )
        try:
            age = datetime.fromisoformat(self._now) - datetime.fromisoformat(begun)
        except ValueError:
            age = _OLDEST * 2
        if abs(age) > _OLDEST:
            raise SnapreadyError(
                f"{collection.spool.folder} holds what was read from {taken_at} on, more than a day ago: start again"
                " without --resume"
            )
        self._log(f"going on with what was read from {taken_at} on")


def _file(name: str) -> Path:
    """The file to write; raises SnapreadyError where none can be there."""
    path = Path(name)
    if path.is_symlink():
        path = path.resolve()  # what it points to is written, and the link stays
    if not path.parent.is_dir():
        raise SnapreadyError(f"{path}: the folder {path.parent} is not there")
    if path.is_dir():
        raise SnapreadyError(f"{path} is a folder; name a file")
    if path.exists() and not path.is_file():  # the finished file takes the place of what is there
        raise SnapreadyError(f"{path} is no ordinary file; name one")
    return path


class _Running:
    """A collection from its start to its end; what was kept goes only when all of it has been written elsewhere."""

    def __init__(self, live: Live, row_types: frozenset[str]) -> None:
        self._live = live
        self._row_types = row_types

    def __enter__(self) -> Collection:
        live = self._live
        self._collection = live._opened(self._row_types)
        self._progress = Progress(self._collection)
        live._log = self._progress.__enter__()
        self._started = live._clock.now()
        try:
            self._collection.start()
        except BaseException:
            self._end(whole=False)
            raise
        return self._collection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        whole = kind is None
        if whole:
            live = self._live
            live._log(said(self._collection, live._clock.now() - self._started))
        self._end(whole=whole)

    def _end(self, *, whole: bool) -> None:
        spool, keep = self._collection.spool, not whole and self._live._save is not None
        try:
            self._progress.__exit__()
            self._collection.stop()
        finally:
            spool.close(forget=not keep)
        if keep and spool.about:
            print(f"snapready: what was read is kept in {spool.folder}: --resume goes on", file=sys.stderr)


def faults(header: Mapping[str, Any]) -> list[str]:
    """Why a snapshot is not all that was asked for; none where it is."""
    found = [problem["message"] for problem in header["problems"] if problem["incomplete"]]
    for subscription, entries in sorted(header["collected"].items()):
        found += [
            f"{row_type} of subscription {subscription}: {entry['error']}"
            for row_type, entry in sorted(entries.items())
            if entry.get("error")
        ]
    return found
