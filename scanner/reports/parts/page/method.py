"""What an auditor goes by: how each control stands, how the results came about, and every policy with its source."""

from scanner.language.text import show
from scanner.model import Judged, Results
from scanner.reports.parts.controls import Control, Standing, controls
from scanner.reports.parts.page.elements import Child, Markup, element, figure, name, prose
from scanner.reports.parts.page.rows import STATES, safe_url
from scanner.reports.parts.page.tables import link, plain

_CLASSES: dict[Standing, str] = {
    "not met": "error",
    "accepted": "waived",
    "not known": "unknown",
    "met": "pass",
    "not applicable": "not-applicable",
}
_TIMES = {
    "header": "as the rows say",
    "option": "as --taken-at says",
    "clock": "the time of the run, as the rows say none",
}


def roll_up(results: Results) -> list[Child]:
    """Controls of frameworks, by what the policies that speak to them found."""
    found = controls(results)
    if not found:
        return [element("p", "No policy names a control.", class_="quiet")]
    frameworks: dict[str, list[Control]] = {}
    for control in found:
        frameworks.setdefault(control.framework, []).append(control)
    said = (
        "A control is met only where every policy that speaks to it was asked and passes: what is not known, or"
        " accepted for a while, is not met. What a control asks beyond these policies, this report cannot tell."
    )
    return [element("p", said), *(_framework(each) for each in frameworks.values())]


def _framework(found: list[Control]) -> Markup:
    title = found[0].title()
    heads = ("control", "stands", "results", "policies")
    return plain(title, heads, [_control(control) for control in found], caption=True)


def _control(control: Control) -> Markup:
    states = [(state.replace("-", " "), control.states.get(state, 0)) for state in STATES]
    counted = ", ".join(f"{figure(count)} {said}" for said, count in states if count)
    there = link({"control": f"{control.framework} {control.id}", "verdict": "any"})
    unheard = [each for each in control.silent if each not in control.unasked]
    silent = f"without a verdict: {prose(', '.join(unheard), 1_000)}"
    unasked = f"not asked in this scan: {prose(', '.join(control.unasked), 1_000)}"
    return element(
        "tr",
        element("th", name(control.id, 80), scope="row"),
        element("td", element("span", control.standing, class_=f"tag {_CLASSES[control.standing]}")),
        element("td", element("a", counted or "no results", href=there), class_="wide"),
        element(
            "td",
            prose(", ".join(control.policies), 2_000),
            element("div", silent, class_="quiet") if unheard else None,
            element("div", unasked, class_="quiet") if control.unasked else None,
            class_="wide",
        ),
    )


def section(results: Results) -> list[Child]:
    """What it takes to do it again: version, inputs, configuration, parameters; then the policies."""
    run = results.run
    given = {
        "snapready": run.version,
        "judged as of": f"{run.taken_at}, {_TIMES[run.taken_from]}",
        "read": ", ".join(run.sources),
        "scope": ", ".join(run.scope) or "not said",
        "configuration": ", ".join(run.configuration) or "none",
        "parameters set": "; ".join(f"{policy}: {show(dict(each))}" for policy, each in run.parameters.items())
        or "none",
        "policies not asked": ", ".join(run.unasked) or "none",
        "rows given twice": figure(run.duplicates),
    }
    heads = ("policy", "what must hold", "severity", "needs", "source")
    return [
        element("dl", [[element("dt", term), element("dd", prose(said, 2_000))] for term, said in given.items()]),
        plain("Policies", heads, [_policy(judged) for judged in results.judged]),
    ]


def _policy(judged: Judged) -> Markup:
    policy = judged.policy
    url = safe_url(policy.source.get("url", ""))
    title = prose(policy.source.get("title", "") or url, 200)
    read = f", read {prose(policy.source['read'], 40)}" if policy.source.get("read") else ""
    return element(
        "tr",
        element("th", name(policy.id, 120), scope="row"),
        element("td", prose(policy.title, 400), class_="wide"),
        element("td", policy.severity, class_="word"),
        element("td", prose(policy.reach, 60), class_="word"),
        element("td", element("a", title, href=url, rel="noreferrer noopener") if url else title, read, class_="wide"),
    )
