"""What the makers of repairs may look at: the findings, the facts, and the rows that were kept whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.facts.catalogue import catalogue
from scanner.facts.fleet import Fleet
from scanner.facts.items import Item, current
from scanner.model import Row, Subject, Timeline, Unknown
from scanner.policy import Policy
from scanner.repairs.rows import NOTHING, Rows
from scanner.reports.parts.texts import noun
from scanner.rowtypes import BACKUP_ITEM, VAULT, VM, parent_of, resource_group_of, subscription_of

_TABLES = {VM: "vms", VAULT: "vaults"}


@dataclass(frozen=True, slots=True)
class Place:
    """A resource by the words that az takes."""

    subscription: str
    group: str
    name: str

    def words(self, name: str = "--name") -> tuple[str, ...]:
        return ("--subscription", self.subscription, "--resource-group", self.group, name, self.name)


@dataclass(frozen=True, slots=True)
class Protection:
    """The backup item of a VM by the words that az takes. `key`: its id in lower case."""

    key: str
    vault: Place
    container: str
    item: str

    def words(self) -> tuple[str, ...]:
        return (
            *self.vault.words("--vault-name"),
            *("--container-name", self.container, "--item-name", self.item),
            *("--backup-management-type", "AzureIaasVM", "--workload-type", "VM"),
        )


class Estate:
    """A fleet that was read, and the policies that judged it."""

    def __init__(
        self, fleet: Fleet, policies: Mapping[str, Policy], timelines: Sequence[Timeline] = (), rows: Rows = NOTHING
    ) -> None:
        self.fleet = fleet
        self.policies = policies
        self.timelines = timelines
        self.rows = rows
        self._below: dict[str, dict[str, list[str]]] = {}

    def record(self, subject: Subject) -> Any:
        """What facts of a VM or a vault are made from."""
        return self.fleet.table(_TABLES[subject.type.lower()])[subject.key]

    def fact(self, subject: Subject, name: str) -> Any:
        """A fact's value, or Unknown."""
        return (catalogue(subject.type.lower()) or {})[name].get(self.record(subject), self.fleet)

    def known(self, subject: Subject, name: str) -> Any:
        """A fact's value; None where it is not known."""
        value = self.fact(subject, name)
        return None if isinstance(value, Unknown) else value

    def row(self, row_type: str, identity: str) -> Row | None:
        """A whole row, by id."""
        return self.rows.kept.get(row_type, {}).get(identity.lower())

    def below(self, row_type: str, subject: Subject) -> list[str]:
        """Ids in lower case of the whole rows of a type that are a subject's own, sorted."""
        if row_type not in self._below:
            found = self._below[row_type] = {}
            for key in sorted(self.rows.kept.get(row_type, ())):
                found.setdefault(parent_of(key), []).append(key)
        return self._below[row_type].get(subject.key, [])

    def parameter(self, policy: str, name: str) -> Any:
        return self.policies[policy].parameters.get(name) if policy in self.policies else None

    def protection(self, subject: Subject) -> Protection | None:
        """The item that protects a VM, or did."""
        item = current(self.record(subject), self.fleet)
        if not isinstance(item, Item):
            return None
        row = self.row(BACKUP_ITEM, item.key)
        parts = str((row or {}).get("id", item.key)).split("/")
        if len(parts) < 15:
            return None
        return Protection(item.key, vault_place("/".join(parts)), parts[12], parts[14])


def place_of(identity: str) -> Place:
    return Place(subscription_of(identity), resource_group_of(identity), identity.rstrip("/").rsplit("/", 1)[-1])


def vault_place(identity: str) -> Place:
    """The vault that an id lies in, or names."""
    parts = identity.split("/")
    return Place(subscription_of(identity), resource_group_of(identity), parts[8] if len(parts) > 8 else "")


def names(subjects: Iterable[Subject], most: int = 12) -> str:
    """ "web01, web02 and 4 more"."""
    some = [subject.name for subject in subjects]
    left = len(some) - most
    return ", ".join(some[:most]) + (f" and {left} more" if left > 0 else "")


def vms(count: int) -> str:
    return noun(count, VM)


def slug(*parts: str) -> str:
    """A name for a folder: small letters, digits and hyphens."""
    text = "-".join(parts).lower()
    kept = "".join(char if char.isascii() and char.isalnum() else "-" for char in text)
    return "-".join(word for word in kept.split("-") if word)[:60].strip("-") or "repair"
