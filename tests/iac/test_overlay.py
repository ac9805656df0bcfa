"""A plan laid over a fleet: it is judged as the fleet will be, whoever the change names and however it is written."""

import copy
import json
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from scanner.change import changed as change_of
from scanner.change import compared
from scanner.ledger import Ledger
from scanner.model import Fields, Origin, Outcome, Results, Row, Stage, Unknown
from scanner.policies import BUILT_IN, load
from scanner.rowtypes import NSG, VNET
from scanner.scan import Options, scan
from scanner.sources.iac.model import UNSAID, Plan, Resource, Unresolved
from scanner.sources.iac.overlay import Overlay
from scanner.sources.iac.source import Plans
from scanner.stages import planned
from tests.iac import estate
from tests.iac.estate import Estate
from tests.material import policies
from tests.properties import examples
from tests.rows import TAKEN_AT, id_of

Verdicts = dict[tuple[str, str], str]
OPTIONS = Options(TAKEN_AT, collected=frozenset({"all"}))
WEB0 = id_of("Microsoft.Compute/virtualMachines", "web0")
TO_STORAGE = ("outbound-to-storage", WEB0.lower())
CROWD = ("staggered-schedules", estate.SET.lower())


class Saved:
    """Rows as a source."""

    stage: Stage = "live"

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def rows(self, _: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        counts: dict[tuple[str, str], int] = {}
        for row in copy.deepcopy(list(self._rows)):
            kind = row["type"].lower()
            counts[kind, row["subscriptionId"]] = counts.get((kind, row["subscriptionId"]), 0) + 1
            yield kind, row
        ledger.count(counts, whole=True)

    def hints(self, _subject: str, _wanted: Mapping[str, Fields]) -> list[str]:
        return []

    def choices(self, _subject: str) -> int:
        return 0

    def variants(self) -> list["Saved"]:
        return []


def results(source: Any) -> Results:
    return scan(source, list(policies().values()), OPTIONS)


def verdicts(source: Any) -> Verdicts:
    return {
        (judged.policy.id, subject.key): outcome.verdict
        for judged in results(source).judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
    }


def with_new(found: Verdicts, before: Sequence[Row], after: Sequence[Row]) -> Verdicts:
    """The verdicts, with those of what was not there before as far as a plan can tell them."""
    new = {row["id"].lower() for row in after} - {row["id"].lower() for row in before}
    live = {policy.id for policy in load([BUILT_IN]).values() if planned(policy).policy is None}
    return {
        (policy, subject): "not-applicable" if policy in live and subject in new else verdict
        for (policy, subject), verdict in found.items()
    }


def changed(*resources: Resource, kind: str = "arm", **more: Any) -> Plan:
    return Plan(kind, "main.json", list(resources), **more)


def over(rows: Sequence[Row], *plans: Plan) -> Overlay:
    return Overlay(Saved(rows), Plans(plans, over=True))


def resource(row: Row, line: int = 7, **more: Any) -> Resource:
    return Resource(copy.deepcopy(row), Origin("main.json", line, 5), row["name"], **more)


def rule(name: str, body: Mapping[str, Any], **more: Any) -> Resource:
    kind = "Microsoft.Network/networkSecurityGroups/securityRules"
    row = {"id": f"{estate.NSG}/securityRules/{name}", "name": name, "type": kind, "properties": dict(body)}
    return resource(row, **more)


def deny() -> Mapping[str, Any]:
    return Estate(deny=True).rules()["DenyInternet"]


def row_of(rows: Sequence[Row], kind: str) -> Row:
    return next(row for row in rows if row["type"].lower() == kind)


# ---- whatever the change is


class State(Estate):
    """An estate whose rules, associations and machines are drawn."""

    drawn_rules: dict[str, dict[str, Any]]
    drawn_machines: list[tuple[str, str, str]]
    closed: frozenset[str]

    def rules(self) -> dict[str, dict[str, Any]]:
        return self.drawn_rules

    def machines(self) -> list[tuple[str, str, str]]:
        return self.drawn_machines

    def rows(self) -> list[Row]:
        rows = estate.live(self)
        for subnet in row_of(rows, VNET)["properties"]["subnets"]:
            if subnet["name"] not in self.closed:
                del subnet["properties"]["networkSecurityGroup"]
        return rows


_RULE = st.tuples(st.sampled_from(["Allow", "Deny"]), st.sampled_from(["Storage", "Internet", "Sql.WestEurope"]))


@st.composite
def states(draw: Any) -> State:
    state = State()
    rules = draw(st.dictionaries(st.sampled_from(["One", "Two", "Three"]), _RULE, max_size=3))
    names = draw(st.lists(st.sampled_from([f"web{at}" for at in range(7)]), unique=True, min_size=1))
    made = {
        name: estate._rule(100 + ord(name[0]), access, to, "443", "Tcp") for name, (access, to) in sorted(rules.items())
    }
    machines = [(n, draw(st.sampled_from(["web", "app"])), draw(st.sampled_from(["nightly", "early"]))) for n in names]
    object.__setattr__(state, "drawn_rules", made)
    object.__setattr__(state, "drawn_machines", machines)
    object.__setattr__(state, "closed", frozenset(draw(st.sets(st.sampled_from(["web", "app"])))))
    return state


def plan_of(before: Sequence[Row], after: Sequence[Row], *, apart: bool, shout: bool, complete: bool) -> Plan:
    """The change from the one to the other; `apart`: rules and subnets as resources of their own."""
    was = {row["id"]: row for row in before}
    will = {row["id"]: row for row in after}
    found = []
    for identity, row in will.items():
        if complete or row != was.get(identity):
            parts = {NSG: "securityRules", VNET: "subnets"}.get(row["type"].lower())
            if apart and parts and identity in was and not complete:
                found += _parts(was[identity], row, parts)
            else:
                found.append(resource(row, action="update" if identity in was else "create"))
    if not complete:
        found += [
            Resource({"id": i, "name": row["name"], "type": row["type"]}, Origin("main.json", 1), "gone", "delete")
            for i, row in was.items()
            if i not in will
        ]
    for each in found:
        each.row["id"] = each.row["id"].upper() if shout else each.row["id"]
    return Plan("arm", "main.json", found, complete=estate.GROUP if complete else "")


def _parts(was: Row, row: Row, name: str) -> list[Resource]:
    before = {part["name"]: part for part in was["properties"][name]}
    after = {part["name"]: part for part in row["properties"][name]}
    kind = f"{row['type']}/{name}"
    found = []
    for part in {**before, **after}:
        head = {"id": f"{row['id']}/{name}/{part}", "name": f"{row['name']}/{part}", "type": kind}
        if part not in after:
            found.append(Resource(head, None, part, "delete"))
        elif before.get(part) != after[part]:
            properties = copy.deepcopy(after[part]["properties"])
            found.append(Resource({**head, "properties": properties}, Origin("main.json", 3), part))
    return found


FEW = examples(60, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(states(), states(), st.booleans(), st.booleans(), st.booleans())
def test_any_change_is_judged_as_the_fleet_that_it_makes_and_undone_as_the_one_that_was(
    before: State, after: State, apart: bool, shout: bool, complete: bool
) -> None:
    was, will = before.rows(), after.rows()
    there = over(was, plan_of(was, will, apart=apart, shout=shout, complete=complete))
    assert verdicts(there) == with_new(verdicts(Saved(will)), was, will)
    back = plan_of(will, was, apart=apart, shout=False, complete=complete)
    there = over(was, plan_of(was, will, apart=apart, shout=shout, complete=complete))
    assert verdicts(Overlay(there, Plans([back], over=True))) == with_new(verdicts(Saved(was)), will, was)


@FEW
@given(states())
def test_a_change_of_nothing_leaves_every_verdict(state: State) -> None:
    before = results(Saved(state.rows()))
    after = compared(before, results(over(state.rows(), changed())), lambda *_: None)
    assert {change.effect for change in after.changes.values()} <= {"same"}
    assert [judged.outcomes for judged in after.judged] == [judged.outcomes for judged in before.judged]


# ---- each kind of change


ROWS = estate.live(Estate())


def test_a_rule_of_its_own_goes_into_a_group_that_only_the_fleet_has() -> None:
    assert verdicts(over(ROWS, changed(rule("DenyInternet", deny()))))[TO_STORAGE] == "fail"
    assert verdicts(Saved(ROWS))[TO_STORAGE] == "pass"


def test_a_rule_takes_the_place_of_one_of_its_name_in_any_letter_case() -> None:
    body = estate._rule(100, "Deny", "Storage", "443", "Tcp")
    assert verdicts(over(ROWS, changed(rule("ALLOWSTORAGE", body))))[TO_STORAGE] == "fail"


def test_a_deleted_rule_is_gone_from_a_group_that_only_the_fleet_has() -> None:
    closed = [rule("DenyInternet", {**deny(), "priority": 105})]
    row = row_of(list(ROWS), NSG)
    assert verdicts(over(ROWS, changed(*closed)))[TO_STORAGE] == "pass"
    gone = Resource({"id": f"{row['id']}/securityRules/AllowStorage", "name": "AllowStorage",
                     "type": f"{row['type']}/securityRules"}, None, "gone", "delete")  # fmt: skip
    assert verdicts(over(ROWS, changed(*closed, gone)))[TO_STORAGE] == "fail"


def test_nothing_of_a_rule_stays_that_the_change_does_not_state() -> None:
    rows = estate.live(Estate(deny=True))
    rules = row_of(rows, NSG)["properties"]["securityRules"]
    rules[:] = [each for each in rules if each["name"] in ("DenyInternet", "AllowStorage")]
    rules[0]["properties"]["priority"] = 50
    assert verdicts(Saved(rows))[TO_STORAGE] == "pass"
    after = copy.deepcopy(row_of(rows, NSG))
    body = after["properties"]["securityRules"][0]["properties"]
    del body["destinationAddressPrefix"]
    body["destinationAddressPrefixes"] = ["10.9.9.9"]
    assert verdicts(over(rows, changed(resource(after, action="update"))))[TO_STORAGE] == "fail"


def test_a_new_kind_of_schedule_leaves_nothing_of_the_old_one() -> None:
    rows = estate.live(Estate(crowd=1))
    after = next(copy.deepcopy(row) for row in rows if row["id"].endswith("backupPolicies/early"))
    after["id"] = after["id"].replace("early", "nightly")
    after["name"] = "nightly"
    assert verdicts(Saved(rows))[CROWD] == "fail"
    assert verdicts(over(rows, changed(resource(after, action="update")))) == verdicts(
        Saved([{**row, "properties": after["properties"]} if row["id"] == after["id"] else row for row in rows])
    )


def test_a_tag_that_a_deployment_does_not_state_is_taken_away() -> None:
    rows = copy.deepcopy(ROWS)
    for row in rows:
        if row["id"] == WEB0:
            row["tags"] = {"backup-group": "night"}
    after = {name: value for name, value in row_of(rows, "microsoft.compute/virtualmachines").items() if name != "tags"}
    after = {**after, "id": WEB0, "name": "web0"}
    assert ("staggered-schedules", CROWD[1]) in verdicts(over(rows, changed(resource(after, action="update"))))
    judged = verdicts(over(rows, changed(resource(after, action="update"))))
    assert not [subject for _, subject in judged if subject.endswith("backup-group=night")]


def test_of_a_part_of_which_only_a_change_is_told_the_rest_stays() -> None:
    subnet = f"{estate.VNET}/subnets/web"
    part = {"id": subnet, "name": "web", "type": "Microsoft.Network/virtualNetworks/subnets"}
    partial = Resource({**part, "properties": {"routeTable": None}}, None, "azurerm_x", "update")
    closed = [*ROWS[:1], *estate.live(Estate(deny=True))[1:]]
    assert verdicts(over(closed, changed(partial, kind="terraform")))[TO_STORAGE] == "fail"
    freed = Resource({**part, "properties": {"networkSecurityGroup": None}}, None, "azurerm_y", "update")
    assert verdicts(over(closed, changed(freed, kind="terraform")))[TO_STORAGE] == "pass"


def test_without_the_fleet_the_rest_of_such_a_part_is_not_known_to_be_none() -> None:
    vnet = row_of(list(ROWS), VNET)
    bare = {**vnet, "properties": {**vnet["properties"], "subnets": []}}
    part = {"id": f"{estate.VNET}/subnets/web", "name": "web", "type": "Microsoft.Network/virtualNetworks/subnets"}
    partial = Resource({**part, "properties": {"routeTable": None}}, None, "azurerm_x", "update")
    rest = [resource(row) for row in ROWS if row["type"] != vnet["type"]]
    assert verdicts(Plans([changed(*rest, resource(bare), partial, kind="terraform")]))[TO_STORAGE] == "unknown"


def test_complete_mode_deletes_what_is_not_in_the_template_and_nothing_elsewhere() -> None:
    other = {**copy.deepcopy(ROWS[8]), "id": id_of("Microsoft.Network/networkInterfaces", "n", group="rg-other")}
    stated = [resource(row) for row in ROWS if row["type"] != "Microsoft.Compute/virtualMachines"]
    after = over([*ROWS, other], changed(*stated, complete=estate.GROUP.upper()))
    assert not [subject for _, subject in verdicts(after) if "/virtualmachines/" in subject]
    ledger = Ledger()
    rows = [row for _, row in over([*ROWS, other], changed(*stated, complete=estate.GROUP)).rows({}, ledger)]
    assert other["id"] in [row["id"] for row in rows]


def test_a_new_vm_is_not_taken_for_one_without_a_backup() -> None:
    rows = estate.live(Estate(deny=True, crowd=1))
    new = [resource(row) for row in rows if "more0" in row["id"] and "protectedItems" not in row["id"]]
    before = [row for row in rows if "more0" not in row["id"]]
    found = verdicts(over(before, changed(*new)))
    assert found["outbound-to-storage", id_of("Microsoft.Compute/virtualMachines", "more0").lower()] == "fail"


def test_what_a_plan_leaves_as_it_is_is_told_by_the_fleet() -> None:
    rows = estate.live(Estate(deny=True))
    stale = row_of(estate.live(Estate()), NSG)
    assert verdicts(over(rows, changed(resource(stale, action="none"))))[TO_STORAGE] == "fail"


# ---- what is not known


def test_a_conditional_rule_of_a_template_without_vms_opens_nothing_for_sure() -> None:
    closed = estate.live(Estate(deny=True))
    body = estate._rule(80, "Allow", "Storage", "443", "Tcp")
    made = changed(rule("Maybe", body, conditions=("[parameters('open')]: it has no value",)))
    assert verdicts(over(closed, changed(rule("Surely", body))))[TO_STORAGE] == "pass"
    assert verdicts(over(closed, made))[TO_STORAGE] in ("fail", "unknown")


@pytest.mark.parametrize("over_a_fleet", [True, False])
def test_a_conditional_group_in_another_file_than_the_vms_lets_nothing_pass_for_sure(over_a_fleet: bool) -> None:
    rows = estate.live(Estate(deny=True))
    group = {**row_of(rows, NSG), "properties": {"securityRules": []}}
    maybe = changed(resource(group, conditions=("[parameters('open')]: it has no value",)))
    if over_a_fleet:
        found = verdicts(over(rows, maybe))
    else:
        found = verdicts(Plans([changed(*(resource(row) for row in rows if row["id"] != group["id"])), maybe]))
    assert found[TO_STORAGE] == "unknown"


def test_of_two_conditional_definitions_of_one_group_neither_counts_alone() -> None:
    rows = estate.live(Estate(deny=True))
    closed = row_of(rows, NSG)
    opened = {**closed, "properties": {"securityRules": []}}
    maybe = changed(resource(closed, conditions=("a: ?",)), resource(opened, conditions=("not a: ?",)))
    assert verdicts(over(estate.live(Estate()), maybe))[TO_STORAGE] == "unknown"


@pytest.mark.parametrize("over_a_fleet", [True, False])
def test_rules_of_which_nobody_knows_how_many_there_are_let_nothing_pass_for_sure(over_a_fleet: bool) -> None:
    kind = "Microsoft.Network/networkSecurityGroups/securityRules"
    loose = Unresolved("rules", kind, "copy loop rules: parameter count has no value", Origin("main.json", 4))
    if over_a_fleet:
        source: Any = over(ROWS, changed(unresolved=[loose]))
    else:
        source = Plans([changed(*map(resource, ROWS), unresolved=[loose])])
    found = results(source)
    assert verdicts(source)[TO_STORAGE] == "unknown"
    assert found.incomplete()


def test_a_name_with_holes_meets_nothing_in_the_fleet_and_the_scan_says_so() -> None:
    group = {**row_of(list(ROWS), NSG), "id": f"{estate.NSG[:-4]}{{parameter name}}"}
    found = results(over(ROWS, changed(resource(group))))
    assert [problem.incomplete for problem in found.run.problems if "not known" in problem.message] == [True]


def test_a_part_of_what_neither_plan_nor_fleet_has_makes_the_scan_incomplete() -> None:
    rows = [row for row in ROWS if row["id"] != estate.NSG]
    assert results(over(rows, changed(rule("DenyInternet", deny())))).incomplete()


def test_a_deleted_group_that_is_still_referred_to_is_not_known() -> None:
    gone = Resource({"id": estate.NSG.upper(), "name": "nsg-app", "type": NSG}, None, "gone", "delete")
    assert verdicts(over(ROWS, changed(gone)))[TO_STORAGE] == "unknown"


def test_what_waits_for_a_deleted_group_is_told_that_the_change_deletes_it() -> None:
    gone = Resource({"id": estate.NSG.upper(), "name": "nsg-app", "type": NSG}, None, "gone", "delete")
    assert _told(over(ROWS, changed(gone))) == ("the change deletes NSG-APP", "deleted")
    rows = json.loads(json.dumps(list(ROWS)).replace(estate.NSG, estate.NSG.replace("rg-app", "rg-net")))
    group = "/".join([*estate.NSG.split("/")[:4], "rg-net"])
    kind = "Microsoft.Resources/subscriptions/resourceGroups"
    whole = Resource({"id": group, "name": "rg-net", "type": kind}, None, "gone", "delete")
    assert _told(over(rows, changed(whole))) == ("the change deletes rg-net", "deleted")


def test_what_waits_for_a_subnet_that_its_network_no_longer_states_is_told_so() -> None:
    row = copy.deepcopy(row_of(list(ROWS), VNET))
    name = row["properties"]["subnets"].pop(0)["name"]
    assert _told(over(ROWS, changed(resource(row)))) == (f"the change deletes {name}", "deleted")


def _told(source: Overlay) -> tuple[str, str]:
    """What the question about the way out hangs on, and what would settle it."""
    for judged in results(source).judged:
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            if (judged.policy.id, subject.key) == TO_STORAGE:
                hint = outcome.reason.partition("it hangs on ")[2].partition(",")[0]
                return hint, next((need for need in outcome.needs if need == "deleted"), "")
    raise AssertionError("nobody was asked")


@pytest.mark.parametrize("action", ["update", "delete", "create"])
def test_a_change_in_a_subscription_that_the_fleet_has_nothing_of_is_not_green(action: Any) -> None:
    far = {**copy.deepcopy(row_of(list(ROWS), NSG)), "id": estate.NSG.replace("-", "9", 1)}
    found = results(over(ROWS, changed(resource(far, action=action))))
    assert found.incomplete()
    assert [problem.message for problem in found.run.problems if "holds nothing of subscription" in problem.message]


def test_what_a_plan_changes_and_the_fleet_does_not_hold_makes_the_scan_incomplete() -> None:
    rows = [row for row in ROWS if row["id"] != estate.NSG]
    group = row_of(list(ROWS), NSG)
    assert results(over(rows, changed(resource(group, action="update")))).incomplete()
    assert not results(over(rows, changed(resource(group)))).incomplete()  # a template may well create it
    unread = {"id": f"{estate.NSG}/x/y", "name": "y", "type": "Microsoft.Storage/storageAccounts", "properties": {}}
    assert not results(over(ROWS, changed(resource(unread, action="update")))).incomplete()


def test_what_terraform_creates_in_a_new_subscription_is_new_there() -> None:
    far = {**copy.deepcopy(row_of(list(ROWS), NSG)), "id": estate.NSG.replace("-", "9", 1)}
    assert not results(over(ROWS, changed(resource(far), kind="terraform"))).incomplete()


def test_what_a_plan_leaves_to_whatever_is_there_is_told_by_the_fleet() -> None:
    row = copy.deepcopy(row_of(list(ROWS), VNET))
    for subnet in row["properties"]["subnets"]:
        subnet["properties"]["networkSecurityGroup"] = Unknown(f"{UNSAID}NSG it has, as others may have set it", "plan")
    before = verdicts(Saved(ROWS))
    after = verdicts(over(ROWS, changed(Resource(row, Origin("plan.json", 1, 1), "vnet", "update"))))
    assert after[TO_STORAGE] == before[TO_STORAGE] == "pass"
    for subnet in row["properties"]["subnets"]:
        kind = "Microsoft.Network/virtualNetworks/subnets"
        alone = {"id": f"{row['id']}/subnets/{subnet['name']}", "name": subnet["name"], "type": kind}
        apart = Resource({**alone, "properties": subnet["properties"]}, Origin("plan.json", 1, 1), "subnet", "update")
        assert verdicts(over(ROWS, changed(apart)))[TO_STORAGE] == "pass"


def test_what_is_deleted_and_made_again_is_as_it_is_made() -> None:
    gone = Resource({"id": estate.NSG, "name": "nsg-app", "type": NSG}, None, "gone", "delete")
    again = resource(row_of(estate.live(Estate(deny=True)), NSG))
    assert verdicts(over(ROWS, changed(gone), changed(again)))[TO_STORAGE] == "fail"
    assert verdicts(over(ROWS, changed(again), changed(gone)))[TO_STORAGE] == "unknown"


# ---- what would settle it


def test_an_unknown_of_the_change_says_what_would_settle_it() -> None:
    row = copy.deepcopy(row_of(list(ROWS), NSG))
    row["properties"]["securityRules"][0]["properties"]["access"] = Unknown("parameter access has no value", "plan")
    found = results(over(ROWS, changed(Resource(row, Origin("main.json", 7), "nsg-app"))))
    reasons = [
        outcome.reason
        for judged in found.judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if (judged.policy.id, subject.key) == TO_STORAGE
    ]
    assert "parameter access has no value" in reasons[0]


def test_a_finding_that_nobody_can_tell_any_more_counts_as_better() -> None:
    fail, unknown, good = Outcome("fail", "error", "f"), Outcome("unknown", "error", "u"), Outcome("pass", "error", "p")
    assert change_of(fail, unknown).effect == "same"
    assert (change_of(fail, good).effect, change_of(unknown, good).effect) == ("better", "better")
    assert (change_of(unknown, fail).effect, change_of(good, unknown).effect) == ("worse", "worse")
