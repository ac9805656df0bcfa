"""Writes the page that tells all repairs: what to run in which order, what is proved of it, and what is left."""

from collections.abc import Iterator

from scanner.model import several
from scanner.repairs.model import Book, NoRepair, Proof, Proved
from scanner.repairs.write.words import by_policy, escape, judgement, some, status, weight

_LIGHT = 10


def page(book: Book) -> str:
    return "\n".join(_lines(book)) + "\n"


def _lines(book: Book) -> Iterator[str]:
    proofs = [one.proof.status for one in book.repairs]
    closed = sum(len(one.repair.closes) for one in book.repairs)
    without = sum(len(one.findings) for one in book.without)
    yield "# Repairs\n"
    yield (
        f"Written by snapready {book.version} from rows taken at {escape(book.taken_at)}. **Nothing here was run.**"
        " Read each script before you run it; they ask nothing.\n"
    )
    waived = f", and {several(book.waived, 'that is', 'that are')} waived and left alone" if book.waived else ""
    yield (
        f"{several(book.findings, 'finding')}{waived}: {several(len(book.repairs), 'repair')} for {closed} of them"
        f" ({proofs.count('verified')} verified, {proofs.count('partly')} in part,"
        f" {proofs.count('not-verified')} not verified), and {several(without, 'finding')} without one.\n"
    )
    for problem in book.incomplete:
        yield f"**Incomplete:** {escape(problem)}. There may be more to repair.\n"
    if book.repairs:
        yield (
            "The gravest first, and of these what closes most; backups last, as what makes them fail must be mended"
            " before. Verified: the change was made to the rows, and the same policies judged again.\n"
        )
        yield "| run | what | closes | proof | downtime | set first |"
        yield "|---|---|---|---|---|---|"
        for number, one in enumerate(book.repairs, 1):
            yield _row(book, number, one)
        yield ""
        yield from _together(book.together)
    yield from _without(book.without)
    for number, one in enumerate(book.repairs, 1):
        yield from _repair(book, number, one)


def _row(book: Book, number: int, one: Proved) -> str:
    policies = ", ".join(policy for policy, _ in by_policy(one.repair.closes))
    asked = ", ".join(setting.name for setting in one.repair.settings if not setting.value)
    cells = (
        f"[{number}]({book.folder(number)}/run.sh)",
        escape(one.repair.title),
        f"{weight(one.repair.closes)}: {escape(policies)}",
        escape(status(one.proof)),
        escape(one.repair.downtime),
        escape(asked),
    )
    return f"| {' | '.join(cells)} |"


def _repair(book: Book, number: int, one: Proved) -> Iterator[str]:
    repair = one.repair
    yield f"## {number}. {escape(repair.title)}\n"
    for policy, names in by_policy(repair.closes):
        yield f"- For: {policy} of {escape(some(names))}"
    yield from (f"- {escape(change)}" for change in repair.changes[:_LIGHT])
    if len(repair.changes) > _LIGHT:
        yield f"- and {len(repair.changes) - _LIGHT} more like it, in fixes.json"
    yield f"- Proof: {escape(status(one.proof))}"
    yield f"- Risk: {escape(repair.risk)}"
    light = one.proof.revealed
    yield from (f"- Comes to light: {escape(judgement(each))}" for each in light[:_LIGHT])
    if len(light) > _LIGHT:
        yield f"- Comes to light: {len(light) - _LIGHT} more, in fixes.json"
    for setting in repair.settings:
        if not setting.value:
            choices = f", one of {len(setting.choices)} that the script lists" if setting.choices else ""
            yield f"- Set first: {setting.name}, {escape(setting.about)}{choices}"
    yield f"- Undo: {escape(repair.undo)}"
    yield f"- Check: {escape(repair.check)}"
    code = ", or `az deployment group create` / Terraform with what is beside it"
    edit = f"; edit {repair.loop.file} beside it to leave some out" if repair.loop is not None else ""
    run = f"`bash {book.folder(number)}/run.sh`"
    yield f"- Run: {run}{code if repair.templates or repair.codes else ''}{edit}\n"


def _together(proof: Proof | None) -> Iterator[str]:
    if proof is not None:
        said = "opens none" if not proof.opened else f"makes {len(proof.opened)} verdicts worse, see fixes.json"
        closed = f"closes {len(proof.closed)} of {len(proof.closed) + len(proof.left)}"
        yield f"All that can be proved, made together: {closed}, {said}.\n"


def _without(without: tuple[NoRepair, ...]) -> Iterator[str]:
    if without:
        yield "## Without a repair\n"
        for one in sorted(without, key=lambda one: -len(one.findings)):
            ((policy, names),) = by_policy(one.findings)
            yield f"- {len(names)} of `{policy}`: {escape(one.why)} ({escape(some(names))})"
        yield ""
