"""The HTML report as a test looks at it: parsed without a browser, and opened in Chromium."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from scanner.gate import Gate, decide
from scanner.model import Baseline, Gone, State, Subject, Track, Waiver
from scanner.reports import Style
from scanner.rowtypes import VM
from tests.reports.scans import Scan, contoso, report

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

VOID = {"meta", "br", "col", "input"}


def written(scan: Scan) -> str:
    return report("html", *scan, Style())


class Parsed(HTMLParser):
    """Every element with its attributes, and whether all were closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [given for name, given in self.elements if name == tag]


def id_of(document: Mapping[str, Any], place: int) -> str:
    """A resource's id as the page's script puts it together."""
    subject = document["subjects"][place]
    return str(document["texts"][subject[4]] + (subject[7] if len(subject) > 7 else subject[0]))


def headings(text: str) -> list[str]:
    return [re.sub(r"<[^>]*>", "", found).strip() for found in re.findall(r"<h2[^>]*>(.*?)</h2>", text)]


def chromium() -> str:
    """Where Chromium is; skips where there is none, and fails where validators are required."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if not found:
        _absent("Chromium is not installed: apt-get install chromium")
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        _absent("playwright is not installed: pip install -e .[dev]")
    return found


def _absent(message: str) -> NoReturn:
    if os.environ.get("REQUIRE_VALIDATORS") == "1" and os.environ.get("WITHOUT_BROWSER") != "1":
        pytest.fail(message)
    pytest.skip(message)


class Browser:
    """Chromium, with what no page may do noted: messages on its console, dialogs, requests."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self.noted: list[str] = []

    def _note(self, what: str) -> None:
        self.noted.append(what)

    def _dialog(self, dialog: "Dialog") -> None:
        self._note(f"dialog: {dialog.message}")
        dialog.dismiss()

    @contextmanager
    def page(self, path: Path, at: str = "", **given: Any) -> Iterator["Page"]:
        context = self._browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **given})
        page: Page = context.new_page()
        page.on("console", lambda message: self._note(f"console: {message.text}"))
        page.on("pageerror", lambda error: self._note(f"error: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", lambda sent: None if sent.url.startswith("file:") else self._note(f"request: {sent.url}"))
        page.goto(path.as_uri() + at)
        page.wait_for_selector("html[data-ready]", timeout=30_000)
        try:
            yield page
        finally:
            context.close()


@contextmanager
def browsing() -> Iterator[Browser]:
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield Browser(browser)
        finally:
            browser.close()


def compared() -> Scan:
    """The example fleet with a baseline and a waiver: a finding is new, one is fixed, one is waived, one is gone."""
    results, _ = contoso()
    fails = [
        (judged.policy.id, subject)
        for judged in results.judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if outcome.verdict == "fail"
    ]
    waived, *others = fails
    waiver = Waiver((waived[0],), (waived[1].key,), "web-team", "it is replaced", "2026-12-01")
    tracks = {(policy, subject.key): Track("persisting", "2026-11-01") for policy, subject in others}
    tracks[others[0][0], others[0][1].key] = Track("new", "2026-11-22")
    gone = Gone("agent-version", Subject("/gone", "/gone", VM, "gone01", "rg-old", "s"), "error", "too old")
    found = replace(
        results,
        waivers={(waived[0], waived[1].key): waiver},
        baseline=Baseline("last.json", "2026-11-21T01:00:00Z", (gone,)),
        tracks=tracks,
    )
    return found, decide(found, Gate())


def told(page: "Page") -> int:
    """How many results the filters let through, as the page says."""
    found = re.match(r"([\d,]+) result", page.inner_text("#told"))
    return int(found[1].replace(",", "")) if found else 0


def until(page: "Page", what: str, argument: Any = None) -> None:
    """Waits for something to be true; Playwright's own way of waiting is what the page's security policy forbids."""
    for _ in range(200):
        if page.evaluate(what, argument):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never came true: {what}")


def go(page: "Page", href: str) -> None:
    """Follows a link within the page, as a click does."""
    page.evaluate("href => { document.activeElement.blur(); location.hash = href; }", href)
    until(page, "href => location.hash === href && document.activeElement.id === 'told'", href)


def entries(page: "Page") -> list[str]:
    return [" ".join(text.split()) for text in page.locator(".finding").all_inner_texts()]


def count_of(scan: Scan, state: State) -> int:
    return scan[0].counts()[state]
