"""Makes a policy with its cases in a folder, and tells which slips of its author none of them would notice."""

from functools import cache
from pathlib import Path

from scanner.authoring.trial import Bench, Trial
from scanner.policies import BUILT_IN, load
from scanner.policy import Policy

LIBRARY = load([BUILT_IN])

HEAD = """title: T
resource: microsoft.example/things
{body}
severity: {severity}
{params}why: w
fix: f
source: {{title: t, url: "https://example.com", read: "2026-01-01"}}
"""


def made(
    folder: Path,
    expect: str,
    *,
    when: str = "",
    severity: str = "error",
    params: str = "",
    beside: tuple[Path, ...] = (),
) -> Policy:
    """The policy "mine" in that folder; its expectation with a message, or a list of items that have their own."""
    body = (f"when: {when}\n" if when else "") + f"expect: {expect}" + ("" if expect[0] == "\n" else "\nmessage: m")
    (folder / "mine" / "cases").mkdir(parents=True, exist_ok=True)
    (folder / "mine" / "policy.yaml").write_text(
        HEAD.format(body=body, severity=severity, params=f"params: {params}\n" if params else ""), "utf-8"
    )
    return load([*beside, folder])["mine"]


def case(folder: Path, name: str, properties: str) -> None:
    row = f'{{"id": "/x/one", "name": "one", "type": "microsoft.example/things", "properties": {properties}}}\n'
    path = folder / "mine" / "cases" / f"{name}.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(row, "utf-8")


def survivors(policy: Policy) -> set[str]:
    return {trial.change for trial in Bench(policy).told_apart() if not trial.case}


@cache
def bench(name: str) -> Bench:
    """A built-in policy's cases, read once."""
    return Bench(LIBRARY[name])


@cache
def trials(name: str) -> list[Trial]:
    """What becomes of every slip of a built-in policy."""
    return bench(name).told_apart()
