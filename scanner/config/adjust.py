"""What snapready.yaml changes of policies: parameters and severities, everywhere and in scopes, each with its place."""

from collections.abc import Callable

from scanner.authored import Part
from scanner.globs import matcher
from scanner.policy import Adjusted, Given
from scanner.scoping import Scope


def adjusted_by(part: Part) -> Adjusted:
    """The `params` and `severity` of the file, or of one of its scopes."""
    params, severity = part.part("params"), part.part("severity")
    return Adjusted(
        {policy.steps[-1]: _given(policy) for policy in (params.parts() if params is not None else ())},
        {} if severity is None else _given(severity),
    )


def _given(part: Part) -> dict[str, Given]:
    return {each.steps[-1]: Given(each.value, each.place()) for each in part.parts()}


def scopes_in(part: Part) -> list[tuple[Scope, Adjusted]]:
    """The scopes of the file, in their order, with what each changes; raises AuthoringError where two have one name."""
    whole = part.part("scopes")
    found: dict[str, tuple[Scope, Adjusted]] = {}
    for each in whole.parts() if whole is not None else ():
        name = each.value["name"]
        if name in found:
            raise each.error(f"there are two scopes called {name!r}", ("name",))
        found[name] = (_scope(name, each), adjusted_by(each))
    return list(found.values())


def _scope(name: str, part: Part) -> Scope:
    tags = part.part("where", "tag")
    return Scope(
        name,
        part.place(),
        _matcher(part.part("where", "resource")),
        _matcher(part.part("where", "subscription")),
        _matcher(part.part("where", "resource-group")),
        _matcher(part.part("where", "management-group")),
        tuple((tag.steps[-1], matcher(_texts(tag))) for tag in (tags.parts() if tags is not None else ())),
    )


def _matcher(part: Part | None) -> Callable[[str], bool] | None:
    return None if part is None else matcher(_texts(part))


def _texts(part: Part) -> list[str]:
    return part.value if isinstance(part.value, list) else [part.value]
