"""Outcomes that are found again are those that would have been told: no two subjects are taken for one another."""

import random
from collections.abc import Callable, Iterator
from typing import Any

from scanner.explainer import COLLECTED_AT, Explainer
from scanner.language.values import Complete, OpenList
from scanner.model import Outcome, Unknown
from scanner.policy import Policy
from scanner.recall import Path, Reader, Recall, key_of
from tests.policies.judging import NOW
from tests.policies.test_monotone import subjects, with_less
from tests.rows import known_facts


def documents() -> Iterator[tuple[Policy, dict[str, Any]]]:
    """Every subject of every case and of the example fleet, and each once more with something taken away."""
    chance = random.Random(11)
    for _, policy, document in subjects():
        yield policy, document
        yield from ((policy, less) for _, less in with_less(document) if chance.random() < 0.05)


def test_what_is_found_again_is_what_would_be_told() -> None:
    recalls: dict[Any, Recall] = {}
    told = 0

    def telling(explainer: Explainer, closely: bool) -> Callable[[Reader], Outcome]:
        def tell(read: Reader) -> Outcome:
            nonlocal told
            told += 1
            return explainer.outcome(read, closely=closely)

        return tell

    asked = list(documents())
    random.Random(7).shuffle(asked)
    for policy, document in asked:
        explainer = Explainer(policy, known_facts(policy.head.resource), NOW)

        def read(path: Path, document: dict[str, Any] = document) -> Any:
            return f"some time of {len(document)}" if path == COLLECTED_AT else document[path[0]]

        fleet = getattr(document.get("network"), "tags", None)  # a recall is of one fleet, and so are its networks
        for closely in (False, True):
            key = (policy.id, closely, fleet)
            if key not in recalls:
                recalls[key] = Recall(telling(explainer, closely))
            assert recalls[key].of(read) == explainer.outcome(read, closely=closely), policy.id
    assert 0 < told < len(asked), "much is found again"


def test_a_fact_counts_as_soon_as_it_was_read_and_not_before() -> None:
    def tell(read: Reader) -> Outcome:
        if read(("on",)) is True:
            return Outcome("fail", "error", f"{read(('level',))}")
        return Outcome("pass", "error", "off")

    values = [
        True,
        False,
        1,
        1.0,
        "1",
        Unknown("1"),
        [1],
        [True],
        (1.0,),
        {"a": 1},
        Complete({"a": 1}),
        OpenList([1], 1),
    ]
    values += [OpenList([1], 2), OpenList([1], 1, [Unknown("x")]), {"a": 1, "b": 2}, {"b": 2, "a": 1}, 0.0, -0.0, None]
    recall = Recall(tell)
    for _ in range(2):
        for level in values:
            for on in (True, False, 1):
                document: dict[Path, Any] = {("on",): on, ("level",): level}
                assert recall.of(document.__getitem__) == tell(document.__getitem__)


def test_what_reads_alike_has_one_key_and_what_does_not_has_another() -> None:
    alike = [
        ([1, {"a": OpenList(["x"], 1)}], [1, {"a": OpenList(["x"], 1)}]),
        (Complete({"a": "b"}), Complete({"a": "b"})),
    ]
    assert all(key_of(one) == key_of(other) for one, other in alike)
    apart = [1, 1.0, True, "1", [1], [1.0], [True], [[1]], {"a": 1}, {"a": True}, Complete({"a": 1}), OpenList([1], 1)]
    assert len({key_of(value) for value in apart}) == len(apart)


def test_what_has_no_key_is_told_each_time() -> None:
    recall = Recall(lambda read: Outcome("fail", "error", str(len(read(("names",))))))
    for value in (["x"] * 100, ["y"] * 200, ["x"] * 100, bytearray(3)):
        document: dict[Path, Any] = {("names",): value}
        assert recall.of(document.__getitem__).reason == str(len(value))
