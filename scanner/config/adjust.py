"""What snapready.yaml changes of policies: their parameters and severities, each with its place in the file."""

from scanner.authored import Part
from scanner.policy import Adjusted, Given


def adjusted_by(part: Part) -> Adjusted:
    """The `params` and `severity` of the file, or of one of its scopes."""
    params, severity = part.part("params"), part.part("severity")
    return Adjusted(
        {policy.steps[-1]: _given(policy) for policy in (params.parts() if params is not None else ())},
        {} if severity is None else _given(severity),
    )


def _given(part: Part) -> dict[str, Given]:
    return {each.steps[-1]: Given(each.value, each.place()) for each in part.parts()}
