"""Reference pages of policies, generated so that they cannot fall behind: an index, then everything of each."""

from collections.abc import Iterable

from scanner.policy import Policy
from scanner.policy_text import told

_EXPRESSIONS = ("applies when", "needs", "expects", "default", "parameter", "resource")


def page(policies: Iterable[Policy], head: str) -> str:
    """One Markdown page; `head` stands under its title."""
    every = sorted(policies, key=lambda policy: policy.id)
    lines = ["# Policies", "", head, "", "| policy | severity | needs | what must hold |", "|---|---|---|---|"]
    for policy in every:
        levels = " or ".join(dict.fromkeys(level for _, level in policy.severities))
        cells = (f"[`{policy.id}`](#{policy.id})", levels, policy.head.reach, _text(policy.head.title))
        lines.append(f"| {' | '.join(cells)} |")
    for policy in every:
        lines += ["", f"## {policy.id}", "", f"**{_text(policy.head.title)}**", "", _text(policy.head.why), ""]
        lines += [f"- {label}: {_said(label, text)}" for label, text in _rows(policy)]
        lines += ["", "```", *policy.head.fix.splitlines(), "```"]
        source = policy.head.source
        lines += ["", f"Source: [{_text(source['title'])}](<{source['url']}>), read in its text of {source['read']}."]
        if "note" in source:
            lines.append(_text(source["note"]))
    return "\n".join([*lines, ""])


def _rows(policy: Policy) -> list[tuple[str, str]]:
    """What is not said in the page's own way."""
    return [(label.strip(), text) for label, text in told(policy) if label not in ("why", "fix", "source", "")]


def _said(label: str, text: str) -> str:
    return f"`` {text} ``" if label in _EXPRESSIONS and "\n" not in text else _text(text)


def _text(value: str) -> str:
    """Prose on one line; what Markdown would take for markup is shown."""
    joined = " ".join(value.split())
    for sign in "\\`*_<>|[]":
        joined = joined.replace(sign, f"\\{sign}")
    return joined
