"""Policies evaluated by jmespath's interpreter and by our compiler: the same texts on the same documents.

A plain evaluator knows nothing of parameters or of other policies, so each policy is first written out as two
expressions, `when` and `expect`, with parameters as literals. Both evaluators get those texts; our words are lent to
jmespath as custom functions. What plain JMESPath lacks is the third answer: there an unknown is null, taken for no.
"""

import gc
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jmespath
from jmespath.functions import Functions, signature

from benchmarks.measure import best_of
from scanner import yaml12
from scanner.facts.fleet import Fleet
from scanner.language.compile import compile_truth
from scanner.language.parse import Scope, parse
from scanner.language.values import truth
from scanner.language.words import WORDS, hours_between
from scanner.ledger import Ledger
from scanner.model import Unknown
from scanner.policy import Policy
from scanner.rowtypes import VM
from scanner.scan import DEFAULT_MAX_AGE

TAKEN_AT = "2026-11-22T01:00:00Z"
_PARAMETER = re.compile(r"\bparams\.(\w+)")
_BELOW = re.compile(r"\bnetwork\.(?=\w)")
_HOLDS = re.compile(r"\bholds\('([^']+)'\)")


class Plain(NamedTuple):
    """A policy as two expressions that need nothing from outside."""

    when: str
    expect: str


def written_out(policies: Mapping[str, Policy]) -> dict[str, Plain]:
    """Every policy with its parameters as literals, its items joined, and holds(…) replaced by what it stands for."""
    texts: dict[str, Plain] = {}
    for name, policy in policies.items():
        data = yaml12.load((policy.folder / "policy.yaml").read_text("utf-8"), name).value
        items = data["expect"]
        expect = items if isinstance(items, str) else " && ".join(f"({_item(item)})" for item in items)
        when = " && ".join(f"({data[part]})" for part in ("when", "needs") if part in data) or "`true`"
        texts[name] = Plain(_with_literals(when, policy), _with_literals(expect, policy))

    def whole(text: str) -> str:
        return _HOLDS.sub(lambda found: f"({whole(texts[found[1]].when)} && ({whole(texts[found[1]].expect)}))", text)

    return {name: Plain(_flat(whole(text.when)), _flat(whole(text.expect))) for name, text in texts.items()}


def _with_literals(text: str, policy: Policy) -> str:
    literals = {name: json.dumps(value).replace("`", "\\`") for name, value in policy.parameters.items()}
    return _PARAMETER.sub(lambda found: f"`{literals[found[1]]}`", text)


def _item(item: Mapping[str, str]) -> str:
    return f"all({item['each']}, &({item['that']}))" if "each" in item else item["that"]


def documents(path: Path, policies: Mapping[str, Policy]) -> tuple[list[dict[str, Any]], float]:
    """The facts these policies read of every VM as nested objects, what is not known left out; and takenAt."""
    from scanner.evaluate import needed_facts, needed_rows
    from scanner.sources.snapshot import Snapshot

    chosen = list(policies.values())
    ledger = Ledger()
    fleet = Fleet(ledger, max_age=DEFAULT_MAX_AGE, subjects={VM})
    fleet.load(Snapshot([str(path)], needed_rows(chosen), ledger).rows())
    fleet.close(TAKEN_AT)
    facts = needed_facts(chosen, VM) or {}
    found = []
    for _, record in fleet.records(VM):
        document: dict[str, Any] = {}
        for name, fact in facts.items():
            value = fact.get(record, fleet)
            *above, last = _flat(name).split(".")
            here = document
            for part in above:
                here = here.setdefault(part, {})
            if not isinstance(value, Unknown):
                here[last] = value
        found.append(document)
    return found, fleet.now


def _flat(text: str) -> str:
    """A name or an expression in which no fact lies below `network`, which is a value itself and no object."""
    return _BELOW.sub(r"network_", text)


def plain_words(now: float) -> Functions:
    """Our words as custom functions of jmespath: the same bodies, called by its interpreter."""

    def lend(name: str, body: Callable[..., Any], arity: int, more: bool) -> Callable[..., Any]:
        kinds: list[Any] = [{"types": []} for _ in range(arity)]
        if more:
            kinds[-1]["variadic"] = True

        def call(_: Functions, *arguments: Any) -> Any:
            if name not in ("default", "not") and any(argument is None for argument in arguments):
                return None
            return body(*(_callable(each) if hasattr(each, "visit") else each for each in arguments))

        return signature(*kinds)(call)

    bodies: dict[str, Callable[..., Any]] = {name: word.run for name, word in WORDS.items()}
    bodies["default"] = lambda have, otherwise: otherwise if have is None else have
    bodies["hours_since"] = lambda time: hours_between(time, now)
    bodies["not"] = lambda value: None if (answer := truth(value)) is None else not answer
    own = {name for name, word in WORDS.items() if not word.about.startswith("JMESPath")} | {"contains", "length"}
    members = {
        f"_func_{name}": lend(name, bodies[name], len(WORDS[name].kinds), WORDS[name].rest is not None) for name in own
    }
    words: Functions = type("Words", (Functions,), members)()
    return words


def _callable(expression: Any) -> Callable[[Any], Any]:
    return lambda member: truth(expression.visit(expression.expression, member))


Judge = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def _judged(judges: list[Judge], facts: list[dict[str, Any]]) -> None:
    """What is measured: `expect` is asked where `when` is not a plain no."""
    for document in facts:
        for when, expect in judges:
            if when(document) is not False:
                expect(document)


def _agreement(ours: list[Judge], plain: list[Judge], facts: list[dict[str, Any]]) -> Counter[str]:
    """How often both say the same; an unknown of ours is told apart, since plain JMESPath has no such answer."""
    count: Counter[str] = Counter()
    for document in facts:
        for (when, expect), (plain_when, plain_expect) in zip(ours, plain, strict=True):
            if when(document) is False:
                count["same" if not truth(plain_when(document)) else "other"] += 1
            elif when(document) is None or (answer := expect(document)) is None:
                count["unknown"] += 1
            else:
                count["same" if answer == bool(truth(plain_expect(document))) else "other"] += 1
    return count


def measure(path: Path, folder: Path, rounds: int) -> dict[str, Any]:
    """Microseconds per VM and policy of each evaluator, and how often they agree."""
    from scanner.policies import load

    library = {name: policy for name, policy in load([folder]).items() if policy.head.resource == VM}
    texts = written_out(library)
    facts, now = documents(path, library)
    options = jmespath.Options(custom_functions=plain_words(now))
    ours: list[Judge] = []
    once: list[Judge] = []
    each_time: list[Judge] = []
    for text in texts.values():
        ours.append((compile_truth(parse(text.when, Scope()), now), compile_truth(parse(text.expect, Scope()), now)))
        when, expect = jmespath.compile(text.when), jmespath.compile(text.expect)
        once.append(
            (lambda d, e=when: e.search(d, options), lambda d, e=expect: e.search(d, options)),  # type: ignore[misc]
        )
        each_time.append(
            (
                lambda d, t=text.when: jmespath.search(t, d, options),  # type: ignore[misc]
                lambda d, t=text.expect: jmespath.search(t, d, options),  # type: ignore[misc]
            )
        )
    agreed = _agreement(ours, once, facts)
    gc.disable()
    ways = {"compiled": ours, "interpreted": once, "search": each_time}
    best = {name: float("inf") for name in ways}
    for _ in range(rounds):
        for name, judges in ways.items():
            best[name] = min(best[name], best_of(1, lambda judges=judges: _judged(judges, facts)))  # type: ignore[misc]
    pairs = len(facts) * len(texts)
    return {
        "vms": len(facts),
        "policies": len(texts),
        "us": {name: seconds / pairs * 1e6 for name, seconds in best.items()},
        "agreed": dict(agreed),
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
