"""Rolls verdicts up to the controls of each framework: what is not known, or accepted for a while, is never met."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scanner.model import LEFT_OUT, Results, State

Standing = Literal["not met", "accepted", "not known", "met", "not applicable"]

FRAMEWORKS = {
    "nist-800-53": "NIST SP 800-53 Rev. 5",
    "iso-27001": "ISO/IEC 27001:2022",
    "mcsb": "Microsoft cloud security benchmark",
}
"""Names of the frameworks that policies speak of most; any other goes by its key."""


@dataclass(frozen=True, slots=True)
class Control:
    """How a control stands by the policies that speak to it. `states`: all their results."""

    framework: str
    id: str
    standing: Standing
    policies: tuple[str, ...]
    states: Mapping[State, int]
    silent: tuple[str, ...] = ()
    """Policies that reached no verdict at all."""
    unasked: tuple[str, ...] = ()
    """Policies that speak to it and were not put to anything that they could judge: not selected, or of a plan."""

    def title(self) -> str:
        return FRAMEWORKS.get(self.framework, self.framework)


def controls(results: Results) -> list[Control]:
    """Every control that a policy speaks to, by framework and id."""
    states: dict[tuple[str, str], Counter[State]] = {}
    policies: dict[tuple[str, str], list[str]] = {}
    silent: dict[tuple[str, str], list[str]] = {}
    waived = Counter(policy for policy, _ in results.waivers)
    for judged in results.judged:
        named = [(name, control) for name, ids in judged.policy.controls.items() for control in dict.fromkeys(ids)]
        if not named:
            continue
        each: Counter[State] = Counter(outcome.verdict for outcome in judged.outcomes)
        accepted = waived[judged.policy.id]
        each["fail"] -= accepted
        each["waived"] += accepted
        for key in named:
            states.setdefault(key, Counter()).update(each)
            policies.setdefault(key, []).append(judged.policy.id)
            if each["pass"] + each["fail"] + accepted == 0:
                silent.setdefault(key, []).append(judged.policy.id)
    unasked = _unasked(results)
    whole = not results.incomplete()
    return [
        Control(
            *key,
            standing(states[key], whole and key not in unasked),
            tuple(policies[key]),
            states[key],
            tuple(silent.get(key, ())),
            tuple(unasked.get(key, ())),
        )
        for key in sorted(states)
    ]


def _unasked(results: Results) -> dict[tuple[str, str], list[str]]:
    """By control the policies that say nothing of it here: not selected, or left out as a plan cannot tell."""
    left = dict(results.run.unasked)
    for judged in results.judged:
        if judged.outcomes and all(outcome.reason.startswith(LEFT_OUT) for outcome in judged.outcomes):
            left[judged.policy.id] = judged.policy.controls
    found: dict[tuple[str, str], list[str]] = {}
    for policy, names in sorted(left.items()):
        for name, ids in names.items():
            for control in dict.fromkeys(ids):
                found.setdefault((name, control), []).append(policy)
    return found


def standing(states: Mapping[State, int], whole: bool) -> Standing:
    """What can be said of a control; `whole`: all was read, and every policy asked, that should have been."""
    if states.get("fail"):
        return "not met"
    if states.get("unknown") or (not whole and states.get("pass", 0) + states.get("waived", 0)):
        return "not known"
    if states.get("waived"):
        return "accepted"
    if states.get("pass"):
        return "met"
    return "not applicable" if whole and states.get("not-applicable") else "not known"
