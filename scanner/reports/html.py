"""One HTML file for the auditor and the manager: it loads nothing, runs only its own script, and can be printed."""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from scanner.gate import Decision
from scanner.model import Results
from scanner.reports import Style
from scanner.reports.parts import summary
from scanner.reports.parts.page import accepted, coverage, heat, method, starts, trend, verdicts
from scanner.reports.parts.page.counts import counted
from scanner.reports.parts.page.elements import Child, Markup, element, prose
from scanner.reports.parts.page.filters import bar
from scanner.reports.parts.page.rows import MOST, Data, embedded

_DATA = Markup("<data>")
"""Where the data is put in, last of all and on its own: most of a page is data."""
TITLE = "Azure VM backup readiness"


@cache
def _part(name: str) -> str:
    return (files("scanner.reports.parts.page") / name).read_text("utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def security_policy() -> str:
    """Nothing but this style and this script; no script may make markup of a text."""
    rules = [
        "default-src 'none'",
        f"style-src 'sha256-{_hash(_part('style.css'))}'",
        f"script-src 'sha256-{_hash(_part('script.js'))}'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    return "; ".join(rules)


def write(results: Results, decision: Decision, _style: Style, most: int = MOST) -> Iterator[str]:
    """The page, in pieces; it lists at most so many results."""
    counts = counted(results)
    data = Data(results).document(most)
    parts: dict[str, tuple[str, Child]] = {
        "coverage": ("Coverage", coverage.section(results)),
        "decision": ("Decision", verdicts.decision(results, decision, counts)),
        "verdicts": ("Verdicts", verdicts.verdicts(results, counts)),
        "heat": ("Heat map", heat.section(results, counts)),
        "starts": ("Backup starts", starts.section(results)),
        "trend": ("Trend", trend.section(results)),
        "findings": ("Findings", bar(data)),
        "waivers": ("Waivers", accepted.section(results)),
        "controls": ("Controls", method.roll_up(results)),
        "method": ("Method", method.section(results)),
    }
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=security_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{TITLE}, {prose(results.run.taken_at[:16].replace('T', ' '))}Z"),
        element("style", Markup(_part("style.css"))),
    )
    body = element(
        "body",
        element("a", "Skip to the findings", href="#findings", class_="skip"),
        element(
            "header",
            element("h1", TITLE),
            element("p", prose(" · ".join(summary.headline(results)), 2_000)),
            coverage.banner(results, decision.code, decision.why),
            element(
                "p",
                verdicts.exit_tag(decision),
                f" {prose(decision.why, 600)}",
                class_="status",
            ),
        ),
        element(
            "nav",
            element("ul", [element("li", element("a", title, href=f"#{key}")) for key, (title, _) in parts.items()]),
            aria_label="Sections",
        ),
        element(
            "main",
            [_section(number, key, title, content) for number, (key, (title, content)) in enumerate(parts.items(), 1)],
        ),
        _DATA,
        element("script", Markup(_part("script.js"))),
    )
    before, _, after = element("html", head, body, lang="en").partition(_DATA)
    yield f"<!doctype html>\n{before}"
    yield element("script", Markup(embedded(data)), type="application/json", id="data")
    yield f"{after}\n"


def _section(number: int, key: str, title: str, content: Child) -> Markup:
    return element(
        "section",
        element("h2", element("span", number, class_="no"), f" {title}", id=f"{key}-title"),
        content,
        id=key,
        aria_labelledby=f"{key}-title",
    )
