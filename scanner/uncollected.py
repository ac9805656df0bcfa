"""Policies on types that nobody collected: beside others that judge they would pass by having judged nothing."""

from collections.abc import Sequence

from scanner.evaluate import subject_rows
from scanner.facts.catalogue import catalogue
from scanner.ledger import Ledger
from scanner.model import Problem, several
from scanner.policy import Policy
from scanner.rowtypes import VM


def not_collected(ledger: Ledger, policies: Sequence[Policy]) -> list[Problem]:
    """Types of which nobody knows whether there are any, where something else was judged: else the gate says so itself.

    Vaults are looked at beside the VMs, where they are there.
    """
    found, kinds = [], {kind for (kind, _), count in ledger.rows.items() if count}
    subjects = {policy.head.resource for policy in policies}
    if not kinds & subject_rows(subjects):
        return []
    for row_type in sorted(subject_rows(subjects)):
        known = catalogue(row_type) is not None
        unasked = ledger.unasked(row_type) if not known or (row_type == VM and VM not in kinds) else ()
        if unasked:
            idle = sorted(each.id for each in policies if row_type in subject_rows([each.head.resource]))
            named = ", ".join(idle[:3]) + (f" and {len(idle) - 3} more" if len(idle) > 3 else "")
            where = "" if row_type not in kinds else f" of {several(len(unasked), 'subscription')}"
            found.append(
                Problem(
                    f"{row_type}{where}: not collected, so that nobody knows whether there are any, and {named} did not"
                    f" judge; collect with these policies, or say that these are all: --collected {row_type}",
                    incomplete=True,
                )
            )
    return found
