"""Puts a policy to a document of facts in both ways the scanner knows: compiled, and traced for a reason."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from scanner.explainer import Explainer
from scanner.facts.fleet import Fleet
from scanner.judges import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, judge_of
from scanner.language.words import epoch
from scanner.model import Verdict
from scanner.policy import Policy
from tests.material import policies
from tests.rows import TAKEN_AT, known_facts

NOW = epoch(TAKEN_AT) or 0.0
CODES: dict[int, Verdict] = {PASS: "pass", FAIL: "fail", UNKNOWN: "unknown", NOT_APPLICABLE: "not-applicable"}
Document = Mapping[str, Any]


@cache
def names(policy_id: str) -> tuple[str, ...]:
    """The facts a policy reads."""
    return tuple(sorted({path[0] for path in policies()[policy_id].reads()}))


@cache
def _judge(policy_id: str) -> Any:
    slots: dict[tuple[str, ...], int] = {(name,): position for position, name in enumerate(names(policy_id))}
    return judge_of([policies()[policy_id]], slots, NOW)


@cache
def _explainer(policy_id: str) -> Explainer:
    policy = policies()[policy_id]
    return Explainer(policy, known_facts(policy.head.resource), NOW)


def document_of(policy: Policy, record: Any, fleet: Fleet) -> dict[str, Any]:
    """The facts of one subject that a policy reads."""
    facts = known_facts(policy.head.resource)
    return {name: facts[name].get(record, fleet) for name in names(policy.id)}


def verdict(policy: Policy, document: Document) -> Verdict:
    """The compiled verdict."""
    (code,) = _judge(policy.id)([document[name] for name in names(policy.id)])
    return CODES[code]


def explained(policy: Policy, document: Document) -> Verdict:
    """The traced verdict."""
    return _explainer(policy.id).outcome(lambda path: document[path[0]]).verdict


def verdicts(policies: Iterable[Policy], fleet: Fleet) -> dict[str, dict[str, Verdict]]:
    """The compiled verdict of every subject, by the policy's id and the subject's in lower case."""
    found: dict[str, dict[str, Verdict]] = {}
    made: dict[tuple[str, str], Any] = {}
    for policy in policies:
        kind = policy.head.resource
        facts = known_facts(kind)
        own = found[policy.id] = {}
        for subject, record in fleet.records(kind):
            document = {}
            for name in names(policy.id):
                key = (subject.key, name)
                if key not in made:
                    made[key] = facts[name].get(record, fleet)
                document[name] = made[key]
            own[subject.key] = verdict(policy, document)
    return found
