"""Reads one policy.yaml into a Policy: schema first, then every expression, each fault with its place."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner import authored, yaml12
from scanner.authored import kind
from scanner.facts.catalogue import catalogue
from scanner.language.nodes import Call, Constant, Node, Read, children
from scanner.language.parse import ExpressionError, Scope, parse, suggest
from scanner.language.shapes import ANY, Shape, check, check_condition
from scanner.language.words import version
from scanner.model import SEVERITIES, PolicyHead, Severity, SnapreadyError
from scanner.policy import Given, Item, Policy, Template


class PolicyFile:
    """One policy.yaml on its way to a Policy."""

    def __init__(
        self, path: Path, held: Callable[[str], Policy], given: Mapping[str, Given], severity: Given | None
    ) -> None:
        self._path = path
        self._held = held
        self._given = given
        self._severity = severity
        self._whole = authored.read(path, "policy", "the policy")
        self._data: dict[str, Any] = self._whole.value
        self._resource: str = self._data["resource"].lower()
        self._facts = catalogue(self._resource)
        self._parameters = self._effective_parameters()
        self._defaults: list[Node] = []

    def _effective_parameters(self) -> dict[str, Any]:
        declared = self._data.get("params") or {}
        found = {name: entry["default"] for name, entry in declared.items()}
        policy = self._path.parent.name
        for name, given in self._given.items():
            if name not in found:
                others = suggest(name, found) or (f": it has {', '.join(sorted(found))}" if found else "")
                raise SnapreadyError(f"{given.place}: policy {policy} has no parameter {name!r}{others}")
            value = _typed(given.value, found[name]) if given.text else given.value
            if type(value) is not type(found[name]) and not (_number(value) and _number(found[name])):
                quotes = "\n  help: put it in quotes" if isinstance(found[name], str) and _number(value) else ""
                wanted = kind(found[name])
                raise SnapreadyError(f"{given.place}: {policy}.{name} is {wanted}, and {given.value!r} is not{quotes}")
            found[name] = value
        return found

    def _shapes(self) -> Mapping[str, Shape] | None:
        return None if self._facts is None else {name: fact.shape for name, fact in self._facts.items()}

    def _expression(
        self, text: str, path: tuple[Any, ...], *, member: Shape | None = None, value: bool = False
    ) -> tuple[Node, Shape]:
        """An expression of this file, checked; `member`: the names in it are a list member's of that shape.

        `value`: it is asked for what it is, not for a yes or no.
        """
        scope = Scope(
            facts=self._facts if member is None else None,
            params=self._parameters,
            member=member is not None,
            holds=self._condition if member is None else None,
            defaults=self._defaults,
        )
        try:
            node = parse(text, scope)
            held = check if value else check_condition
            shape = held(node, self._shapes() if member is None else None, member or ANY)
            self._look_at_versions(node)
            return node, shape
        except ExpressionError as error:
            offset = error.offset
            if offset is None and error.near in text:
                offset = text.index(error.near)
            raise self._whole.error(error.message, path, f"{_step(error)}in: {text.strip()}", offset) from None

    def _look_at_versions(self, node: Node) -> None:
        """What every version is held to is one: held to a slip of the pen, all would be unknown, and nothing fail."""
        if isinstance(node, Call) and node.word == "version_at_least":
            least = node.arguments[1]
            if isinstance(least, Constant) and version(least.value) is None:
                given = least.param
                if given not in self._given:
                    raise ExpressionError(
                        f"{least.value!r} is no dotted version, such as '2.10.1'", near=str(least.value)
                    )
                raise SnapreadyError(
                    f"{self._given[given].place}: {self._path.parent.name}.{given} is a dotted version, such as"
                    f" {self._data['params'][given]['default']}, and {least.value!r} is not"
                )
        for below in children(node):
            self._look_at_versions(below)

    def _condition(self, name: str) -> Node:
        other = self._held(name)
        if other.head.resource != self._resource:
            raise ExpressionError(f"policy {name!r} is on {other.head.resource}, not on {self._resource}", near=name)
        return other.holds()

    def _template(self, text: str, path: tuple[Any, ...], member: Shape | None = None) -> Template:
        parts: list[str | Node] = []
        rest = text.replace("{{", "\0").replace("}}", "\1")
        while rest:
            before, brace, after = rest.partition("{")
            parts.append(before.replace("\0", "{").replace("\1", "}"))
            if not brace:
                break
            inside, closed, rest = after.partition("}")
            if not closed:
                raise self._whole.error("a { without its }", path, "write {{ for a brace")
            words = inside.replace("\0", "{").replace("\1", "}")
            parts.append(self._expression(words, path, member=member, value=True)[0])
        return tuple(part for part in parts if part != "")

    def _items(self) -> tuple[Item, ...]:
        expect = self._data["expect"]
        if isinstance(expect, str):
            message = self._template(self._data["message"], ("message",))
            return (Item(None, self._expression(expect, ("expect",))[0], message),)
        return tuple(self._item(entry, ("expect", position)) for position, entry in enumerate(expect))

    def _item(self, entry: Mapping[str, str], path: tuple[Any, ...]) -> Item:
        each, member = None, None
        if "each" in entry:
            each, shape = self._expression(entry["each"], (*path, "each"), value=True)
            if shape != ANY and shape.name != "list":
                raise self._whole.error(f"each takes a list, and this is a {shape.name}", (*path, "each"))
            member = shape.of or ANY
        that, _ = self._expression(entry["that"], (*path, "that"), member=member)
        return Item(each, that, self._template(entry["else"], (*path, "else"), member))

    def _severities(self) -> tuple[tuple[Node, Severity], ...]:
        given = self._data["severity"] if self._severity is None else self._severity.value
        if isinstance(given, str):
            return ((Constant(True), _severity(given)),)
        found: list[tuple[Node, Severity]] = []
        for level, text in given.items():
            path = ("severity", level)
            condition = Constant(True) if text == "otherwise" else self._expression(text, path)[0]
            found.append((condition, _severity(level)))
        if found[-1][0] != Constant(True):
            level = list(given)[-1]
            raise self._whole.error("the last severity must say otherwise", ("severity", level), f"{level}: otherwise")
        return tuple(found)

    def policy(self) -> Policy:
        data = self._data
        when, needs = (
            self._expression(data[name], (name,))[0] if name in data else Constant(True) for name in ("when", "needs")
        )
        severities = self._severities()
        notes = tuple(
            (
                self._expression(entry["when"], ("notes", position, "when"))[0],
                self._template(entry["note"], ("notes", position, "note")),
            )
            for position, entry in enumerate(data.get("notes") or ())
        )
        head = PolicyHead(
            self._path.parent.name,
            data["title"].strip(),
            self._resource,
            severities[-1][1],
            "resource graph",
            data["why"].strip(),
            data["fix"].strip(),
            data["source"],
            {name: tuple(ids) for name, ids in (data.get("controls") or {}).items()},
            dict(self._parameters),
            data.get("cause", 9),
            tuple(data.get("errors") or ()),
        )
        policy = Policy(
            head,
            self._path.parent,
            when,
            needs,
            self._items(),
            severities,
            notes,
            tuple(dict.fromkeys(self._defaults)) if all(map(_hashable, self._defaults)) else tuple(self._defaults),
            self._parameters,
            tuple(data.get("stages") or ("plan", "live")),
        )
        return replace(policy, head=replace(head, reach=self._reach(policy)))

    def _reach(self, policy: Policy) -> str:
        """The one reach beyond Resource Graph of the facts that have no default; two are two policies."""
        if self._facts is None:
            return "resource graph"
        found: dict[str, str] = {}
        for path in sorted(_needed(policy.when) | _needed(policy.expect())):
            reach = self._facts[path[0]].reach()
            if reach != "resource graph":
                found.setdefault(reach, path[0])
        if len(found) > 1:
            named = " and ".join(f"{fact} ({reach})" for reach, fact in sorted(found.items()))
            raise self._whole.error(f"it needs facts of two reaches, {named}", ("expect",), "write two policies")
        return next(iter(found), "resource graph")


_STEPS = (
    (
        r"\d.* is not expected here",
        "a number stands between backticks, as in `4`; a text and a version in single quotes",
    ),
    (r"Unknown token '='", "== compares"),
    (r"'(and|AND)' is not expected here", "&& joins conditions that must all hold"),
    (r"'(or|OR)' is not expected here", "|| joins conditions of which one must hold"),
    (r"there is no (fact|field) '[^'.]*'$", "a text stands in single quotes"),
)
"""What people write who come from other languages, by what the parser makes of it, and what to write instead."""


def _step(error: ExpressionError) -> str:
    return next((f"{step}; " for pattern, step in _STEPS if re.match(pattern, error.message)), "")


def _needed(node: Node) -> set[tuple[str, ...]]:
    """What `node` reads and has no default for."""
    if isinstance(node, Read):
        return {node.path}
    below = children(node)
    if isinstance(node, Call) and node.word == "default":
        below = below[1:]
    return set().union(*map(_needed, below))


def _hashable(node: Node) -> bool:
    try:
        hash(node)
    except TypeError:
        return False
    return True


def _severity(word: str) -> Severity:
    return next(level for level in SEVERITIES if level == word)


def _typed(text: str, default: Any) -> Any:
    """What a text of the command line means for a parameter of that default."""
    if isinstance(default, list):
        return [part.strip() for part in text.split(",")]
    return text if isinstance(default, str) else yaml12.scalar(text)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
