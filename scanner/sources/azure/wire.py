"""The HTTP pipeline of Azure's SDK with our own policies: the token, a bound on slow replies, rows left as text."""

import json
import time
from collections.abc import Mapping
from typing import Any

import msgspec
import requests
from azure.core.exceptions import AzureError
from azure.core.pipeline import Pipeline, PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy, RequestIdPolicy, SansIOHTTPPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from scanner import __version__
from scanner.sources.azure.signin import Identity

_CONNECT, _READ, _BODY = 20.0, 100.0, 240.0
"""Seconds to connect, to wait for the next bytes, and for a whole reply."""
_LARGEST = 256 << 20
_CONNECTIONS = 40
_PIECE = 1 << 18

SCOPE, QUERY = "snapready_scope", "snapready_query"
"""Names among a request's options: the scope of its token; it is a query, whose rows stay text."""


class SlowReply(AzureError):
    """The reply did not end in time."""


class BrokenReply(AzureError):
    """The connection ended before the reply did."""


class NotJson(AzureError):
    """The reply says that all is well, and is not what was asked for."""


class Answer(dict[str, Any]):
    """A reply's JSON object, as the SDK reads it; of a query's reply without the rows, which are in `rows` as text."""

    status_code: int
    headers: Mapping[str, str]
    raw: bytes
    rows: list[msgspec.Raw]


class NotOk(Exception):
    """The reply to a query is not 200, told before the SDK makes an error of its own of it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class _Page(msgspec.Struct):
    """A reply to a query, whose rows nobody has to turn into objects here."""

    data: list[msgspec.Raw]
    total: Any = msgspec.field(name="totalRecords", default=None)
    truncated: Any = msgspec.field(name="resultTruncated", default=None)
    token: Any = msgspec.field(name="$skipToken", default=None)


_page = msgspec.json.Decoder(_Page).decode


class _Token(SansIOHTTPPolicy[Any, Any]):
    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def on_request(self, request: PipelineRequest[Any]) -> None:
        token = self._identity.token(request.context.options.pop(SCOPE, ""))
        if token is not None:
            request.http_request.headers["Authorization"] = f"Bearer {token}"


class _WholeReply(HTTPPolicy[Any, Any]):
    """Reads a reply to its end within a bound, and splits off the rows of a query's reply."""

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        options = request.context.options
        is_query = options.pop(QUERY, False)
        options["stream"] = True
        response = self.next.send(request)
        http = response.http_response
        answer = Answer()
        answer.status_code = http.status_code
        answer.headers = {name.lower(): value for name, value in http.headers.items()}
        answer.raw = self._body(http)
        answer.rows = []
        if http.status_code == 200:
            self._split(answer) if is_query else self._parse(answer)
        elif is_query:
            raise NotOk(answer)
        return PipelineResponse(request.http_request, answer, response.context)

    def _body(self, http: Any) -> bytes:
        """All bytes of the reply; a server that sends a few now and then is not waited for without end."""
        until = time.monotonic() + _BODY
        stream = http.internal_response.raw
        pieces: list[bytes] = []
        size = 0
        try:
            while piece := stream.read1(_PIECE, decode_content=True):
                pieces.append(piece)
                size += len(piece)
                if time.monotonic() > until or size > _LARGEST:
                    raise SlowReply(f"the reply did not end within {_BODY:.0f} seconds or {_LARGEST >> 20} MiB")
        except (HTTPError, OSError) as error:
            raise BrokenReply(f"the reply broke off: {type(error).__name__}") from None
        finally:
            http.internal_response.close()
        return b"".join(pieces)

    def _split(self, answer: Answer) -> None:
        try:
            page = _page(answer.raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise NotJson("the reply is no page of rows in JSON") from None
        answer.rows = page.data
        answer.raw = b""
        answer.update({"totalRecords": page.total, "resultTruncated": page.truncated, "$skipToken": page.token})

    def _parse(self, answer: Answer) -> None:
        try:
            value = json.loads(answer.raw)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise NotJson("the reply is no JSON object")
        answer.update(value)


def pipeline(identity: Identity) -> Pipeline[Any, Any]:
    """One pipeline, and so one pool of connections, for every request of a run. It follows no redirect."""
    agent = UserAgentPolicy(user_agent=f"snapready/{__version__}", user_agent_use_env=False)
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
    transport = RequestsTransport(session=session, connection_timeout=_CONNECT, read_timeout=_READ)
    return Pipeline(transport, [RequestIdPolicy(), agent, _Token(identity), _WholeReply()])
