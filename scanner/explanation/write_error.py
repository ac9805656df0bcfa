"""Writes what is known of an error: the policies that speak to it, or what to do about one that none speaks to."""

import shlex
import textwrap

from scanner.explanation.errors import Errors, Found, near
from scanner.model import several
from scanner.reports.parts.texts import clean, line, shorten
from scanner.runbook import KnownError, Runbook

_WIDTH = 100
_SAID = 80


def write_error(found: Found, book: Runbook, *, full: bool = False) -> str:
    """What is known of an error, in the order of the checks. `full`: with why and fix of each policy."""
    lines = _wrapped(f"that is: {'; '.join(found.said)}", "", "  ")
    for error in found.others:
        lines += ["", *_other(error)]
    if found.policies:
        speak = several(len(found.policies), "policy speaks", "policies speak")
        lines += ["", f"{speak} to it, in the order to check them:"]
    for cause in book.causes:
        policies = [policy for policy in found.policies if book.cause(policy.cause) is cause]
        if not policies:
            continue
        number = "" if cause is book.causes[-1] else f"{cause.number}  "
        lines += ["", f"{number}{cause.title.upper()}  {cause.asks}"]
        width = max(len(policy.id) for policy in policies)
        for policy in policies:
            lines += _wrapped(policy.title, f"  {policy.id:<{width}}  ", " " * (width + 4))
            if full:
                lines += _wrapped(policy.why, "    why  ", "         ")
                lines += [f"    {'   ' if number else 'fix'}  {text}" for number, text in enumerate(_lines(policy.fix))]
    if found.policies:
        lines += ["", f"put them to one VM:  snapready explain VM PATH… --error {shlex.quote(found.said[0])}"]
    return "\n".join(lines) + "\n"


def _lines(text: str) -> list[str]:
    return [clean(part) for part in text.splitlines()]


def _other(error: KnownError) -> list[str]:
    return [
        *_wrapped(f"no policy judges it. {error.about}", "", "  "),
        *_wrapped(error.do, "  do    ", "        "),
        *_wrapped(error.page, "  see   ", "        "),
    ]


def unknown(text: str, errors: Errors) -> str:
    """Says that nothing is known of an error, and what is near it."""
    close = near(text, errors)
    if close:
        return "\n  ".join([f"{_none(text, errors)}; did you mean", *close])
    return (
        f"{_none(text, errors)}\n  help: give the code or the message of the failed job, as"
        " az backup job show --query properties.errorDetails prints it"
    )


def _none(text: str, errors: Errors) -> str:
    return f"{shorten(line(text), _SAID)!r} is none of the {len(errors.names())} error codes and texts known here"


def narrowed(text: str, found: Found, errors: Errors) -> str:
    """What the error does to the tree of a resource, in words."""
    if not found.said:
        close = " or ".join(map(repr, near(text, errors)))
        hint = f" (did you mean {close}?)" if close else ""
        return f"error: {_none(text, errors)}{hint}: all policies are shown"
    said = f"error: {'; '.join(found.said)}"
    others = [f"no policy judges it. {error.about} {error.do} See {error.page}" for error in found.others]
    if found.policies:
        return "; ".join([f"{said}: only the policies that speak to it are shown", *others])
    return "; ".join([said, *others, "all policies are shown"])


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        clean(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
