"""The page's sections of few words: the decision, the verdicts, the trend, the waivers, the controls, the method."""

from collections import Counter
from datetime import date

from scanner.gate import Decision
from scanner.model import WAIVERS, Results, Waiver
from scanner.reports.parts import summary
from scanner.reports.parts.controls import Control, controls
from scanner.reports.parts.findings import Labels, idle, waived
from scanner.reports.parts.page.counts import MARKS, Counts, Mark
from scanner.reports.parts.page.elements import Child, Markup, element, figure, name, prose
from scanner.reports.parts.page.rows import safe_url
from scanner.reports.parts.page.tables import HEADS, Line, filters_of, link, table
from scanner.language.text import show
from scanner.runbook import runbook

WORDS = {0: "The gate holds", 1: "The gate does not hold", 2: "Nothing was judged", 3: "Not all was judged"}
_SOON = 14
_WAIVERS, _NAMES, _MOVED, _SUBSCRIPTIONS = 500, 12, 40, 200


def decision(results: Results, made: Decision, counts: Counts) -> list[Child]:
    """What the gate makes of it, what it was asked, and all results counted."""
    gate = made.gate
    asked = ["findings never stop it" if gate.fail_on == "never" else f"fails on: {gate.fail_on}{'' if gate.fail_on == 'error' else ' or above'}"]
    asked.append("an unknown stops it too" if gate.unknown_fails else "an unknown does not stop it")
    asked += ["only what the baseline does not have counts"] if gate.only_new else []
    asked += ["an empty fleet is accepted"] if gate.allow_empty else []
    total: Counter[Mark] = Counter()
    for marks in counts.policies.values():
        total.update(marks)
    figures = [
        element(
            "li",
            element("a", element("b", figure(total[mark])), " ", HEADS[mark] if mark != "not-applicable" else "not applicable", href=link(filters_of(mark))),
            class_=f"figure {mark}",
        )
        for mark in MARKS
        if total[mark] or mark in ("error", "unknown", "pass")
    ]
    return [
        element(
            "p",
            element("span", f"exit {made.code}", class_=f"tag {'pass' if made.code == 0 else 'error'}"),
            " ",
            element("strong", WORDS.get(made.code, "")),
            f": {prose(made.why, 1_000)}",
            class_="lead",
        ),
        element("ul", figures, class_="figures"),
        element("p", f"The gate: {'; '.join(asked)}. {prose(summary.tally(results))}.", class_="quiet"),
        *([element("p", prose(summary.effects(results), 1_000))] if results.changes else []),
    ]


def verdicts(results: Results, counts: Counts) -> list[Child]:
    """By the cause of a failed snapshot, each with its policies, and by subscription."""
    lines = []
    book = runbook()
    own = {judged.policy.id for judged in results.judged if judged.policy.resource == WAIVERS}
    judged = [one.policy for one in results.judged if one.policy.id not in own]
    for number in sorted({policy.cause for policy in judged}):
        under = [policy for policy in judged if policy.cause == number]
        total: Counter[Mark] = Counter()
        for policy in under:
            total.update(counts.policies[policy.id])
        known = book.cause(number)
        title: Child = [known.title, element("small", f" {known.asks}")]
        lines.append(Line(title, total, {"cause": str(number)}))
        lines += [Line(name(policy.id, 120), counts.policies[policy.id], {"policy": policy.id}, True) for policy in under]
    lines += [Line(name(each, 120), counts.policies[each], {"policy": each}) for each in sorted(own)]
    places = sorted(counts.subscriptions, key=lambda place: (-counts.subscriptions[place]["error"], place))
    by_place = [Line(name(place or "no subscription"), counts.subscriptions[place], {"subscription": place}) for place in places[:_SUBSCRIPTIONS]]
    left = len(places) - _SUBSCRIPTIONS
    silent = [
        element("li", f"{prose(', '.join(names), 2_000)}: {prose(said)}") for said, names in idle(results).items()
    ]
    return [
        table("By the cause of a failed snapshot, in the order in which they are checked", "cause and policy", lines),
        table("By subscription", "subscription", by_place),
        element("p", f"{left:,} more subscriptions have fewer errors; they are in results.json.", class_="quiet") if left > 0 else None,
        *([element("h3", "Policies without a verdict"), element("ul", silent)] if silent else []),
    ]


_TRENDS = {
    "new": "nobody had it in the baseline",
    "reappeared": "was gone or waived, and is back",
    "persisting": "stood in the baseline already",
    "fixed": "failed in the baseline, and does not now",
    "lost": "was judged in the baseline, and is no longer known",
    "added": "nobody had judged it in the baseline",
}


def trend(results: Results) -> list[Child]:
    """What became of the results since the baseline."""
    if results.baseline is None:
        said = "No baseline was given: nothing is said of what is new (--baseline results.json of an earlier run)."
        return [element("p", said, class_="quiet")]
    counts = Counter(track.trend for track in results.tracks.values())
    gone = len(results.baseline.gone)
    rows = [
        element(
            "tr",
            element("th", word, scope="row"),
            element("td", element("a", figure(counts[word]), href=link({"trend": word, "verdict": "any"})) if counts[word] else "0", class_="n"),
            element("td", means),
        )
        for word, means in _TRENDS.items()
    ]
    rows.append(element("tr", element("th", "gone", scope="row"), element("td", figure(gone), class_="n"), element("td", "failed in the baseline; its resource is no longer there")))
    moved = summary.moved(results, Labels(results).of)
    more = len(moved) - _MOVED
    when, _ = summary.since(results)
    return [
        element("p", "Since ", element("strong", prose(when)), ", ", element("code", prose(results.baseline.file, 300)), class_="lead"),
        element("table", element("tbody", rows), class_="plain narrow"),
        element("ul", [element("li", prose(line, 2_000)) for line in moved[:_MOVED]]) if moved else None,
        element("p", f"and {more:,} more, in results.json") if more > 0 else None,
    ]


def waivers(results: Results) -> list[Child]:
    """Who accepts what, why and until when; what ends first comes first."""
    groups = waived(results)
    if not groups:
        return [element("p", "No finding is waived.", class_="quiet")]
    labels = Labels(results)
    rows = []
    for waiver, found in groups[:_WAIVERS]:
        by_policy: dict[str, list[str]] = {}
        for finding in found:
            by_policy.setdefault(finding.policy.id, []).append(labels.of(finding.subject))
        where = [
            element("div", element("code", prose(policy, 120)), " ", prose(", ".join(names[:_NAMES]), 2_000), f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else None)
            for policy, names in by_policy.items()
        ]
        rows.append(
            element(
                "tr",
                element("td", element("span", prose(waiver.expires[:10]), class_="date"), _left(waiver, results)),
                element("td", name(waiver.owner)),
                element("td", prose(waiver.reason, 2_000), element("div", prose(waiver.ticket, 200), class_="quiet") if waiver.ticket else None),
                element("td", where),
                element("td", element("code", prose(summary.granted_at(waiver), 300)), element("div", f"since {prose(waiver.created, 40)}", class_="quiet") if waiver.created else None),
            )
        )
    count = sum(len(found) for _, found in groups)
    heads = [element("th", text, scope="col") for text in ("until", "owner", "reason", "what it accepts", "written in")]
    return [
        element("p", prose(summary.accepted(count)), ". ", element("a", "Show them", href=link({"verdict": "waived"})), class_="lead"),
        element(
            "div",
            element("table", element("thead", element("tr", heads)), element("tbody", rows), class_="plain"),
            class_="scroll", tabindex="0", role="region", aria_label="Waivers",
        ),
        element("p", f"and {len(groups) - _WAIVERS:,} more waivers, in results.json") if len(groups) > _WAIVERS else None,
    ]


def _left(waiver: Waiver, results: Results) -> Child:
    try:
        days = (date.fromisoformat(waiver.expires[:10]) - date.fromisoformat(results.run.taken_at[:10])).days
    except ValueError:
        return None
    said = f"{days:,} days left" if days != 1 else "1 day left"
    return element("div", element("span", said, class_="tag warning") if days <= _SOON else said, class_="quiet")


def roll_up(results: Results) -> list[Child]:
    """Controls of frameworks, by what the policies that speak to them found."""
    found = controls(results)
    if not found:
        return [element("p", "No policy names a control.", class_="quiet")]
    frameworks: dict[str, list[Control]] = {}
    for control in found:
        frameworks.setdefault(control.framework, []).append(control)
    said = "A control is met only where every policy that speaks to it was judged and passes: what is not known, or accepted for a while, is not met. What backups must do beyond these policies, this report cannot tell."
    return [element("p", said), *(_framework(each) for each in frameworks.values())]


_SIGNS = {"not met": "error", "accepted": "waived", "not known": "unknown", "met": "pass", "not applicable": "not-applicable"}


def _framework(found: list[Control]) -> Markup:
    rows = []
    for control in found:
        counted = ", ".join(f"{figure(control.states[state])} {state}" for state in ("fail", "waived", "unknown", "pass", "not-applicable") if control.states.get(state))
        rows.append(
            element(
                "tr",
                element("th", name(control.id, 80), scope="row"),
                element("td", element("span", control.standing, class_=f"tag {_SIGNS[control.standing]}")),
                element("td", element("a", counted or "no results", href=link({"control": f"{control.framework} {control.id}", "verdict": "any"}))),
                element("td", prose(", ".join(control.policies), 2_000), element("div", f"without a verdict: {prose(', '.join(control.silent), 1_000)}", class_="quiet") if control.silent else None),
            )
        )
    heads = [element("th", text, scope="col") for text in ("control", "stands", "results", "policies")]
    return element(
        "div",
        element("table", element("caption", name(found[0].title(), 120)), element("thead", element("tr", heads)), element("tbody", rows), class_="plain"),
        class_="scroll", tabindex="0", role="region", aria_label=prose(found[0].title(), 120),
    )


def method(results: Results) -> list[Child]:
    """What an auditor needs to do it again: version, inputs, configuration, parameters, and each policy with its source."""
    run = results.run
    given = {
        "snapready": run.version,
        "judged as of": f"{run.taken_at}, {dict(header='as the rows say', option='as --taken-at says', clock='the time of the run, as the rows say none')[run.taken_from]}",
        "read": ", ".join(run.sources),
        "scope": ", ".join(run.scope) or "not said",
        "configuration": ", ".join(run.configuration) or "none",
        "parameters set": "; ".join(f"{policy}: {show(dict(values))}" for policy, values in run.parameters.items()) or "none",
        "rows given twice": figure(run.duplicates),
    }
    rows = []
    for judged in results.judged:
        policy = judged.policy
        url = safe_url(policy.source.get("url", ""))
        title = prose(policy.source.get("title", "") or url, 200)
        read = f", read {prose(policy.source['read'], 40)}" if policy.source.get("read") else ""
        rows.append(
            element(
                "tr",
                element("th", name(policy.id, 120), scope="row"),
                element("td", prose(policy.title, 400)),
                element("td", policy.severity),
                element("td", policy.reach),
                element("td", element("a", title, href=url, rel="noreferrer noopener") if url else title, read),
            )
        )
    heads = [element("th", text, scope="col") for text in ("policy", "what must hold", "severity", "needs", "source")]
    return [
        element("dl", [[element("dt", term), element("dd", prose(said, 2_000))] for term, said in given.items()]),
        element(
            "div",
            element("table", element("thead", element("tr", heads)), element("tbody", rows), class_="plain"),
            class_="scroll", tabindex="0", role="region", aria_label="Policies",
        ),
    ]
