"""What may hold secrets is taken out of rows and messages, and everything else is left as it came."""

import base64
import json
import string
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.rowtypes import EXTENSION, INSTANCE_VIEW, RUN_COMMAND, VM
from scanner.sources.azure.redact import redact, redact_row
from scanner.sources.azure.tidy import NO_ROW, line_of, line_of_value
from tests.rows import vm_id

SECRET = "Zm9vYmFyMTIz+/abcDEF=="
PLAIN = st.text(string.ascii_letters + string.digits + " .,:/-_", max_size=30)
SIGNATURE = st.binary(min_size=24, max_size=40).map(lambda raw: base64.b64encode(raw).decode())


def cased(word: str) -> st.SearchStrategy[str]:
    """The word with any of its letters in upper case."""
    return st.tuples(*(st.sampled_from((letter.lower(), letter.upper())) for letter in word)).map("".join)


@given(PLAIN, cased("sig"), st.sampled_from(("=", "%3D", "%3d", "%253D")), SIGNATURE, st.booleans(), PLAIN)
def test_no_signature_survives(before: str, name: str, equals: str, value: str, quoted: bool, after: str) -> None:
    sent = value.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D") if quoted else value
    text = f"{before}{name}{equals}{sent}&{after}"
    assert sent not in redact(text)
    assert value[:20] not in redact(text)
    assert redact(text).startswith(before)
    assert redact(text).endswith(f"&{after}")
    row = {"id": "/x", "type": "a/b", "properties": {"uri": f'"{text}"', text: [text]}}
    for raw in (json.dumps(row).encode(), json.dumps(row).replace("+", "\\u002B").replace("/", "\\/").encode()):
        cleaned = redact_row(raw)
        kept = json.loads(cleaned)  # it is JSON all the same
        assert kept["id"] == "/x"
        assert sent not in json.dumps(kept, ensure_ascii=False)
        assert value[:20] not in json.dumps(kept, ensure_ascii=False)


@given(st.sampled_from(("AccountKey", "SharedAccessKey", "SharedAccessSignature", "Password", "Pwd")).flatmap(cased))
def test_no_key_survives_however_it_is_written(name: str) -> None:
    for text in (f"{name}={SECRET}", f"Endpoint=sb://x/;{name}={SECRET};Entity=y", f"x {name} = {SECRET}"):
        assert SECRET not in redact(text)
        assert SECRET.encode() not in redact_row(json.dumps({"id": "a", "type": "b", "tags": {"t": text}}).encode())


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize(
    "token", ["A" * 16, "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhIn0.c2lnbmF0dXJl", "abc.def~ghi+jkl/mno=="]
)
def test_no_token_survives(scheme: str, token: str) -> None:
    for text in (f"Authorization: {scheme} {token}", f"sent {scheme}  {token}, and refused"):
        assert token not in redact(text)
        assert token.encode() not in redact_row(json.dumps({"id": "a", "type": "b", "x": text}).encode())
    if token.startswith("eyJ"):
        assert token not in redact(f"the token {token} has expired")


ORDINARY = [
    "nsg-app rule DenyInternet (200) drops tcp/443 to Storage.EastUS",
    "disablePasswordAuthentication", "the password is wrong", "passwords: none", "the bearer of this is known",
    "Bearer of news", "design=5 config=7 signal=3", "a = b; c = d", "https://example.com/?api-version=2024-07-01&$top=5",
    "/subscriptions/1/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv", "keyUrl", "eyJ", "2.7.41491.1010",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text
    row = json.dumps({"id": "/x", "type": "a/b", "n": 1.0, "e": "\u00e9", "properties": {"t": text}}).encode()
    assert redact_row(row) == row


# Rows.


def kept(row: dict[str, Any]) -> Any:
    return json.loads(line_of(json.dumps(row).encode()).text)


STATUS = {"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Ready"}
BACKUP = {**STATUS, "message": "snapshot is being taken"}
LOUD = {**STATUS, "message": SECRET}
SNAPSHOT = {"type": "Microsoft.Azure.RecoveryServices.VMSnapshot", "statuses": [BACKUP]}
NAMES_OF_RUN_COMMANDS = (
    "SOURCE", "parameters", "protectedParameters", "runAsUser", "runAsPassword", "outputBlobUri", "errorBlobUri",
    "outputBlobManagedIdentity", "errorBlobManagedIdentity",
)  # fmt: skip
LINUX = {"computerName": "c", "linuxConfiguration": {"disablePasswordAuthentication": True}}
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        EXTENSION,
        {
            "publisher": "p",
            "type": "t",
            "Settings": {"a": SECRET},
            "protectedSettings": SECRET,
            "protectedSettingsFromKeyVault": {},
            "instanceView": {"substatuses": [SECRET], "statuses": [LOUD]},
        },
        {"publisher": "p", "type": "t", "instanceView": {"statuses": [STATUS]}},
    ),
    (
        RUN_COMMAND,
        {
            **dict.fromkeys(NAMES_OF_RUN_COMMANDS, SECRET),
            "instanceView": {"error": SECRET, "output": "{}", "exitCode": 0},
        },
        {"instanceView": {"output": "{}", "exitCode": 0}},
    ),
    (
        VM,
        {
            "userData": SECRET,
            "osProfile": {"customData": SECRET, "secrets": [SECRET], "adminPassword": SECRET, **LINUX},
            "diagnosticsProfile": {"bootDiagnostics": {"storageUri": SECRET}},
            "ratio": 0.1,
        },
        {"osProfile": LINUX, "diagnosticsProfile": {}, "ratio": 0.1},
    ),
    (
        INSTANCE_VIEW,
        {
            "bootDiagnostics": {"serialConsoleLogBlobUri": SECRET},
            "patchStatus": {"x": SECRET},
            "statuses": [BACKUP],
            "vmAgent": {"statuses": [BACKUP], "extensionHandlers": [{"type": "T", "status": LOUD}]},
            "extensions": [
                {"type": "T", "statuses": [LOUD], "substatuses": [{"message": SECRET}]},
                {**SNAPSHOT, "substatuses": [SECRET]},
            ],
        },
        {
            "statuses": [BACKUP],
            "vmAgent": {"statuses": [BACKUP], "extensionHandlers": [{"type": "T", "status": STATUS}]},
            "extensions": [{"type": "T", "statuses": [STATUS]}, SNAPSHOT],
        },
    ),
]


def test_what_may_hold_secrets_is_left_out_and_nothing_else_changes() -> None:
    base = {"name": "x", "location": "westeurope", "sku": None, "tags": {"a": "b"}, "size": 18446744073709551615}
    for kind, given_properties, left in CASES:
        row = {"id": vm_id(), "type": kind.upper(), **base, "properties": given_properties}
        assert kept(row) == {**row, "properties": left}
        assert SECRET not in line_of(json.dumps(row).encode()).text.decode()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ("instanceView", "statuses", "substatuses", "status", "vmAgent", "extensions", "extensionHandlers", "osProfile",
     "diagnosticsProfile", "type", "publisher", "message", "properties")
)  # fmt: skip
SHAPES = st.recursive(JSON, lambda inner: st.dictionaries(NAMES, inner, max_size=5) | st.lists(inner, max_size=3))


@given(st.sampled_from((EXTENSION, RUN_COMMAND, VM, INSTANCE_VIEW, "a/b")), SHAPES)
def test_whatever_a_row_is_like_it_becomes_one_line(kind: str, properties: Any) -> None:
    for indent in (None, 1):
        row = {"id": "/x", "type": kind, "properties": properties}
        line = line_of(json.dumps(row, indent=indent).encode())
        assert b"\n" not in line.text
        found = json.loads(line.text)
        assert (found["id"], found["type"], line.type) == ("/x", kind, kind)
        if kind == "a/b":
            assert found == row


@pytest.mark.parametrize(
    "raw",
    [b"null", b"5", b"[]", b'{"id":5,"type":"a","s":"x"}', b'{"id":"a","type":"' + VM.encode() + b'","p":"\\ud800"}'],
)
def test_what_is_no_row_is_not_lost_and_shows_nothing(raw: bytes) -> None:
    line = line_of(msgspec.Raw(raw))
    assert json.loads(line.text) == NO_ROW
    assert (line.type, line.subscription) == ("", "")


def test_half_of_a_character_in_a_reply() -> None:
    line = line_of_value({"id": "/x", "type": INSTANCE_VIEW, "properties": {"a": "\ud83d"}})
    assert json.loads(line.text)["properties"] == {"a": "?"}
