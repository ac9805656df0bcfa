"""What waivers do to results, and what is said of the waivers themselves."""

import random
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from scanner.change import compared
from scanner.gate import Gate, decide
from scanner.model import WAIVERS, Outcome, Results, Waiver
from scanner.waivers.apply import waived
from scanner.waivers.held import Grant, Terms
from tests.waivers.made import OTHER, SUB, made, vm

TERMS = Terms(None, frozenset({"dhcp", "agent", "ports"}))


def waiver(policy: str = "dhcp", resource: str = "*/web01", expires: str = "2026-12-31", **more: str) -> Waiver:
    return Waiver((policy,), (resource.lower(),), "team", "reason", expires, **more)  # type: ignore[arg-type]


def applied(results: Results, *waivers: Waiver, terms: Terms = TERMS) -> Results:
    return waived(results, [Grant(one) for one in waivers], terms)


def said(results: Results) -> list[Outcome]:
    """What is said of the waivers, in the order of their ids."""
    return next(judged.outcomes for judged in results.judged if judged.policy.id == WAIVERS)


def test_a_fail_that_is_waived_and_stops_the_gate() -> None:
    results = applied(made({"dhcp": {"web01": "f", "web02": "p"}}), waiver())
    assert results.waivers == {("dhcp", vm("web01").key): waiver()}
    decision = decide(results, Gate("note"))
    assert (decision.code, decision.why) == (0, "the gate holds; 1 waived")
    assert results.counts()["fail"] == 0
    assert [(one.verdict, one.reason) for one in said(results)] == [("pass", "it waives 1 finding until 2026-12-31")]


@pytest.mark.parametrize(
    ("expires", "taken", "holds"),
    [
        ("2026-11-22", "2026-11-22T23:59:59Z", True),
        ("2026-11-22", "2026-11-23T00:00:00Z", False),
        ("2026-11-21", "2026-11-22T00:00:00Z", False),
        ("2026-11-22T10:00:00Z", "2026-11-22T09:59:59Z", True),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:01Z", False),
    ],
)
def test_a_last_day_that_is_not_the_last(expires: str, taken: str, holds: bool) -> None:
    results = applied(made({"dhcp": {"web01": "f"}}, at=taken), waiver(expires=expires))
    assert bool(results.waivers) is holds
    assert decide(results, Gate()).code == (0 if holds else 1)
    if not holds:
        reason = f"it expired on {expires}; the finding it covered counts again"
        assert said(results)[0] == Outcome("fail", "warning", reason)


@pytest.mark.parametrize("letter", ["u", "p", "n"])
def test_a_verdict_that_is_no_fail_and_is_waived(letter: str) -> None:
    """An unknown is nobody's to accept: once it is known to fail, the waiver speaks."""
    results = applied(made({"dhcp": {"web01": letter, "web02": "p"}}), waiver())
    assert not results.waivers
    assert decide(results, Gate(unknown_fails=True)).code == (1 if letter == "u" else 0)


@pytest.mark.parametrize(
    ("created", "longest", "holds"),
    [
        ("2026-10-01", 91, True),
        ("2026-10-01", 90, False),
        ("", 39, True),
        ("", 38, False),
        ("2026-12-30", 39, True),
        ("2026-12-30", 38, False),  # a day to come shortens nothing
        ("2020-01-01", None, True),
    ],
)
def test_a_waiver_that_runs_longer_than_it_may(created: str, longest: int | None, holds: bool) -> None:
    results = applied(made({"dhcp": {"web01": "f"}}), waiver(created=created), terms=replace(TERMS, longest=longest))
    assert bool(results.waivers) is holds
    if not holds:
        assert (
            f"{longest} is the most: it does not hold; the finding it covered counts again" in said(results)[0].reason
        )


@pytest.mark.parametrize(
    ("policy", "resource", "severity", "part"),
    [
        ("*", "*", "error", "it covers every policy on every resource"),
        ("dhcp", "*", "error", "it covers every resource, as '*'"),
        ("dhcp", "/subscriptions/*", "error", "it covers every resource"),
        ("dhcp", "*/virtualMachines/*", "error", "it covers every resource"),
        ("dhcp", "/subscriptions/*/resourceGroups/*", "error", "it covers every resource"),
        ("dhcp", "*/providers/Microsoft.Compute/*", "error", "it covers every resource"),
        ("dhcp", f"/subscriptions/{SUB}/*", "warning", "it covers a whole subscription"),
        ("dhcp", f"/subscriptions/{SUB}/resourceGroups/*", "warning", "it covers a whole subscription"),
        ("*", "*/web01", "warning", "it covers every policy, also those that are yet to come"),
        ("dhcp", "*/resourceGroups/rg-app/*", "", ""),
        ("dhcp", "*/web*", "", ""),
        ("d*", "*/web01", "", ""),
        ("dhcp", vm("web01").id, "", ""),
    ],
)
def test_a_waiver_that_covers_too_much_and_is_not_told_of(policy: str, resource: str, severity: str, part: str) -> None:
    results = applied(made({"dhcp": {"web01": "f"}}), waiver(policy, resource))
    (one,) = said(results)
    assert len(results.waivers) == 1
    assert (one.verdict, one.severity if severity else "") == ("fail" if severity else "pass", severity)
    assert part in one.reason
    assert decide(results, Gate()).code == (1 if severity == "error" else 0)


@pytest.mark.parametrize(
    ("resource", "severity", "part"),
    [
        ("*1*", "error", "it covers every resource: '*1*' is in the id of all 10"),
        ("*resourceGroups*-*", "error", "it covers every resource"),
        ("*/resourcegroups/*rg*", "error", "it covers every resource"),
        ("*/web*", "warning", "it covers 6 of 10 resources, as '*/web*' names none"),
        ("*/sql*", "", ""),
        ("*/resourceGroups/rg-app/*", "", ""),
    ],
)
def test_a_pattern_that_is_in_every_id_and_says_nothing(resource: str, severity: str, part: str) -> None:
    names = [*(f"web{number:02}" for number in range(6)), *(f"sql{number:02}" for number in range(4))]
    results = applied(made({"dhcp": dict.fromkeys(names, "f")}), waiver(resource=resource))
    (one,) = said(results)
    assert (one.verdict, one.severity if severity else "") == ("fail" if severity else "pass", severity)
    assert part in one.reason
    few = applied(made({"dhcp": {"web01": "f"}}), waiver(resource="*1*"))
    assert said(few)[0].verdict == "pass"


@pytest.mark.parametrize("resources", [("*virtual*",), ("*a*", "*e*")])
def test_a_waiver_of_every_policy_on_everything_that_is_called_less_grave_than_that(resources: tuple[str, ...]) -> None:
    names = [f"web{number:02}" for number in range(6)]
    everything = replace(waiver("*"), resources=resources)
    results = applied(made({"dhcp": dict.fromkeys(names, "f")}), everything)
    (one,) = said(results)
    assert (one.severity, "it covers every resource" in one.reason) == ("error", True)
    assert decide(results, Gate()).code == 1


def test_a_waiver_of_all_that_its_policy_judges_that_hides_behind_what_others_judge() -> None:
    vms, groups = (dict.fromkeys([f"{kind}{number:02}" for number in range(6)], "f") for kind in ("vm", "as"))
    results = applied(made({"dhcp": vms, "spread": groups}), waiver(resource="*/vm*"))
    assert (said(results)[0].severity, decide(results, Gate()).code) == ("error", 1)


def test_a_pattern_that_is_in_every_policy_and_says_nothing() -> None:
    names = [f"own-{letter}" for letter in "abcde"]
    terms = replace(TERMS, policies=frozenset(names))
    for pattern, verdict in (("*-*", "fail"), ("*-a", "pass")):
        results = applied(made({name: {"web01": "f"} for name in names}), waiver(pattern, "*/web01"), terms=terms)
        assert said(results)[0].verdict == verdict
    assert (
        "it covers every policy, as '*-*'" in said(applied(made({}), waiver("*-*", "*/web01"), terms=terms))[0].reason
    )


def test_a_waiver_that_waives_what_is_wrong_with_waivers() -> None:
    results = applied(made({"dhcp": {"web01": "p"}}), waiver("*", "*"), waiver("*", "*web*"))
    assert not results.waivers
    assert decide(results, Gate()).code == 1


@pytest.mark.parametrize(
    ("verdicts", "pattern", "how", "verdict", "part"),
    [
        ({"web01": "p"}, "*/web01", {}, "fail", "nothing that it covers fails any more"),
        ({"web01": "n"}, "*/web01", {}, "fail", "nothing that it covers fails any more"),
        ({"web01": "u"}, "*/web01", {}, "unknown", "what it covers is not known: because"),
        ({"web01": "f"}, "*/gone", {}, "fail", "it covers nothing that was judged"),
        ({"web01": "f"}, "*/gone", {"incomplete": True}, "not-applicable", "not all was read"),
        ({"web01": "f"}, "*/gone", {"stage": "plan"}, "not-applicable", "a plan does not hold all that runs"),
        ({"web01": "f"}, f"/subscriptions/{OTHER}/*/gone", {}, "not-applicable", "its subscription was not read"),
        ({"web01": "f"}, f"/subscriptions/{SUB}/*/gone", {}, "fail", "it covers nothing that was judged"),
    ],
)
def test_a_waiver_that_nothing_needs_and_is_not_told_of(
    verdicts: dict[str, str], pattern: str, how: dict[str, object], verdict: str, part: str
) -> None:
    results = applied(made({"dhcp": verdicts}, **how), waiver(resource=pattern))  # type: ignore[arg-type]
    (one,) = said(results)
    assert (one.verdict, one.severity) == (verdict, "note")
    assert part in one.reason


def test_a_policy_that_is_not_there_and_one_that_does_not_judge() -> None:
    results = applied(made({"dhcp": {"web01": "f"}}), waiver("dchp"), waiver("agent"))
    texts = sorted(one.reason for one in said(results))
    assert texts == [
        "there is no policy 'dchp', did you mean 'dhcp'?",
        "whether it is needed was not looked at: its policies did not judge",
    ]


def test_a_gate_that_looked_at_waivers_alone_and_holds() -> None:
    empty = applied(made({"dhcp": {}}), waiver())
    assert decide(empty, Gate()).code == 2
    unknown = applied(made({"dhcp": {"web01": "u", "web02": "u"}}), waiver())
    assert decide(unknown, Gate()).code == 3


def test_a_finding_of_two_waivers_that_is_counted_twice() -> None:
    results = applied(made({"dhcp": {"web01": "f"}}), waiver(), waiver(resource="*web*", expires="2027-01-31"))
    assert results.counts()["waived"] == 1
    assert [one.verdict for one in said(results)] == ["pass", "pass"]
    late = applied(made({"dhcp": {"web01": "f"}}), waiver(expires="2026-01-01"), waiver(expires="2027-01-31"))
    assert [one.expires for one in late.waivers.values()] == ["2027-01-31"]


def test_waivers_that_do_not_agree_with_plain_matching() -> None:
    """Held to fnmatch, finding by finding: by id in lower case, the policy by its whole name."""
    dice = random.Random(20261122)
    names = [f"{group}/{name}" for group in ("rg-app", "rg-web") for name in ("web01", "web02", "sql01")]
    parts = [
        "*",
        "*/web0?",
        "*/RG-APP/*",
        "*sql*",
        vm("web01").id,
        vm("sql01", "rg-web").id.upper(),
        "*/resourcegroups/rg-*/*1",
    ]
    for _ in range(200):
        results = made({policy: {name: dice.choice("ffpu") for name in names} for policy in ("agent", "dhcp", "ports")})
        waivers = [
            waiver(
                dice.choice(["*", "dhcp", "a*", "ports"]), dice.choice(parts), dice.choice(["2026-11-21", "2026-11-22"])
            )
            for _ in range(dice.randint(1, 4))
        ]
        holding = [one for one in waivers if one.expires >= "2026-11-22"]
        expected = {
            (judged.policy.id, subject.key)
            for judged in results.judged
            for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
            if outcome.verdict == "fail"
            and any(
                fnmatchcase(judged.policy.id, one.policies[0]) and fnmatchcase(subject.key, one.resources[0])
                for one in holding
            )
        }
        unique = {(one.policies, one.resources, one.expires): one for one in waivers}
        assert applied(results, *unique.values()).waivers.keys() == expected


def test_a_change_that_is_blamed_for_old_waivers_and_one_that_hides_behind_a_new_one() -> None:
    before, after = made({"dhcp": {"web01": "p"}}), made({"dhcp": {"web01": "f"}}, stage="overlay")
    old = [waiver(expires="2026-01-01"), waiver("*", "*/web02"), waiver(resource="*/web01")]
    held = compared(applied(before, *old), applied(after, *old), lambda *_: None)
    assert (decide(held, Gate("note")).code, len(held.waivers)) == (0, 1)
    broad = compared(applied(before, waiver("*", "*")), applied(after, waiver("*", "*")), lambda *_: None)
    decision = decide(broad, Gate())
    assert (decision.code, decision.why) == (1, "1 finding that the change makes at error; 1 waived")
