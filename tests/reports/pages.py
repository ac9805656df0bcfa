"""The HTML report as a test looks at it: parsed without a browser, and opened in Chromium."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from scanner.reports import Style
from tests.reports.scans import Scan, report

if TYPE_CHECKING:
    from playwright.sync_api import Page

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
    if os.environ.get("REQUIRE_VALIDATORS") == "1":
        pytest.fail(message)
    pytest.skip(message)


class Browser:
    """Chromium, with what no page may do noted: messages on its console, dialogs, requests."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self.noted: list[str] = []

    @contextmanager
    def page(self, path: Path, at: str = "", **given: Any) -> Iterator["Page"]:
        context = self._browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **given})
        page: Page = context.new_page()
        page.on("console", lambda message: self.noted.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.noted.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.noted.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request",
            lambda sent: self.noted.append(f"request: {sent.url}") if not sent.url.startswith("file:") else None,
        )
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
