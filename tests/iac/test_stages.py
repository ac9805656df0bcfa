"""What of a policy a plan is judged by: whatever it could decide to hold, and nothing else."""

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.language.compile import compile_truth
from scanner.language.nodes import And, Body, Call, Constant, Current, Field, Node, Or, Read, reads
from scanner.model import Unknown
from scanner.policy import Item, Policy
from scanner.stages import planned, running
from tests.cli.running import Command
from tests.iac import estate
from tests.iac.estate import WHERE, Estate
from tests.material import case_samples, policies
from tests.properties import examples
from tests.rows import documents, known_facts, write

PLANNED = ("agent.provisioned", "agent.extensions_allowed", "disks.managed")
LIVE = ("power.deallocated", "backup.last_completed", "backup.never")
LISTED = "backup.starts"


def of(*nodes: Node) -> Policy:
    return replace(policies()["agent-not-disabled"], items=tuple(Item(None, node, ("",)) for node in nodes))


@st.composite
def trees(draw: Any) -> Node:
    """Every fact at most once, so that no two parts of a condition contradict each other."""
    leaves: list[Node] = [Read((name,)) for name in draw(st.permutations(PLANNED + LIVE))]
    leaves = leaves[: draw(st.integers(1, 6))] + [Constant(draw(st.booleans())) for _ in range(draw(st.integers(0, 2)))]
    while len(leaves) > 1:
        one, other = leaves.pop(draw(st.integers(0, len(leaves) - 1))), leaves.pop()
        word = draw(st.sampled_from(["and", "or", "default", "not"]))
        made: Node = And(one, other) if word == "and" else Or(one, other)
        if word == "default":
            made = Call("default", (one, other))
        leaves.append(Call("not", (made,)) if word == "not" else made)
    return leaves[0]


@examples(400)
@given(trees())
def test_an_item_stays_if_and_only_if_a_plan_could_decide_that_it_holds(node: Node) -> None:
    judge = compile_truth(node)
    could = False
    for values in itertools.product((True, False, None), repeat=len(PLANNED)):
        document = {name: value for name, value in zip(PLANNED, values, strict=True) if value is not None}
        could = could or judge(document) is True
    left = planned(of(node, Constant(True))).policy
    assert left is not None
    assert (len(left.items) == 2) is could


def test_of_an_empty_list_all_is_known_whatever_is_asked_of_its_members() -> None:
    member = And(Field(Current(), "on"), Read((LIVE[0],)))
    assert planned(of(Call("all", (Read((LISTED,)), Body(member))))).policy is not None
    assert planned(of(Call("any", (Read((LISTED,)), Body(member))))).policy is None


def test_no_item_of_a_built_in_policy_is_left_out_that_holds_for_some_vm_without_live_facts() -> None:
    live = {name for name, fact in known_facts().items() if fact.live}
    held = 0
    for _, sample in case_samples():
        for facts in documents(sample.fleet()).values():
            told = {n: v for n, v in facts.items() if n not in live and not isinstance(v, Unknown)}
            for policy in policies().values():
                if policy.head.resource != "microsoft.compute/virtualmachines" or "plan" not in policy.stages:
                    continue
                left = planned(policy).policy
                for item in policy.items:
                    if compile_truth(item.condition())(told) is True:
                        held += 1
                        assert left is not None, policy.id
                        assert item in left.items, policy.id
    assert held > 50


def test_what_is_left_of_the_built_in_policies() -> None:
    left = {name: len(one.policy.items) for name, each in policies().items() if (one := planned(each)).policy}
    network = {"outbound-to-storage": 1, "platform-endpoint-open": 3, "proxy-usable": 2}
    vaults = {"vault-immutability": 1, "vault-redundancy": 1, "vault-soft-delete": 2}
    backup = {"protected": 1, "restore-point-lock": 3, "staggered-schedules": 1, "vault-reachable-region": 2}
    assert left == {"agent-not-disabled": 2, **network, **vaults, **backup}
    for policy in policies().values():
        one = planned(policy)
        assert one.policy or one.why, policy.id
        assert one.policy is None or all(reads(item.condition()) for item in one.policy.items)


def test_a_policy_that_its_author_keeps_to_one_stage() -> None:
    only_live, only_plan = (replace(of(Read((PLANNED[0],))), stages=(stage,)) for stage in ("live", "plan"))
    assert (planned(only_live).why, running(only_live).policy) == ("it is about what runs", only_live)
    assert (planned(only_plan).policy, running(only_plan).why) == (only_plan, "it is about plans")


POLICY = """\
title: A VM has its agent
resource: microsoft.compute/virtualmachines
expect: agent.provisioned
message: it has none
severity: error
stages: [{stage}]
why: because
fix: install it
source: {{title: A page, url: "https://example.com/", read: "2025-09-15"}}
"""


@pytest.mark.parametrize(("stage", "form", "verdict"), [
    ("plan", "live", "not-applicable"), ("plan", "arm", "pass"), ("plan", "over", "pass"),
    ("live", "live", "pass"), ("live", "arm", "not-applicable"), ("live", "over", "pass"),
])  # fmt: skip
def test_a_policy_is_judged_at_its_stages_only_and_says_why_not(
    snapready: Command, tmp_path: Path, stage: str, form: str, verdict: str
) -> None:
    folder = tmp_path / "policies" / "own"
    folder.mkdir(parents=True)
    (folder / "policy.yaml").write_text(POLICY.format(stage=stage), "utf-8")
    fleet, template = write(tmp_path / "fleet.ndjson", estate.live(Estate())), tmp_path / "main.json"
    template.write_text(json.dumps(estate.arm(Estate())), "utf-8")
    path = {"live": (fleet,), "arm": (template, *WHERE), "over": (template, *WHERE, "--over", fleet)}[form]
    done = snapready("scan", *path, "--policies", tmp_path / "policies", "--select", "own", "--report", "json=-")
    found = json.loads(done.out)["results"]
    assert {each["verdict"] for each in found} == {verdict}
    if verdict == "not-applicable":
        where = "what runs: it is about plans" if form == "live" else "a plan: it is about what runs"
        assert found[0]["reason"] == f"not judged in {where}"
