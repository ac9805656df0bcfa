"""Writes docs/causes.md: what the troubleshooting pages tell to check, the errors they name, what became of each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.model import PolicyHead
from scanner.runbook import known_errors, read


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a page tells to check."""

    says: str
    policies: tuple[str, ...]
    fact: str
    not_judged: str
    also: str


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    read: str
    url: str
    note: str
    errors: tuple[str, ...]
    lines: tuple[Line, ...]


def pages() -> tuple[Page, ...]:
    return tuple(
        Page(
            one["title"],
            one.get("read", ""),
            one.get("url", ""),
            one["note"],
            tuple(one.get("errors") or ()),
            tuple(
                Line(
                    line["says"],
                    tuple(line.get("policies") or ()),
                    line.get("fact", ""),
                    line.get("not_judged", ""),
                    line.get("also", ""),
                )
                for line in one["lines"]
            ),
        )
        for one in read("pages.yaml")["pages"]
    )


def awaited() -> tuple[str, ...]:
    """Policies that the pages name before they are there."""
    return tuple(read("pages.yaml").get("awaited") or ())


def causes_page(heads: Iterable[PolicyHead]) -> str:
    """docs/causes.md"""
    lines = [
        "# Causes",
        "",
        "<!-- written by `make docs` from scanner/runbook/ and the policies; a test holds it to them -->",
        "",
        "What Microsoft's pages on failed VM backups tell to check, in own words, and what became of each line here: a",
        "policy, a fact to write one with, or the reason why nothing judges it. The errors those pages name follow;",
        "`snapready explain --error TEXT` looks one up ([explain](explain.md)).",
    ]
    for page in pages():
        source = f"[The page]({page.url}) in its text of {page.read}. " if page.url else ""
        lines += ["", f"## {page.title}", "", f"{source}{page.note}"]
        lines += ["", "| what it says | judged by | otherwise |", "|---|---|---|"]
        lines += [_row(line) for line in page.lines]
    return "\n".join([*lines, *_errors(heads), ""])


def _row(line: Line) -> str:
    told = [f"`{name}`" for name in line.policies]
    fact = f"fact `{line.fact}`" if line.fact else ""
    otherwise = "; ".join(filter(None, (line.not_judged, fact, line.also)))
    return _cells(line.says, ", ".join(told), otherwise)


def _errors(heads: Iterable[PolicyHead]) -> list[str]:
    speaking: dict[str, list[PolicyHead]] = defaultdict(list)
    for head in heads:
        for name in head.errors:
            speaking[name].append(head)
    rows = {
        name: _cells(name, ", ".join(f"`{head.id}`" for head in sorted(found, key=lambda one: (one.cause, one.id))), "")
        for name, found in speaking.items()
    }
    for error in known_errors():
        for name in error.names():
            rows[name] = _cells(name, "", f"{error.about} {error.do} ([page]({error.page}))")
    top = ["", "## Errors", "", "| code or message | policies that speak to it | otherwise |", "|---|---|---|"]
    return [*top, *(rows[name] for name in sorted(rows, key=str.lower))]


def _cells(*texts: str) -> str:
    return "| " + " | ".join(" ".join(text.split()).replace("|", "\\|") for text in texts) + " |"
