"""An expression with unknown parameters never contradicts the same expression with any values of them."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Unknown
from scanner.sources.iac.arm.clouds import environment
from scanner.sources.iac.arm.equality import fits, same
from scanner.sources.iac.arm.expressions import evaluate
from scanner.sources.iac.arm.functions import functions
from scanner.sources.iac.arm.scope import management_group, resource_group, subscription
from scanner.sources.iac.arm.table import Function
from scanner.sources.iac.arm.values import hole, holed, named, parts
from scanner.sources.iac.model import Holed, unknown
from tests.iac.expressions import Given
from tests.properties import examples

KINDS = ("string", "int", "bool", "array", "object")
PARAMETERS = {f"{kind}{n}": kind for kind in KINDS for n in (1, 2)}
"""Every parameter is known, an unknown with a name, or one without; those of texts may be a hole."""
TEXTS = ["", "{string1}", "\ud800", "a", "A", "Ab", "b", "a-b", "A-B", "/a", "{x}", "<é>", "1", "ab "]
VALUES: dict[str, list[Any]] = {
    "string": TEXTS,
    "int": [0, 1, 2, 3, -1, 2**62],
    "bool": [True, False],
    "array": [[], ["a"], ["a", "b"], ["A", "a", 1], [2, 1], ["b", "a", "b"], [["a"], ["b"]], [{"a": 1}, {"b": "x"}]],
    "object": [{}, {"a": 1}, {"a": "x", "b": None}, {"A": 2, "c": {"a": 1}}, {"b": ["a"], "a": {"c": 2}}, {"a": None}],
}
LITERALS: dict[str, list[str]] = {
    "string": ["''", "'a'", "'A-b'", "'b'", "'/'"],
    "int": ["0", "1", "2", "-1"],
    "bool": ["true()", "false()"],
    "array": ["createArray()", "createArray('a', 1)", "createArray('b', 'a')", "createArray(createObject('a', 1))"],
    "object": ["createObject()", "createObject('a', 1, 'b', 'x')", "createObject('A', createObject('b', 2))"],
    "null": ["null()"],
    "float": ["float('1.5')"],
}
# What a function wants at a place, where any value of the type would mostly be refused.
SENSE: dict[tuple[str, int], list[str]] = {
    ("format", 0): ["'{0}'", "'{0}-{0:D2}|'", "'x{0,4}'", "concat('{0}', {})"],
    ("base64ToJson", 0): ["base64('[1]')", "base64(string({}))"],
    ("base64ToString", 0): ["base64({})"],
    ("bool", 0): ["'true'", "1", "{}"],
    ("cidrHost", 0): ["'10.0.0.0/24'", "concat('10.0.0.', '0/2', string({int}))"],
    ("cidrSubnet", 0): ["'10.0.0.0/24'", "concat('10.0.', string({int}), '.0/24')"],
    ("cidrSubnet", 1): ["26", "add(24, {int})"],
    ("cidrSubnet", 2): ["0", "1", "{int}"],
    ("parseCidr", 0): ["'10.0.0.0/24'", "concat('10.0.0.', '0/2', string({int}))"],
    ("dataUriToString", 0): ["dataUri({})"],
    ("dateTimeAdd", 0): ["'2024-01-31T00:00:00Z'", "dateTimeFromEpoch({int})"],
    ("dateTimeAdd", 1): ["'P1D'", "concat('P', string({int}), 'M')"],
    ("dateTimeAdd", 2): ["'u'", "'yyyy'"],
    ("dateTimeToEpoch", 0): ["'2024-01-31T00:00:00Z'", "dateTimeFromEpoch({int})"],
    ("flatten", 0): ["createArray({array}, {array})", "createArray(createArray({}))"],
    ("float", 0): ["'2.5'", "{int}", "{}"],
    ("int", 0): ["'2'", "string({int})", "{}"],
    ("json", 0): ["'[1,2]'", "string({array})", "concat('[', string({int}), ']')"],
    ("max", 0): ["{int}", "createArray({int}, {int})"],
    ("min", 0): ["{int}", "createArray({int}, {int})"],
    ("padLeft", 2): ["'0'", "'{'"],
    ("shallowMerge", 0): ["createArray({object}, {object})"],
    ("split", 1): ["'-'", "createArray('-', 'b')", "{}"],
    ("tryGet", 0): ["{object}", "createArray({object})"],
    ("tryGet", 1): ["'a'", "{}", "0"],
    ("tryGet", 2): ["'a'", "{}"],
    ("uri", 0): ["'http://a.b/c'", "concat('http://a.b/', {})"],
}
ITEM, OTHER = "lambdaVariables('x')", "lambdaVariables('y')"
LAMBDAS = {
    "filter": [f"equals({ITEM}, {{}})", f"contains(string({ITEM}), {{string}})", "true()", "{bool}"],
    "sort": [f"less(string({ITEM}), string({OTHER}))", f"less({ITEM}, {OTHER})"],
    "reduce": [f"concat(string({ITEM}), string({OTHER}))", f"createArray({ITEM}, {{}})", OTHER],
    "toObject": [f"concat('k', string({ITEM}))", f"string({ITEM})", "{string}"],
    "groupBy": [f"concat('k', string({ITEM}))", f"string({ITEM})", "{string}"],
}
ANY_LAMBDA = [ITEM, f"concat('k', string({ITEM}))", f"equals({ITEM}, {{}})", "{}", f"string({ITEM})"]
# Second arguments that are nearly the first: what equality is most easily wrong about.
NEARLY = ["{0}", "toLower({0})", "toUpper({0})", "concat({0}, '')", "concat('a', {0})", "trim({0})", "createArray({0})"]
# How many arguments stand before the type.
BEFORE = {
    "resourceId": [0, 1, 2],
    "subscriptionResourceId": [0, 1],
    "managementGroupResourceId": [0, 1],
    "tenantResourceId": [0],
    "extensionResourceId": [1],
}
TYPES = ["'A.B/c'"] * 4 + ["'A.B/c/d'", "concat('A.B/', 'c')", "concat('A.B/', parameters('string1'))"]
SPECIAL = {"lambda", "lambdavariables", "variables", "parameters", "copyindex", "list*"}
CALLABLE = [each for name, each in sorted(functions().items()) if name not in SPECIAL and not each.constant]


def _kinds(function: Function) -> set[str]:
    return set(KINDS) if function.returns == "any" else set(function.returns.split(" or "))


MAKERS = {kind: [each for each in CALLABLE if kind in _kinds(each)] for kind in (*KINDS, "null", "float")}


class Writer:
    """Writes expressions, at random but the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def expression(self, kind: str = "", depth: int = 3) -> str:
        kind = kind or self.random.choice(KINDS)
        shape = self.random.random()
        if depth == 0 or kind in ("null", "float") or shape < 0.3:
            names = [f"parameters('{name}')" for name, of in PARAMETERS.items() if of == kind]
            return self.random.choice(names if names and self.random.random() < 0.75 else LITERALS[kind])
        if shape < 0.35:
            return f"{self.expression('object', depth - 1)}.{self.random.choice('aab')}"
        if shape < 0.4:
            return f"{self.expression('array', depth - 1)}[{self.expression('int', 0)}]"
        return self.call(self.random.choice(MAKERS[kind]), depth)

    def filled(self, pattern: str, depth: int) -> str:
        """A pattern with expressions in the place of {} (a text) and {kind}."""
        for kind in ("string", "int", "bool", "array", "object"):
            while f"{{{kind}}}" in pattern:
                pattern = pattern.replace(f"{{{kind}}}", self.expression(kind, depth), 1)
        while "{}" in pattern:
            pattern = pattern.replace("{}", self.expression("string", depth), 1)
        return pattern

    def call(self, function: Function, depth: int) -> str:
        count = self.random.randint(function.least, len(function.parameters))
        wanted = list(function.parameters[:count])
        if function.rest and count == len(function.parameters):
            wanted += [function.rest] * self.random.choice([0, 1, 1, 2, 3])
        if function.name == "createObject":
            pairs = [f"'{name}', {self.expression('', depth - 1)}" for name in "abc"[: self.random.randint(0, 3)]]
            return f"createObject({', '.join(pairs)})"
        if function.name in BEFORE:
            before = [self.expression("string", depth - 1) for _ in range(self.random.choice(BEFORE[function.name]))]
            names = [self.expression("string", depth - 1) for _ in range(self.random.choice([1, 1, 1, 2]))]
            return f"{function.name}({', '.join([*before, self.random.choice(TYPES), *names])})"
        arguments: list[str] = []
        same_kind = ""
        for n, parameter in enumerate(wanted):
            if "lambda" in parameter.kinds:
                bound = "'x', 'y'" if function.name in ("sort", "reduce") else "'x'"
                body = self.filled(self.random.choice(LAMBDAS.get(function.name, ANY_LAMBDA)), 0)
                arguments.append(f"lambda({bound}, {body})")
            elif (function.name, n) in SENSE and self.random.random() < 0.9:
                arguments.append(self.filled(self.random.choice(SENSE[function.name, n]), depth - 1))
            elif n and not parameter.kinds and self.random.random() < 0.3:
                arguments.append(self.random.choice(NEARLY).format(arguments[0]))
            else:
                kinds = sorted(parameter.kinds - {"null", "float"}) or list(KINDS)
                kind = same_kind if same_kind in kinds and self.random.random() < 0.8 else self.random.choice(kinds)
                same_kind = kind
                arguments.append(self.expression(kind, depth - 1))
        return f"{function.name}({', '.join(arguments)})"

    def world(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """(what is known, one of the worlds that it may be)"""
        known: dict[str, Any] = {}
        real: dict[str, Any] = {}
        for name, kind in PARAMETERS.items():
            real[name] = value = self.random.choice(VALUES[kind])
            how = self.random.choice(["known", "named", "named", "nameless", "within"])
            if how == "named":
                known[name] = hole(name, name) if kind == "string" else named(name, name)
            elif how == "nameless":
                known[name] = unknown(name)
            else:
                known[name] = (
                    _within(name, value) if how == "within" and isinstance(value, list | dict) and value else value
                )
        return known, real


class Real(Given):
    """Where it is deployed to, and by whom, is known too."""

    def resource_group(self) -> Any:
        return resource_group("s1", "rg-A", "westeurope", {})

    def subscription(self) -> Any:
        return subscription("s1", "t1")

    def environment(self) -> Any:
        return environment("AzureCloud")

    def deployer(self) -> Any:
        return {"objectId": "o", "tenantId": "t1", "userPrincipalName": "u"}

    def management_group(self) -> Any:
        return management_group("mg")

    def tenant(self) -> Any:
        return {"countryCode": "NL", "displayName": "x", "id": "/tenants/t1", "tenantId": "t1"}


def _within(name: str, value: Any) -> Any:
    """The last member is not known."""
    if isinstance(value, list):
        last = hole(f"{name}.last", "w") if isinstance(value[-1], str) else named(f"{name}.last", "w")
        return [*value[:-1], last]
    key = list(value)[-1]
    return {**value, key: named(f"{name}.{key}", "w")}


def agrees(found: Any, real: Any, world: dict[str, Any]) -> bool:
    if isinstance(found, Unknown) or isinstance(real, Unknown | Holed):
        return True
    if isinstance(found, Holed):
        return isinstance(real, str) and fits(_filled(found, world), real)
    if type(found) is not type(real):
        return False
    if isinstance(found, list):
        return len(found) == len(real) and all(agrees(*pair, world) for pair in zip(found, real, strict=True))
    if isinstance(found, dict):
        return list(found) == list(real) and all(agrees(found[name], real[name], world) for name in found)
    return bool(found == real)


def _filled(text: Holed, world: dict[str, Any]) -> Holed:
    """Holes that are a parameter's own get its value; of the others any filling will do."""
    pieces = [
        (world[piece], False) if is_hole and isinstance(world.get(piece), str) else (piece, is_hole)
        for piece, is_hole in parts(text)
    ]
    made = holed([pair for pair in pieces if pair[0]], ())
    return made if isinstance(made, Holed) else Holed(made.replace("{", "{{").replace("}", "}}"), ())


def _judge(text: str, scope: Given) -> tuple[Any, bool]:
    return evaluate(f"[{text}]", scope), bool(scope.refusals)


def _never_contradicts(text: str, known: dict[str, Any], real: dict[str, Any]) -> None:
    found, refused = _judge(text, Given(known))
    expected, wrong = _judge(text, Real(real))
    if refused:
        assert wrong, f"{text}: refused, and yet it may be {expected!r} in {real}, knowing {known}"
    elif not wrong:
        assert agrees(found, expected, real), f"{text}: {found!r} is not {expected!r} in {real}, knowing {known}"


MANY = examples(1500)
FEW = examples(60)
SEEDS = st.integers(0, 2**40)


@MANY
@given(SEEDS)
def test_what_is_said_of_the_unknown_holds_in_every_world(seed: int) -> None:
    writer = Writer(seed)
    _never_contradicts(writer.expression(), *writer.world())


@pytest.mark.parametrize("function", CALLABLE, ids=lambda function: function.name)
def test_every_function_is_sound(function: Function) -> None:
    """Each function by itself, so that none hides behind rarer ones."""

    @FEW
    @given(SEEDS)
    def check(seed: int) -> None:
        writer = Writer(seed)
        _never_contradicts(writer.call(function, 2), *writer.world())

    check()


@MANY
@given(SEEDS)
def test_what_is_the_same_unknown_is_the_same_value(seed: int) -> None:
    writer = Writer(seed)
    one = writer.expression("string", 2)
    other = writer.random.choice(
        [*NEARLY, writer.expression("string", 2).replace("{", "{{").replace("}", "}}")]
    ).format(one)
    known, real = writer.world()
    answer = same(_judge(one, Given(known))[0], _judge(other, Given(known))[0])
    mine, wrong = _judge(one, Real(real))
    yours, odd = _judge(other, Real(real))
    if answer is not None and not wrong and not odd:
        assert same(mine, yours) in (answer, None), f"{one} and {other} in {real}"


@MANY
@given(st.text(alphabet="[]()'., ab0-{}\n\"", max_size=40))
def test_no_text_is_too_odd_to_evaluate(text: str) -> None:
    evaluate(f"[{text}]", Given())


def test_the_expressions_that_are_tried_mostly_mean_something() -> None:
    """A generator of expressions that the service refuses would prove nothing."""
    meant: Counter[str] = Counter()
    for seed in range(40):
        for function in CALLABLE:
            writer = Writer(seed)
            text, (_, real) = writer.call(function, 1), writer.world()
            meant[function.name] += not _judge(text, Real(real))[1]
    assert {name for name in (each.name for each in CALLABLE) if meant[name] < 8} <= {"fail", "resourceInfo"}
