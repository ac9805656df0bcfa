"""The repairs as JSON, for programs: `snapready/fixes/1`, by scanner/schemas."""

import json
from collections.abc import Sequence
from typing import Any

from scanner.repairs.model import Book, Finding, Judgement, Proof, Proved
from scanner.repairs.write.shell import plain

SCHEMA = "snapready/fixes/1"


def write(book: Book, files: Sequence[str]) -> str:
    """`files`: all that is written, so that a later run knows what it may replace."""
    document = {
        "schema": SCHEMA,
        "takenAt": book.taken_at,
        "version": book.version,
        "sources": list(book.sources),
        "incomplete": list(book.incomplete),
        "findings": book.findings,
        "waived": book.waived,
        "repairs": [_repair(book, number, one) for number, one in enumerate(book.repairs, 1)],
        "together": None if book.together is None else _proof(book.together),
        "without": [{"why": one.why, "findings": list(map(_finding, one.findings))} for one in book.without],
        "files": sorted(files),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _repair(book: Book, number: int, proved: Proved) -> dict[str, Any]:
    repair = proved.repair
    folder = book.folder(number)
    return {
        "id": folder,
        "kind": repair.kind,
        "title": repair.title,
        "closes": list(map(_finding, repair.closes)),
        "changes": list(repair.changes),
        "risk": repair.risk,
        "downtime": repair.downtime,
        "undo": repair.undo,
        "check": repair.check,
        "settings": [
            {"name": one.name, "about": one.about, "choices": list(one.choices), "value": one.value}
            for one in repair.settings
        ],
        "commands": [
            *(plain(step.words) for step in repair.steps),
            *([plain(repair.loop.words)] if repair.loop is not None else []),
            *(one for one in repair.lines if one and not one.startswith("#")),
        ],
        "proof": _proof(proved.proof),
    }  # fmt: skip


def _finding(one: Finding) -> dict[str, str]:
    return {"policy": one.policy, "resource": one.subject.id, "severity": one.severity, "reason": one.reason}


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "status": proof.status,
        "why": proof.why,
        "closed": len(proof.closed),
        "left": list(map(_judgement, proof.left)),
        "opened": list(map(_judgement, proof.opened)),
        "revealed": list(map(_judgement, proof.revealed)),
    }


def _judgement(one: Judgement) -> dict[str, str]:
    return {
        "policy": one.policy,
        "resource": one.subject.id,
        "before": one.before,
        "after": one.after,
        "reason": one.reason,
    }
