"""From a source to the book of repairs: judged, what would mend each finding, and what is left of it when proved."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from scanner import __version__
from scanner.evaluate import Closely
from scanner.model import Results
from scanner.policy import Policy
from scanner.repairs.estate import Estate
from scanner.repairs.kinds import kinds
from scanner.repairs.model import Book, Finding, NoRepair, Proof, Proved, Repair
from scanner.repairs.verify import Bench, prove, prove_kinds, prove_together
from scanner.scan import Options, judge, read
from scanner.source import Source

_YOURS = "no kind of repair is known for this policy; what its `fix` says must be done by hand"

_ALSO_READ = Closely(lambda _: False, ("os.type",), apart=False)
"""What repairs go by, whichever policies were chosen."""
_MANY = 20
"""Above so many repairs that can be proved, those of one kind are proved at once."""


def tell(source: Source, policies: Sequence[Policy], options: Options) -> Book:
    """The source is read again for each proof, so it must be one that can be."""
    known = kinds()
    chosen = {policy.id for policy in policies}
    whole = frozenset(row for kind in known.values() if chosen & set(kind.policies) for row in kind.rows)
    reading = read(source, policies, replace(options, closely=_ALSO_READ), whole=whole)
    before = judge(reading, source, policies, options)
    findings, waived = _findings(before)
    made = list(_made(findings, Estate(reading.fleet, {policy.id: policy for policy in policies}, before.timelines)))
    del reading  # a whole fleet, and others are about to be read
    bench = Bench(source, policies, options, whole, before)
    proved: list[Proved] = []
    without = [one for one in made if isinstance(one, NoRepair)]
    repairs = [one for one in made if isinstance(one, Repair)]
    many = sum(one.edits is not None for one in repairs) > _MANY
    at_once = prove_kinds(repairs, bench) if many else {}
    for place, repair in enumerate(repairs):
        found = _proved(repair, bench, at_once.get(place))
        if isinstance(found, NoRepair):
            without.append(found)
        else:
            proved.append(found)
            left = tuple(one for one in repair.closes if one not in found.repair.closes)
            without += [NoRepair((one,), _still(found, one)) for one in left]
    proved = _numbered(proved)
    together = prove_together([one.repair for one in proved], bench)
    return Book(
        before.run.taken_at,
        __version__,
        before.run.sources,
        tuple(problem.message for problem in before.run.problems if problem.incomplete),
        tuple(proved),
        tuple(_gathered(without)),
        together,
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


def _proved(repair: Repair, bench: Bench, known: Proof | None) -> Proved | NoRepair:
    """The repair with what it does; one that makes anything worse, or closes nothing, is not proposed."""
    words = [word for step in repair.steps for word in step.words if isinstance(word, str)]
    words += [part for finding in repair.closes for part in finding.subject.id.split("/")]
    odd = next(filter(_odd, words), None)
    if odd is not None:
        return NoRepair(repair.closes, f"a name among the rows, {odd!r}, is none that Azure gives")
    proof = known or prove(repair, bench)
    if proof.opened:
        one = proof.opened[0]
        said = f"{one.policy} of {one.subject.name} would become {one.after}: {one.reason}"
        return NoRepair(repair.closes, f"{repair.title}: not proposed, as it would make things worse: {said}")
    if repair.edits is not None and not proof.closed:
        said = proof.left[0].reason if proof.left else proof.why
        return NoRepair(repair.closes, f"{repair.title}: not proposed, as that alone would not close it: {said}")
    closed = proof.closed if repair.edits is not None else repair.closes
    return Proved(replace(repair, closes=closed), proof)


def _odd(word: str) -> bool:
    """Whether az would take a word for something else: an option, the name of a file, several lines."""
    return word.startswith("@") or (word[:1] == "-" and word[:2] != "--") or not word.isprintable()


def _still(found: Proved, finding: Finding) -> str:
    left = next((one for one in found.proof.left if (one.policy, one.subject.key) == finding.key), None)
    said = f"then {left.after}: {left.reason}" if left is not None else "it stays"
    return f"{found.repair.title}: not enough here; {said}"


def _numbered(proved: Iterable[Proved]) -> list[Proved]:
    """Names that are each used once."""
    seen: dict[str, int] = {}
    found = []
    for one in proved:
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
