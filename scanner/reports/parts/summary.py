"""The sentences that open and close a report for people: what was judged, how it stands, and how it was counted."""

from collections import Counter
from collections.abc import Callable

from scanner.gate import Gate
from scanner.model import WAIVERS, Results, Subject, Trend, Waiver, several
from scanner.reports.parts.findings import every, fails, idle, shown, state, subjects, with_verdict
from scanner.reports.parts.texts import clean, noun


def headline(results: Results) -> list[str]:
    """What was judged, when, how much of it, and how its backups stand."""
    run = results.run
    shown = [clean(source.rsplit("/", 1)[-1]) for source in run.sources]
    sources = ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")
    taken = clean(run.taken_at[:16].replace("T", " ")) + "Z"
    when = f"judged as of now, {taken} (the rows do not say when they were taken)"
    if run.stage == "plan":
        when = f"as it would be deployed, judged {taken}"
    kinds = Counter(subject.type for subject in subjects(results))
    subscriptions = len({subject.subscription for subject in subjects(results) if subject.type != WAIVERS})
    parts = [sources, when if run.taken_from == "clock" or run.stage == "plan" else f"taken {taken}"]
    if run.stage == "overlay":
        parts.insert(1, "the fleet as it would be after the change")
    if kinds:
        counted = ", ".join(noun(count, kind) for kind, count in sorted(kinds.items()))
        parts.append(f"{counted}, {several(subscriptions, 'subscription')}")
    if results.standings:
        parts += _standings(results)
    return parts


def _standings(results: Results) -> list[str]:
    known = results.standings.values()
    protected = sum(one.protected is True for one in known)
    agentless = sum(one.agentless is True for one in known)
    unsure = sum(one.protected is None for one in known)
    if results.run.stage == "plan":
        return _planned(protected, agentless, unsure)
    said = f"{protected:,} protected, {agentless:,} agentless"
    if unsure:
        said += f", {unsure:,} not known to be protected"
    overdue = next((judged for judged in results.judged if judged.policy.id == "last-backup-recent"), None)
    if overdue is not None:
        counts = overdue.tally()
        return [said, f"last backup failed or overdue: {counts['fail']:,}{_unknown(counts['unknown'])}"]
    failed = sum(one.completed is False for one in known)
    untold = sum(one.completed is None and one.protected is not False for one in known)
    return [said, f"last backup failed: {failed:,}{_unknown(untold)}"]


def _unknown(count: int) -> str:
    """Beside a count of what is wrong: of how many nobody can tell. Without it a 0 would read as all is well."""
    return f", {count:,} unknown" if count else ""


def _planned(protected: int, agentless: int, unsure: int) -> list[str]:
    """A plan tells what will be protected; how the last backup went, nobody can know before the first."""
    said = (
        [f"{protected:,} protected" + (f", {agentless:,} of them agentless" if agentless else "")] if protected else []
    )
    return [*said, *([f"{unsure:,} of unknown protection, judged as if protected"] if unsure else [])]


def reading(results: Results) -> str:
    """What the ledger says was read, of how much; "" where nothing in the input speaks of that."""
    entries = [entry for entry in results.run.coverage if entry.announced is not None or entry.needs or entry.error]
    if not entries:
        return ""
    rows = sum(entry.rows for entry in entries)
    kinds, subscriptions = (len({getattr(entry, name) for entry in entries}) for name in ("type", "subscription"))
    where = several(subscriptions, "subscription")
    said = f"read {several(rows, 'row')} of {several(kinds, 'type')} in {where}"
    short = sum(bool(entry.error) for entry in entries)
    unseen = sum(bool(entry.needs) for entry in entries)
    doubts = [f"{short:,} not whole"] if short else []
    doubts += [f"{unseen:,} not all to be seen by this identity"] if unseen else []
    if not doubts:
        return f"{said}: all that were announced"
    return f"{said}; of {len(entries):,} (type, subscription) {' and '.join(doubts)}"


def effects(results: Results) -> str:
    """What a plan laid over a fleet does, counted."""
    counts = Counter(change.effect for change in results.changes.values())
    standing = sum(
        state(results, finding) == "fail" and not results.heard(finding.policy.id, finding.subject.key)
        for finding in with_verdict(results, "fail")
    )
    worse = Counter(
        finding.outcome.verdict
        for finding in every(results)
        if (change := results.changes.get((finding.policy.id, finding.subject.key))) and change.effect == "worse"
    )
    split = f" ({worse['fail']:,} fail, {worse['unknown']:,} no longer known)" if worse["unknown"] else ""
    said = f"the change makes {several(counts['worse'], 'verdict')} worse{split}, {counts['better']:,} better"
    said += f", and leaves {counts['same']:,}"
    if not standing:
        return said
    return f"{said}; {several(standing, 'finding stands', 'findings stand')} as before, shown and counted with --all"


_TRENDS: tuple[Trend, ...] = ("new", "reappeared", "worse", "persisting", "fixed", "lost")
_RARE: tuple[Trend, ...] = ("worse",)
"""Not spoken of where there is none."""


def since(results: Results) -> tuple[str, str]:
    """The baseline's time, and what became of the results since then, counted; "" without a baseline."""
    if results.baseline is None:
        return "", ""
    counts = Counter(track.trend for track in results.tracks.values())
    gone = len(results.baseline.gone)
    told = [f"{counts[trend]:,} {trend}" for trend in _TRENDS if counts[trend] or trend not in _RARE]
    told += [f"{gone:,} gone with their resource"] if gone else []
    return clean(results.baseline.taken_at[:16].replace("T", " ")) + "Z", ", ".join(told)


def moved(results: Results, label: Callable[[Subject], str]) -> list[str]:
    """What was fixed or lost since the baseline, and what is gone, a line for each policy."""
    found: dict[tuple[str, str], list[str]] = {}
    for finding in every(results) if results.tracks else ():
        track = results.tracks.get((finding.policy.id, finding.subject.key))
        if track is not None and track.trend in ("fixed", "lost"):
            found.setdefault((track.trend, finding.policy.id), []).append(label(finding.subject))
    for gone in results.baseline.gone if results.baseline is not None else ():
        found.setdefault(("gone", gone.policy), []).append(label(gone.subject))
    lines = []
    for (word, policy), names in sorted(found.items(), key=lambda entry: (_ORDER.index(entry[0][0]), entry[0][1])):
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        lines.append(f"{word.upper()} {policy}: {', '.join(names[:_NAMED])}{more}")
    return lines


def standing(results: Results, gate: Gate) -> str:
    """Of a gate that what is new alone stops, how many findings were there before; "" where there are none."""
    if not gate.only_new:
        return ""
    counts = Counter(finding.policy.id for finding in fails(results))
    counts.subtract(finding.policy.id for finding in shown(results, gate))
    left = {name: count for name, count in sorted(counts.items()) if count > 0}
    if not left:
        return ""
    total = sum(left.values())
    said = several(total, "finding was there before: it stops", "findings were there before: they stop")
    return f"{said} no gate, and without --only-new they are shown: " + ", ".join(
        f"{name} {count:,}" for name, count in left.items()
    )


_ORDER = ("lost", "fixed", "gone")
_NAMED = 12


def accepted(count: int) -> str:
    """How many findings are waived, in a sentence."""
    return several(
        count, "finding, accepted for a while: it stops no gate", "findings, accepted for a while: they stop no gate"
    )


def granted(waiver: Waiver) -> str:
    """Until when and by whom something is accepted: "until 2026-12-31 by web-team (CHG-12): it is replaced"."""
    ticket = f" ({waiver.ticket})" if waiver.ticket else ""
    return clean(f"until {ends(waiver)} by {waiver.owner}{ticket}: {waiver.reason}")


def ends(waiver: Waiver) -> str:
    """The last day it holds; of an exemption the moment, as midnight is the end of the day before."""
    day, _, time = waiver.expires.partition("T")
    return f"{day} {time[:5]}Z" if time.endswith("Z") else waiver.expires


def granted_at(waiver: Waiver) -> str:
    """Where a waiver is written: its place in a file, or the exemption's id."""
    return clean(waiver.id or (waiver.origin.place() if waiver.origin is not None else ""))


def mended(results: Results, label: Callable[[Subject], str]) -> list[str]:
    """What a plan laid over a fleet makes better, a line each."""
    return [
        f"BETTER {finding.policy.id}: {label(finding.subject)} {change.before} → {finding.outcome.verdict}"
        for finding in every(results)
        if (change := results.changes.get((finding.policy.id, finding.subject.key))) and change.effect == "better"
    ]


def tally(results: Results) -> str:
    """How many policies judged, and how many results there are of each verdict."""
    policies = sum(judged.policy.resource != WAIVERS for judged in results.judged)
    judging = policies - sum(map(len, idle(results).values()))
    counts = results.counts()
    unasked = f", {len(results.run.unasked):,} not asked" if results.run.unasked else ""
    shown = [f"{judging} of {several(policies, 'policy', 'policies')} judged{unasked}", f"{counts['fail']:,} fail"]
    shown += [f"{counts['waived']:,} waived"] if counts["waived"] else []
    shown += [f"{counts['pass']:,} pass", f"{counts['unknown']:,} unknown"]
    return " · ".join([*shown, f"{counts['not-applicable']:,} not applicable"])
