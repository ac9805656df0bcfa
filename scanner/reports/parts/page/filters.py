"""The findings' section before the script fills it: search, filters, and what is said where no script runs."""

from collections.abc import Mapping
from typing import Any

from scanner.reports.parts.page.elements import Child, Markup, element, figure

_VERDICTS = {
    "fail": "fail",
    "waived": "waived",
    "unknown": "unknown",
    "pass": "pass",
    "not-applicable": "not applicable",
}
_SEVERITIES = ("error", "warning", "note")
_LEFT = "All of them are counted above, and are in results.json; each policy keeps as many as any other."
_CHOICES = ("policy", "cause", "subscription", "group", "trend", "control")


def bar(data: Mapping[str, Any]) -> list[Child]:
    """The form; the script fills the lists with what there is."""
    left = ", ".join(f"{figure(count)} {_VERDICTS[state]}" for state, count in data["left"].items())
    return [
        element(
            "noscript",
            element(
                "p",
                "The findings one by one need JavaScript; the text, markdown and json reports have them too.",
                class_="lead",
            ),
        ),
        element(
            "p",
            f"Left out of this list, to keep the page quick: {left}. {_LEFT}",
            class_="lead",
            id="left-out",
        )
        if left
        else None,
        element(
            "form",
            element(
                "div",
                element("label", "Search", for_="q"),
                element(
                    "input",
                    type="search",
                    id="q",
                    name="q",
                    autocomplete="off",
                    spellcheck="false",
                    placeholder="name, id, reason, policy",
                ),
                class_="field wide",
            ),
            _boxes("verdict", "Verdict", _VERDICTS),
            _boxes("severity", "Severity", {each: each for each in _SEVERITIES}),
            element(
                "div",
                [_select(each) for each in (*_CHOICES, *(("change",) if data["overlay"] else ()))],
                class_="selects",
            ),
            element("div", element("button", "Clear filters", type="button", id="clear"), class_="field"),
            id="filters",
            role="search",
            aria_label="Filter the findings",
        ),
        element("p", id="told", role="status", aria_live="polite"),
        element(
            "p",
            "Arrow keys move between findings, Enter opens one; the address holds the filters.",
            class_="quiet screen",
        ),
        element("ol", id="list"),
        element("p", element("button", "Show more", type="button", id="more", hidden=True)),
    ]


def _boxes(field: str, legend: str, choices: Mapping[str, str]) -> Markup:
    boxes = [
        element(
            "label",
            element("input", type="checkbox", name=field, value=value),
            f" {said} ",
            element("span", class_="tally", data_of=f"{field}={value}"),
        )
        for value, said in choices.items()
    ]
    return element("fieldset", element("legend", legend), boxes)


def _select(field: str) -> Markup:
    label = {"group": "Resource group"}.get(field, field.capitalize())
    return element(
        "div",
        element("label", label, for_=f"by-{field}"),
        element("select", element("option", "any", value=""), id=f"by-{field}", name=field),
        class_="field",
    )
