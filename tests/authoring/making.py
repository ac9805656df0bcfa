"""Makes a policy with its cases in a folder, and tells which slips of its author none of them would notice."""

from pathlib import Path

from scanner.authoring.trial import Bench
from scanner.policies import load
from scanner.policy import Policy

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
