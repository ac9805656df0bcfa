"""Unknown is a value that flows through expressions: what is known decides, the rest says what would settle it."""

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.sources.iac.arm.equality import fits, same
from scanner.sources.iac.arm.expressions import evaluate
from scanner.sources.iac.arm.values import Named, hole, named, parts, same_id
from scanner.sources.iac.model import Holed, unknown
from tests.iac.expressions import Given, refusal_of, value_of

WHY_NAME = "parameter vmName has no value"
WHY_COUNT = "parameter vmCount has no value"
GIVEN = {
    "vmName": hole("vmName", WHY_NAME),
    "vmCount": named("vmCount", WHY_COUNT),
    "secret": unknown("it is read from a Key Vault"),
    "partly": {"name": "x", "size": named("size", "why"), "ids": ["a", hole("id", "why")]},
}
NAME, COUNT, SECRET, PARTLY = (f"parameters('{name}')" for name in GIVEN)
UNKNOWN = object()
GROUP = "/subscriptions/{subscription}/resourceGroups/{resourceGroup}"

GOLDEN: list[tuple[str, Any]] = [
    # texts with holes
    (f"concat('nic-', {NAME})", "nic-{vmName}"),
    (f"format('nic-{{0}}-{{1:D2}}', {NAME}, 3)", "nic-{vmName}-03"),
    (f"concat('nic-', {COUNT})", "nic-{vmCount}"),
    (f"concat('{{', {NAME}, '}}')", "{{{vmName}}}"),
    (f"toUpper(concat('nic-', {NAME}))", "NIC-{vmName:upper}"),
    (f"toLower(toLower(concat('NIC-', {NAME})))", "nic-{vmName:lower}"),
    (f"join(createArray('a', {NAME}), '-')", "a-{vmName}"),
    (f"string({NAME})", "{vmName}"),
    (f"concat('a', {SECRET})", UNKNOWN),
    (f"skip(concat('nic-', {NAME}), 4)", "{vmName}"),
    (f"take(concat('nic-', {NAME}), 3)", "nic"),
    (f"substring(concat('nic-', {NAME}), 0, 3)", "nic"),
    (f"concat('st', uniqueString({NAME}))", "st{uniqueString(vmName)}"),
    (f"trim({NAME})", "{trim(vmName)}"),
    (
        f"resourceId('Microsoft.Network/networkInterfaces', concat({NAME}, '-nic'))",
        f"{GROUP}/providers/Microsoft.Network/networkInterfaces/{{vmName}}-nic",
    ),
    (f"resourceId('s', 'g', 'Microsoft.Compute/virtualMachines', {SECRET})", UNKNOWN),
    ("resourceGroup().location", "{resourceGroupLocation}"),
    # equality
    (f"equals(concat('a', {NAME}), concat('a', {NAME}))", True),
    (f"equals(concat('a', {NAME}), 'b')", False),
    (f"equals(concat('a', {NAME}), 'ab')", UNKNOWN),
    (f"equals(concat({NAME}, '-x'), concat({NAME}, '-y'))", False),
    (f"equals({NAME}, toLower({NAME}))", UNKNOWN),
    (f"equals({COUNT}, {COUNT})", True),
    (f"equals({COUNT}, 1)", UNKNOWN),
    (f"equals({SECRET}, {SECRET})", UNKNOWN),
    (f"equals(createArray(1, {COUNT}), createArray(2, {COUNT}))", False),
    (f"equals(createArray(1, {COUNT}), createArray(1))", False),
    (f"equals(length({NAME}), length({NAME}))", True),
    (f"equals({NAME}, 1)", False),
    # logic
    (f"and(false(), equals({COUNT}, 1))", False),
    (f"and(equals({COUNT}, 1), false())", False),
    (f"and(equals({COUNT}, 1), true())", UNKNOWN),
    (f"or(equals({COUNT}, 1), true())", True),
    (f"not(equals({COUNT}, 1))", UNKNOWN),
    (f"if(equals({COUNT}, 1), 'a', 'a')", "a"),
    (f"if(equals({COUNT}, 1), 'a', 'b')", "{if(equals(vmCount,1),'a','b')}"),
    (f"if(true(), 'a', {SECRET})", "a"),
    (f"if(equals({COUNT}, 1), div(1, 0), 'a')", UNKNOWN),
    (f"coalesce(null(), 'a', {COUNT})", "a"),
    (f"coalesce({COUNT}, 'a')", UNKNOWN),
    (f"coalesce({NAME}, 'a')", "{vmName}"),
    # arrays and objects
    (f"contains(createArray('a', {NAME}), 'a')", True),
    (f"contains(createArray('a', {NAME}), 'b')", UNKNOWN),
    (f"contains(createArray('a', concat('x', {NAME})), 'b')", False),
    (f"contains(createArray({COUNT}, {NAME}), {NAME})", True),
    (f"contains(concat('nic-', {NAME}), 'ic')", True),
    (f"contains(concat('nic-', {NAME}), 'z')", UNKNOWN),
    (f"contains({PARTLY}, 'SIZE')", True),
    (f"startsWith(concat('nic-', {NAME}), 'NI')", True),
    (f"startsWith(concat('nic-', {NAME}), 'x')", False),
    (f"endsWith(concat('nic-', {NAME}), 'x')", UNKNOWN),
    (f"empty(concat('nic-', {NAME}))", False),
    (f"empty({NAME})", UNKNOWN),
    (f"length(createArray({COUNT}, {SECRET}))", 2),
    (f"length({COUNT})", UNKNOWN),
    (f"first(createArray('a', {SECRET}))", "a"),
    (f"first(concat('nic-', {NAME}))", "n"),
    (f"last(createArray('a', {SECRET}))", UNKNOWN),
    (f"indexOf(createArray('a', {NAME}), 'a')", 0),
    (f"indexOf(createArray({NAME}, 'a'), 'a')", UNKNOWN),
    (f"skip(createArray({SECRET}, 'a'), 1)", ["a"]),
    (f"range(0, {COUNT})", UNKNOWN),
    (f"max(1, {COUNT})", UNKNOWN),
    (f"union(createArray('a'), {COUNT})", UNKNOWN),
    (f"intersection(createArray('a', 'b'), createArray('b', {NAME}))", UNKNOWN),
    (f"{PARTLY}.name", "x"),
    (f"{PARTLY}.ids[0]", "a"),
    (f"{PARTLY}.ids[{COUNT}]", UNKNOWN),
    (f"tryGet({PARTLY}, 'nope')", None),
    (f"tryGet({COUNT}, 'nope')", UNKNOWN),
    # lambdas
    (f"length(map(createArray(1, 2), lambda('i', add(lambdaVariables('i'), {COUNT}))))", 2),
    (f"filter(createArray('a', {NAME}), lambda('x', equals(lambdaVariables('x'), 'a')))", UNKNOWN),
    (f"map({COUNT}, lambda('x', 1))", UNKNOWN),
]


@pytest.mark.parametrize(("expression", "expected"), GOLDEN, ids=[text[:70] for text, _ in GOLDEN])
def test_what_is_known_decides_and_the_rest_stays_unknown(expression: str, expected: Any) -> None:
    found = value_of(expression, GIVEN)
    if expected is UNKNOWN:
        assert isinstance(found, Unknown)
    elif isinstance(found, Holed):
        assert found.text == expected
    else:
        assert found == expected
        assert type(found) is type(expected)


def test_a_hole_says_what_would_settle_it() -> None:
    found = value_of(f"format('{{0}}-{{1}}', {NAME}, {COUNT})", GIVEN)
    assert found == Holed("{vmName}-{vmCount}", (WHY_NAME, WHY_COUNT))


def test_a_condition_is_what_would_settle_an_if() -> None:
    assert value_of(f"if(equals({COUNT}, 1), {SECRET}, 1)", GIVEN).reason == WHY_COUNT


def test_unknown_members_are_kept_in_what_is_built() -> None:
    found = value_of(f"union(createObject('a', 1, 'b', 2), createObject('b', {COUNT}))", GIVEN)
    assert found["a"] == 1
    assert isinstance(found["b"], Unknown)
    assert value_of(f"createArray(1, {COUNT})", GIVEN)[1] == named("vmCount", "")


def test_a_property_of_an_unknown_is_the_same_wherever_it_is_read() -> None:
    one, other = value_of(f"{COUNT}.Name", GIVEN), value_of(f"{COUNT}['name']", GIVEN)
    assert isinstance(one, Named)
    assert same(one, other)


def test_state_of_a_resource_is_named_by_the_resource() -> None:
    found = value_of(f"reference(concat('nic-', {NAME})).ipConfigurations[0]", GIVEN)
    assert isinstance(found, Unknown)
    assert "reference() is known after deployment" in found.reason


def test_a_branch_that_may_not_be_taken_is_no_fault_of_the_template() -> None:
    value_of(f"if(equals({COUNT}, 1), createArray()[3], 'a')", GIVEN)
    value_of(f"or(equals({COUNT}, 1), createArray()[3])", GIVEN)
    assert (
        refusal_of(f"if(false(), {COUNT}, createArray()[3])", GIVEN).message == "there is no member 3: the array has 0"
    )


def test_a_literal_brace_is_never_taken_for_a_hole() -> None:
    written, real = value_of(f"concat('{{vmName}}', {NAME})", GIVEN), value_of(f"concat({NAME}, '{{vmName}}')", GIVEN)
    assert written.text != real.text
    assert parts(written) == [("{vmName}", False), ("vmName", True)]


def test_ids_join_whatever_letter_case_their_holes_are_put_in() -> None:
    lower = value_of(f"toLower(concat('/A/', {NAME}))", GIVEN).text
    assert same_id(lower) == same_id(value_of(f"concat('/a/', {NAME})", GIVEN).text) == "/a/{vmname}"


def test_long_names_of_unknowns_stay_short_and_apart() -> None:
    long = f"trim(concat({NAME}, '{'x' * 500}"
    one, other = value_of(long + "a'))", GIVEN), value_of(long + "b'))", GIVEN)
    assert len(one.text) < 200
    assert same(one, other) is None


@pytest.mark.parametrize(
    ("pattern", "text", "answer"),
    [
        ("a{x}", "ab", True),
        ("a{x}", "a", True),
        ("a{x}", "ba", False),
        ("{x}a", "ba", True),
        ("a{x}a", "a", False),
        ("a{x}b{y}c", "a-b-c", True),
        ("a{x}b{y}c", "a-c", False),
        ("{{{x}}}", "{1}", True),
        ("{x}", "", True),
    ],
)
def test_whether_a_text_may_fill_the_holes(pattern: str, text: str, answer: bool) -> None:
    assert fits(Holed(pattern, ()), text) is answer


def test_names_of_properties_that_differ_in_case_leave_equality_open() -> None:
    assert value_of("if(equals(createObject('a', 1), createObject('A', 1)), 'x', 'x')") == "x"
    assert same({"a": 1}, {"A": 1}) is None
    assert same(1, 1.0) is None


def test_a_refused_expression_is_unknown_and_says_which_and_why() -> None:
    scope = Given()
    found = evaluate("[concat('a', div(1, 0))]", scope)
    assert isinstance(found, Unknown)
    assert found.reason == "the expression [concat('a', div(1, 0))] cannot be evaluated: div: division by zero"
    assert scope.refusals[0].offset == 13


def test_comparisons_that_would_take_hours_are_left_open() -> None:
    assert isinstance(value_of("intersection(range(0, 10000), range(5000, 10000))"), Unknown)
    assert len(value_of("union(range(0, 10000), range(5000, 10000))")) == 15_000
