"""How the emulator's own tests call it: plainly with urllib, and through Microsoft's client."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from azure.core.credentials import AccessToken
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

from scanner.model import Row
from tests.emulator import Emulator
from tests.rows import OTHER_SUBSCRIPTION, SUBSCRIPTION, vm, vm_id

GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
VMS = "resources | where type =~ 'microsoft.compute/virtualmachines' | project id, name | order by id asc"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fleet(count: int = 7, subscription: str = SUBSCRIPTION) -> list[Row]:
    return [vm(vm_id(f"vm{number:04}", subscription=subscription)) for number in range(count)]


def two_subscriptions() -> list[Row]:
    return [*fleet(3), *fleet(2, OTHER_SUBSCRIPTION)]


def call(
    emulator: Emulator, path: str, body: Any = None, *, method: str = "", **headers: str
) -> tuple[int, dict[str, str], Any]:
    """Status, headers in lower case, and the JSON of the reply."""
    data = None if body is None else json.dumps(body).encode()
    given = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = urllib.request.Request(
        emulator.url + quote(path, safe="/?&=$:,%"), data=data, headers=given, method=method or None
    )
    try:
        reply = _DIRECT.open(request, timeout=30)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        text = reply.read()
        return reply.status, {name.lower(): value for name, value in reply.headers.items()}, json.loads(text)


def query(emulator: Emulator, text: str = VMS, **body: Any) -> tuple[int, dict[str, str], Any]:
    return call(emulator, GRAPH, {"query": text, **body})


class Credential:
    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("a-token", int(time.time()) + 3600)


@contextmanager
def client(emulator: Emulator) -> Iterator[ResourceGraphClient]:
    with ResourceGraphClient(Credential(), base_url=emulator.url) as found:
        yield found


def ask(found: ResourceGraphClient, text: str = VMS, token: str | None = None, top: int = 1000, **scope: Any) -> Any:
    """One page through Microsoft's client, which must be told at each call that this is no TLS."""
    options = QueryRequestOptions(top=top, skip_token=token, result_format="objectArray")
    asked = QueryRequest(query=text, options=options, **scope)
    return found.resources(asked, enforce_https=False, retry_total=0)


def pages(found: ResourceGraphClient, text: str = VMS, top: int = 1000, **scope: Any) -> Iterator[Any]:
    token = None
    while True:
        page = ask(found, text, token, top, **scope)
        yield page
        token = page.skip_token
        if not token:
            return
