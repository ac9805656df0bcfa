"""What stands in a row for a reference: the id, a text with holes, or an Unknown with all ids that it may be."""

from collections.abc import Sequence
from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.model import Holed
from scanner.sources.iac.terraform.armids import name_of
from scanner.sources.iac.terraform.blocks import Block
from scanner.sources.iac.terraform.identities import Identities
from scanner.sources.iac.terraform.instances import Identity, Instance, Instances
from scanner.sources.iac.terraform.links import Reach, inline_members


def value_of(identity: Identity) -> str | Holed:
    """An id as it stands in a row."""
    return Holed(identity.text, tuple(dict.fromkeys(identity.why))) if identity.why else identity.text


def _tail(key: str) -> str:
    """An id without its subscription, which a plan need not tell."""
    return key.partition("/resourcegroups/")[2]


class References:
    """Answers the rules ("ref", …) and ("refs", …)."""

    def __init__(self, instances: Instances, identities: Identities) -> None:
        self._instances = instances
        self._identities = identities
        self._of_type: dict[str, tuple[str, ...]] | None = None
        self._same: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._listed: dict[str, frozenset[str]] = {}
        self._holed: dict[str, tuple[str, ...]] = {}
        self._tails: dict[str, dict[str, str]] = {}

    def id_of(self, instance: Instance) -> Identity:
        return self._identities.of(instance)

    def one(self, block: Block, attribute: str, wanted: str) -> Any:
        """The id an attribute holds; None where it is not set."""
        given = block.values.get(attribute)
        if isinstance(given, str):
            return given or None
        if not block.is_unknown(attribute):
            return None if given is None else block.not_known(attribute)
        if block.configured(attribute) is False and block.of.made():
            return None  # computed: the service leaves it open, or makes something of its own
        reach = self._reach(block, attribute, wanted)
        if len(reach.found) == 1 and not reach.lost:
            return value_of(next(iter(reach.found.values())))
        return self._any_of(block, attribute, reach, wanted)

    def several(self, block: Block, attribute: str, wanted: str) -> Any:
        """The ids an attribute holds, in their order; an Unknown where not even their number is known."""
        given = block.values.get(attribute)
        mark = block.unknown.get(attribute) if isinstance(block.unknown, dict) else block.unknown
        if mark is True:
            reach = self._reach(block, attribute, wanted)
            if reach.found and not reach.lost and not reach.doubt:
                return [value_of(one) for one in reach.found.values()]
            return block.not_known(attribute)
        if not isinstance(given, list):
            return None if given is None else block.not_known(attribute)
        open_at = [at for at, one in enumerate(given) if not isinstance(one, str)]
        if not open_at:
            return list(given)
        reach = self._reach(block, attribute, wanted)
        known = {one.lower() for one in given if isinstance(one, str)}
        left = [one for key, one in reach.found.items() if key not in known]
        found: list[Any] = list(given)
        settled = len(left) == len(open_at) and not reach.lost and not reach.doubt
        either = None if settled else self._any_of(block, attribute, reach, wanted)
        for at, place in enumerate(open_at):
            found[place] = value_of(left[at]) if settled else either
        return found

    def target(self, block: Block, rule: Sequence[Any]) -> tuple[Identity | None, tuple[str, ...]]:
        """What something is put onto, or is a part of; where that is open, all ids (lower case) that it may be."""
        _, attribute, kind = rule
        wanted = kind.lower()
        found = self._identities.parent(block, rule)
        if found is not None:
            return self._in_plan(found, wanted)
        reach = self._reach(block, attribute, wanted)
        return None, tuple(reach.found) if reach.found and not reach.lost else self.all_of(wanted)

    def _in_plan(self, found: Identity, wanted: str) -> tuple[Identity | None, tuple[str, ...]]:
        """What is there under that id; where nothing is, any whose own id is not wholly known may be it."""
        self.all_of(wanted)
        key = found.text.lower()
        if key in self._listed.get(wanted, ()):
            return found, ()
        tail = _tail(key)
        alike = self._tails.get(wanted, {}).get(tail)
        if alike is not None:
            return Identity(alike, found.why), ()
        either = self._holed.get(wanted, ())
        if "{" in tail:  # its group, or its own name, is not known: it may be any that is called so
            name = name_of(key)
            either = tuple(
                each for each in self.all_of(wanted) if "{" in name or name_of(each) == name or "{" in _tail(each)
            )
        return (None, either) if either else (found, ())

    def by_expression(self, block: Block, attribute: str, wanted: str, reason: Unknown) -> Any:
        """What of that type the whole expression of an attribute refers to, for one id deep inside of it."""
        reach = self._reach(block, attribute, wanted)
        if len(reach.found) == 1 and not reach.lost:
            return value_of(next(iter(reach.found.values())))
        return self._any_of(block, attribute, reach, wanted, reason)

    def all_of(self, wanted: str) -> tuple[str, ...]:
        """The ids of everything of that type in the plan."""
        if self._of_type is None:
            listed: dict[str, dict[str, None]] = {}
            for instance in self._instances.living:
                if instance.arm:
                    listed.setdefault(instance.arm, {})[self.id_of(instance).text.lower()] = None
                for kind in instance.mapping.inline if instance.mapping is not None else ():
                    for name in inline_members(instance, kind):
                        identity = f"{self.id_of(instance).text}/{kind.rsplit('/', 1)[-1]}/{name}"
                        listed.setdefault(kind, {})[identity.lower()] = None
            self._of_type = {kind: tuple(ids) for kind, ids in listed.items()}
            self._listed = {kind: frozenset(ids) for kind, ids in self._of_type.items()}
            for kind, ids in self._of_type.items():
                self._holed[kind] = tuple(each for each in ids if "{" in _tail(each))
                self._tails[kind] = {_tail(each): each for each in ids if "{subscription" in each}
        return self._of_type.get(wanted, ())

    def _reach(self, block: Block, attribute: str, wanted: str) -> Reach:
        return self._identities.links.reach(block.of, block.references(attribute), wanted)

    def _any_of(
        self, block: Block, attribute: str, reach: Reach, wanted: str, reason: Unknown | None = None
    ) -> Unknown:
        """An Unknown; beside it, the resources that the reference may lead to, where these are told."""
        why = block.not_known(attribute) if reason is None else reason
        ids = self.all_of(wanted) if reach.lost else tuple(reach.found)
        if ids:
            block.of.candidates[why.reason] = self._same.setdefault(ids, ids)
        return why
