"""Applies waivers to results: which fails are waived, and the check of the waivers themselves beside the policies."""

from collections.abc import Sequence
from dataclasses import replace

from scanner.model import WAIVERS, Results, Waiver
from scanner.waivers.check import check
from scanner.waivers.held import Covering, Grant, Terms, held


def waived(results: Results, grants: Sequence[Grant], terms: Terms) -> Results:
    """The results with what is waived at the time they are judged at, and with what is wrong with the waivers."""
    waivers = [held(grant, terms, results.run.taken_at) for grant in grants]
    found: dict[tuple[str, str], Waiver] = {}
    for judged in results.judged:
        covering = Covering(waivers, judged.policy.id)
        if judged.policy.resource == WAIVERS:  # what is wrong with a waiver, no waiver makes right
            continue
        for subject, _ in judged.with_verdict("fail"):
            for each in covering.of(subject.key):
                each.count += 1
                if not each.void:
                    found.setdefault((judged.policy.id, subject.key), each.waiver)
    said, origins = check(results, waivers, terms)
    every = sorted((*results.judged, said), key=lambda judged: judged.policy.id)
    return replace(results, judged=tuple(every), waivers=found, origins={**results.origins, **origins})
