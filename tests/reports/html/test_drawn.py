"""The HTML report as it is drawn, in Chromium: both colour schemes, paper, any width, hostile names, many findings."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.gate import Gate, decide
from scanner.model import Evidence, Judged, Outcome, Problem, Results, Subject, Waiver
from scanner.rowtypes import VM
from tests.reports.hostile import CHOSEN
from tests.reports.html.pages import Browser, compared, told, until
from tests.reports.scans import Scan, contoso, incomplete, nightly

READABLE = (Path(__file__).parent / "readable.js").read_text("utf-8").partition("\n")[2]


def test_an_incomplete_scan_cannot_be_missed(quiet: Browser, page_of: Callable[[str, Scan], Path]) -> None:
    with quiet.page(page_of("incomplete", incomplete())) as page:
        box = page.locator(".banner").bounding_box()
        assert box
        assert box["y"] < 300
        assert "not all was read or judged" in page.inner_text(".banner").lower()
        assert "412" in page.inner_text(".banner")


WIDTH, HEIGHT = (f"one => one.getBoundingClientRect().{side}" for side in ("width", "height"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["compared", "incomplete"])
def test_all_that_is_drawn_can_be_read_in_both_schemes(
    quiet: Browser, page_of: Callable[[str, Scan], Path], which: str, scheme: str
) -> None:
    path = page_of(which, compared() if which == "compared" else incomplete())
    with quiet.page(path, "#verdict=any", color_scheme=scheme) as page:
        for button in page.locator(".finding").all()[:4]:
            button.click()
        assert page.evaluate(READABLE) == []
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        dark = sum(map(int, re.findall(r"\d+", ground))) < 300
        assert dark == (scheme == "dark")


def test_on_paper_all_is_open_and_no_filter_is_printed(quiet: Browser, example: Path) -> None:
    with quiet.page(example, "#verdict=fail&policy=guest-dhcp", color_scheme="dark") as page:
        found = told(page)
        page.emulate_media(media="print")
        until(page, "document.documentElement.dataset.paper")
        assert not page.is_visible("#filters")
        assert not page.is_visible("nav")
        assert page.locator("details:not([open])").count() == 0
        assert page.locator(".evidence").count() == found
        assert page.locator(".copy:visible").count() == 0
        assert "policy=guest-dhcp" in page.inner_text(".print-only")
        assert page.evaluate("getComputedStyle(document.querySelector('.finding'), '::before').content") == '""'
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        page.emulate_media(media="screen")
        until(page, "!document.documentElement.dataset.paper")
        assert page.is_visible("#filters")
        assert page.locator(".evidence").count() == 0
        assert page.locator("details[open]").count() == 0
    with quiet.page(example) as page:
        assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_window_is_too_narrow(quiet: Browser, example: Path, width: int) -> None:
    with quiet.page(example, viewport={"width": width, "height": 800}) as page:
        page.locator(".finding").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
def test_no_cell_is_so_narrow_that_words_fall_into_letters(quiet: Browser, example: Path, width: int) -> None:
    with quiet.page(example, viewport={"width": width, "height": 800}) as page:
        assert page.locator(".matrix tbody th").first.evaluate(WIDTH) > 100
        for cell in page.locator(".word").all():
            assert cell.evaluate("one => one.getClientRects().length && one.scrollWidth <= one.clientWidth + 1")
            assert cell.evaluate("one => getComputedStyle(one).whiteSpace") == "nowrap"


BROKEN = """
[...document.querySelectorAll(".plain td, .plain th")].flatMap((cell) => {
  const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [], words = [];
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    if (text.parentElement.closest("code")) continue; // a path is one long word
    for (const word of text.data.matchAll(/[A-Za-z0-9]{2,10}/g)) words.push([text, word]);
  }
  for (const [text, word] of words) {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    if (new Set([...range.getClientRects()].map((box) => box.top)).size > 1) found.push(word[0]);
  }
  return found;
})
"""


@pytest.mark.parametrize("width", [390, 1440])
def test_a_table_of_texts_breaks_no_short_word(
    quiet: Browser, page_of: Callable[[str, Scan], Path], width: int
) -> None:
    with quiet.page(page_of("nightly", nightly()), viewport={"width": width, "height": 800}) as page:
        assert page.locator("#waivers .plain").count() == 1
        assert page.evaluate(BROKEN) == []
        assert page.locator("#controls tbody tr").first.evaluate(HEIGHT) < 320


def test_what_a_lane_of_backup_starts_is_called_ends_before_the_lane(quiet: Browser, example: Path) -> None:
    with quiet.page(example) as page:
        page.locator("#starts").scroll_into_view_if_needed()
        lane = page.locator("svg.timeline .lane").first
        lane.evaluate("one => { one.textContent = 'Mon, Tue, Thu, Sun, January'; }")
        end = lane.evaluate("one => one.getBBox().x + one.getBBox().width")
        assert end < float(page.locator("svg.timeline .floor").first.get_attribute("x1") or 0)


def test_a_heading_of_counts_stays_with_its_table_on_paper(quiet: Browser, example: Path) -> None:
    with quiet.page(example) as page:
        page.emulate_media(media="print")
        for table in ("counts", "heat"):
            around = page.locator(f".scroll:has(> .{table})").first
            assert around.evaluate("one => getComputedStyle(one).breakInside") == "avoid", table


def test_a_printed_heat_map_makes_megabytes(quiet: Browser, example: Path) -> None:
    with quiet.page(example) as page:
        assert page.locator(".c-unknown").count() > 20
        assert len(page.pdf(format="A4", print_background=True)) < 2_000_000


def hostile() -> Scan:
    """A fleet whose every text is out to break the page."""
    results, _ = contoso()
    head = results.judged[0].policy
    more = [
        "</script><script>alert(1)</script>",
        "<svg onload=alert(1)>",
        "'\"><img src=x onerror=alert(1)>",
        "שלום עולם",
    ]
    names = [name or "empty" for name in (*CHOSEN, *more)]
    ids = [(f"/{n}/{name}", name) for n, name in enumerate(names)]
    subjects = [Subject(each, each.lower(), VM, name, name, f"sub {name[:40]}") for each, name in ids]
    subjects.sort(key=lambda subject: subject.key)
    outcomes = [
        Outcome("fail", "error", one.name, (), (Evidence(one.name, {one.name: [one.name]}, one.name),))
        for one in subjects
    ]
    policies = [
        replace(
            head,
            id=f"{n}{name[:300]}",
            title=name,
            why=name,
            fix=name,
            source={"title": name, "url": f"javascript:{name}", "read": name},
            controls={name: (name,)},
            errors=(name,),
        )
        for n, name in enumerate(names[:12])
    ]
    judged = tuple(Judged(policy, subjects, outcomes) for policy in sorted(policies, key=lambda policy: policy.id))
    evil = names[13]
    waiver = Waiver((evil,), (evil,), evil, evil, evil, evil, evil)
    problems = tuple(Problem(name, name, 1, True) for name in names)
    run = replace(results.run, sources=tuple(names), scope=tuple(names), problems=problems)
    found = Results(run, judged, waivers={(judged[0].policy.id, subjects[0].key): waiver})
    return found, decide(found, Gate())


ACTING = """
[...document.querySelectorAll("*")].filter((one) => [...one.attributes].some(
  (each) => each.name.startsWith("on") || /^\\s*javascript:/i.test(each.value)
)).length
"""


def test_hostile_names_are_shown_and_never_obeyed(quiet: Browser, page_of: Callable[[str, Scan], Path]) -> None:
    with quiet.page(page_of("hostile", hostile()), "#verdict=any") as page:
        for button in page.locator(".finding").all()[:40]:
            button.click()
        for button in page.locator(".member > button").all()[:40]:
            button.click()
        assert page.locator("img, iframe, object, embed, video, audio, link, main script, main style").count() == 0
        assert page.evaluate(ACTING) == 0
        hrefs = page.locator("a").evaluate_all(
            "all => [...new Set(all.map(one => one.getAttribute('href').slice(0, 8)))]"
        )
        assert all(href.startswith("#") for href in hrefs)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert "<script>alert(1)</script>" in page.inner_text("#list")
        for name in (*CHOSEN, "%E0%A4%A", "a&b=c#d"):
            page.fill("#q", name.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        page.wait_for_timeout(50)
    with quiet.page(
        page_of("hostile", hostile()), "#verdict=<img>&policy=%E0%A4%A&q=%&__proto__=x&group=a=b&severity="
    ) as page:
        assert page.inner_text("#told").startswith("No result")


def many(count: int) -> Scan:
    """So many findings, most with a reason of their own, each with its own evidence."""
    results, _ = contoso()
    head = results.judged[0].policy
    subjects = []
    for n in range(count // 4):
        written = f"/subscriptions/s/resourceGroups/rg-{n % 400}/vm{n:06}"
        subjects.append(Subject(written, written.lower(), VM, f"vm{n:06}", f"rg-{n % 400}", "s"))
    subjects.sort(key=lambda subject: subject.key)
    judged = []
    for letter in "abcd":
        outcomes = [
            Outcome("fail", "error", f"{letter} {n % 3000}", (), (Evidence("agent.version", f"2.{n}", "instanceview"),))
            for n in range(len(subjects))
        ]
        judged.append(Judged(replace(head, id=f"policy-{letter}"), subjects, outcomes))
    found = Results(results.run, tuple(judged))
    return found, decide(found, Gate())


def test_twenty_thousand_findings_are_all_reached_a_few_at_a_time(
    quiet: Browser, page_of: Callable[[str, Scan], Path]
) -> None:
    with quiet.page(page_of("many", many(20_000))) as page:
        assert told(page) == 20_000
        assert page.locator(".finding").count() <= 200
        before = page.locator(".finding").count()
        page.click("#more")
        assert page.locator(".finding").count() > before
        page.fill("#q", "vm004999")
        assert told(page) == 4
        page.fill("#q", "policy-c")
        assert told(page) == 5_000
