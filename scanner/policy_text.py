"""One policy as text, for `snapready policies show`."""

import textwrap

from scanner.language.nodes import Call, Constant, Node
from scanner.language.text import show, write
from scanner.policy import Policy, Template


def describe(policy: Policy) -> str:
    """Everything there is to say of a policy, its expressions with parameters filled in."""
    lines = [f"{policy.head.id}  {policy.head.title}", ""]
    for label, text in told(policy):
        lines += _row(label, text)
    return "\n".join(lines)


def told(policy: Policy) -> list[tuple[str, str]]:
    """The same as (label, text); a label that begins with a blank, or is empty, belongs to the one before."""
    head = policy.head
    rows = [("resource", head.resource), ("reach", head.reach), ("severity", _severities(policy))]
    if policy.when != Constant(True):
        rows.append(("applies when", write(policy.when)))
    if len(policy.stages) == 1:
        rows.append(("stages", policy.stages[0]))
    if policy.needs != Constant(True):
        rows.append(("needs", write(policy.needs)))
    for item in policy.items:
        expected = write(item.that) if item.each is None else f"for each of {write(item.each)}: {write(item.that)}"
        rows.append(("expects", expected))
        rows.append(("  else", _template(item.otherwise)))
    rows += [("note", f"{_template(note)}   (when {write(when)})") for when, note in policy.notes]
    rows += [("default", _default(node)) for node in policy.defaults]
    rows += [("parameter", f"{head.id}.{name} = {show(value)}") for name, value in policy.parameters.items()]
    for scope, way in policy.scoped:
        if way is not None:
            rows.append((f"in {scope.name}", _there(policy, way)))
    rows.append(("why", head.why))
    rows.append(("fix", head.fix))
    rows += [("error", text) for text in head.errors]
    rows.append(("source", f"{head.source['title']} ({head.source['read']}) {head.source['url']}"))
    if "note" in head.source:
        rows.append(("", head.source["note"]))
    for framework, ids in head.controls.items():
        rows.append(("controls", f"{framework}: {', '.join(ids)}"))
    return rows


def _there(policy: Policy, way: Policy) -> str:
    """What a scope makes of a policy."""
    told = [f"{name} = {show(value)}" for name, value in way.parameters.items() if value != policy.parameters[name]]
    told += [f"severity {_severities(way)}"] if _severities(way) != _severities(policy) else []
    return ", ".join(told) or "asks policies that are otherwise there"


def _row(label: str, text: str) -> list[str]:
    found: list[str] = []
    for part in text.splitlines() or [""]:
        lead = f"{label:<14}" if not found else " " * 14
        found += textwrap.wrap(
            part, 110, initial_indent=lead, subsequent_indent=" " * 14, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return found


def _severities(policy: Policy) -> str:
    said = [
        level if condition == Constant(True) else f"{level} if {write(condition)}"
        for condition, level in policy.severities
    ]
    return ", else ".join(said)


def _template(template: Template) -> str:
    return "".join(
        part if isinstance(part, str) else show(part.value) if isinstance(part, Constant) else "{" + write(part) + "}"
        for part in template
    )


def _default(node: Node) -> str:
    """What is taken where a fact is not known: the one way a deleted fact can turn a pass into a fail."""
    if not isinstance(node, Call):
        return write(node)
    return f"where {write(node.arguments[0])} is not known, {write(node.arguments[1])} is taken"
