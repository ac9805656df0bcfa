"""An expression with unknown parameters never contradicts the same expression with any values of them."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
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

KINDS = ("string", "int", "bool", "array", "object")
PARAMETERS = {f"{kind}{n}": kind for kind in KINDS for n in (1, 2)}
"""Every parameter is known, an unknown with a name, or one without; those of texts may be a hole."""
LETTERS = st.text(alphabet="aAb-/{}<é ", max_size=4)
SIMPLE = st.one_of(LETTERS, st.integers(-3, 6), st.booleans(), st.none())
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": LETTERS,
    "int": st.integers(-3, 6),
    "bool": st.booleans(),
    "array": st.lists(st.one_of(LETTERS, st.integers(-2, 3)), max_size=3),
    "object": st.dictionaries(st.sampled_from(["a", "b", "C"]), SIMPLE, max_size=3),
}
LITERALS: dict[str, list[str]] = {
    "string": ["''", "'a'", "'A-b'", "'/'", "'{0}-{1}'", "'{0,4:D2}'", "'10.0.0.0/24'", "'P1D'",
               "'2024-01-31T00:00:00Z'",
               "'[1,2]'", "'YWI='", "'http://a.b/c'", "'Microsoft.Network/virtualNetworks/subnets'", "'a*'"],
    "int": ["0", "1", "2", "-1", "24"],
    "bool": ["true()", "false()"],
    "array": ["createArray()", "createArray('a', 1)", "createArray(createObject('a', 1))"],
    "object": ["createObject()", "createObject('a', 1, 'b', 'x')", "createObject('A', createObject('b', 2))"],
    "null": ["null()"],
    "float": ["float('1.5')"],
}  # fmt: skip
ITEM, OTHER = "lambdaVariables('x')", "lambdaVariables('y')"
LAMBDAS = {
    "filter": [f"equals({ITEM}, {{}})", f"contains(string({ITEM}), {{}})", "true()"],
    "sort": [f"less(string({ITEM}), string({OTHER}))", f"less({ITEM}, {OTHER})"],
    "reduce": [f"concat(string({ITEM}), {OTHER})", f"createArray({ITEM}, {{}})", f"add({ITEM}, {OTHER})"],
}
ANY_LAMBDA = [ITEM, f"concat('k', string({ITEM}))", f"equals({ITEM}, {{}})", "{}", f"string({ITEM})"]
SPECIAL = {"lambda", "lambdavariables", "variables", "parameters", "copyindex", "list*"}
CALLABLE = [each for name, each in sorted(functions().items()) if name not in SPECIAL and not each.constant]


def _kinds(function: Function) -> set[str]:
    return set(KINDS) if function.returns == "any" else set(function.returns.split(" or "))


MAKERS = {kind: [each for each in CALLABLE if kind in _kinds(each)] for kind in (*KINDS, "null", "float")}


@st.composite
def expressions(draw: st.DrawFn, kind: str = "", depth: int = 3) -> str:
    """One of a kind, or of any."""
    kind = kind or draw(st.sampled_from(KINDS))
    if kind == "lambda":
        raise AssertionError("lambdas are made for their function")
    shape = draw(st.integers(0, 9))
    leaf = depth == 0 or kind in ("null", "float")
    if leaf or shape < 2:
        names = [name for name, of in PARAMETERS.items() if of == kind]
        return draw(st.sampled_from([f"parameters('{name}')" for name in names] * 2 + LITERALS[kind]))
    if shape == 2:
        return f"{draw(expressions('object', depth - 1))}.{draw(st.sampled_from('abc'))}"
    if shape == 3:
        return f"{draw(expressions('array', depth - 1))}[{draw(expressions('int', 0))}]"
    return draw(calls(draw(st.sampled_from(MAKERS[kind])), depth))


@st.composite
def calls(draw: st.DrawFn, function: Function, depth: int) -> str:
    count = draw(st.integers(function.least, len(function.parameters)))
    wanted = list(function.parameters[:count])
    if function.rest and count == len(function.parameters):
        wanted += [function.rest] * draw(st.integers(0, 3))
    arguments = []
    for parameter in wanted:
        if "lambda" in parameter.kinds:
            body = draw(st.sampled_from(LAMBDAS.get(function.name, ANY_LAMBDA)))
            names = "'x', 'y'" if function.name in ("sort", "reduce") else "'x'"
            arguments.append(f"lambda({names}, {body.replace('{}', draw(expressions('', 0)))})")
        else:
            kinds = sorted(parameter.kinds) or list(KINDS)
            arguments.append(draw(expressions(draw(st.sampled_from(kinds)), depth - 1)))
    return f"{function.name}({', '.join(arguments)})"


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


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what is known, one of the worlds that it may be)"""
    known: dict[str, Any] = {}
    real: dict[str, Any] = {}
    for name, kind in PARAMETERS.items():
        real[name] = draw(VALUES[kind])
        how = draw(st.sampled_from(["known", "named", "nameless", "within"]))
        if how == "named":
            known[name] = hole(name, name) if kind == "string" else named(name, name)
        elif how == "nameless":
            known[name] = unknown(name)
        elif how == "within" and kind in ("array", "object") and real[name]:
            known[name] = _within(name, real[name])
        else:
            known[name] = real[name]
    return known, real


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
        assert wrong, f"refused, and yet it may be {expected!r}"
    elif not wrong:
        assert agrees(found, expected, real), f"{found!r} is not {expected!r}"


MANY = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@MANY
@given(expressions(), worlds())
def test_what_is_said_of_the_unknown_holds_in_every_world(
    text: str, world: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    _never_contradicts(text, *world)


@MANY
@given(st.data(), worlds())
def test_every_function_is_sound(data: st.DataObject, world: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Each function by itself, so that none hides behind rarer ones."""
    function = data.draw(st.sampled_from(CALLABLE))
    _never_contradicts(data.draw(calls(function, 1)), *world)


@MANY
@given(expressions(depth=2), expressions(depth=2), worlds())
def test_what_is_the_same_unknown_is_the_same_value(
    one: str, other: str, world: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    known, real = world
    answer = same(_judge(one, Given(known))[0], _judge(other, Given(known))[0])
    mine, wrong = _judge(one, Real(real))
    yours, odd = _judge(other, Real(real))
    if answer is not None and not wrong and not odd:
        assert same(mine, yours) in (answer, None)


@MANY
@given(st.text(alphabet="[]()'., ab0-{}\n\"", max_size=40))
def test_no_text_is_too_odd_to_evaluate(text: str) -> None:
    evaluate(f"[{text}]", Given())


def test_every_function_takes_part() -> None:
    assert len(CALLABLE) > 80
    check: Callable[[Function], bool] = lambda function: any(function in makers for makers in MAKERS.values())  # noqa: E731
    assert all(check(function) for function in CALLABLE if function.returns != "lambda")
