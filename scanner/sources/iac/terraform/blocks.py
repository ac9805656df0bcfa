"""A resource, or a block in one, read attribute by attribute: its value, or why that is not known."""

from typing import TYPE_CHECKING, Any

from scanner.model import Unknown
from scanner.sources.iac.model import unknown

if TYPE_CHECKING:
    from scanner.sources.iac.terraform.instances import Instance

_NAMES = ("id", "name", "_id", "_ids", "_name")


class Joined:
    """The configuration of a block that may be any of several: an attribute refers to what any of them refers to."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts


class Block:
    """`config` is the block's expressions; None where they are not told, as for dynamic blocks."""

    __slots__ = ("config", "of", "path", "sensitive", "unknown", "values")

    def __init__(self, of: "Instance", values: Any, unknown: Any, sensitive: Any, config: Any, path: str) -> None:
        self.of = of
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}
        self.unknown = unknown
        self.sensitive = sensitive
        self.config = config if isinstance(config, dict | Joined) else None
        self.path = path

    @staticmethod
    def whole(of: "Instance") -> "Block":
        config = None if of.config is None else of.config.expressions or {}
        return Block(of, of.values, of.unknown, of.sensitive, config, "")

    def get(self, name: str) -> Any:
        """Its value, an Unknown, or None where it is not set; Unknowns also stand inside of lists and objects."""
        value = self.values.get(name)
        mark = _below(self.unknown, name)
        hidden = _below(self.sensitive, name)
        if not mark and not hidden:
            return value
        if hidden and not name.endswith(_NAMES) and value is not None and holds(hidden):
            value = _masked(value, hidden, self.hidden(name))
        return put_unknown(value, mark, self.not_known(name)) if mark and holds(mark) else value

    def is_unknown(self, name: str) -> bool:
        """Nothing of it is known, not even that it is not set."""
        return _below(self.unknown, name) is True

    def not_known(self, name: str) -> Unknown:
        return unknown(f"{self.path}{name} of {self.of.address} is known after apply")

    def hidden(self, name: str) -> Unknown:
        return unknown(f"{self.path}{name} of {self.of.address} is sensitive")

    def configured(self, name: str) -> bool | None:
        """Whether the configuration sets it; None: the configuration is not told."""
        if self.config is None:
            return None
        if isinstance(self.config, Joined):
            return True
        return name in self.config

    def references(self, name: str) -> list[Any] | None:
        """What its expression refers to; None where the plan does not hold the expression."""
        return _references(self.config, name)

    def blocks(self, name: str, *, ordered: bool = True) -> "list[Block | Unknown]":
        """The blocks of that name; an Unknown among them is one that nothing is known of."""
        given = self.values.get(name)
        mark, hidden = _below(self.unknown, name), _below(self.sensitive, name)
        if given is None or not isinstance(given, list):
            return [self.not_known(name)] if mark is True else []
        found: list[Block | Unknown] = []
        config = None if self.config is None else _config_of(self.config, name)
        for at, values in enumerate(given):
            below, hiding = _member(mark, at), _member(hidden, at)
            if below is True or not isinstance(values, dict):
                found.append(self.not_known(f"{name}[{at}]"))
                continue
            own = _config_at(config, at, len(given), values, ordered=ordered)
            found.append(Block(self.of, values, below, hiding, own, f"{self.path}{name}[{at}]."))
        return [self.not_known(name)] if mark is True and not found else found


def _below(mark: Any, name: str) -> Any:
    if mark is True:
        return True
    return mark.get(name) if isinstance(mark, dict) else None


def _member(mark: Any, at: int) -> Any:
    if isinstance(mark, list):
        return mark[at] if at < len(mark) else None
    return True if mark is True else None


def holds(mark: Any) -> bool:
    """Whether anything is marked; an object or a list of `false`s marks nothing."""
    if isinstance(mark, dict):
        return any(map(holds, mark.values()))
    return any(map(holds, mark)) if isinstance(mark, list) else mark is True


def put_unknown(value: Any, mark: Any, why: Unknown) -> Any:
    """The value with `why` wherever the mark says that it is not known."""
    if mark is True:
        return why
    if isinstance(mark, dict) and (value is None or isinstance(value, dict)):
        found = dict(value or {})
        for name, below in mark.items():
            if holds(below):
                found[name] = put_unknown(found.get(name), below, why)
        return found
    if isinstance(mark, list):
        members = list(value) if isinstance(value, list) else []
        members += [None] * (len(mark) - len(members))
        return [put_unknown(one, mark[at] if at < len(mark) else None, why) for at, one in enumerate(members)]
    return value


def _masked(value: Any, mark: Any, why: Unknown) -> Any:
    """The value with `why` wherever it is sensitive; a whole that is sensitive is that in every part."""
    if mark is True:
        return why
    if isinstance(mark, dict) and isinstance(value, dict):
        return {
            name: below if name.endswith(_NAMES) else _masked(below, mark.get(name), why)
            for name, below in value.items()
        }
    if isinstance(mark, list) and isinstance(value, list):
        return [_masked(one, mark[at] if at < len(mark) else None, why) for at, one in enumerate(value)]
    return value


def _references(config: Any, name: str) -> list[Any] | None:
    if isinstance(config, Joined):
        found: list[Any] = []
        for part in config.parts:
            own = _references(part, name)
            if own is None:
                return None
            found += own
        return found
    if not isinstance(config, dict):
        return None
    expression = config.get(name)
    if expression is None and "references" in config and "constant_value" not in config:
        expression = config  # one expression for the whole of a block that is written like an attribute
    if not isinstance(expression, dict):
        return None
    listed = expression.get("references")
    return listed if isinstance(listed, list) else []


def _config_of(config: Any, name: str) -> Any:
    if isinstance(config, Joined):
        return None
    return config.get(name)


def _config_at(config: Any, at: int, length: int, values: dict[str, Any], *, ordered: bool) -> Any:
    if isinstance(config, dict):
        return config
    if not isinstance(config, list) or not config:
        return None
    if len(config) != length:  # dynamic blocks among the others
        return None
    if ordered or length == 1:
        return config[at]
    fitting = [each for each in config if isinstance(each, dict) and _fits(each, values)]
    return fitting[0] if len(fitting) == 1 else Joined(fitting or list(config))


def _fits(config: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether what the configuration writes plainly is what the block holds."""
    return all(
        expression["constant_value"] == values.get(name)
        for name, expression in config.items()
        if isinstance(expression, dict) and isinstance(expression.get("constant_value"), str)
    )
