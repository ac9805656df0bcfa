"""Scopes: which parameters judge which resource, held to scans that have these parameters everywhere."""

import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.globs import matcher
from scanner.language.values import Complete
from scanner.model import Subject, Unknown
from scanner.scoping import Ancestors, Scope, Tags, route
from tests.cli.running import Command
from tests.config.conftest import CONTOSO
from tests.emulator import Emulator, load
from tests.rows import SUBSCRIPTION, vm, vm_id

Write = Callable[[str], Path]
DEV = "c58e07a3-9f14-46b2-8d73-1a6b4e5f9027"
CHANGED = """
    params:
      agent-version: {linux: "2.9.0.0"}
      staggered-schedules: {together: 2}
    severity:
      guest-dhcp: note
"""


def results(snapready: Command, *arguments: str) -> dict[tuple[str, str], dict[str, Any]]:
    snapready("scan", *arguments, "--report", "json=out.json", "--evidence", "all")
    value = json.loads(Path("out.json").read_text("utf-8"))
    return {(result["policy"], result["resource"].lower()): result for result in value["results"]}


@pytest.mark.parametrize(
    ("where", "inside"),
    [
        (f"{{subscription: {DEV}}}", lambda key: f"/subscriptions/{DEV}/" in key),
        ("{resource-group: [RG-APP*, rg-erp]}", lambda key: "/resourcegroups/rg-app" in key or "/rg-erp/" in key),
        ("{resource: '*/virtualmachines/web??'}", lambda key: key[-6:-2] == "/web"),
        (
            f"{{subscription: {DEV}, resource-group: rg-web}}",
            lambda key: key.startswith(f"/subscriptions/{DEV}/resourcegroups/rg-web/"),
        ),
    ],
)
def test_a_resource_that_is_judged_by_the_parameters_of_another_place(
    snapready: Command, configured: Write, where: str, inside: Callable[[str], bool]
) -> None:
    """Inside of the scope as if its parameters held everywhere, outside as if there were none."""
    configured(f"scopes:\n  - name: other\n    where: {where}{CHANGED}")
    scoped = results(snapready, str(CONTOSO))
    configured(CHANGED.replace("\n    ", "\n"))
    changed = results(snapready, str(CONTOSO))
    usual = results(snapready, str(CONTOSO), "--no-config")
    assert scoped.keys() == usual.keys()
    differing = 0
    for key, result in scoped.items():
        scope = result.pop("scope", "")
        assert result == (changed if inside(key[1]) else usual)[key], key
        assert scope in ("", "other" if inside(key[1]) else "")
        differing += changed[key] != usual[key] and inside(key[1])
        if changed[key] != usual[key] and inside(key[1]):
            assert scope, key
    assert differing


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("{tag: {enviroment: production}}", True),
        ("{subscription: contoso-prod}", True),
        ("{resource-group: /subscriptions/x/resourceGroups/rg-app}", True),
        ("{resource-group: rg-app}", False),
        ("{resource-group: rg-app, tag: {owner: nobody}}", True),
    ],
)
def test_a_scope_that_nobody_is_in_and_that_nobody_is_told_of(
    snapready: Command, configured: Write, where: str, said: bool
) -> None:
    configured(f"scopes:\n  - {{name: prod, where: {where}, severity: {{guest-dhcp: error}}}}\n")
    snapready("scan", str(CONTOSO), "--select", "guest-dhcp", "--report=json=out.json")
    run = json.loads(Path("out.json").read_text("utf-8"))["run"]
    told = [
        (one["file"], one["line"]) for one in run["problems"] if "scope prod: nothing that was judged" in one["message"]
    ]
    assert told == ([("snapready.yaml", 2)] if said else [])


def test_a_scope_that_an_earlier_one_hides_and_that_nobody_is_told_of(snapready: Command, configured: Write) -> None:
    first, second = (
        "{{name: {}, where: {{resource-group: '{}'}}, severity: {{guest-dhcp: {}}}}}".format(*each)
        for each in (("all", "*", "note"), ("app", "rg-app", "warning"))
    )
    configured(f"scopes:\n  - {first}\n  - {second}\n")
    done = snapready("scan", str(CONTOSO), "--select", "guest-dhcp")
    assert "scope app: nothing that was judged is in it" in " ".join(done.out.split())
    assert "scope all:" not in done.out
    done = snapready("scan", str(CONTOSO), "--select", "agent-version")
    assert "nothing that was judged is in it" not in done.out, "no policy of it judged"


def test_a_policy_that_asks_another_and_hears_what_holds_elsewhere(snapready: Command, configured: Write) -> None:
    """The severity of outbound-to-storage hangs on holds('agent-version'), and so on its parameters."""
    configured("scopes:\n  - name: old\n    where: {resource-group: '*'}\n    params: {agent-version: {linux: '99'}}\n")
    scoped = results(snapready, str(CONTOSO), "--select", "outbound-to-storage")
    usual = results(snapready, str(CONTOSO), "--no-config", "--select", "outbound-to-storage")
    graver = [key for key in usual if (usual[key]["severity"], scoped[key]["severity"]) == ("warning", "error")]
    assert graver
    assert all(scoped[key]["scope"] == "old" for key in graver)


def test_a_second_scope_that_wins_over_the_first(snapready: Command, configured: Write) -> None:
    two = "  - name: {name}\n    where: {{resource-group: '*'}}\n    severity: {{guest-dhcp: {level}}}\n"
    configured("scopes:\n" + two.format(name="one", level="note") + two.format(name="two", level="warning"))
    found = results(snapready, str(CONTOSO), "--select", "guest-dhcp").values()
    assert {(result["scope"], result["severity"]) for result in found} == {("one", "note")}


def test_an_option_that_a_scope_wins_over(snapready: Command, configured: Write) -> None:
    configured(f"scopes:\n  - name: other\n    where: {{resource-group: '*'}}{CHANGED}")
    scoped = results(snapready, str(CONTOSO), "--set", "agent-version.linux=2.2.53.1", "--select", "agent-version")
    usual = results(snapready, str(CONTOSO), "--no-config", "--select", "agent-version")
    assert {key: result["verdict"] for key, result in scoped.items()} == {
        key: result["verdict"] for key, result in usual.items()
    }


def fleet(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(path)


TAGGED = """
params: {power-state-consistent: {blocking: [Failed]}}
scopes:
  - name: dev
    where: {tag: {environment: [dev, test]}}
    params: {power-state-consistent: {blocking: [Updating]}}
"""


def machine(name: str, tags: Any, state: str) -> dict[str, Any]:
    return vm(vm_id(name), provisioning=state, tags=tags)


def test_a_tag_that_is_not_known_and_yet_decides(snapready: Command, configured: Write) -> None:
    folder = configured(TAGGED).parent
    rows = [
        machine("dev-failed", {"Environment": "DEV"}, "Failed"),
        machine("dev-updating", {"Environment": "test"}, "Updating"),
        machine("prod-failed", {"environment": "prod"}, "Failed"),
        machine("none-failed", None, "Failed"),
        machine("odd-failed", "environment=dev", "Failed"),
        machine("odd-value", {"environment": 7}, "Updating"),
        machine("odd-succeeded", ["environment"], "Succeeded"),
    ]
    found = results(snapready, fleet(folder / "fleet.ndjson", *rows), "--select", "power-state-consistent")
    told = {key.rsplit("/", 1)[-1]: (result["verdict"], result.get("scope")) for (_, key), result in found.items()}
    assert told == {
        "dev-failed": ("pass", "dev"),
        "dev-updating": ("fail", "dev"),
        "prod-failed": ("fail", None),
        "none-failed": ("fail", None),
        "odd-failed": ("unknown", None),
        "odd-value": ("unknown", None),
        "odd-succeeded": ("pass", None),
    }
    reason = next(result["reason"] for (_, key), result in found.items() if key.endswith("odd-value"))
    assert reason == (
        "which parameters hold for it is not known, as its tag environment is not known:"
        " fail in scope dev, pass outside"
    )


def test_tags_that_what_is_judged_does_not_have(snapready: Command, configured: Write) -> None:
    configured("scopes:\n  - name: dev\n    where: {tag: {a: b}}\n    params: {staggered-schedules: {together: 9}}\n")
    done = snapready("scan", str(CONTOSO))
    assert done.code == 2
    assert "snapready.yaml:2:5: scope dev goes by tags and changes staggered-schedules" in done.err


def test_a_management_group_that_is_not_known_and_yet_decides(snapready: Command, configured: Write) -> None:
    folder = configured(TAGGED.replace("tag: {environment: [dev, test]}", "management-group: [sandbox, Lab*]")).parent
    subscription = {"id": f"/subscriptions/{SUBSCRIPTION}", "type": "microsoft.resources/subscriptions"}
    row = machine("one", None, "Failed")
    verdicts = []
    chains: list[Any] = [None, [{"name": "Sandbox"}, {"name": "root"}], [{"name": "prod"}, {"name": "root"}], [{}], []]
    for chain in chains:
        above = {**subscription, "properties": {"managementGroupAncestorsChain": chain}}
        path = fleet(folder / "fleet.ndjson", row, above)
        (result,) = results(snapready, path, "--select", "power-state-consistent").values()
        verdicts.append(result["verdict"])
    assert verdicts == ["unknown", "pass", "fail", "unknown", "unknown"]


def test_a_subscription_that_nobody_asks_for_where_a_scope_goes_by_it(snapready: Command, configured: Write) -> None:
    configured(TAGGED)
    assert "microsoft.resources/subscriptions" not in snapready("query").out
    configured(TAGGED.replace("tag: {environment: [dev, test]}", "management-group: sandbox"))
    assert "microsoft.resources/subscriptions" in snapready("query").out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "scopes:\n  - where: {tag: {a: b}}\n    severity: {guest-dhcp: note}\n",
            "snapready.yaml:2:5: 'name' is missing",
        ),
        ("scopes:\n  - name: a\n    severity: {guest-dhcp: note}\n", "snapready.yaml:2:5: 'where' is missing"),
        (
            "scopes:\n  - name: a\n    where: {}\n    severity: {guest-dhcp: note}\n",
            "snapready.yaml:3:12: scopes.0.where",
        ),
        ("scopes:\n  - name: a\n    where: {tags: {a: b}}\n    severity: {x: note}\n", "did you mean 'tag'?"),
        (
            "scopes:\n  - name: a\n    where: {tag: {a: b}}\n    params: {guest: {a: 1}}\n",
            "4:25: there is no policy 'guest'",
        ),
        ("scopes:\n  - name: a\n    where: {tag: {a: b}}\n", "snapready.yaml:2:5: 'params' is missing in scopes.0"),
    ],
)
def test_a_mistake_in_a_scope_whose_place_is_not_told(
    snapready: Command, configured: Write, text: str, said: str
) -> None:
    configured(text)
    done = snapready("scan", str(CONTOSO))
    assert done.code == 2
    assert said in done.err


def test_two_scopes_that_no_report_can_tell_apart(snapready: Command, configured: Write) -> None:
    one = "  - name: a\n    where: {tag: {a: b}}\n    severity: {guest-dhcp: note}\n"
    configured(f"scopes:\n{one}{one}")
    assert "snapready.yaml:5:11: there are two scopes called 'a'" in snapready("scan", str(CONTOSO)).err


GROUPS: list[Ancestors] = [("lab", "root"), ("prod", "root"), Unknown("no chain")]
TAGS: list[Tags] = [Complete({"e": "dev"}), Complete({"E": "prod"}), Complete(), Unknown("no tags")]


def test_a_route_that_is_not_what_every_completion_of_what_is_unknown_says() -> None:
    """The scopes a subject may be in are just those it is in when what is not known is filled in one way or another."""
    dice = random.Random(20261122)
    for _ in range(300):
        scopes = [
            Scope(
                str(number),
                "",
                subscriptions=dice.choice([None, matcher(["s1"]), matcher(["s*"])]),
                resource_groups=dice.choice([None, None, matcher(["rg-*"])]),
                management_groups=dice.choice([None, matcher(["lab"]), matcher(["root"])]),
                tags=dice.choice([(), (("e", matcher(["dev"])),), (("e", matcher(["*"])),)]),
            )
            for number in range(dice.randint(1, 4))
        ]
        subject = Subject("", "/x", "t", "n", dice.choice(["rg-a", "other"]), dice.choice(["s1", "s2"]))
        for tags, groups in itertools.product(TAGS, GROUPS):
            found = route(scopes, subject, tags, lambda _, groups=groups: groups)  # type: ignore[misc]
            filled = {
                route(scopes, subject, known, lambda _, above=above: above).scopes  # type: ignore[misc]
                for known in (TAGS[:3] if isinstance(tags, Unknown) else [tags])
                for above in (GROUPS[:2] if isinstance(groups, Unknown) else [groups])
            }
            assert all(len(one) == 1 for one in filled)
            assert {one for way in filled for one in way} <= set(found.scopes)
            if not isinstance(tags, Unknown) and not isinstance(groups, Unknown):
                assert len(found.scopes) == 1
                assert not found.why


def test_management_groups_that_a_live_scan_does_not_ask_for(snapready: Command, configured: Write) -> None:
    """The whole way: asked for, saved, and known again when the snapshot is judged."""
    rows, subscriptions = load(CONTOSO)
    above = {"managementGroupAncestorsChain": [{"name": "lab"}, {"name": "root"}]}
    dev = {
        "id": f"/subscriptions/{DEV}",
        "type": "microsoft.resources/subscriptions",
        "name": "dev",
        "properties": above,
    }
    configured(
        "scopes:\n  - name: lab\n    where: {management-group: lab}\n"
        "    params: {power-state-consistent: {blocking: [Deleting]}}\n"
    )
    given = ["--select", "power-state-consistent", "--report", "json=out.json"]
    with Emulator([*rows, {**dev, "subscriptionId": DEV}], subscriptions=subscriptions, quota=None) as azure:
        done = snapready("scan", "azure", "--endpoint", azure.url, "--save", "fleet.ndjson", *given)
    assert done.code in (0, 1), done.err
    for again in (False, True):
        if again:
            assert snapready("scan", "fleet.ndjson", *given).code in (0, 1)
        found = {
            result["resource"].split("/")[2].lower(): result.get("scope", "")
            for result in json.loads(Path("out.json").read_text("utf-8"))["results"]
            if result["verdict"] in ("pass", "fail")
        }
        assert found[DEV] == "lab"
        assert set(found.values()) == {"lab", ""}, "of the others both parameters say the same, whichever hold"
