"""Rights by an independent reading of roles, endpoints that a token may go to, and tokens that are renewed early."""

import fnmatch
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import SnapreadyError
from scanner.sources.azure.clouds import CLOUDS, place
from scanner.sources.azure.rights import allows, grants_of
from scanner.sources.azure.signin import CREDENTIALS, Identity, SignInFailed, credential_of

READ = "microsoft.compute/virtualmachines/read"


@pytest.mark.parametrize(
    ("roles", "may"),
    [
        ([], False),
        ([(["*"], [])], True),
        ([(["*/read"], [])], True),
        ([(["Microsoft.Compute/*"], [])], True),
        ([(["Microsoft.Compute/*/read"], [])], True),
        ([(["Microsoft.Compute/virtualMachines/read"], [])], True),
        ([(["Microsoft.Compute/virtualMachines/*/read"], [])], False),
        ([(["Microsoft.Compute/virtualMachines"], [])], False),
        ([(["Microsoft.Compute/virtualMachines/read/x"], [])], False),
        ([(["Microsoft.Network/*"], [])], False),
        ([(["*"], ["Microsoft.Compute/*"])], False),
        ([(["*"], ["*/write", "*/delete"])], True),
        ([(["*"], ["*/read"]), (["*/read"], [])], True),  # what one role takes away another may give
        ([(["*"], ["*/read"]), (["Microsoft.Network/*/read"], [])], False),
        ([([], ["*"])], False),
        ([(["microsoft.compute.virtualmachines/read"], [])], False),  # a point is a point
    ],
)
def test_what_roles_allow(roles: list[tuple[list[str], list[str]]], may: bool) -> None:
    value = [{"actions": actions, "notActions": nots, "dataActions": ["*"]} for actions, nots in roles]
    assert allows(grants_of({"value": value}), READ) is may
    assert allows(grants_of({"value": value}), READ.upper()) is may


WORDS = st.sampled_from(("microsoft.compute", "virtualmachines", "read", "write", "*", "Disks", "extensions"))
ACTION = st.lists(WORDS, min_size=1, max_size=4).map("/".join)
ROLE = st.fixed_dictionaries({"actions": st.lists(ACTION, max_size=3), "notActions": st.lists(ACTION, max_size=3)})


def matches(pattern: str, action: str) -> bool:
    return fnmatch.fnmatchcase(action.lower(), pattern.lower())


@given(st.lists(ROLE, max_size=4), ACTION.map(lambda action: action.replace("*", "x")))
def test_roles_as_somebody_else_reads_them(roles: list[dict[str, list[str]]], action: str) -> None:
    expected = False
    for role in roles:
        given_by = [pattern for pattern in role["actions"] if matches(pattern, action)]
        taken_by = [pattern for pattern in role["notActions"] if matches(pattern, action)]
        expected = expected or (bool(given_by) and not taken_by)
    assert allows(roles, action) is expected


@given(st.lists(ROLE, max_size=3), ROLE)
def test_another_role_never_takes_a_right_away(roles: list[dict[str, list[str]]], more: dict[str, list[str]]) -> None:
    assert not allows(roles, READ) or allows([*roles, more], READ)


# Places.


@pytest.mark.parametrize(
    "url", ["https://arm.example.com", "https://arm.example.com:8443/", "HTTPS://ARM.example.com/x/"]
)
def test_an_endpoint_of_ones_own(url: str) -> None:
    found = place("public", url)
    assert (found.own, found.plain, found.endpoint) == (True, False, url.rstrip("/"))
    assert found.metrics_url("westeurope").startswith(found.endpoint)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8787", "http://localhost", "http://[::1]:80/"])
def test_plain_http_on_the_loopback(url: str) -> None:
    assert place("public", url).plain


@pytest.mark.parametrize(
    "url",
    [
        "http://management.azure.com", "http://127.0.0.1.example.com", "http://127.0.0.2", "http://localhost.example",
        "http://10.0.0.1:80", "ftp://127.0.0.1", "127.0.0.1:8787", "", "/", "https://", "https://host:port",
        "https://host:99999", "https://host:0", "https://[::1", "https://user:secret@host", "https://host?x=1",
        "https://host#x", "http://127.0.0.1@evil.example/",
    ],
)  # fmt: skip
def test_an_endpoint_that_no_token_may_go_to(url: str) -> None:
    with pytest.raises(SnapreadyError, match="--endpoint") as told:
        place("public", url)
    assert "secret@" not in str(told.value)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_cloud_has_its_own_places(cloud: str) -> None:
    found = place(cloud, None)
    assert found.endpoint.startswith("https://")
    assert not found.plain
    others = [other for name, other in CLOUDS.items() if name != cloud]
    assert all(found.cloud.scope != other.scope and found.cloud.authority != other.authority for other in others)
    assert found.metrics_url("eastus") == f"https://eastus.{found.cloud.metrics}"


@pytest.mark.parametrize(
    ("link", "same"),
    [
        ("https://management.azure.com/x?y", True), ("https://management.azure.com:443/x", True),
        ("https://MANAGEMENT.azure.com/x", True), ("http://management.azure.com/x", False),
        ("https://management.azure.com:444/x", False), ("https://management.azure.com.evil.example/x", False),
        ("https://management.azure.com@evil.example/x", False), ("https://evil.example/management.azure.com", False),
        ("//management.azure.com/x", False), ("https://[", False), ("https://management.azure.com:x/", False),
    ],
)  # fmt: skip
def test_links_that_are_followed(link: str, same: bool) -> None:
    assert place("public", None).holds(link) is same


# Tokens.


class Credential:
    def __init__(self, lasts: float, *, fails: int = 0) -> None:
        self.asked: list[str] = []
        self.lasts, self.fails = lasts, fails

    def get_token(self, *scopes: str) -> Any:
        self.asked += scopes
        if len(self.asked) > 1 and self.fails:
            raise RuntimeError(f"no answer for Bearer {'x' * 40}\nand\nmore\nlines")
        return SimpleNamespace(token=f"token{len(self.asked)}", expires_on=time.time() + self.lasts)


def test_a_token_is_kept_until_five_minutes_before_its_end() -> None:
    lasting = Credential(3600)
    identity = Identity(lasting, "a")
    assert [identity.token() for _ in range(3)] == ["token1"] * 3
    short = Credential(200)
    identity = Identity(short, "a")
    assert [identity.token() for _ in range(3)] == ["token1", "token2", "token3"]


def test_every_scope_has_its_own_token() -> None:
    credential = Credential(3600)
    identity = Identity(credential, "a")
    assert [identity.token(), identity.token("b"), identity.token("a"), identity.token("b")] == [
        "token1", "token2", "token1", "token2",
    ]  # fmt: skip
    identity.forget()
    assert identity.token() == "token3"
    assert credential.asked == ["a", "b", "a"]


def test_a_renewal_that_fails_leaves_the_token_that_is_still_good() -> None:
    identity = Identity(Credential(200, fails=1), "a")
    assert [identity.token(), identity.token()] == ["token1", "token1"]
    identity.forget()
    with pytest.raises(SignInFailed, match="no answer for Bearer …") as told:
        identity.token()
    assert "x" * 10 not in str(told.value)
    assert "help: az login" in str(told.value)


def test_without_a_credential_no_token_is_sent() -> None:
    assert Identity(None, "a").token() is None


def test_many_threads_sign_in_once() -> None:
    credential = Credential(3600)
    identity = Identity(credential, "a")
    threads = [threading.Thread(target=identity.token) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert credential.asked == ["a"]


@pytest.mark.parametrize("choice", [*CREDENTIALS, None])
def test_every_choice_makes_a_credential_or_says_why_not(choice: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    try:
        found: Any = credential_of(choice, "login.microsoftonline.com")
    except SignInFailed as error:
        assert choice == "workload-identity"
        assert "cannot sign in to Azure" in str(error)
        return
    assert hasattr(found, "get_token")
    found.close()
