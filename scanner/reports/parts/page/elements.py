"""HTML that cannot be broken out of: elements are made by `element`, and every text in them is escaped."""

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from scanner.reports.parts.texts import clean, line, shorten

_NO_CHILDREN = frozenset({"br", "col", "meta", "input", "rect", "line", "path"})


class Markup(str):
    """HTML that is finished; only this module makes any, but for the style and the script that are part of the tool."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"


def element(tag: str, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """An element. `class_` is class, `aria_label` aria-label; an attribute that is None or False is left out."""
    said = "".join(
        f" {_name(name)}" if value is True else f' {_name(name)}="{_text(str(value))}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _NO_CHILDREN:
        return Markup(f"<{tag}{said}>" if tag in ("br", "col", "meta", "input") else f"<{tag}{said}/>")
    return Markup(f"<{tag}{said}>{inside(children)}</{tag}>")


def inside(children: Child) -> str:
    """Children as HTML: what is not Markup is text."""
    if children is None:
        return ""
    if isinstance(children, Markup):
        return children
    if isinstance(children, str | int):
        return _text(str(children))
    return "".join(inside(child) for child in children)


def prose(text: str, most: int = 4_000) -> str:
    """A text of the input on one line, and no longer than a page bears."""
    return shorten(line(text), most)


def name(text: str, most: int = 200) -> Markup:
    """A name of the input, whose direction of writing does not reach what stands beside it."""
    return element("bdi", prose(text, most))


def figure(count: int) -> str:
    """A number with its thousands apart."""
    return f"{count:,}"


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _text(text: str) -> str:
    return escape(clean(text))
