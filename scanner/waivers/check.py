"""What is to be said of waivers: that one has expired, runs too long, covers too much, or is needed by nothing."""

from collections.abc import Sequence

from scanner.globs import matcher
from scanner.language.parse import suggest
from scanner.model import (
    SEVERITIES,
    WAIVERS,
    Judged,
    Origin,
    Outcome,
    PolicyHead,
    Results,
    Severity,
    Subject,
    Waiver,
    several,
)
from scanner.waivers.breadth import loose, subscription_of, too_broad
from scanner.waivers.held import Held, Terms

HEAD = PolicyHead(
    WAIVERS,
    "Every waiver holds, is needed, and covers no more than it must",
    WAIVERS,
    "warning",
    "configuration",
    "What an expired waiver covered counts again. One that nothing needs, or that covers too much, hides findings that"
    " nobody has looked at.",
    "Delete what has expired or is not needed, or have it granted anew: snapready waive POLICY RESOURCE --owner …\n"
    "Name policies, and resources or their group, in one that covers too much.",
    {},
)
Said = tuple[Severity, str]
_FEW, _SAMPLE = 5, 60
"""Of fewer than a few, a pattern may well mean all; so many are looked at before all are."""


def check(results: Results, waivers: Sequence[Held], terms: Terms) -> tuple[Judged, dict[str, Origin]]:
    """What is said of each waiver, as of a resource, and where each is written."""
    types = {judged.policy.resource for judged in results.judged}
    said = sorted(
        ((_subject(each.waiver), _outcome(each, results, terms, types), each.waiver.origin) for each in waivers),
        key=lambda one: one[0].key,
    )
    judged = Judged(HEAD, [subject for subject, _, _ in said], [outcome for _, outcome, _ in said])
    return judged, {subject.key: origin for subject, _, origin in said if origin is not None}


def _subject(waiver: Waiver) -> Subject:
    """The waiver as what is judged; known from run to run by what it says, and not by where it stands."""
    policies, resources = ",".join(waiver.policies), ",".join(waiver.resources)
    identity = waiver.id or f"/{WAIVERS}/{policies}@{resources}@{waiver.expires}"
    alone = len(waiver.resources) == 1 and not set("*?") & set(resources)
    name = waiver.id.rsplit("/", 1)[-1] or f"{policies} on {resources.rsplit('/', 1)[-1] if alone else resources}"
    return Subject(identity, identity.lower(), WAIVERS, name, "", "")


def _outcome(each: Held, results: Results, terms: Terms, types: set[str]) -> Outcome:
    faults: list[Said] = []
    if each.void:
        again = {0: "", 1: "; the finding it covered counts again"}
        counted = again.get(each.count, f"; the {each.count:,} findings it covered count again")
        faults.append(("warning", each.void + counted))
    else:
        broad = [found for found in (too_broad(each.waiver, types), _wide(each, results, terms, types)) if found]
        faults += sorted(broad, key=lambda one: SEVERITIES.index(one[0]))[:1]  # the milder must not hide the graver
    unknown = _strange(each, terms)
    if unknown:
        faults.append(("warning", unknown))
    if faults:
        severity = min((severity for severity, _ in faults), key=SEVERITIES.index)
        return Outcome("fail", severity, "; ".join(text for _, text in faults))
    if each.count:
        return Outcome("pass", HEAD.severity, f"it waives {several(each.count, 'finding')} until {each.waiver.expires}")
    return _needless(each, results)


def _wide(each: Held, results: Results, terms: Terms, types: set[str]) -> Said | None:
    """What its patterns cover that say nothing by themselves: most of what was judged, or every policy."""
    patterns = loose(each.waiver, types)
    covers = matcher(patterns)
    keys = _keys(each, results) if patterns else []
    some = keys[:: len(keys) // _SAMPLE or 1]
    if len(keys) >= _FEW and sum(map(covers, some)) * 3 >= len(some):  # else it is not worth a look at all of them
        count = sum(map(covers, keys))
        if count == len(keys):
            said = f"{patterns[0]!r} is" if len(patterns) == 1 else f"one of its {len(patterns)} patterns is"
            return "error", f"it covers every resource: {said} in the id of all {count:,}"
        if count * 2 > len(keys):
            return (
                "warning",
                f"it covers {count:,} of {len(keys):,} resources, as {patterns[0]!r} names none and no group",
            )
    every = [
        text for text in each.waiver.policies if set("*?") & set(text) and all(map(matcher([text]), terms.policies))
    ]
    if every and len(terms.policies) >= _FEW:
        return "warning", f"it covers every policy, as {every[0]!r} is in the name of all: name them"
    return None


def _keys(each: Held, results: Results) -> list[str]:
    """What its policies judged; where none of them did, what any did: so many resources it could cover."""
    chosen = [judged for judged in results.judged if each.policy(judged.policy.id)] or results.judged
    lists = {id(judged.subjects): judged.subjects for judged in chosen}  # policies share their subjects
    return sorted({subject.key for subjects in lists.values() for subject in subjects})


def _near(each: Held, chosen: Sequence[Judged]) -> list[Outcome]:
    """What was said of the resources that it covers. Policies share their subjects, which are looked through once."""
    covered: dict[int, list[int]] = {}
    for judged in chosen:
        if id(judged.subjects) not in covered:
            found = [at for at, subject in enumerate(judged.subjects) if each.resource(subject.key)]
            covered[id(judged.subjects)] = found
    return [judged.outcomes[at] for judged in chosen for at in covered[id(judged.subjects)]]


def _strange(each: Held, terms: Terms) -> str:
    """What it says of policies that are not there."""
    for text in each.waiver.policies:
        if not set("*?") & set(text) and terms.policies and text not in terms.policies:
            return f"there is no policy {text!r}{suggest(text, terms.policies)}"
    return ""


def _needless(each: Held, results: Results) -> Outcome:
    """What is to be said of a waiver in force that covers no fail: not needed, as far as this run can tell."""

    def excused(why: str) -> Outcome:
        return Outcome("not-applicable", "note", f"whether it is needed was not looked at: {why}")

    if results.run.stage != "live":
        return excused("a plan does not hold all that runs")
    chosen = [judged for judged in results.judged if each.policy(judged.policy.id)]
    if not chosen:
        return excused("its policies did not judge")
    near = _near(each, chosen)
    unsure = [outcome for outcome in near if outcome.verdict == "unknown"]
    if unsure:
        needs = tuple(sorted({need for outcome in unsure for need in outcome.needs}))
        return Outcome("unknown", "note", f"what it covers is not known: {unsure[0].reason}", needs)
    if near:
        return Outcome("fail", "note", "nothing that it covers fails any more")
    if results.incomplete():
        return excused("not all was read")
    seen = {subject.subscription for judged in results.judged for subject in judged.subjects}
    named = {name for text in each.waiver.resources if (name := subscription_of(text))}
    if named and not named & {*seen, *(entry.subscription for entry in results.run.coverage)}:
        return excused("its subscription was not read")
    return Outcome("fail", "note", "it covers nothing that was judged")
