"""The HTML report as people use it, in Chromium: filters, evidence, the fix, the keyboard, numbers that lead on."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from scanner.reports import Style, html
from tests.reports.html.pages import Browser, compared, count_of, entries, go, told, until
from tests.reports.scans import contoso


def test_it_opens_with_what_fails(quiet: Browser, example: Path) -> None:
    with quiet.page(example) as page:
        assert told(page) == count_of(compared(), "fail")
        assert all(text.startswith("fail") for text in entries(page))


def test_filters_narrow_the_list_and_stand_in_the_address(quiet: Browser, example: Path) -> None:
    results = compared()[0]
    expected = sum(
        outcome.verdict == "unknown"
        for judged in results.judged
        if judged.policy.id == "guest-dhcp"
        for outcome in judged.outcomes
    )
    with quiet.page(example) as page:
        page.uncheck("input[value=fail]")
        page.check("input[value=unknown]")
        page.select_option("#by-policy", "guest-dhcp")
        assert told(page) == expected > 0
        assert page.url.endswith("#verdict=unknown&policy=guest-dhcp")
        address = page.url
    with quiet.page(example, address[address.index("#") :]) as page:
        assert told(page) == expected
        assert page.is_checked("input[value=unknown]")
        assert not page.is_checked("input[value=fail]")
        assert page.input_value("#by-policy") == "guest-dhcp"
        page.click("#clear")
        assert told(page) == count_of(compared(), "fail")


@pytest.mark.parametrize("field", ["cause", "subscription", "group", "trend", "control", "policy"])
def test_every_choice_of_a_filter_finds_something_and_all_of_them_all(
    quiet: Browser, example: Path, field: str
) -> None:
    with quiet.page(example, "#verdict=any") as page:
        whole = told(page)
        values = page.locator(f"#by-{field} option").evaluate_all("all => all.map(one => one.value).filter(Boolean)")
        found = 0
        for value in values:
            page.select_option(f"#by-{field}", value)
            if field != "trend":
                assert told(page) > 0, value
            found += told(page)
        if field in ("subscription", "group", "policy"):
            assert found == whole


def test_search_finds_by_name_reason_and_policy(quiet: Browser, example: Path) -> None:
    with quiet.page(example) as page:
        for query, part in (
            ("legacyus01", "legacyus01"),
            ("2.7.41491.949", "2.7.41491.949"),
            ("agent-version", "agent-version"),
        ):
            page.fill("#q", query)
            assert entries(page), query
            assert all(part in text for text in entries(page))
            assert f"q={quote(query)}" in page.url
        page.fill("#q", "no such thing anywhere")
        assert page.inner_text("#told").startswith("No result")
        page.press("#q", "Escape")
        assert page.input_value("#q") == ""
        assert told(page) == count_of(compared(), "fail")


def test_a_resource_is_found_by_its_whole_id_and_shows_it(quiet: Browser, example: Path) -> None:
    results, _ = compared()
    judged = next(judged for judged in results.judged if judged.policy.id == "guest-dhcp")
    for subject in (judged.subjects[0], judged.subjects[-1]):
        with quiet.page(example, f"#verdict=any&policy=guest-dhcp&q={quote(subject.id.upper())}") as page:
            assert told(page) == 1
            page.click(".finding")
            assert page.inner_text(".evidence .id") == subject.id


def test_waived_and_new_findings_can_be_asked_for(quiet: Browser, example: Path) -> None:
    with quiet.page(example, "#verdict=waived") as page:
        assert told(page) == 1
        page.click(".finding")
        assert "until 2026-12-01 by web-team: it is replaced" in page.inner_text(".evidence")
    with quiet.page(example, "#verdict=any&trend=new") as page:
        assert told(page) == 1
        assert "new" in entries(page)[0]


def test_a_finding_opens_to_its_evidence_with_source_and_age(quiet: Browser, example: Path) -> None:
    with quiet.page(example, "#verdict=fail&policy=guest-dhcp") as page:
        page.locator(".finding", has_text="Ethernet").first.click()
        body = page.locator(".body").first
        assert "Every network interface gets its address by DHCP" in body.inner_text()
        body.locator(".member > button").first.click()
        rows = {row.split("\t")[0]: row for row in body.locator(".evidence tbody tr").all_inner_texts()}
        assert "guestfacts" in rows["guest.interfaces"]
        assert re.search(r"guest: 2026-11-2\d \d\d:\d\dZ \(\d+ hours before\)", rows["guest.interfaces"])
        assert "2026-11-22 01:00Z" in rows["backup.protected"]
        page.locator(".finding", has_text="Ethernet").first.click()
        assert page.locator(".body").count() == 0


TAKES = """
() => document.addEventListener("copy", () => {
  window.taken = String(document.getSelection()) || document.activeElement.value;
})
"""


@pytest.mark.parametrize("allowed", [True, False])
def test_the_fix_is_copied_with_and_without_the_right_to_the_clipboard(
    quiet: Browser, example: Path, allowed: bool
) -> None:
    given: dict[str, Any] = {"permissions": ["clipboard-read", "clipboard-write"]} if allowed else {}
    with quiet.page(example, "#policy=agent-version&verdict=fail", **given) as page:
        if not allowed:
            page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
        page.evaluate(TAKES)
        page.locator(".finding").first.click()
        fix = page.locator(".fix pre").first.inner_text()
        page.locator(".copy").first.click()
        until(page, "document.querySelector('.copy').textContent === 'Copied'")
        taken = page.evaluate("navigator.clipboard.readText()") if allowed else page.evaluate("window.taken")
        assert taken.replace("\r\n", "\n").strip() == fix.strip()
        assert page.locator("textarea").count() == 0


def test_all_of_it_works_with_the_keyboard_alone(quiet: Browser, example: Path) -> None:
    with quiet.page(example) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.url.endswith("#findings")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "q"
        page.keyboard.type("agent")
        narrowed = told(page)
        assert 0 < narrowed < count_of(compared(), "fail")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")  # fail off: any verdict
        assert told(page) > narrowed
        page.keyboard.press("Space")
        assert told(page) == narrowed
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.className") == "finding":
                break
        first = page.evaluate("document.activeElement.textContent")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.textContent") != first
        page.keyboard.press("ArrowUp")
        assert page.evaluate("document.activeElement.textContent") == first
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
        assert page.locator(".body").count() == 1
        page.keyboard.press("Enter")
        assert page.locator(".body").count() == 0


def test_the_heat_map_is_one_stop_of_the_tab_key_and_arrows_go_about_in_it(quiet: Browser, example: Path) -> None:
    with quiet.page(example) as page:
        stops = page.evaluate(
            "[...document.querySelectorAll('#heat-table tbody a')].filter(one => one.tabIndex === 0).length"
        )
        assert stops == 1
        page.locator("#heat-table tbody a").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
        cell = "document.activeElement.closest('td')"
        where = page.evaluate(f"[{cell}.parentElement.sectionRowIndex, {cell}.cellIndex]")
        assert where[0] >= 1
        assert where[1] >= 2
        page.keyboard.press("Enter")
        until(page, "location.hash.includes('group=') && document.activeElement.id === 'told'")
        assert told(page) > 0


def test_every_cell_of_the_heat_map_leads_to_as_many_results_as_it_counts(quiet: Browser, example: Path) -> None:
    with quiet.page(example) as page:
        cells = page.locator("#heat-table tbody a").evaluate_all(
            "all => all.map(one => [one.getAttribute('href'), one.title])"
        )
        assert len(cells) > 50
        for href, title in cells[::7]:
            go(page, href)
            counts = {
                name: int(count.replace(",", ""))
                for count, name in re.findall(r"([\d,]+) (fail|unknown|waived|pass)", title)
            }
            if set(counts) & {"fail", "unknown", "waived"}:
                counts.pop("pass", None)
            fails = sum(int(count) for count in re.findall(r"(\d+) fail", title))
            assert told(page) == fails + sum(count for name, count in counts.items() if name != "fail"), (href, title)


def test_numbers_in_the_tables_lead_to_as_many_results(quiet: Browser, example: Path) -> None:
    with quiet.page(example) as page:
        links = page.locator(".counts a, .figure a").evaluate_all(
            "all => all.map(one => [one.getAttribute('href'), (one.querySelector('b') || one).textContent])"
        )
        for href, number in links[::4]:
            go(page, href)
            assert told(page) == int(number.replace(",", "")), href


def test_a_count_of_results_that_are_left_out_leads_to_words_that_say_so(quiet: Browser, tmp_path: Path) -> None:
    path = tmp_path / "short.html"
    path.write_text("".join(html.write(*contoso(), Style(), 30)), "utf-8")
    passing = f"{count_of(contoso(), 'pass'):,} pass"
    with quiet.page(path, "#verdict=pass") as page:
        said = page.inner_text("#told")
        assert said.startswith("No result of ")
        assert said.endswith(f" matches these filters; not in this list: {passing} of the whole scan")
    with quiet.page(path, "#verdict=any") as page:
        assert passing in page.inner_text("#told")
    with quiet.page(path, "#verdict=waived") as page:
        assert page.inner_text("#told").endswith(" matches these filters")


def test_one_result_is_not_results(quiet: Browser, example: Path) -> None:
    with quiet.page(example, "#verdict=fail&policy=agent-version&q=api02") as page:
        assert page.inner_text("#told").startswith("1 result of ")


def test_what_needs_no_script_stands_before_what_does(example: Path) -> None:
    text = example.read_text("utf-8")
    assert text.index('id="method-title"') < text.index('id="data"')
