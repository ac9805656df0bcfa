"""Tells infrastructure code from saved rows by how a file begins, and reads it with the reader of its kind."""

import importlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from scanner.model import SnapreadyError
from scanner.sources.iac.model import Context, Plan

Reader = Callable[[str, Context], Plan]

READERS = {
    "arm": "scanner.sources.iac.arm.read",
    "bicep": "scanner.sources.iac.bicep",
    "bicep-snapshot": "scanner.sources.iac.bicep_snapshot",
    "terraform": "scanner.sources.iac.terraform.plan",
    "what-if": "scanner.sources.iac.what_if",
}
"""Each kind's module; its `read(file, context)` gives a Plan."""

_LOOKED_AT = 256 << 10
_NAMED = 256
"""Bytes within which an archive names its first file."""
_SCHEMA = re.compile(rb'"\$schema"\s*:\s*"[^"]*/(\w*)[dD]eployment(Template|Parameters)\.json', re.ASCII)
_KEYS = (
    ("terraform", re.compile(rb'"(planned_values|resource_changes|terraform_version)"\s*:')),
    ("what-if", re.compile(rb'"[cC]hangeType"\s*:\s*["0-9]')),
    ("bicep-snapshot", re.compile(rb'"predictedResources"\s*:')),
)

_WHAT_IF = re.compile(
    rb'\{\s*"([cC]hanges"\s*:|[sS]tatus"\s*:\s*"\w*"\s*,\s*"([pP]roperties|[eE]rror|[cC]hanges)"\s*:'
    rb'|properties"\s*:\s*\{\s*("correlationId"[^,{}]*,\s*)?"changes"\s*:)'
)
"""How a result of what-if begins, which may have no change to tell it by."""
_WHAT_IF_TEXT = re.compile(
    rb"Resource and property changes are indicated with|The deployment will update the following scope"
)
"""What-if's text for people, which its reader refuses with the right command."""


def kind_of(file: str) -> str:
    """The kind of infrastructure code in a file; "" for anything else, which is read as saved rows.

    Raises SnapreadyError for a parameter file, which goes with a template.
    """
    if file == "-":
        return ""
    path = Path(file)
    if path.suffix.lower() in (".bicep", ".bicepparam"):
        return "bicep"
    if path.name.lower().endswith((".tf", ".tf.json", ".tofu")):
        raise SnapreadyError(
            f"{file} is Terraform's source: give the plan that it makes, terraform plan -out tfplan && terraform show"
            " -json tfplan > plan.json (--source DIR then points at the lines)"
        )
    try:
        if not path.is_file():
            return ""  # a pipe, which cannot be looked at twice, or a folder
        with path.open("rb") as stream:
            start = stream.read(_LOOKED_AT)
    except OSError:
        return ""  # a file that the reader of rows will refuse with its own words
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        start = start.decode("utf-16", "replace").encode()
    if start.startswith(b"PK\x03\x04") and b"tfplan" in start[:_NAMED]:
        raise SnapreadyError(f"{file} is a plan as Terraform saves it: terraform show -json {file} > plan.json")
    if _is_rows(start):
        return ""
    schema = _SCHEMA.search(start)
    if schema is not None:
        if schema[2] == b"Parameters":
            raise SnapreadyError(f"{file} is a parameter file: give the template, with --parameters {file}")
        return "arm"
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] not in b"{[" and _WHAT_IF_TEXT.search(start):
        return "what-if"
    if head[:1] != b"{" or head.startswith((b'{"snapready"', b'{"id"')):
        return ""
    found = next((kind for kind, sign in _KEYS if sign.search(start)), "")
    return found or ("what-if" if _WHAT_IF.match(head) else "")


def _is_rows(start: bytes) -> bool:
    """Whether the file is JSON by the line: a plan is one value, however many lines it has."""
    first, _, rest = start.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if not rest.strip():
        return False
    try:
        return isinstance(json.loads(first), dict | list)
    except (ValueError, RecursionError):
        return False


def read(files: Sequence[str], kind: str, context: Context) -> list[Plan]:
    """Each file as a plan; `kind` is that of all of them, or "" where it is to be told from how they begin."""
    return [_reader(kind or kind_of(file))(file, context) for file in files]


def _reader(kind: str) -> Reader:
    found: Reader = importlib.import_module(READERS[kind]).read
    return found
