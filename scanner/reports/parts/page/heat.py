"""The heat map: which policy fails in which resource group, the worst group first; unknown has its own pattern."""

from collections import Counter

from scanner.model import WAIVERS, Results
from scanner.reports.parts.page.counts import Counts, Mark, Marks, Place, fails, worst
from scanner.reports.parts.page.elements import Child, Markup, element, figure, name, prose
from scanner.reports.parts.page.tables import link, scrolling

_GROUPS = 60
_SAID: dict[Mark, str] = {
    "error": "fail, at error",
    "warning": "fail, at warning",
    "note": "fail, at note",
    "unknown": "unknown",
    "waived": "waived",
    "pass": "pass",
    "not-applicable": "not applicable",
}


def section(results: Results, counts: Counts) -> list[Child]:
    """The map with its legend."""
    policies = [judged.policy for judged in results.judged if judged.policy.resource != WAIVERS and judged.subjects]
    policies.sort(key=lambda policy: (policy.cause, policy.id))
    places = sorted(counts.cells, key=lambda place: (*_gravity(_total(counts, place)), place[1], place[0]))
    if not policies or not places:
        return [element("p", "Nothing was judged.", class_="quiet")]
    twice = Counter(place[1] for place in places)
    shown = places[:_GROUPS]
    head = element(
        "tr",
        element("th", "resource group", scope="col"),
        [
            element(
                "th",
                element("span", element("a", name(policy.id, 80), href=link({"policy": policy.id}))),
                scope="col",
                title=prose(policy.title, 300),
            )
            for policy in policies
        ],
    )
    body = [
        element(
            "tr",
            element("th", _label(counts, place, twice[place[1]] > 1), scope="row"),
            [_cell(counts.cells[place].get(policy.id), place, policy.id) for policy in policies],
        )
        for place in shown
    ]
    rest = places[_GROUPS:]
    clean = sum(not any(_gravity(_total(counts, place))[:4]) for place in rest)
    note = (
        f"{len(rest):,} more resource groups with less are left out, {clean:,} of them without a finding or an unknown."
    )
    return [
        scrolling(
            "Heat map",
            element(
                "table",
                element("caption", "Failures by resource group and policy; the worst group first"),
                element("thead", head),
                element("tbody", body),
                class_="heat",
                id="heat-table",
            ),
        ),
        _legend(),
        element("p", note, class_="quiet") if rest else None,
    ]


def _label(counts: Counts, place: Place, twice: bool) -> Child:
    written = counts.names[place] or "no resource group"
    return [name(written, 80), element("small", " ", name(place[0], 9), title=prose(place[0], 60)) if twice else None]


def _total(counts: Counts, place: Place) -> Counter[Mark]:
    total: Counter[Mark] = Counter()
    for marks in counts.cells[place].values():
        total.update(marks)
    return total


def _gravity(marks: Marks) -> tuple[int, ...]:
    return tuple(-marks.get(mark, 0) for mark in ("error", "warning", "note", "unknown", "waived"))


def _cell(marks: Marks | None, place: Place, policy: str) -> Markup:
    mark = worst(marks) if marks else None
    if marks is None or mark is None:
        return element("td", class_="blank")
    if mark == "not-applicable":
        return element("td", element("span", "·", title="not applicable"), class_="c-not-applicable")
    # A mild fail beside unknowns says so in its sign: they may be graver.
    doubt = "?" if marks.get("unknown") else ""
    shown = {"unknown": f"?{marks['unknown']}", "waived": f"w{marks['waived']}", "pass": "✓"}.get(
        mark, f"{figure(fails(marks))}{doubt}"
    )
    said = ", ".join(f"{figure(marks[each])} {_SAID[each]}" for each in _SAID if marks.get(each))
    # Names as the findings have them: with what cannot be printed replaced.
    where = {"group": prose(place[1], 300), "subscription": prose(place[0], 300)}
    there = {"verdict": _verdicts(marks), "policy": policy, **where}
    return element(
        "td",
        element("a", shown, href=link(there), title=said, aria_label=f"{prose(policy, 80)}: {said}"),
        class_=f"c-{mark}",
    )


def _verdicts(marks: Marks) -> str:
    there = [*(["fail"] if fails(marks) else []), *(each for each in ("unknown", "waived") if marks.get(each))]
    return ",".join(there or ["pass"])


def _legend() -> Markup:
    keys = [
        ("error", "3", "fail, the worst at error"),
        ("warning", "3", "at warning"),
        ("note", "3", "at note"),
        ("note", "3?", "others there are unknown"),
        ("unknown", "?3", "unknown: neither right nor wrong"),
        ("waived", "w3", "fails, and is accepted for a while"),
        ("pass", "✓", "pass"),
        ("not-applicable", "·", "does not apply"),
    ]
    return element(
        "p",
        [[element("span", sign, class_=f"key c-{mark}"), f" {means}", "   "] for mark, sign, means in keys],
        class_="legend",
    )
