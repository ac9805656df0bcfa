"""Opens a plan's JSON and takes from it, typed, only what is needed; whatever is no such plan is refused plainly."""

from typing import Any

import msgspec

from scanner.model import AuthoringError
from scanner.sources.stream import READ_ERRORS, opened

LARGEST = 1 << 30
"""Bytes of a plan that is still read."""

_HOW = "terraform plan -out=tfplan && terraform show -json tfplan > plan.json (OpenTofu: tofu)"
_SAVE_AGAIN = f"write it again, whole: {_HOW}"
_NULL = msgspec.Raw(b"null")


class Change(msgspec.Struct, gc=False):
    actions: list[str] = []
    before: msgspec.Raw = _NULL
    after: dict[str, Any] | None = None
    after_unknown: Any = None
    after_sensitive: Any = None
    before_sensitive: msgspec.Raw = _NULL


class ResourceChange(msgspec.Struct, gc=False):
    """One resource instance and what becomes of it."""

    address: str
    type: str = ""
    name: str = ""
    mode: str = "managed"
    module_address: str = ""
    previous_address: str = ""
    index_unknown: bool = False
    index: int | str | None = None
    deposed: str = ""
    change: Change = msgspec.field(default_factory=Change)


class Deferred(msgspec.Struct, gc=False):
    reason: str = "unknown"
    resource_change: ResourceChange | None = None


class StateResource(msgspec.Struct, gc=False):
    """One resource instance as the state has it."""

    address: str
    type: str = ""
    name: str = ""
    mode: str = "managed"
    index: int | str | None = None
    values: dict[str, Any] | None = None
    sensitive_values: Any = None


class StateModule(msgspec.Struct, gc=False):
    address: str = ""
    resources: list[StateResource] | None = None
    child_modules: list["StateModule"] | None = None


class StateValues(msgspec.Struct, gc=False):
    root_module: StateModule | None = None


class PriorState(msgspec.Struct, gc=False):
    values: StateValues | None = None


class ConfigResource(msgspec.Struct, gc=False):
    type: str = ""
    name: str = ""
    mode: str = "managed"
    provider_config_key: str = ""
    expressions: dict[str, Any] | None = None
    count_expression: dict[str, Any] | None = None
    for_each_expression: dict[str, Any] | None = None


class Output(msgspec.Struct, gc=False):
    expression: Any = None


class Variable(msgspec.Struct, gc=False):
    default: Any = None


class ConfigModule(msgspec.Struct, gc=False):
    resources: list[ConfigResource] | None = None
    outputs: dict[str, Output] | None = None
    module_calls: dict[str, "ModuleCall"] | None = None
    variables: dict[str, Variable] | None = None


class ModuleCall(msgspec.Struct, gc=False):
    source: str = ""
    expressions: dict[str, Any] | None = None
    count_expression: dict[str, Any] | None = None
    for_each_expression: dict[str, Any] | None = None
    module: ConfigModule | None = None


class Provider(msgspec.Struct, gc=False):
    expressions: dict[str, Any] | None = None


class Configuration(msgspec.Struct, gc=False):
    provider_config: dict[str, Provider] | None = None
    root_module: ConfigModule | None = None


class InputVariable(msgspec.Struct, gc=False):
    value: Any = None


class Document(msgspec.Struct, gc=False):
    """What of a plan is read. `planned_values` says again what `resource_changes` says, and is passed over."""

    format_version: str
    errored: bool = False
    complete: bool = True
    resource_changes: list[ResourceChange] | None = None
    deferred_changes: list[Deferred] | None = None
    prior_state: PriorState | None = None
    configuration: Configuration | None = None
    variables: dict[str, InputVariable] | None = None


class _Head(msgspec.Struct, gc=False):
    """Tells a plan from what else may have been given, before its parts are trusted to be what they should be."""

    format_version: Any = None
    version: Any = None
    lineage: Any = None
    resource_changes: msgspec.Raw = _NULL
    planned_values: msgspec.Raw = _NULL
    prior_state: msgspec.Raw = _NULL
    configuration: msgspec.Raw = _NULL
    values: msgspec.Raw = _NULL


class _Planned(msgspec.Struct, gc=False):
    root_module: StateModule | None = None


_head = msgspec.json.Decoder(_Head).decode
_document = msgspec.json.Decoder(Document).decode
_planned = msgspec.json.Decoder(_Planned | None).decode
any_value = msgspec.json.Decoder().decode


def load(file: str) -> Document:
    """The plan in a file (`-`: standard input); raises AuthoringError for what is none, or none that can be read."""
    data = _bytes_of(file)
    _refuse_what_is_no_object(file, data)
    try:
        head = _head(data)
        _refuse_what_is_no_plan(file, head)
        return _document(data)
    except msgspec.ValidationError as error:
        raise AuthoringError(f"the plan is not as Terraform writes it: {error}", file, help=_SAVE_AGAIN) from None
    except msgspec.DecodeError as error:
        if b'"@level"' in data[:4096] and b'"@message"' in data[:4096]:
            raise _refusal(
                file, "this is the log that terraform plan -json prints, which does not hold the plan"
            ) from None
        said = "the file is cut short" if "truncated" in str(error) else f"the file is not JSON ({error})"
        raise AuthoringError(said, file, help=_SAVE_AGAIN) from None
    except RecursionError:
        raise AuthoringError("the JSON is nested too deeply", file, help=_SAVE_AGAIN) from None
    except UnicodeError:
        raise AuthoringError("the file is not UTF-8 text", file, help=_SAVE_AGAIN) from None


def _bytes_of(file: str) -> bytes:
    try:
        with opened(file) as stream:
            data = stream.read(LARGEST + 1)
    except READ_ERRORS as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise AuthoringError(f"cannot be read: {why}", file) from None
    if len(data) > LARGEST:
        raise AuthoringError(f"the plan is larger than {LARGEST >> 20} MB", file, help="split the configuration")
    return data


def _refusal(file: str, what: str) -> AuthoringError:
    return AuthoringError(what, file, help=f"give the plan as JSON: {_HOW}")


def _refuse_what_is_no_object(file: str, data: bytes) -> None:
    start = data[:256].lstrip()
    if start[:2] == b"PK":
        raise _refusal(file, "this is a plan in Terraform's own binary form")
    if not data.strip():
        raise _refusal(file, "the file is empty")
    if start[:1] and start[:1] != b"{":
        raise _refusal(file, "this is no JSON object, so no plan")


def _refuse_what_is_no_plan(file: str, head: _Head) -> None:
    if head.lineage is not None or (head.format_version is None and head.version is not None):
        raise _refusal(file, "this is a state file, not a plan")
    if head.format_version is None:
        raise _refusal(file, "this is no Terraform plan: it has no format_version")
    version = head.format_version
    if not isinstance(version, str) or version.split(".")[0] != "1":
        message = f"format_version is {version!r}, and only 1.x is understood"
        raise AuthoringError(message, file, help="make the plan with Terraform 1.1 or newer, or OpenTofu")
    if bytes(head.values) != b"null" and all(
        bytes(part) == b"null" for part in (head.resource_changes, head.planned_values, head.configuration)
    ):
        raise _refusal(file, "this is a state (terraform show -json without a plan), not a plan")
    if bytes(head.resource_changes) == b"null" and bytes(head.planned_values) != b"null":
        planned = _planned(head.planned_values)
        if planned is not None and planned.root_module is not None and _holds_resources(planned.root_module):
            raise AuthoringError(
                "planned_values holds resources, but resource_changes is missing", file, help=_SAVE_AGAIN
            )


def _holds_resources(module: StateModule) -> bool:
    managed = any(resource.mode == "managed" for resource in module.resources or ())
    return managed or any(_holds_resources(child) for child in module.child_modules or ())
