"""Signs in to Azure with the credential that was chosen, and renews its token before and when it is refused."""

import threading
import time
from typing import Any, Protocol

from scanner.model import SnapreadyError
from scanner.sources.azure.redact import redact

CREDENTIALS = ("azure-cli", "managed-identity", "workload-identity", "environment")
_EARLY = 300
"""Seconds before its end at which a token is renewed."""


class SignInFailed(SnapreadyError):
    """No token could be had; the message says what to do."""


class Credential(Protocol):
    """What azure.identity's credentials have in common."""

    def get_token(self, *scopes: str) -> Any: ...


class Identity:
    """Tokens for one credential, shared by all threads. A credential of None sends none (the emulator)."""

    def __init__(self, credential: Credential | None, scope: str) -> None:
        self.scope = scope
        self._credential = credential
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self.signed_in = False
        """A token has been had: a failure from now on may pass."""

    def token(self, scope: str = "") -> str | None:
        """A token that is good for five minutes more; raises SignInFailed."""
        if self._credential is None:
            return None
        scope = scope or self.scope
        with self._lock:
            token, until = self._tokens.get(scope, ("", 0.0))
            if until - _EARLY > time.time():
                return token
            try:
                found = self._credential.get_token(scope)
            except Exception as error:  # azure.identity raises whatever its many ways to sign in raise
                if until > time.time():
                    return token
                raise SignInFailed(_failure(error)) from None
            self.signed_in = True
            self._tokens[scope] = (found.token, float(found.expires_on))
            return str(found.token)

    def forget(self) -> None:
        """Azure did not accept a token: none that is kept is used again."""
        with self._lock:
            self._tokens.clear()


def _failure(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = redact(" ".join(lines[:3]))[:400] or type(error).__name__
    return (
        f"cannot sign in to Azure: {said}\n"
        "  help: az login, or say how with --credential azure-cli, managed-identity, workload-identity or environment"
    )


def credential_of(choice: str | None, authority: str) -> Credential:
    """The credential of a choice; DefaultAzureCredential, which tries all of them in turn, without one."""
    from azure import identity

    try:
        match choice:
            case "azure-cli":
                return identity.AzureCliCredential(process_timeout=30)
            case "managed-identity":
                return identity.ManagedIdentityCredential()
            case "workload-identity":
                return identity.WorkloadIdentityCredential(authority=authority)
            case "environment":
                return identity.EnvironmentCredential(authority=authority)
        return identity.DefaultAzureCredential(authority=authority, process_timeout=30)
    except ValueError as error:
        raise SignInFailed(_failure(error)) from None
