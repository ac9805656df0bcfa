"""Masks rows on their way into a snapshot that is to be shared: names and ids go, what is judged stays."""

from collections.abc import Iterable
from typing import Any

from scanner.mask.ids import Ids
from scanner.mask.names import STOPS, Names
from scanner.mask.words import HOLDERS, KINDS, VOCABULARY, rule_of
from scanner.model import Row
from scanner.rowtypes import DECLARED, EXEMPTION, GUEST_FACTS, METRICS, SERVICE_TAGS

_SEEN = frozenset(
    ("interfaces", "registry", "services", "agent", "addresses", "source", "platformEndpoint", "vssWriters")
)
"""What stays of guest facts: what the guest said, and not who it is."""
_WRITTEN = frozenset(("displayName", "description", "metadata"))
"""What goes of an exemption."""
_CACHED = 1 << 16
_OBSERVED = frozenset(("instanceview", "guestfacts", "metrics"))
_GROUP_FORM = "instantrpdetails"
_STARTS = ("/subscriptions/", "/providers/", "/sharedgalleries/")


class Mask:
    """Replaces subscription, tenant and resource names, each always by the same pseudonym, so that joins still work.

    First `learn` all rows, then mask each with `row`. Pseudonyms are an HMAC of the name under `key`: the same key
    masks the same name the same way, and without it nothing can be undone, so throw it away. Names are compared
    ignoring case, as Azure does.

    Stay as they are: types, regions, enumerations, versions, SKUs and images, schedules, protocols and ports, service
    tags, what guest facts say of registry, services, VSS writers and interfaces (MAC addresses too), and names of
    tags. IP addresses and prefixes stay because what a VM can reach is judged by them.
    """

    def __init__(self, key: bytes) -> None:
        if not key:
            raise ValueError("a mask needs a key: without one anybody can find the names out by trying")
        self._names = Names(key)
        self._ids = Ids(self._names)
        self._texts: dict[tuple[str, str], str] = {}

    def _learning(self, on: bool) -> None:
        if on is not self._names.learning:
            self._names.learn(on)
            self._ids.forget()
            self._texts.clear()

    def learn(self, row: Row) -> None:
        """Remembers the names in a row, so that any text can be searched for them; to be done with all rows first."""
        self._learning(True)
        self._row(row)

    def learn_names(self, names: Iterable[str]) -> None:
        """Remembers names that no row has: management groups, subscriptions."""
        self._learning(True)
        for name in names:
            if name.lower().startswith(_STARTS):
                self._ids.id(name)
            else:
                self._names.name("name", name.strip())

    def subscription(self, id: str) -> str:
        """The pseudonym of a subscription or tenant id."""
        self._learning(False)
        return self._names.guid(id)

    def text(self, text: str) -> str:
        """A message or scope: every id, and every known name that stands in it as a whole word, is replaced."""
        self._learning(False)
        return self._ids.text(text)

    def row(self, row: Row) -> Row:
        """The row with its names and ids replaced; nothing of the given one changes."""
        self._learning(False)
        return self._row(row)

    def _row(self, row: Row) -> Row:
        kind = row.get("type")
        low = kind.lower() if isinstance(kind, str) else ""
        try:
            if low == SERVICE_TAGS:  # public: only where the list was asked from is not
                return {
                    name: value if name == "properties" else self._asked(name, value) for name, value in row.items()
                }
            masked: Row = self._object({**row, "properties": None}, low.rsplit("/", 1)[-1])
            if "properties" in row:
                masked["properties"] = self._properties(row["properties"], low)
            else:
                del masked["properties"]
            return masked
        except RecursionError:  # nested so deeply that nothing reads it: what may hide a name in there goes
            return self._object({name: value for name, value in row.items() if not isinstance(value, dict | list)}, "")

    def _asked(self, name: str, value: Any) -> Any:
        return self._text(value, name) if name.endswith("Id") and isinstance(value, str) else self._kept(value)

    def _properties(self, properties: Any, row_type: str) -> Any:
        if row_type == METRICS:
            return self._kept(properties)
        if row_type == EXEMPTION and isinstance(properties, dict):  # what people wrote names people, in any words
            properties = {name: value for name, value in properties.items() if name not in _WRITTEN}
        if row_type == DECLARED and isinstance(properties, dict):
            return {name: self._declared(name, value) for name, value in properties.items()}
        if row_type != GUEST_FACTS or not isinstance(properties, dict):
            return self._value(properties, "properties")
        return {
            name: {key: self._seen(key, each) for key, each in below.items()}
            if name == "proxy" and isinstance(below, dict)
            else self._seen(name, below)
            for name, below in properties.items()
        }

    def _declared(self, name: str, value: Any) -> Any:
        """A part of what owners declare: what it rests on names people and systems, in any words."""
        if name == "reason" and isinstance(value, str):
            return "masked" if value else value
        if name == "proxy" and isinstance(value, str):
            return self._ids.host(value)
        return self._value(value, name)

    def _seen(self, name: str, value: Any) -> Any:
        """A part of guest facts."""
        return self._kept(value) if name in _SEEN else self._value(value, name)

    def _value(self, value: Any, key: str) -> Any:
        if isinstance(value, str):
            return self._text(value, key)
        if isinstance(value, dict):
            if key.lower() == _GROUP_FORM:
                return self._group_form(value)
            what = rule_of(key)[0]
            if what == "tree":
                return self._tree(value)
            if what == "tags":
                return {self._key(name): self._tag(below) for name, below in value.items()}
            return self._object(value, key)
        if isinstance(value, list):
            return [self._value(member, key) for member in value]
        return value

    def _group_form(self, value: dict[str, Any]) -> dict[str, Any]:
        """How a backup policy calls the groups of restore points."""
        by_end = {name.lower()[-6:]: name for name in value if isinstance(value[name], str)}
        prefix, suffix = (value.get(by_end.get(end, ""), "") for end in ("prefix", "suffix"))
        hidden = dict(zip(("prefix", "suffix"), self._names.number(prefix, suffix), strict=True))
        return {**self._object(value, ""), **{name: hidden[end] for end, name in by_end.items() if end in hidden}}

    def _tag(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._ids.tag(value)
        return self._value(value, "tags") if isinstance(value, dict | list) else value

    def _object(self, value: dict[str, Any], holder: str) -> dict[str, Any]:
        masked: dict[str, Any] = {}
        for name, below in value.items():
            if isinstance(below, str):
                if name == "name":
                    masked[name] = self._own(below, value.get("id"), holder)
                else:
                    masked[self._key(name)] = self._text(below, name)
            elif isinstance(below, dict | list):
                masked[self._key(name)] = self._value(below, name)
            else:
                masked[self._key(name)] = below
        return masked

    def _key(self, name: str) -> str:
        """Keys stay, but for the ids in them (identities are listed so)."""
        return name if len(name) < 36 and "/" not in name else self._ids.text(name, words=False)

    def _kept(self, value: Any) -> Any:
        """What nobody's name is looked for in; ids in it are masked all the same."""
        if isinstance(value, str):
            return self._structures(value)
        if isinstance(value, dict):
            return {self._structures(name): self._kept(below) for name, below in value.items()}
        if isinstance(value, list):
            return [self._kept(member) for member in value]
        return value

    def _tree(self, value: dict[str, Any]) -> dict[str, Any]:
        """As kept, but for the resource groups that Resource Graph writes beside every id."""
        masked: dict[str, Any] = self._kept(value)
        group = value.get("resourceGroup")
        return {**masked, "resourceGroup": self._text(group, "resourceGroup")} if isinstance(group, str) else masked

    def _structures(self, text: str) -> str:
        if len(text) < 36 and "/" not in text:  # no id
            return text
        return self._ids.text(text, words=False, every_guid=False)

    def _own(self, name: str, identity: Any, holder: str) -> str:
        """The value of `name`: that of the resource whose id stands beside it, else of what holds it."""
        kind = holder.lower()
        if isinstance(identity, str) and identity.lower().startswith(_STARTS):
            parts = identity.rstrip("/").split("/")
            if len(parts) % 2:
                kind = parts[-2].lower()
                if "/" in name:
                    return self._named(name, KINDS.get(kind, "name"))
                return self._ids.segment(kind, name)
            if parts[-1].lower() == name.lower() and name.lower() in _OBSERVED:
                return name  # <vm id>/instanceView: no name, but what it is
        if rule_of(holder)[0] == "keep":
            return self._structures(name)
        if kind == "defaultsecurityrules":
            return name
        if kind in HOLDERS and ";" not in name:
            return self._names.name(HOLDERS[kind], name)
        return self._named(name, "name")

    def _text(self, text: str, key: str) -> str:
        """A text by what its key says of it."""
        if not text:
            return text
        begins = text[0] == "/" and text[:17].lower().startswith(_STARTS)
        if begins and (key[-2:].lower() == "id" or not STOPS.search(text)):
            return self._ids.id(text)
        seen = self._texts.get((key, text))
        if seen is None:
            seen = self._by_rule(text, key)
            if len(text) < 64:
                if len(self._texts) >= _CACHED:
                    self._texts.clear()
                self._texts[key, text] = seen
        return seen

    def _by_rule(self, text: str, key: str) -> str:
        rule, kind = rule_of(key)
        if rule == "text":
            return self._ids.text(text)
        if rule in ("keep", "tree"):
            return self._ids.text(text) if "://" in text and rule == "keep" else self._structures(text)
        if rule == "guid":
            return self._names.guid(text)
        if rule == "host":
            return self._ids.host(text)
        if rule == "secret":
            return self._names.hidden("secret", text)
        if rule == "tags":
            return self._ids.tag(text)
        if kind:
            return self._names.name(kind, text)
        return self._named(text, "name")

    def _named(self, text: str, kind: str) -> str:
        """A name whose kind is a guess; VM;iaasvmcontainerv2;… and <server>/<database> are several."""
        if ";" in text:
            return self._ids.segment("protecteditems", text)
        if "://" in text:
            return self._ids.text(text)
        if "/" in text:
            return "/".join(self._named(part, kind) for part in text.split("/"))
        if "@" in text:
            return self._names.hidden("mail", text)
        return text if text.lower() in VOCABULARY and kind == "name" else self._names.any_name(kind, text)
