"""Writes the page that tells all repairs: what to run in which order, what is proved of it, and what is left."""

from collections.abc import Iterator

from scanner.repairs.model import Book, NoRepair, Proof
from scanner.repairs.write.words import by_policy, escape, judgement, status

_NAMES = 12


def page(book: Book) -> str:
    return "\n".join(_lines(book)) + "\n"


def _lines(book: Book) -> Iterator[str]:
    proofs = [one.proof.status for one in book.repairs]
    without = sum(len(one.findings) for one in book.without)
    yield "# Repairs\n"
    yield (
        f"Written by snapready {book.version} from rows taken at {escape(book.taken_at)}. **Nothing here was run.**"
        " Read each script before you run it; they ask nothing.\n"
    )
    waived = f", and {book.waived} that are waived and left alone" if book.waived else ""
    yield (
        f"{book.findings} findings{waived}: {len(book.repairs)} repairs ({proofs.count('verified')} verified,"
        f" {proofs.count('partly')} in part, {proofs.count('not-verified')} not verified), and {without} findings"
        " without one.\n"
    )
    for problem in book.incomplete:
        yield f"**Incomplete:** {escape(problem)}. There may be more to repair.\n"
    if book.repairs:
        yield "Verified: the change was made to the rows, and the same policies judged all of them again.\n"
        yield "| | what | for | proof |"
        yield "|---|---|---|---|"
        for number, one in enumerate(book.repairs, 1):
            closes = "; ".join(f"{policy}: {_some(names)}" for policy, names in by_policy(one.repair.closes))
            folder = book.folder(number)
            ask = " (set a variable first)" if one.repair.settings else ""
            cells = (
                f"[{number}]({folder}/run.sh)",
                escape(one.repair.title) + ask,
                escape(closes),
                escape(status(one.proof)),
            )
            yield "| " + " | ".join(cells) + " |"
        yield ""
        yield from _together(book.together)
        for number, one in enumerate(book.repairs, 1):
            repair = one.repair
            yield f"## {number}. {escape(repair.title)}\n"
            yield from (f"- {escape(change)}" for change in repair.changes)
            yield f"- Risk: {escape(repair.risk)}"
            for revealed in one.proof.revealed:
                yield f"- Comes to light: {escape(judgement(revealed))}"
            yield f"- Undo: {escape(repair.undo)}"
            yield f"- Check: {escape(repair.check)}"
            kinds = (
                f", or {'`az deployment group create`'} / Terraform with what is beside it" if repair.templates else ""
            )
            yield f"- Run: {f'`bash {book.folder(number)}/run.sh`'}{kinds}\n"
    yield from _without(book.without)


def _some(names: list[str]) -> str:
    left = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {left} more" if left > 0 else "")


def _together(proof: Proof | None) -> Iterator[str]:
    if proof is not None:
        said = "opens none" if not proof.opened else f"makes {len(proof.opened)} verdicts worse, see fixes.json"
        closed = f"closes {len(proof.closed)} of {len(proof.closed) + len(proof.left)}"
        yield f"All that can be proved, made together: {closed}, {said}.\n"


def _without(without: tuple[NoRepair, ...]) -> Iterator[str]:
    if without:
        yield "## Without a repair\n"
        for one in without:
            ((policy, names),) = by_policy(one.findings)
            yield f"- `{policy}` of {escape(_some(names))}: {escape(one.why)}"
