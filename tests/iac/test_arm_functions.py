"""Every function of templates gives what Azure's pages say it gives: their examples, by hand."""

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.sources.iac.arm.clouds import CLOUDS, environment
from scanner.sources.iac.arm.functions import functions
from scanner.sources.iac.arm.values import known
from tests.iac.expressions import refusal_of, value_of

PARAMETERS = {
    "abc": ["one", "two", "three"],
    "object": {"one": "a", "two": "b", "three": "c"},
    "text": "One two three",
    "dogs": [
        {"name": "Evie", "age": 5},
        {"name": "Casper", "age": 3},
        {"name": "Indy", "age": 2},
        {"name": "Kira", "age": 8},
    ],
    "numbers": [0, 3, 2, 5, 4],
    "nothing": None,
}
P = "parameters('{}')".format
DOG, AGE = "lambdaVariables('dog')", "lambdaVariables('dog').age"

GOLDEN: list[tuple[str, Any]] = [
    # arrays
    ("array(1)", [1]),
    ("array('efg')", ["efg"]),
    (f"array({P('object')})", [PARAMETERS["object"]]),
    (f"array({P('abc')})", ["one", "two", "three"]),
    ("concat(createArray('1-1','1-2'), createArray('2-1'))", ["1-1", "1-2", "2-1"]),
    ("concat('prefix', '-', 5)", "prefix-5"),
    ("concat('is ', true())", "is True"),
    (f"contains({P('text')}, 'e')", True),
    (f"contains({P('text')}, 'E')", False),
    (f"contains({P('text')}, 'z')", False),
    (f"contains({P('object')}, 'ONE')", True),
    (f"contains({P('object')}, 'a')", False),
    (f"contains({P('abc')}, 'three')", True),
    (f"contains({P('abc')}, 'Three')", False),
    (f"contains({P('abc')}, 'four')", False),
    ("createArray()", []),
    ("createArray('a', 1, createObject('k', 'v'), createArray(1))", ["a", 1, {"k": "v"}, [1]]),
    ("distinct(createArray('a', 'b', 'a', 1, 1, 'A'))", ["a", "b", 1, "A"]),
    ("empty(createArray())", True),
    ("empty(createObject())", True),
    ("empty('')", True),
    ("empty(null())", True),
    ("empty('a')", False),
    (f"first({P('abc')})", "one"),
    ("first('One Two Three')", "O"),
    ("first('')", ""),
    ("flatten(createArray(createArray('one','two'), createArray('three'), createArray(createArray('x'))))",
     ["one", "two", "three", ["x"]]),
    ("indexFromEnd(createArray('a','b','c'), 1)", "c"),
    ("tryIndexFromEnd(createArray('a','b','c'), 3)", "a"),
    ("tryIndexFromEnd(createArray('a','b','c'), 4)", None),
    ("indexOf(createArray('one','two','three'), 'two')", 1),
    ("lastIndexOf(createArray('a','b','a'), 'a')", 2),
    ("indexOf(createArray('one'), 'ONE')", -1),
    ("indexOf('test', 't')", 0),
    ("lastIndexOf('test', 't')", 3),
    ("indexOf('abcdef', 'CD')", 2),
    ("lastIndexOf('abcdef', 'AB')", 0),
    ("indexOf('abcdef', 'z')", -1),
    ("intersection(createObject('one','a','two','b','three','c'), createObject('one','a','two','z','three','c'))",
     {"one": "a", "three": "c"}),
    ("intersection(createArray('one','two','three'), createArray('two','three'))", ["two", "three"]),
    (f"last({P('abc')})", "three"),
    ("last('One Two Three')", "e"),
    (f"length({P('abc')})", 3),
    ("length('One Two Three')", 13),
    (f"length({P('object')})", 3),
    (f"max({P('numbers')})", 5),
    ("max(0,3,2,5,4)", 5),
    (f"min({P('numbers')})", 0),
    ("min(0,3,2,5,4)", 0),
    ("range(5, 3)", [5, 6, 7]),
    ("range(5, 0)", []),
    (f"skip({P('abc')}, 2)", ["three"]),
    ("skip('one two three', 4)", "two three"),
    ("skip('ab', 9)", ""),
    ("skip('ab', -1)", "ab"),
    (f"take({P('abc')}, 2)", ["one", "two"]),
    ("take('one two three', 2)", "on"),
    ("take('ab', 0)", ""),
    (f"tryGet({P('object')}, 'two')", "b"),
    (f"tryGet({P('object')}, 'four')", None),
    (f"tryGet({P('abc')}, 7)", None),
    ("tryGet(createObject('a', createObject('b', 1)), 'a', 'b')", 1),
    ("tryGet(createObject('a', createObject('b', 1)), 'x', 'b')", None),
    ("union(createArray('one','two','three'), createArray('three','four'))", ["one", "two", "three", "four"]),
    ("union(createObject('one','a','two','b','three','c1'), createObject('three','c2','four','d','five','e'))",
     {"one": "a", "two": "b", "three": "c2", "four": "d", "five": "e"}),
    (("union(createObject('p', createObject('one','a','three','c1'), 'n', createArray(1,2)),"
      " createObject('p', createObject('three','c2'), 'n', createArray(3,4)))"),
     {"p": {"one": "a", "three": "c2"}, "n": [3, 4]}),
    # address ranges
    ("parseCidr('10.144.0.0/20')",
     {"network": "10.144.0.0", "netmask": "255.255.240.0", "broadcast": "10.144.15.255", "firstUsable": "10.144.0.1",
      "lastUsable": "10.144.15.254", "cidr": 20}),
    ("parseCidr('fdad:3236:5555::/48')",
     {"network": "fdad:3236:5555::", "netmask": "ffff:ffff:ffff::", "firstUsable": "fdad:3236:5555::",
      "lastUsable": "fdad:3236:5555:ffff:ffff:ffff:ffff:ffff", "cidr": 48}),
    ("map(range(0,5), lambda('i', cidrSubnet('10.144.0.0/20', 24, lambdaVariables('i'))))",
     ["10.144.0.0/24", "10.144.1.0/24", "10.144.2.0/24", "10.144.3.0/24", "10.144.4.0/24"]),
    ("cidrSubnet('fdad:3236:5555::/48', 52, 4)", "fdad:3236:5555:4000::/52"),
    ("cidrHost('10.144.3.0/24', 0)", "10.144.3.1"),
    ("cidrHost('10.144.3.0/24', 4)", "10.144.3.5"),
    ("cidrHost('fdad:3236:5555:3000::/52', 4)", "fdad:3236:5555:3000::5"),
    # comparison
    ("coalesce(null(), null(), 'fallback')", "fallback"),
    ("coalesce(null(), 1, 'a')", 1),
    ("coalesce(null(), null())", None),
    ("equals(1, 1)", True),
    ("equals('a', 'a')", True),
    ("equals('a', 'A')", False),
    ("equals('1', 1)", False),
    ("equals(createArray('a','b'), createArray('a','b'))", True),
    ("equals(createObject('a','b'), createObject('a','c'))", False),
    ("equals(null(), null())", True),
    ("greater(1, 2)", False),
    ("greater('A', 'a')", True),
    ("greaterOrEquals(2, 2)", True),
    ("less(1, 2)", True),
    ("less('A', 'a')", False),
    ("less('a', 'B')", True),
    ("lessOrEquals('A', 'a')", False),
    ("lessOrEquals(2, 2)", True),
    # dates
    ("dateTimeAdd('2020-04-07 14:53:14Z', 'P3Y', 'u')", "2023-04-07 14:53:14Z"),
    ("dateTimeAdd('2020-04-07 14:53:14Z', '-P9D', 'yyyy-MM-dd')", "2020-03-29"),
    ("dateTimeAdd('2020-04-07 14:53:14Z', 'PT1H', 'HH:mm')", "15:53"),
    ("dateTimeAdd('2024-01-31T00:00:00Z', 'P1M', 'd')", "02/29/2024"),
    ("dateTimeAdd('20240131T101112Z', 'P1Y2M3DT4H5M6S', 'yyyyMMddTHHmmssZ')", "20250403T141618Z"),
    ("dateTimeToEpoch('2023-05-02T15:16:13Z')", 1683040573),
    ("dateTimeFromEpoch(1683040573)", "2023-05-02T15:16:13Z"),
    # the deployment
    (f"{P('TEXT')}", "One two three"),
    ("variables('numbers')[1]", 3),
    ("copyIndex()", 4),
    ("copyIndex(1)", 5),
    ("copyIndex('nics')", 2),
    ("copyIndex('nics', 10)", 12),
    # lambdas
    (f"filter({P('dogs')}, lambda('dog', greaterOrEquals({AGE}, 5)))", [PARAMETERS["dogs"][0], PARAMETERS["dogs"][3]]),  # type: ignore[index]
    ("filter(range(0, 10), lambda('i', equals(0, mod(lambdaVariables('i'), 2))))", [0, 2, 4, 6, 8]),
    ("filter(createArray('a','b'), lambda('x', 'i', equals(lambdaVariables('i'), 1)))", ["b"]),
    (f"map({P('dogs')}, lambda('dog', format('Hello {{0}}!', {DOG}.name)))",
     ["Hello Evie!", "Hello Casper!", "Hello Indy!", "Hello Kira!"]),
    ("map(createArray('a','b'), lambda('x', 'i', concat(lambdaVariables('x'), lambdaVariables('i'))))", ["a0", "b1"]),
    ((f"reduce(map({P('dogs')}, lambda('dog', {AGE})), 1,"
      " lambda('cur', 'next', add(lambdaVariables('cur'), lambdaVariables('next'))))"), 19),
    ((f"map(sort({P('dogs')}, lambda('a', 'b', less(lambdaVariables('a').age, lambdaVariables('b').age))),"
      f" lambda('dog', {DOG}.name))"), ["Indy", "Casper", "Evie", "Kira"]),
    (f"toObject({P('dogs')}, lambda('dog', {DOG}.name), lambda('dog', {AGE}))",
     {"Evie": 5, "Casper": 3, "Indy": 2, "Kira": 8}),
    ("groupBy(createArray('foo','bar','baz'), lambda('x', substring(lambdaVariables('x'), 0, 1)))",
     {"f": ["foo"], "b": ["bar", "baz"]}),
    ("mapValues(createObject('foo', 123), lambda('v', mul(lambdaVariables('v'), 2)))", {"foo": 246}),
    # logic
    ("and(true(), false())", False),
    ("and(true(), true(), true())", True),
    ("or(true(), false())", True),
    ("or(false(), false())", False),
    ("not(true())", False),
    ("bool('true')", True),
    ("bool('False')", False),
    ("bool(1)", True),
    ("bool(0)", False),
    ("if(equals('a', 'a'), 'yes', 'no')", "yes"),
    ("if(false(), div(1, 0), 'lazy')", "lazy"),
    # numbers
    ("add(5, 3)", 8),
    ("sub(7, 3)", 4),
    ("mul(5, 3)", 15),
    ("div(8, 3)", 2),
    ("div(-8, 3)", -2),
    ("mod(7, 3)", 1),
    ("mod(-7, 3)", -1),
    ("int('4')", 4),
    ("int('-4')", -4),
    ("float('3.5')", 3.5),
    ("float(2)", 2.0),
    # objects
    ("createObject('intProp', 1, 'nested', createObject('a', null()))", {"intProp": 1, "nested": {"a": None}}),
    ("items(createObject('item002', 2, 'item001', 1))",
     [{"key": "item001", "value": 1}, {"key": "item002", "value": 2}]),
    ("objectKeys(createObject('b', 1, 'a', 2))", ["a", "b"]),
    ("shallowMerge(createArray(createObject('a', createObject('x', 1)), createObject('a', createObject('y', 2))))",
     {"a": {"y": 2}}),
    ("""json('{"a": "b"}')""", {"a": "b"}),
    ("json('null')", None),
    ("json('[1, true]')", [1, True]),
    ("json(concat('{\"name\":\"', 'x', '\"}')).name", "x"),
    ("null()", None),
    # texts
    ("base64('one, two, three')", "b25lLCB0d28sIHRocmVl"),
    ("base64ToString('b25lLCB0d28sIHRocmVl')", "one, two, three"),
    ("base64ToJson(base64('{\"one\": \"a\"}'))", {"one": "a"}),
    ("dataUri('Hello')", "data:text/plain;charset=utf8;base64,SGVsbG8="),
    ("dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')", "Hello, World!"),
    ("startsWith('abcdef', 'ab')", True),
    ("startsWith('abcdef', 'A')", True),
    ("startsWith('abcdef', 'e')", False),
    ("endsWith('abcdef', 'ef')", True),
    ("endsWith('abcdef', 'F')", True),
    ("endsWith('abcdef', 'e')", False),
    ("format('{0}, {1}. Formatted number: {2:N0}', 'Hello', 'User', 8175133)",
     "Hello, User. Formatted number: 8,175,133"),
    ("format('{{{0}}} {1:D3}|{2,5}|{2,-5}|{3:X2}|{4}', 'a', 7, 'b', 255, true())", "{a} 007|    b|b    |FF|True"),
    ("format('{0:00}-{1:F1}', 7, 2)", "07-2.0"),
    ("join(createArray('one','two','three'), '-')", "one-two-three"),
    ("like('Contoso-web-01', 'contoso-*-01')", True),
    ("like('Contoso', 'fabrikam*')", False),
    ("padLeft('123', 10, '0')", "0000000123"),
    ("padLeft(12, 4)", "  12"),
    ("padLeft('12345', 3, '0')", "12345"),
    ("replace('123-123-1234', '-', '')", "1231231234"),
    ("replace('123-123-1234', '1234', 'xxxx')", "123-123-xxxx"),
    ("split('one,two,three', ',')", ["one", "two", "three"]),
    ("split('one;two,three', createArray(',', ';'))", ["one", "two", "three"]),
    ("split('', ',')", [""]),
    ("""string(createObject('valueA', 10, 'valueB', 'Example Text'))""", '{"valueA":10,"valueB":"Example Text"}'),
    ("string(createArray('a','b','c'))", '["a","b","c"]'),
    ("string(5)", "5"),
    ("string(true())", "True"),
    ("substring('one two three', 4, 3)", "two"),
    ("substring('one two', 4)", "two"),
    ("toLower('One Two Three')", "one two three"),
    ("toUpper('One Two Three')", "ONE TWO THREE"),
    ("trim('  one two three   ')", "one two three"),
    ("uri('http://contoso.com/resources/', 'nested/azuredeploy.json')",
     "http://contoso.com/resources/nested/azuredeploy.json"),
    ("uri('http://contoso.org/firstpath', 'myscript.sh')", "http://contoso.org/myscript.sh"),
    ("uri('http://contoso.org/firstpath/azuredeploy.json/', 'myscript.sh')",
     "http://contoso.org/firstpath/azuredeploy.json/myscript.sh"),
    ("uri('http://contoso.org', 'myscript.sh')", "http://contoso.org/myscript.sh"),
    ("uriComponent('http://contoso.com/resources/nested/azuredeploy.json')",
     "http%3A%2F%2Fcontoso.com%2Fresources%2Fnested%2Fazuredeploy.json"),
    ("uriComponentToString('http%3A%2F%2Fcontoso.com%2Fa')", "http://contoso.com/a"),
    # what deployments gave for these texts
    ("uniqueString('test')", "rbgf3xv4ufgzg"),
    ("uniqueString('hello', 'world')", "a7wkljktk6wne"),
    ("uniqueString('tyeth')", "zcztcwvu6iyg6"),
    ("uniqueString('abc')", "cgtzqvhu4i23s"),
    ("uniqueString('/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-rg')", "bmg7c6xu4tw46"),
    ("guid('a', 'b')", "2d796349-8c7e-55ec-9624-54ece82ed031"),
    # resources
    ("tenantResourceId('Microsoft.Authorization/policyDefinitions', 'p')",
     "/providers/Microsoft.Authorization/policyDefinitions/p"),
    ("subscriptionResourceId('s1', 'Microsoft.Authorization/roleDefinitions', 'r')",
     "/subscriptions/s1/providers/Microsoft.Authorization/roleDefinitions/r"),
    ("resourceId('s1', 'rg1', 'Microsoft.Network/virtualNetworks/subnets/', 'v', 's')",
     "/subscriptions/s1/resourceGroups/rg1/providers/Microsoft.Network/virtualNetworks/v/subnets/s"),
    ("managementGroupResourceId('mg', 'Microsoft.Authorization/policyDefinitions', 'p')",
     "/providers/Microsoft.Management/managementGroups/mg/providers/Microsoft.Authorization/policyDefinitions/p"),
    ("extensionResourceId('/subscriptions/s', 'Microsoft.Authorization/locks', 'l')",
     "/subscriptions/s/providers/Microsoft.Authorization/locks/l"),
]  # fmt: skip

REFUSED: list[tuple[str, str]] = [
    ("add(9223372036854775807, 1)", "64 bits"),
    ("base64ToString('%%')", "base 64"),
    ("bool('maybe')", "neither true nor false"),
    ("cidrHost('10.0.0.0/24', 254)", "no host number 254"),
    ("cidrSubnet('10.0.0.0/20', 16, 0)", "/16"),
    ("concat('a', createArray())", "either arrays or texts"),
    ("createArray('a')[1]", "the array has 1"),
    ("createObject('a')", "pairs"),
    ("createObject('a', 1).b", "no property 'b'"),
    ("dateTimeAdd('tomorrow', 'P1D')", "not a time"),
    ("dateTimeAdd('2020-01-01', '1 day')", "not a duration"),
    ("div(1, 0)", "division by zero"),
    ("fail('no zone')", "no zone"),
    ("filter(createArray(1), lambda('x', 1))", "must give bool"),
    ("format('{1}', 'a')", "argument 1"),
    ("if('a', 1, 2)", "must be bool"),
    ("int('4.5')", "not a whole number"),
    ("json('{')", "json: "),
    ("lambda('x', 1)", "a lambda is no value"),
    ("lambdaVariables('x')", "no lambda around"),
    ("length(1)", "argument 1 must be array"),
    ("map(createArray(1), 2)", "argument 2 must be lambda"),
    ("mod(1, 0)", "division by zero"),
    ("nope(1)", "no function 'nope'"),
    ("null().x", "null has no properties"),
    ("padLeft('a', 5, '00')", "one character"),
    ("parameters('nope')", "declares no parameter 'nope'"),
    ("parseCidr('10.0.0.0')", "not an address range"),
    ("range(0, 10001)", "0 to 10000"),
    ("resourceId('Microsoft.Network/virtualNetworks/subnets', 'v')", "takes 2 names, not 1"),
    ("substring('1234567890', 0, 11)", "outside the text"),
    ("true(1)", "takes 0 arguments, not 1"),
    ("toLower()", "takes 1 argument, not 0"),
    ("uri('no', 'x')", "absolute"),
]


@pytest.mark.parametrize(("expression", "expected"), GOLDEN, ids=[text[:60] for text, _ in GOLDEN])
def test_a_function_gives_what_azure_documents(expression: str, expected: Any) -> None:
    found = value_of(expression, PARAMETERS)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("expression", "said"), REFUSED, ids=[text[:60] for text, _ in REFUSED])
def test_what_the_service_refuses_is_unknown_and_said(expression: str, said: str) -> None:
    assert said in refusal_of(expression).message


def test_every_function_has_a_golden_or_a_reason() -> None:
    text = " ".join(expression.lower() for expression, _ in [*GOLDEN, *REFUSED])
    missing = [
        function.name for name, function in functions().items() if f"{name}(" not in text and not function.unknown
    ]
    assert not missing


@pytest.mark.parametrize("name", [function.name for function in functions().values() if function.constant])
def test_what_only_azure_knows_is_never_known(name: str) -> None:
    function = functions()[name.lower()]
    given = {"string": "'a'", "int": "1", "array": "createArray()", "object": "createObject()", "any": "1"}
    shown = [given[parameter.shown] for parameter in function.parameters[: function.least]]
    called = "listKeys" if name == "list*" else name
    assert isinstance(value_of(f"{called}({','.join(shown)})"), Unknown)


def test_two_new_guids_are_not_the_same() -> None:
    assert isinstance(value_of("equals(newGuid(), newGuid())"), Unknown)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cloud_says_its_own_name_and_suffix(cloud: str) -> None:
    found = environment(cloud)
    assert found["name"] == cloud
    assert known(found["suffixes"]["storage"])


def test_the_environment_of_an_unknown_cloud_is_made_of_holes() -> None:
    assert value_of("concat('x.', environment().suffixes.storage)").text == "x.{environment().suffixes.storage}"


def test_functions_are_found_in_any_letter_case() -> None:
    assert value_of("TOLOWER(Concat('A', 'B'))") == "ab"


def test_a_function_of_the_template_gets_its_arguments() -> None:
    assert value_of("contoso.pair('a', 1)[1]") == 1
