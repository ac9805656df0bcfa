"""Evaluates the expressions of a template: each text is parsed once and compiled to closures, then asked of a scope.

Nothing is raised and nothing is guessed: what cannot be known is Unknown, or a text with holes; what the service would
refuse is Unknown too, and the scope is told.
"""

from collections.abc import Callable
from functools import lru_cache

from scanner.sources.iac.arm.access import member
from scanner.sources.iac.arm.functions import functions
from scanner.sources.iac.arm.scope import Refusal, Scope
from scanner.sources.iac.arm.syntax import Call, Constant, Get, Node, is_expression, literal, parse
from scanner.sources.iac.arm.table import Function
from scanner.sources.iac.arm.values import Refused, Value, bounded, kind, known, result
from scanner.sources.iac.model import unknown

__all__ = ["evaluate", "is_expression", "literal"]

MOST_STEPS = 200_000
"""Calls of lambdas within one expression."""

Variables = dict[str, Value]
"""What lambdas have bound, by name in lower case; under "" a list of one number: the steps that are left."""
Run = Callable[[Scope, Variables], Value]


class Lambda:
    """A lambda with the variables around it."""

    __slots__ = ("around", "body", "names", "scope")

    def __init__(self, names: tuple[str, ...], body: Run, scope: Scope, around: Variables) -> None:
        self.names = names
        self.body = body
        self.scope = scope
        self.around = around

    def __call__(self, *values: Value) -> Value:
        left = self.around[""]
        left[0] -= 1
        if left[0] < 0:
            raise Refused(f"its lambdas take more than {MOST_STEPS} steps")
        return self.body(self.scope, {**self.around, **dict(zip(self.names, values, strict=False))})


def evaluate(text: str, scope: Scope) -> Value:
    """The value of a text of a template: itself, unless it is an expression."""
    if not is_expression(text):
        return literal(text)
    try:
        value = _compiled(text)(scope, {"": [MOST_STEPS]})
        if kind(value) == "lambda":
            raise Refused("a lambda is no value", 1)
    except Refused as refused:
        refusal = Refusal(text, refused.message, max(refused.offset, 0))
    except RecursionError:
        refusal = Refusal(text, "what it refers to is nested too deep", 0)
    else:
        return value
    scope.refused(refusal)
    shown = text if len(text) <= 80 else text[:79] + "…"
    return unknown(f"the expression {shown} cannot be evaluated: {refusal.message}")


@lru_cache(maxsize=16_384)
def _compiled(text: str) -> Run:
    try:
        return _compile(parse(text))
    except Refused as refused:
        return _refusing(refused.message, refused.offset)


def _refusing(message: str, offset: int) -> Run:
    def refuse(_: Scope, __: Variables) -> Value:
        raise Refused(message, offset)

    return refuse


def _compile(node: Node) -> Run:
    if isinstance(node, Constant):
        value = node.value
        return lambda _, __: value
    if isinstance(node, Get):
        return _get(node)
    if node.namespace:
        return _own(node)
    name = node.name.lower()
    if name == "lambda":
        return _lambda(node)
    if name == "lambdavariables":
        return _lambda_variable(node)
    function = functions().get(name)
    if function is None and name.startswith("list"):
        function = functions()["list*"]
    if function is None:
        return _refusing(f"there is no function {node.name!r}", node.offset)
    try:
        function.check_count(len(node.arguments))
    except Refused as refused:
        return _refusing(refused.message, node.offset)
    return _call(function, tuple(map(_compile, node.arguments)), node.offset)


def _call(function: Function, arguments: tuple[Run, ...], offset: int) -> Run:
    run, check, name, returns = function.run, function.check, function.name, function.returns
    builds = function.builds

    def located(refused: Refused) -> Refused:
        return refused if refused.offset >= 0 else Refused(refused.message, offset)

    if function.kind == "lazy":

        def lazy(scope: Scope, variables: Variables) -> Value:
            try:
                return run(scope, variables, *arguments)
            except Refused as refused:
                raise located(refused) from None

        return lazy
    scoped, only_known = function.kind == "scope", function.kind == "known"

    def call(scope: Scope, variables: Variables) -> Value:
        values = [argument(scope, variables) for argument in arguments]
        try:
            check(values)
            if scoped:
                return run(scope, *values)
            if only_known and not known(values):
                return result(name, values, returns)
            value = run(*values)
            return bounded(value) if builds else value
        except Refused as refused:
            raise located(refused) from None

    return call


def _own(node: Call) -> Run:
    arguments = tuple(map(_compile, node.arguments))
    namespace, name, offset = node.namespace, node.name, node.offset

    def call(scope: Scope, variables: Variables) -> Value:
        values = [argument(scope, variables) for argument in arguments]
        try:
            return scope.call(namespace, name, values)
        except Refused as refused:
            raise Refused(refused.message, offset) from None

    return call


def _lambda(node: Call) -> Run:
    *named, body = node.arguments or (None,)
    names = [each.value.lower() for each in named if isinstance(each, Constant) and isinstance(each.value, str)]
    if body is None or len(names) != len(named):
        return _refusing("lambda takes the names of its variables as texts, then what it gives", node.offset)
    run = _compile(body)
    return lambda scope, variables: Lambda(tuple(names), run, scope, variables)


def _lambda_variable(node: Call) -> Run:
    if len(node.arguments) != 1 or not isinstance(node.arguments[0], Constant):
        return _refusing("lambdaVariables takes the name of a variable", node.offset)
    name = str(node.arguments[0].value)
    key = name.lower()

    def read(_: Scope, variables: Variables) -> Value:
        if key not in variables or not key:
            raise Refused(f"no lambda around this has a variable {name!r}", node.offset)
        return variables[key]

    return read


def _get(node: Get) -> Run:
    base, key, offset = _compile(node.base), _compile(node.key), node.offset

    def get(scope: Scope, variables: Variables) -> Value:
        try:
            return member(base(scope, variables), key(scope, variables))
        except Refused as refused:
            raise refused if refused.offset >= 0 else Refused(refused.message, offset) from None

    return get
