"""From a source to the book of repairs: judged, what would mend each finding, and what is left of it when proved."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from scanner import __version__
from scanner.facts.catalogue import merged, row_fields
from scanner.model import SEVERITIES, Results
from scanner.policy import Policy
from scanner.repairs.estate import Estate
from scanner.repairs.kinds import chosen, kinds
from scanner.repairs.model import Book, Finding, NoRepair, Proof, Proved, Repair
from scanner.repairs.rows import NOTHING, about, looked_at, originals
from scanner.repairs.verify import Bench, Columns, prove, remains, worsens, worth
from scanner.rowtypes import BACKUP_POLICY
from scanner.scan import Options, asked, judge, read
from scanner.source import Source

_YOURS = "no kind of repair is known for this policy; what its `fix` says must be done by hand"


def tell(source: Source, policies: Sequence[Policy], options: Options) -> Book:
    """The source is read again for the rows that repairs are about, so it must be one that can be."""
    known = chosen(policy.id for policy in policies)
    whole = frozenset(row for kind in known.values() for row in kind.rows)
    fields = asked(policies, options, whole)
    for kind in known.values():
        for row_type, wanted in row_fields(kind.reads()).items():
            fields[row_type] = merged(fields.get(row_type, {}), wanted)
    in_fleet = whole & {BACKUP_POLICY}
    reading = read(source, policies, options, whole=in_fleet, fields=fields)
    before = judge(reading, source, policies, options)
    findings, waived = _findings(before)
    wanted_rows: dict[str, set[str]] = {}
    for kind in known.values():
        ids = about((one for one in findings if one.policy in kind.policies), reading.fleet)
        for row_type in kind.rows if ids else ():
            wanted_rows.setdefault(row_type, set()).update(ids)
    rows = looked_at(source, fields, wanted_rows) if wanted_rows else NOTHING
    made = list(_made(findings, Estate(reading.fleet, {one.id: one for one in policies}, before.timelines, rows)))
    del rows
    without = [one for one in made if isinstance(one, NoRepair)]
    repairs = []
    for one in made:
        if isinstance(one, Repair):
            odd = _odd_word(one)
            if odd is None:
                repairs.append(one)
            else:
                without.append(NoRepair(one.closes, f"a name among the rows, {odd!r}, is none that Azure gives"))
    there = originals(source, fields, [one.edits for one in repairs if one.edits is not None])
    subjects = in_fleet | {policy.head.resource for policy in policies}
    proven = prove(repairs, Bench(source, policies, options, reading, Columns(before), there, subjects))
    without += proven.without
    proved: list[Proved] = []
    for place, repair in enumerate(proven.repairs):
        proof = proven.proofs.get(place) or Proof("not-verified", why=repair.unproved)
        found = _proved(repair, proof)
        if isinstance(found, NoRepair):
            without.append(found)
        else:
            proved.append(found)
            closed = {one.key for one in found.repair.closes}
            left = tuple(one for one in repair.closes if one.key not in closed)
            without += [NoRepair((one,), _still(found, one)) for one in left]
    return Book(
        before.run.taken_at,
        __version__,
        before.run.sources,
        tuple(problem.message for problem in before.run.problems if problem.incomplete),
        tuple(_numbered(sorted(proved, key=_first))),
        tuple(_gathered(without)),
        proven.together,
        len(findings),
        waived,
        {one.policy.id: one.policy.title for one in before.judged},
    )


def _findings(results: Results) -> tuple[list[Finding], int]:
    """The fails that nobody waived, by policy and resource; and how many are waived."""
    found, waived = [], 0
    for one in results.judged:
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True):
            if outcome.verdict == "fail":
                if (one.policy.id, subject.key) in results.waivers:
                    waived += 1
                else:
                    found.append(Finding(one.policy.id, subject, outcome.severity, outcome.reason))
    return found, waived


def _made(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    spoken = {policy for kind in kinds().values() for policy in kind.policies}
    for kind in kinds().values():
        own = [finding for finding in findings if finding.policy in kind.policies]
        if own:
            yield from kind.make(own, estate)
    rest: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.policy not in spoken:
            rest.setdefault(finding.policy, []).append(finding)
    for some in rest.values():
        yield NoRepair(tuple(some), _YOURS)


def _proved(repair: Repair, proof: Proof) -> Proved | NoRepair:
    """The repair with what it does; one that makes anything worse, or closes nothing, is not proposed."""
    if repair.edits is None:
        return Proved(repair, proof)
    if worth(proof):
        return Proved(replace(repair, closes=proof.closed), proof)
    if proof.opened:
        return NoRepair(repair.closes, f"{repair.title}: not proposed, {worsens(proof.opened[0])}")
    said = proof.left[0].reason if proof.left else proof.why
    return NoRepair(repair.closes, f"{repair.title}: not proposed, as that alone would not close it: {said}")


def _odd_word(repair: Repair) -> str | None:
    """A name that no script is given."""
    words = [word for step in repair.steps for word in step.words if isinstance(word, str)]
    words += [part for finding in repair.closes for part in finding.subject.id.split("/")]
    return next(filter(_odd, words), None)


def _odd(word: str) -> bool:
    """Whether az would take a word for something else: an option, the name of a file, several lines."""
    return word.startswith("@") or (word[:1] == "-" and word[:2] != "--") or not word.isprintable()


def _still(found: Proved, finding: Finding) -> str:
    left = next((one for one in found.proof.left if (one.policy, one.subject.key) == finding.key), None)
    said = remains(left) if left is not None else "it stays"
    return f"{found.repair.title}: not enough here; {said}"


def _first(proved: Proved) -> tuple[bool, int, int]:
    """What comes first: of what mends causes the gravest, and what closes most. Backups come last: what makes them fail
    must be mended before."""
    closes = proved.repair.closes
    gravest = min(SEVERITIES.index(one.severity) for one in closes)
    return proved.repair.last, gravest, -len(closes)


def _numbered(proved: Sequence[Proved]) -> list[Proved]:
    """Names that are each used once, and titles that tell alike repairs of several subscriptions apart."""
    seen: dict[str, int] = {}
    titles = Counter(one.repair.title for one in proved)
    found = []
    for one in proved:
        if titles[one.repair.title] > 1:
            where = one.repair.closes[0].subject.subscription
            one = replace(one, repair=replace(one.repair, title=f"{one.repair.title} (subscription {where})"))
        count = seen[one.repair.name] = seen.get(one.repair.name, 0) + 1
        name = one.repair.name if count == 1 else f"{one.repair.name}-{count}"
        found.append(replace(one, repair=replace(one.repair, name=name)))
    return found


def _gathered(without: Iterable[NoRepair]) -> list[NoRepair]:
    """Findings of the same policy with the same reason together, by policy."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding, why in chain.from_iterable(((finding, one.why) for finding in one.findings) for one in without):
        found.setdefault((finding.policy, why), []).append(finding)
    return [
        NoRepair(tuple(sorted(some, key=lambda one: one.subject.key)), why)
        for (_, why), some in sorted(found.items(), key=lambda pair: (pair[0][0], pair[1][0].subject.key, pair[0][1]))
    ]
