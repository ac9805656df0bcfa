"""Writes docs/arm-functions.md from the table of functions, so that the page cannot fall behind."""

from scanner.sources.iac.arm.functions import functions
from scanner.sources.iac.arm.table import Function

_HEAD = """# Functions of ARM templates

<!-- written by `make docs` from the table of functions; a test holds it to the code -->

Every function that Azure documents for templates, and those that the Bicep compiler writes. What hangs on something
that is not known is not known, or a text with holes (`nic-{vmName}`); it is never guessed. A function that the service
would refuse to evaluate gives an unknown that says why, and is reported with line and column. An empty last column
means: evaluated, as soon as its arguments are known.
"""


def functions_page() -> str:
    """docs/arm-functions.md"""
    lines = [_HEAD.rstrip("\n")]
    groups: dict[str, list[Function]] = {}
    for function in functions().values():
        groups.setdefault(function.group, []).append(function)
    for title in sorted(groups):
        lines += ["", f"## {title}", "", "| function | gives | not known |", "|---|---|---|"]
        for function in sorted(groups[title], key=lambda each: each.name.lower()):
            said = function.unknown
            if said and function.constant:
                said = f"always: {said}"
            lines.append(f"| `{function.signature()}` | {function.returns} | {said} |")
    return "\n".join([*lines, ""])
