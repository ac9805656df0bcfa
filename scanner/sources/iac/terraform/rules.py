"""The small language of mapping/*.py: rules that make a row's values of a resource's attributes, compiled to closures.

"attribute"                          its value; null is left out, what is not known is Unknown
{"name": rule, …}                    an object of those that give something; none of them: left out
("const", value)                     that value
("computed", attribute, value)       its value; `value` where nobody sets it and the service will choose that
("default", rule, value)             what the rule gives, else `value`
("filled", attribute)                its value; "" and [] are left out, as the provider writes them for nothing
("any", rule, rule, …)               the first that gives something
("list", rule)                       a list of what the rule gives
("wrapped", attribute, name)         of a list of texts, objects {name: text}
("text", "…{}…", attribute)          the text with the attribute's value in it
("words", attribute, {value: word})  the word for its value
("region", attribute)                a region's short name
("case", rule, {value: rule})        the rule for that value
("unless", attribute, rule)          the rule, where the attribute is not set
("block", name, rule)                the rule on the only block of that name
("blocks", name, rule)               a list, of each block of that name
("inline", name, rule)               the same of blocks that may be written elsewhere instead; [] if none are here
("outer", rule)                      the rule on the resource, from inside of one of its blocks
("part", segment, rule)              an object with id, name and properties, for a part of the resource
("ref", attribute, type)             the id of what it refers to
("refs", attribute, type[, "primary"[, attribute]])   {"id": …} of each; the first, or the one named, is primary
("unsaid", what)                     nothing; but Unknown of what exists already, as others may have set it
("attached", what)                   an empty list for what is new, else one that holds an Unknown
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from scanner.model import Unknown
from scanner.sources.iac.model import UNSAID, unknown
from scanner.sources.iac.terraform.blocks import Block

if TYPE_CHECKING:
    from scanner.sources.iac.terraform.references import References

Maker = Callable[[Block, "References"], Any]
"""Gives a value, an Unknown, or None for nothing."""


def compiled(rule: Any) -> Maker:
    """The closure of a rule."""
    if isinstance(rule, str):
        return lambda block, _: block.get(rule)
    if isinstance(rule, dict):
        return _object({name: compiled(below) for name, below in rule.items()})
    word, *arguments = rule
    maker: Maker = _WORDS[word](*arguments)
    return maker


def _object(makers: dict[str, Maker]) -> Maker:
    listed = list(makers.items())

    def make(block: Block, references: "References") -> Any:
        found = {}
        for name, maker in listed:
            value = maker(block, references)
            if value is not None:
                found[name] = value
        return found or None

    return make


def _const(value: Any) -> Maker:
    def make(_block: Block, _references: "References") -> Any:
        return value

    return make


def _computed(attribute: str, value: Any) -> Maker:
    def make(block: Block, _: "References") -> Any:
        if block.is_unknown(attribute) and block.configured(attribute) is False and block.of.made():
            return value
        return block.get(attribute)

    return make


def _default(rule: Any, value: Any) -> Maker:
    of = compiled(rule)

    def make(block: Block, references: "References") -> Any:
        found = of(block, references)
        return value if found is None or found == "" else found

    return make


def _filled(attribute: str) -> Maker:
    def make(block: Block, _: "References") -> Any:
        found = block.get(attribute)
        return None if found in ("", []) else found

    return make


def _any(*rules: Any) -> Maker:
    makers = [compiled(rule) for rule in rules]

    def make(block: Block, references: "References") -> Any:
        for maker in makers:
            found = maker(block, references)
            if found is not None and found != "" and found != []:
                return found
        return None

    return make


def _list(rule: Any) -> Maker:
    of = compiled(rule)

    def make(block: Block, references: "References") -> Any:
        found = of(block, references)
        return None if found is None or found == "" else found if isinstance(found, Unknown) else [found]

    return make


def _wrapped(attribute: str, name: str) -> Maker:
    def make(block: Block, _: "References") -> Any:
        found = block.get(attribute)
        return [{name: each} for each in found] if isinstance(found, list) else found

    return make


def _text(pattern: str, attribute: str) -> Maker:
    def make(block: Block, _: "References") -> Any:
        found = block.get(attribute)
        return pattern.replace("{}", found) if isinstance(found, str) else found

    return make


def _words(attribute: str, words: dict[Any, Any]) -> Maker:
    def make(block: Block, _: "References") -> Any:
        found = block.get(attribute)
        return words.get(found, found) if isinstance(found, str | bool) else found

    return make


def _region(attribute: str) -> Maker:
    def make(block: Block, _: "References") -> Any:
        found = block.get(attribute)
        return found.replace(" ", "").lower() if isinstance(found, str) else found

    return make


def _case(rule: Any, cases: dict[Any, Any]) -> Maker:
    of = compiled(rule)
    makers = {value: compiled(below) for value, below in cases.items()}

    def make(block: Block, references: "References") -> Any:
        found = of(block, references)
        if isinstance(found, Unknown):
            return found
        maker = makers.get(found) if isinstance(found, str | bool) else None
        return None if maker is None else maker(block, references)

    return make


def _unless(attribute: str, rule: Any) -> Maker:
    of = compiled(rule)

    def make(block: Block, references: "References") -> Any:
        if block.is_unknown(attribute):
            if block.configured(attribute) is False and block.of.made():
                return of(block, references)
            return block.not_known(attribute)
        return None if _is_set(block, attribute) else of(block, references)

    return make


def _is_set(block: Block, attribute: str) -> bool:
    """Somebody gave it a value; of what exists, the service may have, where the configuration does not."""
    return block.values.get(attribute) not in (None, "") and block.configured(attribute) is not False


def _block(name: str, rule: Any) -> Maker:
    of = compiled(rule)

    def make(block: Block, references: "References") -> Any:
        found = block.blocks(name)
        if not found:
            return None
        return found[0] if isinstance(found[0], Unknown) else of(found[0], references)

    return make


def _blocks(name: str, rule: Any) -> Maker:
    of = compiled(rule)

    def make(block: Block, references: "References") -> Any:
        found = block.blocks(name)
        if block.is_unknown(name) and len(found) == 1 and isinstance(found[0], Unknown):
            return found[0]
        return [each if isinstance(each, Unknown) else of(each, references) for each in found]

    return make


def _inline(name: str, rule: Any) -> Maker:
    of = compiled(rule)

    def make(block: Block, references: "References") -> Any:
        if block.is_unknown(name) and block.configured(name) is False and block.of.made():
            block.of.assumed.append(name)
            return []
        found = block.blocks(name, ordered=False)
        return [each if isinstance(each, Unknown) else of(each, references) for each in found]

    return make


def _outer(rule: Any) -> Maker:
    of = compiled(rule)
    return lambda block, references: of(Block.whole(block.of), references)


def _part(segment: str, rule: Any) -> Maker:
    of = compiled(rule)

    def make(block: Block, references: "References") -> Any:
        name = block.get("name")
        body = of(block, references) or {}
        if not isinstance(name, str):
            return {"name": name, "properties": body}
        return {"id": f"{references.id_of(block.of).text}/{segment}/{name}", "name": name, "properties": body}

    return make


def _ref(attribute: str, kind: str) -> Maker:
    wanted = kind.lower()
    return lambda block, references: references.one(block, attribute, wanted)


def _refs(attribute: str, kind: str, primary: str = "", named: str = "") -> Maker:
    wanted = kind.lower()

    def make(block: Block, references: "References") -> Any:
        found = references.several(block, attribute, wanted)
        if not isinstance(found, list):
            return found
        if not primary:
            return [{"id": each} for each in found]
        first: Any = found[0] if found else None
        if named and (block.is_unknown(named) or block.values.get(named)):
            first = references.one(block, named, wanted)
        known = not isinstance(first, Unknown)
        return [{"id": each, **({"properties": {"primary": each == first}} if known else {})} for each in found]

    return make


def _unsaid(what: str) -> Maker:
    def make(block: Block, _: "References") -> Any:
        if block.of.made():
            return None
        return unknown(f"{UNSAID}{what} {block.of.address} has, as others may have set it")

    return make


def _attached(what: str) -> Maker:
    unsaid = _unsaid(what)

    def make(block: Block, references: "References") -> Any:
        found = unsaid(block, references)
        return [] if found is None else [found]

    return make


_WORDS: dict[str, Callable[..., Maker]] = {
    "const": _const,
    "computed": _computed,
    "default": _default,
    "filled": _filled,
    "any": _any,
    "list": _list,
    "wrapped": _wrapped,
    "text": _text,
    "words": _words,
    "region": _region,
    "case": _case,
    "unless": _unless,
    "block": _block,
    "blocks": _blocks,
    "inline": _inline,
    "outer": _outer,
    "part": _part,
    "ref": _ref,
    "refs": _refs,
    "unsaid": _unsaid,
    "attached": _attached,
}


@cache
def maker_of(kind: str, mode: str) -> Maker:
    """The compiled row rules of a mapped type."""
    from scanner.sources.iac.terraform.mapping import mapping_of

    mapping, _ = mapping_of(kind, mode, {})
    return compiled({} if mapping is None else dict(mapping.row))


@cache
def put_maker_of(kind: str) -> Maker:
    """The compiled value of what is put onto another resource."""
    from scanner.sources.iac.terraform.mapping import mapping_of

    mapping, _ = mapping_of(kind, "managed", {})
    return compiled({} if mapping is None else mapping.onto["value"])
