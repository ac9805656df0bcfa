"""The findings as data that the page's script draws: every text once, the gravest first, no more than a page bears."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from scanner.language.text import show
from scanner.language.words import epoch
from scanner.model import SEVERITIES, WAIVERS, Evidence, Outcome, PolicyHead, Results, Standing, State, Subject, several
from scanner.reports.parts.findings import Finding, every, state
from scanner.reports.parts.page.elements import prose
from scanner.reports.parts.summary import granted
from scanner.reports.parts.texts import block, shorten
from scanner.runbook import runbook

MOST = 50_000
"""Results that are listed: with 20 facts each the file stays below 40 MB, and a browser filters them at once."""
STATES: tuple[State, ...] = ("fail", "waived", "unknown", "pass", "not-applicable")
Lot = tuple[int, str]
"""Results of one policy and severity: the gravest come first."""
_FACTS, _VALUE, _REASON = 60, 1_000, 2_000


def chosen(results: Results, most: int = MOST) -> tuple[list[Finding], dict[State, int]]:
    """Which results are listed, worst first, and how many of each state are left out.

    Where not all of a state fit, each policy keeps as many as any other: one that fails everywhere hides none.
    """
    sizes: dict[State, Counter[Lot]] = {each: Counter() for each in STATES}
    for finding in every(results):
        sizes[state(results, finding)][_lot(finding)] += 1
    shares: dict[State, int] = {}
    left: dict[State, int] = {}
    room = most
    for each, lots in sizes.items():
        shares[each] = share = level(lots.values(), room)
        room -= sum(min(size, share) for size in lots.values())
        if surplus := sum(max(0, size - share) for size in lots.values()):
            left[each] = surplus
    kept: dict[State, defaultdict[Lot, list[Finding]]] = {each: defaultdict(list) for each in STATES}
    for finding in every(results):
        said = state(results, finding)
        lot = kept[said][_lot(finding)] if shares[said] else []
        if len(lot) < shares[said]:
            lot.append(finding)
    return [finding for lots in kept.values() for key in sorted(lots) for finding in lots[key]], left


def _lot(finding: Finding) -> Lot:
    return SEVERITIES.index(finding.outcome.severity), finding.policy.id


def level(sizes: Iterable[int], most: int) -> int:
    """The greatest number that each lot may keep so that all together keep at most `most`."""
    found = 0
    waiting = sorted(sizes)
    while waiting:
        share = most // len(waiting)
        if waiting[0] > share:
            return share
        found = waiting.pop(0)
        most -= found
    return found


class Data:
    """What is embedded; texts and outcomes that many results share stand in it once, and are named by their place."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._texts: dict[str, int] = {}
        self._known: dict[int, int] = {}
        self._told: dict[tuple[int, ...], int] = {}
        self._subjects: dict[str, int] = {}
        self._people: list[list[Any]] = []
        self._policies = {judged.policy.id: position for position, judged in enumerate(results.judged)}
        self._scopes = {judged.policy.id: judged.scopes for judged in results.judged}
        self._now = epoch(results.run.taken_at)

    def document(self, most: int = MOST) -> dict[str, Any]:
        """The whole of it."""
        kept, left = chosen(self._results, most)
        rows: list[int] = []
        more: dict[str, dict[str, Any]] = {}
        for number, finding in enumerate(kept):
            rows += [
                self._policies[finding.policy.id],
                self._subject(finding.subject),
                self._outcome(finding.outcome),
                STATES.index(state(self._results, finding)),
            ]
            if extra := self._extra(finding):
                more[str(number)] = extra
        run = self._results.run
        taken = "" if run.taken_from == "clock" else prose(run.taken_at[:16].replace("T", " ")) + "Z"
        return {
            "taken": taken,
            "overlay": bool(self._results.changes) and not self._results.standing_too,
            "left": left,
            "causes": {cause.number: cause.title for cause in runbook().causes},
            "policies": [_policy(judged.policy) for judged in self._results.judged],
            "subjects": self._people,
            "outcomes": list(self._told),
            "rows": rows,
            "more": more,
            "texts": list(self._texts),
        }

    def _text(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))

    def _subject(self, subject: Subject) -> int:
        place = self._subjects.get(subject.key)
        if place is None:
            place = self._subjects[subject.key] = len(self._people)
            name = prose(subject.name, 300)
            folder, slash, last = prose(subject.id, 12_000).rpartition("/")
            person = [
                name,
                self._text(prose(subject.resource_group, 300)),
                self._text(prose(subject.subscription, 300)),
                self._text(prose(subject.type.rsplit("/", 1)[-1], 100)),
                self._text(f"{folder}{slash}"),
                self._text(_standing(self._results.standings.get(subject.key))),
                self._text(self._looked(subject)),
            ]
            # An id is what its group and type have in common, and mostly the name.
            self._people.append(person if last == name else [*person, last])
        return place

    def _looked(self, subject: Subject) -> str:
        """When somebody looked inside the VM: "2026-11-21 23:00Z (2 hours before), by run-command"."""
        observed = self._results.observed.get(subject.key)
        if observed is None:
            return ""
        when = prose(observed.at[:16].replace("T", " ")) + "Z" if observed.at else "at an unknown time"
        seconds = epoch(observed.at)
        if seconds is not None and self._now is not None:
            when += f" ({ago((self._now - seconds) / 3600)})"
        return f"{when}, by {prose(observed.source, 100)}" if observed.source else when

    def _outcome(self, outcome: Outcome) -> int:
        """Those that say the same are one, whether they are one object or were read from a file."""
        place = self._known.get(id(outcome))
        if place is None:
            said, doubt = outcome.cause()
            words = [self._text(prose(said, _REASON)), self._text(prose(doubt, _REASON))]
            facts = [number for piece in outcome.evidence[:_FACTS] for number in self._piece(piece)]
            told = (SEVERITIES.index(outcome.severity), *words, *facts)
            place = self._known[id(outcome)] = self._told.setdefault(told, len(self._told))
        return place

    def _piece(self, piece: Evidence) -> list[int]:
        value = f"not known: {piece.unknown}" if piece.unknown else show(piece.value)
        return [
            self._text(prose(piece.fact, 200)),
            self._text(prose(value, _VALUE)),
            self._text(prose(piece.source, 400)),
        ]

    def _extra(self, finding: Finding) -> dict[str, Any]:
        """What few results have."""
        key = (finding.policy.id, finding.subject.key)
        results = self._results
        found: dict[str, Any] = {}
        track = results.tracks.get(key)
        if track is not None:
            found["trend"] = track.trend
            found["since"] = prose(track.since[:10])
        waiver = results.waivers.get(key)
        if waiver is not None:
            found["waiver"] = prose(granted(waiver))
        change = results.changes.get(key)
        if change is not None:
            found["effect"] = change.effect
            found["before"] = change.before or "new"
        origin = results.place(*key)
        if origin is not None:
            found["origin"] = prose(origin.place(), 500)
        scope = self._scopes[finding.policy.id].get(finding.subject.key)
        if scope:
            found["scope"] = prose(scope)
        return found


def _policy(head: PolicyHead) -> dict[str, Any]:
    source = head.source
    return {
        "id": prose(head.id, 200),
        "title": prose(head.title),
        "why": prose(head.why),
        "fix": shorten(block(head.fix), 8_000),
        "source": prose(" · ".join(part for part in (source.get("title", ""), source.get("read", "")) if part)),
        "url": safe_url(source.get("url", "")),
        "cause": head.cause,
        "reach": prose(head.reach),
        "errors": [prose(each, 300) for each in head.errors],
        "controls": [prose(f"{name} {control}", 200) for name, ids in head.controls.items() for control in ids],
        "parameters": [prose(f"{name} = {show(value)}", 500) for name, value in head.parameters.items()],
        "own": head.resource == WAIVERS,
    }


def safe_url(url: str) -> str:
    """A page of the web that may be linked to; "" for any other text."""
    return url if re.fullmatch(r"https://[\w./?=&%#~+:,;@-]{1,2000}", url, re.ASCII) else ""


def _standing(standing: Standing | None) -> str:
    """How a VM's backups stand, in a line."""
    if standing is None:
        return ""
    said = {True: "protected", False: "not protected", None: "not known to be protected"}[standing.protected]
    if standing.agentless:
        said += ", agentless"
    if standing.protected is False:
        return said
    if standing.time is None or epoch(standing.time) is None:
        return f"{said}; no backup is known"
    when = standing.time[:16].replace("T", " ")
    return prose(f"{said}; last backup {standing.status or 'ended no one knows how'} {when}Z", 300)


def ago(hours: float) -> str:
    """ "3 hours before", "2.5 days before" it was judged."""
    count = abs(hours)
    said = several(round(count), "hour") if count < 48 else several(round(count / 24), "day")
    return f"{said} {'before' if hours >= 0 else 'after'}"


def embedded(document: Mapping[str, Any]) -> str:
    """JSON that can stand in a script element: ASCII, and without a letter that HTML knows."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
