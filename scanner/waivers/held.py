"""Waivers as they are given and as they are at work: what they cover, and whether they hold on the day of the scan."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from scanner.globs import matcher
from scanner.language.words import epoch
from scanner.model import Waiver


@dataclass(frozen=True, slots=True)
class Grant:
    """A waiver as it is given. `void`: why it does not hold, whatever the day."""

    waiver: Waiver
    void: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What every waiver is held to."""

    longest: int | None = None
    """Days from its creation to its end; of one that does not tell when it was created, or tells a day to come,
    from the day of the scan."""
    policies: frozenset[str] = frozenset()
    """Every policy there is, also those that do not judge in this run."""


@dataclass(slots=True)
class Held:
    """A waiver at work. `void`: why it does not hold; `count`: of the fails that it covers."""

    waiver: Waiver
    void: str
    policy: Callable[[str], bool]
    resource: Callable[[str], bool]
    count: int = 0

    def named(self) -> bool:
        """Whether it names resources as they are, and no pattern of them."""
        return not any(set("*?") & set(text) for text in self.waiver.resources)


def held(grant: Grant, terms: Terms, now: str) -> Held:
    """The waiver as it is at that time."""
    waiver = grant.waiver
    return Held(waiver, grant.void or over(waiver, terms, now), matcher(waiver.policies), matcher(waiver.resources))


def over(waiver: Waiver, terms: Terms, now: str) -> str:
    """Why the waiver does not hold at that time; "" where it does."""
    today, end = date.fromisoformat(now[:10]), date.fromisoformat(waiver.expires[:10])
    if "T" in waiver.expires:
        expired = (epoch(waiver.expires) or 0.0) < (epoch(now) or 0.0)
    else:
        expired = end < today
    if expired:
        return f"it expired on {waiver.expires}"
    begin = (
        min(date.fromisoformat(waiver.created), today) if waiver.created else today
    )  # a day to come shortens nothing
    if terms.longest is not None and (end - begin).days > terms.longest:
        since = f"from {waiver.created}" if begin != today else "from now on"
        return f"it runs {(end - begin).days} days {since}, and {terms.longest} is the most: it does not hold"
    return ""


class Covering:
    """Finds the waivers of one policy that cover a resource; those that name it come first, then by their order."""

    def __init__(self, waivers: Iterable[Held], policy: str) -> None:
        self._named: Mapping[str, list[Held]] = defaultdict(list)
        self._patterns: list[Held] = []
        for each in waivers:
            if not each.policy(policy):
                continue
            if not each.named():
                self._patterns.append(each)
                continue
            for key in each.waiver.resources:
                self._named[key].append(each)

    def of(self, key: str) -> list[Held]:
        """The waivers that cover the resource of that id."""
        return [*self._named.get(key, ()), *(each for each in self._patterns if each.resource(key))]
