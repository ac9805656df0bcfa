"""The way to Azure: names, certificates, ports, tokens, and how long anybody waits."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.live import Live
from scanner.sources.azure.signin import Identity
from tests.azure.test_fault_table import CLEAN
from tests.azure.world import ITEMS, VMS, Bent, Cloud, fault
from tests.emulator import Faults
from tests.emulator.wire import Reply, Request

SOON = ("--retry-for", "5s")
SCOPE = "https://management.azure.com/.default"


class Credential:
    """Gives one token after another, or the error that comes next."""

    def __init__(self, *gives: str | Exception, lasts: float = 3600.0) -> None:
        self.gives = list(gives)
        self.scopes: list[str] = []
        self._lasts = lasts

    def get_token(self, *scopes: str) -> Any:
        self.scopes += scopes
        given = self.gives.pop(0) if len(self.gives) > 1 else self.gives[0]
        if isinstance(given, Exception):
            raise given
        return SimpleNamespace(token=given, expires_on=int(time.time() + self._lasts))


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[Credential], None]:
    """Sends the tokens of a credential, which nobody does without TLS but this test."""

    def sign_in(credential: Credential) -> None:
        monkeypatch.setattr("scanner.live.Live", partial(Live, identity=Identity(credential, SCOPE)))

    return sign_in


@pytest.fixture
def credential(monkeypatch: pytest.MonkeyPatch) -> Credential:
    """What --credential would have chosen."""
    found = Credential("a-token")
    monkeypatch.setattr("scanner.live.credential_of", lambda *_: found)
    return found


def assert_unusable(cloud: Cloud, endpoint: str, words: str, *more: str) -> None:
    for done in (cloud.scan(*SOON, *more, endpoint=endpoint).done, cloud.snapshot(*SOON, *more, endpoint=endpoint)[0]):
        assert done.code == 2, done.err
        assert words in done.err
        assert "Traceback" not in done.err
        assert "Reader" not in done.err


def test_a_name_that_is_not_known(cloud: Cloud, credential: Credential) -> None:
    assert_unusable(cloud, "https://no-such-host.invalid", "no-such-host.invalid: its name cannot be resolved")
    assert credential.scopes


def test_nobody_listens(cloud: Cloud) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert_unusable(cloud, f"http://127.0.0.1:{port}", f"127.0.0.1:{port}: it refuses the connection")


@contextmanager
def tls_server(folder: Path) -> Iterator[int]:
    """A server whose certificate nobody trusts."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
    made = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1)).sign(key, hashes.SHA256())
    file = folder / "server.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_serve, args=(listening, context))
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def _serve(listening: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                continue


def test_a_certificate_that_nobody_trusts(cloud: Cloud, credential: Credential, tmp_path: Path) -> None:
    with tls_server(tmp_path) as port:
        assert_unusable(cloud, f"https://127.0.0.1:{port}", "its TLS certificate is not trusted")
    assert credential.scopes


def test_a_server_that_speaks_no_tls(cloud: Cloud, credential: Credential) -> None:
    assert_unusable(cloud, cloud.emulator.url.replace("http:", "https:"), "TLS cannot be agreed on with it")
    assert credential.scopes
    assert cloud.emulator.requests == []


def test_no_token_goes_over_an_open_line(cloud: Cloud, credential: Credential) -> None:
    assert cloud.scan().verdicts == CLEAN
    assert credential.scopes == []
    assert all("authorization" not in (each.headers or {}) for each in cloud.emulator.requests)


def test_a_redirect_is_not_followed(cloud: Cloud) -> None:
    """It would take the token along."""
    cloud.emulator.bend = lambda _, reply: replace(reply, status=302, headers={"Location": "http://localhost:9/"})
    scanned = cloud.scan()
    assert scanned.code == 2
    assert "HTTP 302" in scanned.done.err


# Tokens.


def test_a_token_that_expired_on_the_way_is_renewed(cloud: Cloud, signed_in: Callable[[Credential], None]) -> None:
    credential = Credential("first", "second")
    signed_in(credential)
    cloud.emulator.access.tokens = {"first", "second"}
    cloud.emulator.on_request = lambda number, emulator: emulator.access.expired.add("first") if number > 6 else None
    scanned = cloud.scan()
    assert (scanned.code, scanned.verdicts, scanned.problems) == (1, CLEAN, [])
    assert {401} <= {each.status for each in cloud.emulator.requests} <= {200, 401}
    assert set(credential.scopes) == {SCOPE}


def test_a_token_that_is_never_taken(cloud: Cloud, signed_in: Callable[[Credential], None]) -> None:
    signed_in(Credential("expired"))
    cloud.emulator.access.tokens = set()
    scanned = cloud.scan()
    assert scanned.code == 2
    assert "401 InvalidAuthenticationToken" in scanned.done.err
    assert len(cloud.emulator.requests) == 3


@pytest.mark.parametrize("where", ["/instanceView", "permissions", ITEMS, VMS])
def test_a_sign_in_that_ends_on_the_way_is_no_missing_right(cloud: Cloud, where: str) -> None:
    cloud.emulator.faults = Faults([fault("expired-token", where, None)])
    scanned = cloud.scan()
    assert scanned.code == (2 if where == VMS else 3)
    assert "401 ExpiredAuthenticationToken" in scanned.done.err + scanned.raw.decode()
    assert "needs Microsoft.Compute" not in scanned.done.err


def test_no_sign_in_at_all(cloud: Cloud, signed_in: Callable[[Credential], None]) -> None:
    signed_in(Credential(RuntimeError("Please run 'az login' to setup account. Bearer abcdefghijklmnop")))
    for done in (cloud.scan().done, cloud.snapshot()[0]):
        assert done.code == 2
        assert "cannot sign in to Azure: Please run 'az login'" in done.err
        assert "abcdefghijklmnop" not in done.err
    assert cloud.emulator.requests == []


def test_a_sign_in_that_fails_for_a_while_is_tried_again(cloud: Cloud, signed_in: Callable[[Credential], None]) -> None:
    signed_in(Credential("first", RuntimeError("no answer"), RuntimeError("no answer"), "second"))
    cloud.emulator.access.tokens = {"first", "second"}
    cloud.emulator.on_request = lambda number, emulator: emulator.access.expired.add("first") if number > 6 else None
    scanned = cloud.scan("--retry-for", "1h")
    assert (scanned.code, scanned.verdicts, scanned.problems) == (1, CLEAN, [])


def test_a_sign_in_that_fails_from_then_on_is_said(cloud: Cloud, signed_in: Callable[[Credential], None]) -> None:
    signed_in(Credential("first", RuntimeError("no answer")))
    cloud.emulator.access.tokens = {"first"}

    def end(number: int, emulator: Bent) -> None:
        if emulator.requests[number - 1].kind == "instance-view":
            emulator.access.expired.add("first")

    cloud.emulator.on_request = end  # type: ignore[assignment]
    scanned = cloud.scan(*SOON)
    assert scanned.code == 3
    assert "cannot sign in to Azure: no answer" in scanned.done.err


# How long anybody waits.


def throttled(header: dict[str, str], where: str = "", times: int = 1) -> Callable[[Request, Reply], Reply | None]:
    left = [times]

    def bend(request: Request, reply: Reply) -> Reply | None:
        if where not in request.text or not left[0]:
            return None
        left[0] -= 1
        body = b'{"error":{"code":"RateLimiting","message":"slower"}}'
        kept = {name: value for name, value in reply.headers.items() if name == "Date"}
        return Reply(429, body, {**kept, **header})

    return bend


def waits(cloud: Cloud) -> list[float]:
    """Seconds between requests of one kind of query."""
    times = [each.at for each in cloud.emulator.requests if VMS in str(each.body)]
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize("where", [VMS, "/instanceView"])
@pytest.mark.parametrize("given", ["7", "date", "", "soon", "-5", "Sat, 99 Nov 2026 01:00:00 GMT"])
def test_a_wait_that_is_asked_for_in_any_way(cloud: Cloud, given: str, where: str) -> None:
    until = datetime(2026, 11, 22, 1, 0, 7, tzinfo=UTC)  # seven seconds later by the service's clock, not by ours
    header = format_datetime(until, usegmt=True) if given == "date" else given
    cloud.emulator.bend = throttled({"Retry-After": header}, where)
    scanned = cloud.scan("--retry-for", "1h")
    assert (scanned.code, scanned.verdicts, scanned.problems) == (1, CLEAN, [])
    if given in ("7", "date") and where == VMS:
        assert max(waits(cloud)) >= 7 / 100


@pytest.mark.parametrize("where", [VMS, "/instanceView", "resourcecontainers"])
@pytest.mark.parametrize("header", ["86400", "Fri, 27 Nov 2026 01:00:00 GMT"])
def test_a_wait_longer_than_the_bound_is_not_waited_for(cloud: Cloud, where: str, header: str) -> None:
    """Not by the request that was told so, and not by the others who share its quota."""
    cloud.emulator.bend = throttled({"Retry-After": header}, where, 1000)
    scanned = cloud.scan("--retry-for", "40s")
    assert scanned.code == (3 if where == "/instanceView" else 2), scanned.done.err
    assert "429 RateLimiting: slower" in scanned.done.err + scanned.raw.decode()
    assert "--retry-for sets the bound" in scanned.done.err


def test_the_quota_that_a_named_window_leaves_is_waited_for(cloud: Cloud) -> None:
    header = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:09"}
    cloud.emulator.bend = throttled(header, VMS)
    assert cloud.scan("--retry-for", "1h").code == 1
    assert max(waits(cloud)) >= 9 / 100
