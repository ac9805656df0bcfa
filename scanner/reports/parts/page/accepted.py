"""The waivers: who accepts what, why, until when, and where that is written."""

from datetime import date

from scanner.model import WAIVERS, Results, Waiver, several
from scanner.reports.parts import summary
from scanner.reports.parts.findings import Finding, Labels, waived
from scanner.reports.parts.page.elements import Child, Markup, element, name, prose
from scanner.reports.parts.page.tables import link, plain

_SOON = 14
"""Days before a waiver's end from which the page points at it."""
_WAIVERS, _NAMES, _AMISS = 500, 12, 20


def section(results: Results) -> list[Child]:
    """What ends first comes first."""
    groups = waived(results)
    if not groups:
        return [element("p", "No finding is waived.", class_="quiet"), *_amiss(results)]
    labels = Labels(results)
    rows = [_row(waiver, found, results, labels) for waiver, found in groups[:_WAIVERS]]
    count = sum(len(found) for _, found in groups)
    left = len(groups) - _WAIVERS
    show = element("a", "Show them", href=link({"verdict": "waived"}))
    return [
        element("p", prose(summary.accepted(count)), ". ", show, class_="lead"),
        plain("Waivers", ("until", "owner", "reason", "what it accepts", "written in"), rows),
        element("p", f"and {left:,} more waivers, in results.json") if left > 0 else None,
        *_amiss(results),
    ]


def _amiss(results: Results) -> list[Child]:
    """The waivers that do not hold, cover too much or are not needed: the check of waivers names each."""
    found = [
        (subject.name, outcome.reason)
        for judged in results.judged
        if judged.policy.id == WAIVERS
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if outcome.verdict == "fail"
    ]
    if not found:
        return []
    lines = [element("li", name(waiver), f": {prose(reason, 600)}") for waiver, reason in found[:_AMISS]]
    left = len(found) - _AMISS
    show = element("a", "Show them", href=link({"policy": WAIVERS, "verdict": "fail"}))
    said = (
        "1 waiver does not do what it should."
        if len(found) == 1
        else f"{len(found):,} waivers do not do what they should."
    )
    return [
        element("h3", "Not as it should be"),
        element("p", said, " ", show),
        element("ul", lines),
        element("p", f"and {left:,} more") if left > 0 else None,
    ]


def _row(waiver: Waiver, found: list[Finding], results: Results, labels: Labels) -> Markup:
    by_policy: dict[str, list[str]] = {}
    for finding in found:
        by_policy.setdefault(finding.policy.id, []).append(labels.of(finding.subject))
    ticket = element("div", prose(waiver.ticket, 200), class_="quiet") if waiver.ticket else None
    since = element("div", f"since {prose(waiver.created, 40)}", class_="quiet") if waiver.created else None
    return element(
        "tr",
        element("td", prose(summary.ends(waiver), 40), _left(waiver, results), class_="word"),
        element("td", name(waiver.owner)),
        element("td", prose(waiver.reason, 2_000), ticket, class_="wide"),
        element("td", [_accepts(policy, names) for policy, names in by_policy.items()], class_="wide"),
        element("td", element("code", prose(summary.granted_at(waiver), 300)), since, class_="wide"),
    )


def _accepts(policy: str, names: list[str]) -> Markup:
    more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
    return element("div", element("code", prose(policy, 120)), " ", prose(", ".join(names[:_NAMES]), 2_000), more)


def _left(waiver: Waiver, results: Results) -> Child:
    """How many days it holds from when the results were taken."""
    try:
        days = (date.fromisoformat(waiver.expires[:10]) - date.fromisoformat(results.run.taken_at[:10])).days
    except ValueError:
        return None
    said = several(days, "day left", "days left") if days else "its last day"
    return element("div", element("span", said, class_="tag warning") if days <= _SOON else said, class_="quiet")
