"""What the gate made of it, and all verdicts counted by the cause of a failed snapshot, by policy and subscription."""

from collections import Counter

from scanner.gate import Decision, Gate
from scanner.model import WAIVERS, PolicyHead, Results
from scanner.reports.parts import summary
from scanner.reports.parts.findings import idle
from scanner.reports.parts.page.counts import MARKS, Counts, Mark
from scanner.reports.parts.page.elements import Child, Markup, element, figure, name, prose
from scanner.reports.parts.page.tables import HEADS, Line, counts_table, filters_of, link
from scanner.runbook import runbook

_WORDS = {0: "The gate holds", 1: "The gate does not hold", 2: "Nothing was judged", 3: "Not all was judged"}
_SUBSCRIPTIONS = 200


def exit_tag(made: Decision) -> Markup:
    return element("span", f"exit {made.code}", class_=f"tag {'error' if made.code else 'pass'}")


def decision(results: Results, made: Decision, counts: Counts) -> list[Child]:
    """The exit code and why it is that, all results counted, and what the gate was asked."""
    total: Counter[Mark] = Counter()
    for marks in counts.policies.values():
        total.update(marks)
    shown = [mark for mark in MARKS if total[mark] or mark in ("error", "unknown", "pass")]
    word = _WORDS.get(made.code, "")
    said = "" if made.why.lower() == word.lower() else f": {prose(made.why, 1_000)}"
    return [
        element("p", exit_tag(made), " ", element("strong", word), said, class_="lead"),
        element("ul", [_figure(mark, total[mark]) for mark in shown], class_="figures"),
        element("p", f"The gate: {'; '.join(_asked(made.gate))}. {prose(summary.tally(results))}.", class_="quiet"),
        element("p", prose(summary.effects(results), 1_000)) if results.changes else None,
    ]


def _figure(mark: Mark, count: int) -> Markup:
    word = "not applicable" if mark == "not-applicable" else HEADS[mark]
    inside = element("a", element("b", figure(count)), " ", word, href=link(filters_of(mark)))
    return element("li", inside, class_=f"figure {mark}")


def _asked(gate: Gate) -> list[str]:
    above = "" if gate.fail_on == "error" else " or above"
    asked = ["findings never stop it" if gate.fail_on == "never" else f"it fails on {gate.fail_on}{above}"]
    asked.append("an unknown stops it too" if gate.unknown_fails else "an unknown does not stop it")
    asked += ["only what the baseline does not have counts"] if gate.only_new else []
    asked += ["an empty fleet is accepted"] if gate.allow_empty else []
    return asked


def verdicts(results: Results, counts: Counts) -> list[Child]:
    """By cause, each with its policies, and by subscription."""
    places = sorted(counts.subscriptions, key=lambda place: (-counts.subscriptions[place]["error"], place))
    by_place = [
        Line(name(place or "no subscription"), counts.subscriptions[place], {"subscription": place})
        for place in places[:_SUBSCRIPTIONS]
    ]
    left = len(places) - _SUBSCRIPTIONS
    silent = [
        element("li", f"{prose(', '.join(names), 2_000)}: {prose(said)}") for said, names in idle(results).items()
    ]
    caption = "By the cause of a failed snapshot, in the order in which they are checked"
    more = f"{left:,} more subscriptions have fewer errors; they are in results.json."
    return [
        counts_table(caption, "cause and policy", _by_cause(results, counts)),
        counts_table("By subscription", "subscription", by_place),
        element("p", more, class_="quiet") if left > 0 else None,
        [element("h3", "Policies without a verdict"), element("ul", silent)] if silent else None,
    ]


def _by_cause(results: Results, counts: Counts) -> list[Line]:
    causes: dict[int, list[PolicyHead]] = {}
    own = []
    for judged in results.judged:
        if judged.policy.resource == WAIVERS:
            own.append(judged.policy)
        else:
            causes.setdefault(judged.policy.cause, []).append(judged.policy)
    lines = []
    for number, policies in sorted(causes.items()):
        total: Counter[Mark] = Counter()
        for policy in policies:
            total.update(counts.policies[policy.id])
        known = runbook().cause(number)
        lines.append(Line([known.title, element("small", f" {known.asks}")], total, {"cause": str(number)}))
        lines += [_line(policy, counts, inner=True) for policy in policies]
    return [*lines, *(_line(policy, counts) for policy in own)]


def _line(policy: PolicyHead, counts: Counts, *, inner: bool = False) -> Line:
    return Line(name(policy.id, 120), counts.policies[policy.id], {"policy": policy.id}, inner)
