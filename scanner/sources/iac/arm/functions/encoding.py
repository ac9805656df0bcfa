"""Functions that encode texts: base 64, data URIs, URIs."""

import base64 as codec
import binascii
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from scanner.model import AuthoringError
from scanner.sources.iac.arm.functions.string import plain, written
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Refused, Value, scalar_text
from scanner.sources.iac.located import load

GROUP = Group("String functions")
_UNRESERVED = "-_.~"


@GROUP.add("base64", "string", "string")
def base64(text: str) -> str:
    return codec.b64encode(_bytes(text)).decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


@GROUP.add("base64ToString", "string", "string")
def base64_to_string(text: str) -> str:
    return _decoded("base64ToString", text)


@GROUP.add("base64ToJson", "string", "any")
def base64_to_json(text: str) -> Value:
    try:
        return plain(load(_decoded("base64ToJson", text), "base64ToJson()"))
    except AuthoringError as error:
        raise Refused(f"base64ToJson: {error.message}") from None


def _decoded(name: str, text: str) -> str:
    try:
        return codec.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Refused(f"{name}: this is not UTF-8 text in base 64") from None


@GROUP.add("dataUri", "any", "string")
def data_uri(value: Any) -> str:
    text = scalar_text(value)
    if text is not None and value is not None:
        return f"data:text/plain;charset=utf8;base64,{base64(text)}"
    return f"data:application/json;charset=utf8;base64,{base64(written(value))}"


@GROUP.add("dataUriToString", "string", "string")
def data_uri_to_string(text: str) -> str:
    head, comma, data = text.partition(",")
    if not head.lower().startswith("data:") or not comma:
        raise Refused("dataUriToString: this is not a data URI")
    if head.lower().endswith(";base64"):
        return _decoded("dataUriToString", data)
    return unquote(data)


@GROUP.add("uriComponent", "string", "string")
def uri_component(text: str) -> str:
    return quote(_bytes(text), safe=_UNRESERVED)


@GROUP.add("uriComponentToString", "string", "string")
def uri_component_to_string(text: str) -> str:
    return unquote(text)


@GROUP.add("uri", "string, string", "string")
def uri(base: str, relative: str) -> str:
    """Of a base that does not end in a slash the last segment is replaced."""
    try:
        parts = urlsplit(base)
        if not parts.scheme or not parts.netloc:
            raise Refused(f"uri: {base[:80]!r} is not an absolute URI")
        whole = base if parts.path else f"{parts.scheme}://{parts.netloc}/"
        return urljoin(whole, relative)
    except ValueError:
        raise Refused(f"uri: {base[:80]!r} is not a URI") from None
