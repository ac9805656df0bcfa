"""Writes the script of one repair: what it changes and what is known of it, then one command after the other."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from shlex import quote

from scanner.repairs.model import Book, Loop, Proved, Setting, Step, Word
from scanner.repairs.write.words import by_policy, judgement, some, status
from scanner.reports.parts.texts import line

_WIDTH = 100
_NAMES = 20


def script(book: Book, number: int) -> str:
    """The script of the repair in that place."""
    proved = book.repairs[number - 1]
    repair = proved.repair
    parts = ["#!/usr/bin/env bash\n", *_header(book, number, proved)]
    parts.append("set -euo pipefail\n")
    parts.append('command -v az > /dev/null || { echo "az is not installed" >&2; exit 2; }\n')
    parts += _settings(repair.settings)
    parts.append(repair.functions)
    parts += _steps(repair.steps)
    if repair.loop is not None:
        parts.append(_loop(repair.loop))
    if repair.lines:
        parts.append("\nfailed=()\n" if repair.goes_on else "\n")
        parts.append("".join(f"{one}\n" for one in repair.lines))
        parts.append(_FAILED if repair.goes_on else "")
    return "".join(parts)


def _header(book: Book, number: int, proved: Proved) -> Iterator[str]:
    repair = proved.repair
    yield _comment(f"{book.folder(number)}: {repair.title}")
    yield "#\n"
    yield _comment(f"Written by snapready {book.version} from rows taken at {book.taken_at}. It was never run.")
    for change in repair.changes[:_NAMES]:
        yield _comment(f"Changes: {change}")
    if len(repair.changes) > _NAMES:
        yield _comment(f"Changes: {len(repair.changes) - _NAMES} more like it, see fixes.json")
    for policy, names in by_policy(repair.closes):
        yield _comment(f"Is for: {policy} of {some(names, _NAMES)}")
    yield _comment(f"Proof: {status(proved.proof)}")
    for one in proved.proof.revealed[:_NAMES]:
        yield _comment(f"Comes to light: {judgement(one)}")
    if len(proved.proof.revealed) > _NAMES:
        yield _comment(f"Comes to light: {len(proved.proof.revealed) - _NAMES} more, see fixes.json")
    yield _comment(f"Risk: {repair.risk}")
    yield _comment(f"Downtime: {repair.downtime}")
    yield _comment(f"Undo: {repair.undo}")
    yield _comment(f"Check: {repair.check}")
    if repair.templates:
        yield _comment(
            "The same as code is beside it. What Terraform, Bicep or Azure Policy also set must be changed there."
        )


_LOOP = """
# {said}
# One line of {file} after the other: edit it first. One that fails does not stop the others; they are named at the end.
failed=()
while IFS= read -r each || [ -n "$each" ]; do
  if [ -z "$each" ]; then continue; fi
  echo "== $each"
  {command} < /dev/null || failed+=("$each")
done < "${{LIST:-$(dirname "$0")/{file}}}"
"""
_FAILED = """
if [ "${#failed[@]}" -gt 0 ]; then
  printf 'failed: %s\\n' "${failed[@]}" >&2
  exit 1
fi
"""
"""The end of a script that goes on where one of several VMs fails."""


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    if len({step.of for step in steps}) < 2 or not all(step.of for step in steps):
        yield from (f"\n{_comment(step.said)}{command(step.words)}" for step in steps)
        return
    yield "\n# Where one VM fails the others are done all the same, and it is named at the end.\nfailed=()\n"
    for of, each in groupby(steps, lambda step: step.of):
        own = list(each)
        yield "\n" + "".join(_comment(step.said) for step in own)
        commands = [command(step.words).rstrip("\n") for step in own]
        if len(commands) > 1:
            commands = ["{ " + " &&\n".join(commands) + "; }"]
        yield f"{commands[0]} || failed+=({quote(of)})\n"
    yield _FAILED


def _loop(loop: Loop) -> str:
    said = _comment(loop.said).removeprefix("# ").rstrip("\n")
    indented = command(loop.words).rstrip("\n").replace("\n", "\n  ")
    return _LOOP.format(said=said, file=loop.file, command=indented) + _FAILED.removeprefix("\n")


def _comment(said: str) -> str:
    wrapped = textwrap.wrap(line(said), _WIDTH - 4, break_on_hyphens=False, break_long_words=False)
    return "# " + "\n#   ".join(wrapped) + "\n"


def _settings(settings: Sequence[Setting]) -> Iterator[str]:
    asked = [one for one in settings if not one.value]
    if asked:
        yield "\n# Not told by the rows: set these here, or in the environment.\n"
    elif settings:
        yield "\n"
    for one in settings:
        if not one.value:
            yield _comment(f"{one.name}: {one.about}")
            yield from (f"#   {line(choice)}\n" for choice in one.choices)
        yield f"{one.name}=${{{one.name}:-{quote(one.value) if one.value else ''}}}\n"
    for one in asked:
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


def plain(words: Sequence[Word]) -> str:
    """A command on one line, for whoever reads it elsewhere."""
    return " ".join(f'"${word.name}"' if isinstance(word, Setting) else quote(word) for word in words)
