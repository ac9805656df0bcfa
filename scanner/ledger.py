"""The coverage ledger: what was read of each row type in each subscription, and whether that was all there is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from scanner.model import Coverage, Origin, Problem
from scanner.rowtypes import SUBSCRIPTION, table_of

Key = tuple[str, str]
"""(row type, subscription id), both in lower case."""


@dataclass(slots=True)
class Claim:
    """What a snapshot's header says of one table or row type in one subscription."""

    received: int | None
    total: int | None
    error: str
    file: str
    needs: str = ""
    """The right without which no more of it could be seen: no fault of the collection, and yet not all."""


@dataclass(slots=True)
class Ledger:
    """Filled while sources read; asked by facts whether "none found" means "there is none"."""

    rows: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    claims: dict[Key, list[Claim]] = field(default_factory=lambda: defaultdict(list))
    problems: list[Problem] = field(default_factory=list)
    asserted: frozenset[str] = frozenset()
    taken_at: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    """Where the rows come from: what a header says, else the file's name."""
    origins: dict[str, Origin] = field(default_factory=dict)
    """Where the resource of an id (in lower case) is written, for rows that a plan makes."""
    planned: bool = False
    """The rows are what a plan would create, which mentions what it changes only."""
    created: set[str] = field(default_factory=set)
    """Ids (in lower case) of what a plan would create: of it nobody can have collected what refers to it."""
    fresh: set[str] = field(default_factory=set)
    """Ids (in lower case) of what cannot be there before a plan makes it: what refers to it, the plan states."""
    repeats: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    """Rows that came again under an id already read."""
    _whole: set[Key] = field(default_factory=set)
    _spoilt: set[Key] = field(default_factory=set)
    _short: dict[str, dict[Key, int]] = field(default_factory=dict)
    _lost: bool = False
    _answers: dict[Key, bool] = field(default_factory=dict)

    def take(self, other: "Ledger") -> None:
        """Fills a fresh ledger with what a source told another one. What is asserted and what repeats is its own."""
        for each in fields(self):
            if each.name not in ("asserted", "repeats", "_answers"):
                setattr(self, each.name, deepcopy(getattr(other, each.name)))

    def state(self) -> dict[str, Any]:
        """What a source told, as JSON can hold it; `restored` makes the same ledger of it."""
        return {
            "rows": [[*key, number] for key, number in self.rows.items()],
            "claims": [[*key, [asdict(claim) for claim in claims]] for key, claims in self.claims.items()],
            "problems": [asdict(problem) for problem in self.problems],
            "takenAt": self.taken_at,
            "scopes": self.scopes,
            "sources": self.sources,
            "whole": sorted(self._whole),
            "spoilt": sorted(self._spoilt),
            "short": {file: [[*key, number] for key, number in counts.items()] for file, counts in self._short.items()},
            "lost": self._lost,
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> "Ledger":
        """The ledger that `state` was made of; raises KeyError, TypeError or ValueError for anything else."""
        ledger = cls(taken_at=list(state["takenAt"]), scopes=list(state["scopes"]), sources=list(state["sources"]))
        ledger.rows.update(_counted(state["rows"]))
        ledger.claims.update(
            {(kind, sub): [Claim(**claim) for claim in claims] for kind, sub, claims in state["claims"]}
        )
        ledger.problems = [Problem(**problem) for problem in state["problems"]]
        ledger._whole = {(kind, sub) for kind, sub in state["whole"]}
        ledger._spoilt = {(kind, sub) for kind, sub in state["spoilt"]}
        ledger._short = {file: _counted(counts) for file, counts in state["short"].items()}
        ledger._lost = bool(state["lost"])
        return ledger

    def count(self, counts: dict[Key, int], *, whole: bool | None) -> None:
        """Adds the rows of one file or reply. `whole`: nothing contradicts that these are all rows of their types.

        False: they are known to be a part of more, which spoils "none found" for their types whatever another file
        says. None: the file's header speaks for them.
        """
        self._answers.clear()
        for key, number in counts.items():
            self.rows[key] += number
            if whole is not None:
                (self._whole if whole else self._spoilt).add(key)

    def claim(self, subscription: str, name: str, claim: Claim) -> None:
        """One entry of a header; `name` is a row type or a table."""
        self._answers.clear()
        self.claims[name.lower(), subscription.lower()].append(claim)

    def cut_short(self, file: str, counts: dict[Key, int]) -> None:
        """A part of `file` could not be read: of what its header promised, only these rows are surely in it."""
        self._answers.clear()
        self._short[file] = dict(counts)

    def lost(self) -> None:
        """A part of a file without a header could not be read: rows of any type may have been in it."""
        self._answers.clear()
        self._lost = True

    def collected(self, row_type: str, subscription: str) -> bool:
        """Whether every row of that type in that subscription has been read, so that none found means none."""
        if "all" in self.asserted or row_type in self.asserted:
            return True
        key = (row_type, subscription)
        if key not in self._answers:
            self._answers[key] = self._collected(key)
        return self._answers[key]

    def _collected(self, key: Key) -> bool:
        if key in self._spoilt:
            return False
        for name in (key[0], table_of(key[0])):
            if name and (name, key[1]) in self.claims:  # what a header says, good or bad, is heard before rows alone
                return self._kept((name, key[1]))
        return key in self._whole and not self._lost

    def right_missing(self, row_type: str, subscription: str) -> str:
        """The right that whoever collected lacked to read rows of that type there; "" where none is known."""
        return next((claim.needs for claim in self.claims.get((row_type, subscription), ()) if claim.needs), "")

    def _kept(self, key: Key) -> bool:
        claims = self.claims.get(key, [])
        return bool(claims) and not any(self._broken(key, claim) for claim in claims)

    def _broken(self, key: Key, claim: Claim) -> str:
        """Why a claim does not hold; "" when it does."""
        if claim.error:
            return claim.error
        if claim.needs:
            return f"needs {claim.needs}"
        if claim.received is not None and claim.total is not None and claim.received < claim.total:
            return f"{claim.received} of {claim.total} rows were received"
        promised = sum(each.received or 0 for each in self.claims[key])
        there = self.rows_of(*key)
        if there < promised:
            return f"{there} of the {promised} rows the header counts are in the input"
        largest = max(each.received or 0 for each in self.claims[key])
        distinct = there - _rows_of(self.repeats, *key)
        if distinct < largest:
            return f"{there} rows are in the input, but only {distinct} of {largest} the header counts: some came twice"
        if claim.file in self._short:
            if claim.received is None:
                return "a part of the file could not be read"
            promised = sum(each.received or 0 for each in self.claims[key] if each.file == claim.file)
            there = _rows_of(self._short[claim.file], *key)
            if there < promised:
                return f"{there} of the {promised} rows its header counts could be read"
        return ""

    def rows_of(self, name: str, subscription: str) -> int:
        """Rows read of a type, or of all types of a table."""
        return _rows_of(self.rows, name, subscription)

    def close(self) -> None:
        """To be called once when all is read: what headers promised and the input does not hold becomes a problem."""
        lacking: dict[tuple[str, str], set[Key]] = defaultdict(set)
        for key, claims in sorted(self.claims.items()):
            broken = next(((claim, why) for claim in claims if (why := self._broken(key, claim))), None)
            if broken is None:
                continue
            claim, why = broken
            if claim.needs and not claim.error:
                lacking[claim.file, claim.needs].add(key)
            elif key[0] == SUBSCRIPTION:
                message = f"subscription {key[1]} could not be read: {why}"
                self.problems.append(Problem(message, claim.file, incomplete=True))
            else:
                message = f"{key[0]} of subscription {key[1]} is not complete: {why}; collect it again"
                self.problems.append(Problem(message, claim.file, incomplete=True))
        for (file, needs), keys in sorted(lacking.items()):
            self.problems.append(Problem(_lacking(needs, keys), file))

    def none_of(self, row_types: Iterable[str]) -> bool:
        """Whether it is proved that there is not one row of these types in any subscription."""
        return bool(self.subscriptions()) and all(
            self.rows_of(row_type, subscription) == 0 and self.collected(row_type, subscription)
            for row_type in row_types
            for subscription in self.subscriptions()
        )

    def unasked(self, row_type: str) -> list[str]:
        """Subscriptions of which nobody tells whether there are rows of that type. Rows without a header tell of the
        others they came with, as one query answers for all subscriptions and names those that have some."""
        silent = [
            subscription
            for subscription in self.subscriptions()
            if not self.rows_of(row_type, subscription)
            and not self.collected(row_type, subscription)
            and not any((name, subscription) in self.claims for name in (row_type, table_of(row_type)))
        ]
        headed = {subscription for _, subscription in self.claims}
        some = any(self.rows_of(row_type, subscription) for subscription in self.subscriptions())
        return [subscription for subscription in silent if subscription in headed or not some]

    def coverage(self) -> list[Coverage]:
        """What was read, by subscription and row type (or table, where only a header speaks of it)."""
        keys = set(self.rows) | set(self.claims)
        return [self._entry(key) for key in sorted(keys, key=lambda key: (key[1], key[0]))]

    def _entry(self, key: Key) -> Coverage:
        claims = self.claims.get(key, [])
        totals = [claim.total for claim in claims if claim.total is not None]
        needs = next((claim.needs for claim in claims if claim.needs), "")
        error = next((why for claim in claims if not claim.needs and (why := self._broken(key, claim))), "")
        whole = self._kept(key) if "/" not in key[0] else self.collected(*key)
        return Coverage(key[1], key[0], self.rows_of(*key), whole, sum(totals) if totals else None, error, needs)

    def subscriptions(self) -> list[str]:
        """Every subscription that rows or headers name."""
        return sorted({sub for _, sub in (*self.rows, *self.claims) if sub})


def _counted(entries: Iterable[tuple[str, str, int]]) -> dict[Key, int]:
    return {(kind, sub): number for kind, sub, number in entries}


def _lacking(needs: str, keys: Iterable[Key]) -> str:
    names = sorted({name for _, name in keys})
    where = f"subscription {names[0]}" if len(names) == 1 else f"{len(names)} subscriptions"
    types = ", ".join(sorted({row_type.rsplit("/", 1)[-1] for row_type, _ in keys}))
    return f"not known in {where}, as the identity needs {needs}: {types}"


def _rows_of(counts: dict[Key, int], name: str, subscription: str) -> int:
    if "/" in name:
        return counts.get((name, subscription), 0)
    return sum(number for (kind, sub), number in counts.items() if sub == subscription and table_of(kind) == name)


def asserted(types: Iterable[str]) -> frozenset[str]:
    """The types of `--collected`, as the ledger compares them."""
    return frozenset(name.strip().lower() for name in types if name.strip())
