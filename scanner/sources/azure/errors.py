"""What a request can come to besides a reply, told apart by what is to be done about it."""

import json
from typing import Any

from scanner.sources.azure.redact import redact


class AskFailed(Exception):
    """A request that got no reply that can be used. `code`: Azure's own word, where it gave one."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class GaveUp(AskFailed):
    """Tried again and again until the time for it was over, or until nothing was left to try."""


class Refused(AskFailed):
    """The identity may not do that."""


class Missing(AskFailed):
    """There is no such resource (any more)."""


class Rejected(AskFailed):
    """The service does not take the request as it is."""


class TooLarge(Rejected):
    """The reply would be larger than the service gives: ask for less at once."""


def error_of(body: bytes) -> tuple[str, str]:
    """(code, message) of an error body; Resource Graph tells the reason in the details, not at the top."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    error = value.get("error", value) if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return "", ""
    code, message = _text(error.get("code")), _text(error.get("message"))
    details = error.get("details")
    first = next((each for each in details if isinstance(each, dict)), None) if isinstance(details, list) else None
    if first is not None:
        code, message = _text(first.get("code")) or code, _text(first.get("message")) or message
    return code, redact(" ".join(message.split()))[:300]


_NETWORK = (
    ("certificate_verify_failed", "its TLS certificate is not trusted (REQUESTS_CA_BUNDLE names other authorities)"),
    ("sslerror", "TLS cannot be agreed on with it"),
    ("failed to resolve", "its name cannot be resolved"),
    ("name or service not known", "its name cannot be resolved"),
    ("connection refused", "it refuses the connection"),
    ("proxyerror", "the proxy does not let the request through"),
    ("connection reset", "it broke the connection off"),
    ("connection aborted", "it broke the connection off"),
    ("remotedisconnected", "it broke the connection off"),
    ("timed out", "it did not answer in time"),
    ("timeout", "it did not answer in time"),
)


def network_words(error: Exception, host: str) -> str:
    """What went wrong on the way to `host`, without the insides of the libraries that noticed."""
    text = str(error)
    for sign, words in _NETWORK:
        if sign in text.lower():
            return f"{host}: {words}"
    return f"{host}: {redact(text.splitlines()[0] if text else type(error).__name__)[:200]}"


def _text(value: Any) -> str:
    """The text without halves of characters, which could not be written anywhere."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
