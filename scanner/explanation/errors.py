"""Which known errors a text speaks of: a code, a message, or a whole job pasted, whatever its case and punctuation."""

import difflib
import html
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from scanner.model import PolicyHead
from scanner.runbook import KnownError

_PIECES = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")
"""Words, the humps of a code, and numbers."""
_ARTICLES = frozenset(("a", "an", "the"))
"""The portal, az and the pages set them or leave them out as they like."""
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_NEAR_CODE, _NEAR_TEXT = 0.8, 0.6
_NEAR_SHOWN = 3
_LONGEST_CODE = 80


@dataclass(slots=True)
class Errors:
    """Every error that something is known of, by its code or text: the policies that speak to it, or what to do."""

    policies: dict[str, list[PolicyHead]] = field(default_factory=dict)
    others: dict[str, KnownError] = field(default_factory=dict)

    def names(self) -> list[str]:
        return sorted({*self.policies, *self.others})


@dataclass(frozen=True, slots=True)
class Found:
    """What a text speaks of. `said`: the known codes and texts in it, without those that are part of another."""

    said: tuple[str, ...]
    policies: tuple[PolicyHead, ...]
    others: tuple[KnownError, ...]


def catalogue(policies: Iterable[PolicyHead], others: Iterable[KnownError]) -> Errors:
    """All errors, policies in the order of the causes."""
    found = Errors()
    for policy in sorted(policies, key=lambda policy: (policy.cause, policy.id)):
        for name in policy.errors:
            found.policies.setdefault(name, []).append(policy)
    for error in others:
        for name in error.names():
            found.others[name] = error
    return found


def look_up(text: str, errors: Errors) -> Found:
    """The known errors in a text, which may be anything from a code to a whole job."""
    joined, bounds = _joined(_plain(text))
    said = [name for name in errors.names() if _within(_joined(name)[0], joined, bounds)]
    policies = {policy.id: policy for name in said for policy in errors.policies.get(name, ())}
    others = dict.fromkeys(errors.others[name] for name in said if name in errors.others)
    return Found(
        tuple(_longest(said)),
        tuple(sorted(policies.values(), key=lambda policy: (policy.cause, policy.id))),
        tuple(others),
    )


def near(text: str, errors: Errors) -> list[str]:
    """Known codes and texts that a text nearly speaks of, the nearest first."""
    plain = _plain(text)
    words = set(_words(plain))
    whole = _joined(plain)[0]
    tokens = {_joined(token)[0] for token in plain.split() if len(token) <= _LONGEST_CODE}
    scored = sorted((-_likeness(name, whole, tokens, words), name) for name in errors.names())
    return [name for score, name in scored if score][:_NEAR_SHOWN]


def _likeness(name: str, whole: str, tokens: Iterable[str], words: set[str]) -> float:
    """How much of a known error is in a text, 0 where it is not worth asking."""
    joined = _joined(name)[0]
    if " " not in name:
        best = max((_ratio(token, joined) for token in tokens), default=0.0)
        return best if best >= _NEAR_CODE else 0.0
    parts = set(_words(name))
    overlap = max(_share(parts, words), _share(words, parts))
    best = max(overlap, _ratio(whole, joined) if len(whole) <= 2 * len(joined) else 0.0)
    return best if best >= _NEAR_TEXT else 0.0


def _share(some: Set[str], others: Set[str]) -> float:
    """How many of some words are among others; of too few words none, as they are in many texts."""
    telling = [word for word in some if len(word) > 2]
    if len(telling) < 3:
        return 0.0
    return sum(any(_same(word, other) for other in others) for word in telling) / len(telling)


def _same(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) > 3 and _ratio(one, other) >= _NEAR_CODE)


def _ratio(one: str, other: str) -> float:
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= _NEAR_TEXT else 0.0


def _plain(text: str) -> str:
    """The text without the escapes of JSON and HTML."""
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return html.unescape(re.sub(r"\\[nrt\"]", " ", text))


def _words(text: str) -> Sequence[str]:
    return [word for piece in _PIECES.findall(text) if (word := piece.lower()) not in _ARTICLES]


def _joined(text: str) -> tuple[str, set[int]]:
    """The letters and digits of a text in lower case, and where a word or a hump begins or ends among them."""
    bounds, length = {0}, 0
    words = _words(text)
    for word in words:
        length += len(word)
        bounds.add(length)
    return "".join(words), bounds


def _within(name: str, text: str, bounds: set[int]) -> bool:
    """Whether a known error is in a text, not as a part of longer words."""
    at = text.find(name)
    while at >= 0:
        if at in bounds and at + len(name) in bounds:
            return True
        at = text.find(name, at + 1)
    return False


def _longest(names: Sequence[str]) -> list[str]:
    """The names that are not part of another one."""
    joined: Mapping[str, str] = {name: _joined(name)[0] for name in names}
    return [
        name
        for name in names
        if not any(joined[name] != joined[other] and joined[name] in joined[other] for other in names)
    ]
