"""Writes the script of one repair: what it changes and what is known of it, then one command after the other."""

import textwrap
from collections.abc import Iterator, Sequence
from shlex import quote

from scanner.repairs.model import Book, Proved, Setting, Step, Word
from scanner.repairs.write.words import by_policy, judgement, status
from scanner.reports.parts.texts import line

_WIDTH = 100


def script(book: Book, number: int) -> str:
    """The script of the repair in that place."""
    proved = book.repairs[number - 1]
    repair = proved.repair
    parts = ["#!/usr/bin/env bash\n", *_header(book, number, proved)]
    parts.append("set -euo pipefail\n")
    parts.append('command -v az > /dev/null || { echo "az is not installed" >&2; exit 2; }\n')
    parts += _settings(repair.settings)
    parts.append(repair.functions)
    for step in repair.steps:
        parts.append(f"\n{_comment(step.said)}{command(step.words)}")
    if repair.lines:
        parts.append("\n" + "".join(f"{one}\n" for one in repair.lines))
    return "".join(parts)


def _header(book: Book, number: int, proved: Proved) -> Iterator[str]:
    repair = proved.repair
    yield _comment(f"{book.folder(number)}: {repair.title}")
    yield "#\n"
    yield _comment(f"Written by snapready {book.version} from rows taken at {book.taken_at}. It was never run.")
    for change in repair.changes:
        yield _comment(f"Changes: {change}")
    for policy, names in by_policy(repair.closes):
        yield _comment(f"Is for: {policy} of {', '.join(names)}")
    yield _comment(f"Proof: {status(proved.proof)}")
    for one in proved.proof.revealed:
        yield _comment(f"Comes to light: {judgement(one)}")
    yield _comment(f"Risk: {repair.risk}")
    yield _comment(f"Undo: {repair.undo}")
    yield _comment(f"Check: {repair.check}")
    if repair.templates:
        yield _comment(
            "The same as code is beside it. What Terraform, Bicep or Azure Policy also set must be changed there."
        )


def _comment(said: str) -> str:
    wrapped = textwrap.wrap(line(said), _WIDTH - 4, break_on_hyphens=False, break_long_words=False)
    return "# " + "\n#   ".join(wrapped) + "\n"


def _settings(settings: Sequence[Setting]) -> Iterator[str]:
    if settings:
        yield "\n# Not told by the rows: set these here, or in the environment.\n"
    for one in settings:
        yield _comment(f"{one.name}: {one.about}")
        yield from (f"#   {line(choice)}\n" for choice in one.choices)
        yield f"{one.name}=${{{one.name}:-}}\n"
    for one in settings:
        said = quote(f"set {one.name} in this script: {line(one.about)}")
        yield f'[ -n "${one.name}" ] || {{ echo {said} >&2; exit 2; }}\n'


def command(words: Sequence[Word]) -> str:
    """One command, an option and its values never torn apart, on lines that can be read."""
    groups: list[list[str]] = [[]]
    for word in words:
        if isinstance(word, str) and word.startswith("--"):
            groups.append([])
        groups[-1].append(f'"${word.name}"' if isinstance(word, Setting) else quote(word))
    lines = [""]
    for group in (" ".join(group) for group in groups):
        if lines[-1] and len(lines[-1]) + len(group) > _WIDTH - 3:
            lines.append(f"  {group}")
        else:
            lines[-1] = f"{lines[-1]} {group}".strip() if len(lines) == 1 else f"{lines[-1]} {group}"
    return " \\\n".join(lines) + "\n"


def plain(step: Step) -> str:
    """A step's command on one line, for whoever reads it elsewhere."""
    return " ".join(f'"${word.name}"' if isinstance(word, Setting) else quote(word) for word in step.words)
