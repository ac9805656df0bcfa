"""The tutorial, followed to the letter from an empty folder."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.running import Command

PAGE = (Path(__file__).parent.parent / "docs" / "tutorial.md").read_text("utf-8")
STEPS = re.compile(r"<!-- (step|file|shown)(?:: (\S+))? -->\n```\w*\n(.*?)```", re.DOTALL)


def run(line: str, folder: Path, snapready: Command) -> tuple[int, str]:
    words = shlex.split(line)
    if words[0] == "rm":
        for pattern in words[1:]:
            found = list(folder.glob(pattern))
            assert found, line
            for path in found:
                path.unlink()
        return 0, ""
    assert words[0] == "snapready"
    done = snapready(*words[1:])
    return done.code, done.out + done.err


def test_somebody_who_follows_the_tutorial_is_stuck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    snapready = Command(capsys)
    code, said = 0, ""
    kinds = []
    for kind, given, text in STEPS.findall(PAGE):
        kinds.append(kind)
        if kind == "file":
            assert (tmp_path / given).parent.is_dir(), given
            (tmp_path / given).write_text(text, "utf-8")
        elif kind == "shown":
            assert text in said
        else:
            for line in text.splitlines():
                code, said = run(line, tmp_path, snapready)
            assert code == int(given or 0), said
    assert kinds.count("step") == 6
    shown = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "policies").rglob("*.yaml"))
    assert shown == ["policies/storage-https/policy.yaml"]
