"""The HTML report without a browser: its structure, its security policy, its colours; nothing breaks out of it."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from scanner.gate import Gate, decide
from scanner.model import Change, Coverage, Outcome, Problem, Results, Waiver
from scanner.reports import Style, html
from scanner.reports.parts.page.counts import counted
from scanner.reports.parts.page.rows import STATES, ago, chosen, level
from tests.reports.hostile import scans
from tests.reports.html.pages import Parsed, compared, headings, id_of, written
from tests.reports.scans import SCANS, Scan, contoso, incomplete, nightly
from tests.reports.test_golden import hold

STYLE = (files("scanner.reports.parts.page") / "style.css").read_text("utf-8")


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    value: dict[str, Any] = json.loads(found[1])
    return value


def outline(text: str) -> str:
    """What a reader sees without opening anything: the texts, a line for each block."""
    body = re.sub(r"<(style|script)[^>]*>.*?</\1>", "", text, flags=re.DOTALL)
    body = re.sub(r"</(p|h1|h2|h3|li|tr|caption|summary|dd|title|label|legend)>", "\n", body)
    lines = (" ".join(re.sub(r"<[^>]*>", " ", each).split()) for each in body.splitlines())
    return "\n".join(each for each in lines if each) + "\n"


def test_the_html_report_says_the_same_as_ever() -> None:
    hold("html-outline.txt", outline(written(contoso())))


@pytest.mark.parametrize("scan", SCANS)
def test_the_sections_come_in_order_coverage_first(scan: str) -> None:
    text = written(SCANS[scan]())
    assert [each.split(" ", 1)[1].strip() for each in headings(text)] == [
        "Coverage",
        "Decision",
        "Verdicts",
        "Heat map",
        "Backup starts",
        "Trend",
        "Findings",
        "Waivers",
        "Controls",
        "Method",
    ]
    Parsed(text)


@pytest.mark.parametrize("scan", SCANS)
def test_same_results_same_bytes(scan: str) -> None:
    assert written(SCANS[scan]()) == written(SCANS[scan]())


def test_an_incomplete_scan_says_so_before_anything_else() -> None:
    text = written(incomplete())
    banner = text.index('class="banner" role="alert"')
    assert banner < text.index("<nav")
    assert "Incomplete: not all was read or judged" in text[banner : banner + 2_000]
    assert "the file ends in the middle of a row" in text[banner : banner + 2_000]
    assert 'class="banner"' not in written(contoso())


def test_a_scan_that_judged_nothing_says_so_before_anything_else() -> None:
    text = written(SCANS["nothing"]())
    assert "Nothing was judged" in text[text.index('class="banner"') : text.index("<nav")]


def test_the_page_may_run_its_own_script_and_style_and_nothing_else() -> None:
    text = written(contoso())
    page = Parsed(text)
    rules = next(given["content"] or "" for given in page.all("meta") if given.get("http-equiv"))
    inline = re.findall(r"<(script|style)>(.*?)</\1>", text, re.DOTALL)
    assert [tag for tag, _ in inline] == ["style", "script"]
    for tag, content in inline:
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in rules
    assert rules.startswith("default-src 'none';")
    assert "require-trusted-types-for 'script'" in rules
    assert "unsafe" not in rules


def harmless(text: str) -> Parsed:
    """Nothing of the input became an element, an attribute that acts, or an address that is loaded."""
    page = Parsed(text)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {
        "img",
        "iframe",
        "link",
        "object",
        "embed",
        "base",
        "audio",
        "video",
        "image",
        "use",
        "foreignobject",
    }
    assert len(page.all("script")) == 2
    assert len(page.all("style")) == 1
    for _, said in page.elements:
        assert not {name for name in said if name.startswith("on") or name in ("src", "srcset", "style", "action")}
        href = said.get("href") or "#"
        assert href.startswith(("#", "https://")), href
        if href.startswith("https://"):
            assert said.get("rel") == "noreferrer noopener"
    assert all(char.isprintable() or char == "\n" for char in text)
    text.encode("utf-8")
    return page


def test_the_example_loads_nothing() -> None:
    harmless(written(contoso()))


@given(scans())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hostile_fleet_breaks_nothing(scan: Scan) -> None:
    text = written(scan)
    harmless(text)
    document = data_of(text)
    assert len(document["rows"]) == 4 * sum(len(judged.subjects) for judged in scan[0].judged)
    assert written(scan) == text


def test_every_result_is_in_the_data_with_its_verdict() -> None:
    results, decision = contoso()
    document = data_of(written((results, decision)))
    told = [
        (document["policies"][policy]["id"], id_of(document, subject), STATES[state])
        for policy, subject, _, state in zip(*[iter(document["rows"])] * 4, strict=True)
    ]
    assert sorted(told) == sorted(
        (judged.policy.id, subject.id, outcome.verdict)
        for judged in results.judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
    )


def test_what_is_counted_by_place_is_what_there_is() -> None:
    results, _ = contoso()
    counts = counted(results)
    whole: dict[str, int] = {}
    for marks in counts.subscriptions.values():
        for mark, count in marks.items():
            whole[mark] = whole.get(mark, 0) + count
    there = results.counts()
    assert sum(whole.get(each, 0) for each in ("error", "warning", "note")) == there["fail"]
    assert {each: whole.get(each, 0) for each in ("pass", "unknown")} == {
        each: there[each] for each in ("pass", "unknown")
    }


def test_a_list_that_is_cut_keeps_the_gravest_and_hides_no_policy() -> None:
    results, _ = contoso()
    kept, left = chosen(results, 30)
    assert len(kept) <= 30
    assert {finding.outcome.verdict for finding in kept} == {"fail"}
    failing = {judged.policy.id for judged in results.judged if any(one.verdict == "fail" for one in judged.outcomes)}
    assert {finding.policy.id for finding in kept} == failing
    counts = results.counts()
    assert left["fail"] == counts["fail"] - len(kept)
    assert left["unknown"] == counts["unknown"]


def test_what_is_left_out_is_said() -> None:
    text = "".join(html.write(*contoso(), Style(), 30))
    assert "Left out of this list" in text
    assert f"{contoso()[0].counts()['pass']:,} pass" in text[text.index("Left out of this list") :][:400]


@pytest.mark.parametrize(
    ("sizes", "most", "found"), [([5, 5], 100, 5), ([1, 9, 9], 11, 5), ([9, 9, 9], 2, 0), ([], 5, 0)]
)
def test_each_lot_keeps_as_much_as_any_other(sizes: list[int], most: int, found: int) -> None:
    assert level(sizes, most) == found
    assert sum(min(size, found) for size in sizes) <= most


def test_a_waiver_that_expired_is_missing_among_the_waivers() -> None:
    text = written(nightly())
    section = text[text.index('id="waivers-title"') : text.index('id="controls-title"')]
    assert "it expired on 2026-11-21; the finding it covered counts again" in section
    assert "1 waiver does not do what it should." in section


def test_a_waived_finding_shows_who_accepts_it_why_and_until_when() -> None:
    results, _ = contoso()
    policy, subject = next(
        (judged.policy.id, subject)
        for judged in results.judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if outcome.verdict == "fail"
    )
    waiver = Waiver((policy,), (subject.key,), "web-team", "it is <b>replaced</b>", "2026-11-30", "CHG-12")
    found = replace(results, waivers={(policy, subject.key): waiver})
    text = written((found, decide(found, Gate())))
    section = text[text.index('id="waivers-title"') : text.index('id="controls-title"')]
    for said in ("web-team", "it is &lt;b&gt;replaced&lt;/b&gt;", "2026-11-30", "CHG-12", "8 days left", policy):
        assert said in section, said


def test_what_was_refused_or_did_not_come_is_told_in_words() -> None:
    results, decision = contoso()
    entries = (
        Coverage("sub-a", "microsoft.compute/disks", 9, False, 12),
        Coverage("sub-a", "microsoft.authorization/locks", 1, False, None, "", "Microsoft.Authorization/locks/read"),
        Coverage("sub-b", "microsoft.compute/disks", 4, True, 4),
    )
    found = replace(
        results, run=replace(results.run, coverage=entries, problems=(Problem("it was cut", incomplete=True),))
    )
    text = written((found, decision))
    assert "9 of 12 !" in text
    assert "3 of 12 rows did not come" in text
    assert "needs Microsoft.Authorization/locks/read" in text


def test_the_heat_map_tells_unknown_by_more_than_colour() -> None:
    text = written(contoso())
    heat = text[text.index('id="heat-table"') :]
    cells = re.findall(r'<td class="c-([a-z-]+)">(?:<a[^>]*>|<span[^>]*>)([^<]*)<', heat)
    signs: dict[str, set[str]] = {}
    for mark, sign in cells:
        signs.setdefault(mark, set()).add(re.sub(r"\d+", "", sign))
    assert signs["unknown"] == {"?"}
    assert signs["pass"] == {"✓"}
    assert signs["error"] == {"", "?"}
    assert "repeating-linear-gradient" in STYLE[STYLE.index(".c-unknown") : STYLE.index(".c-waived")]


def test_no_mild_fail_in_the_heat_map_hides_what_is_unknown_beside_it() -> None:
    text = written(contoso())
    heat = text[text.index('id="heat-table"') :]
    cells = re.findall(r'<td class="c-(?:error|warning|note)"><a[^>]* title="([^"]*)"[^>]*>([^<]*)<', heat)
    assert any("unknown" in title for title, _ in cells)
    for title, sign in cells:
        assert sign.endswith("?") == ("unknown" in title), (title, sign)


def test_a_cell_of_the_heat_map_leads_to_a_name_as_the_findings_have_it() -> None:
    results, decision = contoso()
    first = results.judged[0]
    odd = [subject._replace(resource_group="\u202erg") for subject in first.subjects]
    text = written((replace(results, judged=(replace(first, subjects=odd),)), decision))
    assert "group=%3Frg&" in text
    assert "%E2%80%AE" not in text


@pytest.mark.parametrize(
    ("expires", "said"),
    [("2026-11-22", "its last day"), ("2026-11-23", "1 day left"), ("2026-11-24", "2 days left")],
)
def test_how_long_a_waiver_holds_is_counted_right_to_its_last_day(expires: str, said: str) -> None:
    results, _ = compared()
    waivers = {key: replace(waiver, expires=expires) for key, waiver in results.waivers.items()}
    found = replace(results, waivers=waivers)
    text = written((found, decide(found, Gate())))
    assert f'<span class="tag warning">{said}</span>' in text


def test_an_exemption_that_ends_at_midnight_is_not_said_to_hold_on_that_day() -> None:
    results, _ = compared()
    key, waiver = next(iter(results.waivers.items()))
    for end, said in (("2026-12-01T00:00:00Z", "2026-12-01 00:00Z"), ("2026-12-01", "2026-12-01")):
        found = replace(results, waivers={key: replace(waiver, expires=end)})
        text = written((found, decide(found, Gate())))
        assert f'<td class="word">{said}<div' in text
        assert f'"until {said} by web-team: it is replaced"' in text


def test_one_hour_is_not_hours() -> None:
    assert [ago(hours) for hours in (1, 2.4, 47.7, 49, -1)] == [
        "1 hour before",
        "2 hours before",
        "48 hours before",
        "2 days before",
        "1 hour after",
    ]


def test_no_group_is_said_to_be_crowded_where_none_is() -> None:
    results, decision = contoso()
    calm = tuple(replace(line, crowded=()) for line in results.timelines)
    text = written((replace(results, timelines=calm), decision))
    assert "10 groups, none with a known window in which too many backups start." in text


def test_crowded_windows_are_marked_on_the_timeline_and_named() -> None:
    text = written(contoso())
    starts = text[text.index('id="starts-title"') : text.index('id="trend-title"')]
    assert starts.count('class="crowd"') == 3  # as-app in January and July, as-erp in January
    assert (
        "6 backups start within 60 minutes of 21:00 UTC every day in January and 20:00 UTC every day in July" in starts
    )


def test_results_of_outcomes_that_say_the_same_are_not_said_twice() -> None:
    results, decision = contoso()
    judged = results.judged[0]
    same = Outcome("fail", "error", "it is broken", (), judged.outcomes[0].evidence)
    found = replace(results, judged=(replace(judged, outcomes=[same] * len(judged.subjects)),))
    document = data_of(written((found, decision)))
    assert len(document["outcomes"]) == 1
    assert len(document["rows"]) == 4 * len(judged.subjects)


# Contrast: WCAG 2.1, 1.4.3 (AA): 4.5 to 1 for text; https://www.w3.org/TR/WCAG21/#contrast-minimum


def colours(style: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", style))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


LIGHT, DARK = (colours(part) for part in STYLE.split("@media screen and (prefers-color-scheme: dark)", 1))
DARK = dict(list(DARK.items())[: len(LIGHT)])
PAIRS = [
    *((ink, ground) for ink in ("ink", "quiet", "link") for ground in ("page", "panel")),
    *((mark, f"{mark}-tint") for mark in ("error", "warning", "note", "unknown", "pass", "waived")),
    *((mark, "page") for mark in ("error", "warning", "note", "unknown", "pass", "waived")),
    ("error-on", "error"),
    ("unknown", "hatch"),
    ("page", "ink"),
]


@pytest.mark.parametrize(("ink", "ground"), PAIRS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(scheme: str, ink: str, ground: str) -> None:
    named = LIGHT if scheme == "light" else DARK
    assert contrast(named[ink], named[ground]) >= 4.5


def test_the_measure_of_contrast_is_the_known_one() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_of_a_plan_over_a_fleet_what_gets_worse_can_be_asked_for() -> None:
    results, decision = contoso()
    judged = results.judged[0]
    changes = {(judged.policy.id, subject.key): Change("worse", "pass") for subject in judged.subjects[:2]}
    text = written((replace(results, changes=changes), decision))
    assert data_of(text)["overlay"] is True
    assert [each["effect"] for each in data_of(text)["more"].values() if "effect" in each] == ["worse", "worse"]
    assert 'id="by-change"' in text
    assert data_of(written((results, decision)))["overlay"] is False


def test_results_without_a_timeline_say_so() -> None:
    results, decision = contoso()
    bare: Results = replace(results, timelines=())
    assert "No group of VMs was judged by when its backups start." in written((bare, decision))
