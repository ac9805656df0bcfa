"""The example of a nightly gate: what it is there to show is there, and its baseline is what the night before gave."""

import importlib.util
import json
from pathlib import Path

import pytest

from scanner.cli import main

ROOT = Path(__file__).parents[2]


def built() -> str:
    path = ROOT / "examples" / "nightly" / "last_night.py"
    spec = importlib.util.spec_from_file_location("last_night", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text: str = module.built()
    return text


def verdicts(text: str) -> dict[tuple[str, str], str]:
    return {(result["policy"], result["resource"]): result["verdict"] for result in json.loads(text)["results"]}


def test_the_baseline_is_not_what_the_night_before_found(capsys: pytest.CaptureFixture[str]) -> None:
    kept = (ROOT / "examples" / "nightly" / "last-night.json").read_text("utf-8")
    assert verdicts(kept) == verdicts(built()), "run: python examples/nightly/last_night.py"
    capsys.readouterr()


def test_a_story_of_the_example_that_it_does_not_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    out = tmp_path / "out.json"
    assert (
        main(["scan", "examples/contoso", "--config", "examples/nightly/snapready.yaml", "--report", f"json={out}"])
        == 1
    )
    results = json.loads(out.read_text("utf-8"))["results"]
    told = {
        (result["policy"], result["resource"].rsplit("/", 1)[-1].lower()): (result["verdict"], result.get("trend"))
        for result in results
    }
    assert told["agent-version", "web03"] == ("waived", None)
    assert told["guest-dhcp", "dc02"] == ("fail", "new")
    assert told["guest-dhcp", "app04"] == ("fail", "reappeared")
    assert told["power-state-consistent", "app06"] == ("fail", "reappeared")
    assert told["power-state-consistent", "web02"] == ("pass", "fixed")
    scoped = next(
        r for r in results if r["resource"].endswith("/tst-app01") and r["policy"] == "power-state-consistent"
    )
    assert (scoped["scope"], scoped["severity"]) == ("development", "note")
    expired = next(r for r in results if r["policy"] == "snapready/waivers" and r["verdict"] == "fail")
    assert "it expired on 2026-11-21; the finding it covered counts again" in expired["reason"]
    capsys.readouterr()
