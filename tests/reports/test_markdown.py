"""The Markdown report, rendered by a reader that is not ours: no text of the input becomes markup, link or mention."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt

from scanner.gate import Gate, decide
from scanner.model import Judged, Outcome, PolicyHead, Problem, Results, Severity, Subject
from scanner.reports import Style
from scanner.reports.parts.markup import code, fenced, link, text
from tests.reports.hostile import CHOSEN, scans, texts
from tests.reports.scans import SCANS, Scan, report

OURS = {"h2", "h3", "h4", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre"}
OURS |= {"details", "summary", "a"}
GITHUB = MarkdownIt("gfm-like", {"html": True})
assert GITHUB.linkify
GITHUB.linkify.set({"fuzzy_link": False})  # GitHub links no bare names such as collect.sh; www. is asserted below


class Page(HTMLParser):
    """Tags, links and the prose that a page would look for mentions in."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.prose = ""
        self.columns: list[int] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")
        else:
            assert not [name for name, _ in attrs if name != "class"], (tag, attrs)
        if tag == "tr":
            self.columns.append(0)
        if tag in ("td", "th"):
            self.columns[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if not {"code", "pre", "a"} & set(self._open):
            self.prose += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")


def rendered(markdown: str) -> Page:
    return Page(GITHUB.render(markdown))


def check(scan: Scan) -> Page:
    markdown = report("markdown", *scan, Style())
    assert len(markdown) <= 60_000
    markdown.encode("utf-8")
    page = rendered(markdown)
    assert set(page.tags) <= OURS
    sources = {judged.policy.source.get("url", "") for judged in scan[0].judged}
    assert set(page.links) <= sources
    assert not re.search(r"[@#][\w-]", page.prose)
    assert not re.search(r"(?i)\bgh-\d|www\.|://", page.prose)
    assert set(page.columns) <= {2, 3, 4, 5}
    return page


@pytest.mark.parametrize("scan", SCANS)
def test_a_scan_renders_as_what_it_is(scan: str) -> None:
    results, decision = SCANS[scan]()
    page = check((results, decision))
    assert f"Exit {decision.code}" in page.prose
    assert f"{results.counts()['fail']:,} fail" in page.prose


@given(scans())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hostile_fleet_stays_text(scan: Scan) -> None:
    check(scan)


@given(texts)
@settings(max_examples=500, deadline=None)
def test_a_text_shows_every_letter_of_it_and_none_of_its_meaning(value: str) -> None:
    for shown in (text(value, 100), code(value, 100)):
        page = rendered(f"| a | b |\n|---|---|\n| x {shown} | y |\n")
        assert set(page.tags) <= OURS - {"a"}
        assert set(page.columns) == {2}
        assert "\n" not in shown
    page = rendered(f"- a\n\n{fenced(value, 100)}\n\nend")
    assert page.prose.split() == ["a", "end"]
    assert not rendered(f"x {link(value, 'javascript:alert(1)')} y").links


@pytest.mark.parametrize("value", [each for each in CHOSEN if len(each) < 100 and each.isprintable() and each.strip()])
def test_what_a_reader_sees_is_what_was_there(value: str) -> None:
    page = rendered(f"x {text(value, 1_000)} y")
    assert " ".join(page.prose.replace("\u200b", "").split()) == f"x {' '.join(value.split())} y"


def crowd(count: int, reasons: int) -> Scan:
    """Many failing VMs of two policies, the severer one last by name; and more problems than anybody reads."""
    results, _ = SCANS["contoso"]()
    mild, severe = (replace(results.judged[0].policy, id=name) for name in ("a-mild", "z-severe"))
    levels: list[tuple[PolicyHead, Severity]] = [(mild, "note"), (severe, "error")]
    fleet = [Subject(f"/vm{n:06}", f"/vm{n:06}", "t", f"vm{n:06}", "rg", "s") for n in range(count)]
    judged = tuple(
        Judged(policy, fleet, [Outcome("fail", severity, f"cause {n % reasons} " + "long " * 50) for n in range(count)])
        for policy, severity in levels
    )
    problems = tuple(Problem(f"problem {n} " * 20, "file", n + 1, incomplete=n > 900) for n in range(1_000))
    found = Results(replace(results.run, problems=problems), judged)
    return found, decide(found, Gate())


def test_a_page_that_would_be_too_long_shows_the_worst_and_counts_the_rest() -> None:
    scan = crowd(5_000, 2_000)
    page = check(scan)
    markdown = report("markdown", *scan, Style())
    assert len(markdown) > 50_000
    assert "z-severe" in markdown
    assert "a-mild" not in markdown
    shown = markdown.count("| cause ")
    left = re.search(r"([\d,]+) more findings are left out here", page.prose)
    assert left
    per_cause = [3 if n < 1_000 else 2 for n in range(2_000)]
    assert int(left[1].replace(",", "")) == 10_000 - sum(per_cause[: shown - 1])
    assert re.search(r"and \d{3} more, in the json report", page.prose)
    assert "problem 901" in page.prose, "what makes the scan incomplete comes before mere notes"


def test_one_cause_of_many_vms_is_one_row() -> None:
    page = check(crowd(5_000, 1))
    assert "one cause" in page.prose
    assert "and 4,988 more" in page.prose
    assert "left out" not in page.prose


def test_problems_stand_before_findings() -> None:
    page = check(SCANS["incomplete"]())
    assert page.prose.index("INCOMPLETE") < page.prose.index("Findings") < page.prose.index("Not judged")
