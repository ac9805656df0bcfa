"""The policies are found from a checkout, an editable install and a wheel alike."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIST = "from scanner.policies import BUILT_IN, load; print(','.join(load([BUILT_IN])))"


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def policy_ids() -> str:
    return ",".join(sorted(path.parent.name for path in (ROOT / "policies").glob("*/policy.yaml")))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", out, ROOT, cwd=out)
    return next(out.glob("snapready-*.whl"))


def test_a_checkout_finds_the_policies(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert run(sys.executable, "-c", LIST, cwd=tmp_path, env=env) == policy_ids()


def test_the_editable_install_finds_the_policies(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    assert run(sys.executable, "-c", LIST, cwd=tmp_path, env=env) == policy_ids()


def test_a_wheel_finds_the_policies(tmp_path: Path, wheel: Path) -> None:
    """Installed without its dependencies into an environment of its own; those come from this one's path."""
    home = tmp_path / "env"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    import jsonschema

    libraries = str(Path(jsonschema.__file__).parent.parent)
    code = f"import sys; sys.path.append({libraries!r}); import scanner; print(scanner.__file__); {LIST}"
    where, found = run(python, "-I", "-c", code, cwd=tmp_path).splitlines()
    assert Path(where).is_relative_to(site)
    assert found == policy_ids()


def test_the_wheel_ships_schemas_cases_and_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry = next(name for name in names if name.endswith("entry_points.txt"))
        assert "snapready = scanner.cli:main" in archive.read(entry).decode()
    for schema in ("policy", "results", "guestfacts", "schedules"):
        assert f"scanner/schemas/{schema}.schema.json" in names
    assert "scanner/py.typed" in names
    assert {"scanner/guest/linux.sh", "scanner/guest/windows.ps1"} <= names
    for policy in policy_ids().split(","):
        assert f"policies/{policy}/policy.yaml" in names
    assert not any(name.startswith(("tests/", "examples/", "benchmarks/")) for name in names)
