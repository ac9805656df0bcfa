"""Takes secrets out of what is kept or said: tokens, signatures of shared access, keys in connection texts."""

import re
from typing import Any

import msgspec

_VALUE = r"[^&\s\"'<>;]+"
_SECRETS = (
    (re.compile(rf"(?i)(sig)(=|%(?:25)*3d){_VALUE}"), r"\1\2…"),
    (
        re.compile(rf"(?i)([?&;]|%(?:25)*3f|%(?:25)*26)(sv|se|st|sp|spr|srt|ss|skoid|sktid)(=|%(?:25)*3d){_VALUE}"),
        r"\1\2\3…",
    ),
    (
        re.compile(r"(?i)\b(AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)(\s*=\s*)[^;\s\"']+"),
        r"\1\2…",
    ),
    (re.compile(r"(?i)\bBearer\s+[A-Za-z0-9._~+/=-]{16,}"), "Bearer …"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)?"), "…"),
)
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def redact(text: str) -> str:
    """The text without what would let its reader in anywhere."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def redact_row(row: bytes) -> bytes:
    """The same for every text in a row of JSON; most hold nothing, which is seen at a glance."""
    if not _suspicious(row.lower()):
        return row
    value = _decode(row)
    cleaned = _redacted(value)
    return row if cleaned == value else _encode(cleaned)


def _suspicious(row: bytes) -> bool:
    """Whether some secret may be in it, in lower case; written out, as this is asked of every row."""
    return (
        b"sig=" in row
        or b"sig%" in row
        or b"accountkey" in row
        or b"sharedaccess" in row
        or b"password=" in row
        or b"password =" in row
        or b"pwd=" in row
        or b"pwd =" in row
        or b"eyj" in row
        or b"bearer " in row
        or b"\\u00" in row  # a letter may be written as its number
    )


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_redacted(each) for each in value]
    if isinstance(value, dict):
        return {redact(name): _redacted(each) for name, each in value.items()}
    return value
