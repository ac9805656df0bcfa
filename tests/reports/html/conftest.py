"""Chromium, open for a module's tests, and the pages they look at; no page may say, ask for or open anything."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.reports.html.pages import Browser, browsing, compared, written
from tests.reports.scans import Scan


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing() as found:
        yield found


@pytest.fixture
def quiet(browser: Browser) -> Iterator[Browser]:
    """No page of such a test may say anything on its console, open a dialog or ask for anything."""
    browser.noted.clear()
    yield browser
    assert not browser.noted


@pytest.fixture(scope="session")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Scan], Path]:
    """Where a scan's report is, written once."""
    folder = tmp_path_factory.mktemp("pages")
    kept: dict[str, Path] = {}

    def of(name: str, scan: Scan) -> Path:
        if name not in kept:
            kept[name] = folder / f"{name}.html"
            kept[name].write_text(written(scan), "utf-8")
        return kept[name]

    return of


@pytest.fixture
def example(page_of: Callable[[str, Scan], Path]) -> Path:
    return page_of("compared", compared())
