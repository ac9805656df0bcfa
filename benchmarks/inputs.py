"""What is measured on: fleets and folders of policies under bench-out/, made once and found again."""

import hashlib
import re
import shutil
from pathlib import Path

from benchmarks.fleet.write import write_fleet

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench-out"
BUILT_IN = ROOT / "policies"
SEED = 1
_LAST_NUMBER = re.compile(r'^(\s+default: .*?)(\d+)("?)$', re.MULTILINE)


def _stamp(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def _stale(pattern: str, keep: Path) -> None:
    for path in OUT.glob(pattern):
        if path != keep:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def fleet(vms: int) -> Path:
    """The snapshot of a fleet of that size; made anew when the code that makes it has changed."""
    OUT.mkdir(exist_ok=True)
    code = _stamp(list((ROOT / "benchmarks" / "fleet").glob("*.py")))
    path = OUT / f"fleet-{vms}-seed{SEED}-{code}.ndjson"
    _stale(f"fleet-{vms}-seed*", path)
    if not path.exists():
        begun = path.with_suffix(".part")
        write_fleet(begun, vms, SEED)
        begun.rename(path)
    return path


def policies(count: int) -> tuple[Path, list[str]]:
    """A folder of that many policies on VMs and their ids: the built-in ones again and again, parameters moved on."""
    files = [file for file in sorted(BUILT_IN.glob("*/policy.yaml")) if _on_vms(file)]
    folder = OUT / f"policies-{count}-{_stamp([*files, Path(__file__)])}"
    ids = [f"p{number:04d}-{files[number % len(files)].parent.name}" for number in range(count)]
    _stale(f"policies-{count}-*", folder)
    if not folder.exists():
        begun = folder.with_suffix(".part")
        shutil.rmtree(begun, ignore_errors=True)
        for number, name in enumerate(ids):
            turn, which = divmod(number, len(files))
            text = files[which].read_text("utf-8")
            (begun / name).mkdir(parents=True)
            (begun / name / "policy.yaml").write_text(_moved(text, turn), "utf-8", newline="\n")
        begun.rename(folder)
    return folder, ids


def _on_vms(file: Path) -> bool:
    return "\nresource: microsoft.compute/virtualmachines\n" in file.read_text("utf-8").lower()


def _moved(text: str, by: int) -> str:
    """The policy with the last number of every parameter's default raised."""
    return _LAST_NUMBER.sub(lambda found: f"{found[1]}{int(found[2]) + by}{found[3]}", text)
