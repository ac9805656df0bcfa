"""The error bodies of Azure Resource Manager and of Resource Graph."""

import uuid
from datetime import UTC, datetime
from typing import Any

from tests.emulator.wire import Reply, json_reply

CLIENT = "11111111-2222-3333-4444-555555555555"


class Refusal(Exception):
    """Raised anywhere below an endpoint: this reply instead of an answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body.decode())
        self.reply = reply


def arm(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Refusal:
    return Refusal(json_reply({"error": {"code": code, "message": message}}, status, headers))


def graph(
    status: int, details: list[dict[str, Any]], code: str = "BadRequest", headers: dict[str, str] | None = None
) -> Refusal:
    """Resource Graph says why in the details only; its message is for the support."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    message = f"Please provide below info when asking for support: timestamp = {stamp}, correlationId = {uuid.uuid4()}."
    return Refusal(json_reply({"error": {"code": code, "message": message, "details": details}}, status, headers))


def invalid_query(*details: dict[str, Any]) -> Refusal:
    general = (
        "Query is invalid. Please refer to the documentation for the Azure Resource Graph service"
        " and fix the error before retrying."
    )
    return graph(400, [{"code": "InvalidQuery", "message": general}, *details])


def too_large(size: int, limit: int) -> Refusal:
    message = (
        f"Response payload size is {size}, and has exceeded the limit of {limit}. "
        "Please consider querying less data at a time and make paginated call if needed."
    )
    return graph(400, [{"code": "ResponsePayloadTooLarge", "message": message}])


def bad_token() -> Refusal:
    return graph(400, [{"code": "InvalidSkipToken", "message": "The skip token is not valid for this query."}])


def rate_limiting(headers: dict[str, str]) -> Refusal:
    message = (
        "Client application has been throttled and should not attempt to repeat the request until an amount of time"
        " has elapsed. Please see https://aka.ms/resourcegraph-throttling for help."
    )
    return graph(429, [{"code": "RateLimiting", "message": message}], "RateLimiting", headers)


def forbidden(action: str, scope: str) -> Refusal:
    message = (
        f"The client '{CLIENT}' with object id '{CLIENT}' does not have authorization to perform action '{action}'"
        f" over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your"
        " credentials."
    )
    return arm(403, "AuthorizationFailed", message)


def expired() -> Refusal:
    challenge = (
        'Bearer authorization_uri="https://login.windows.net/common", error="invalid_token", '
        'error_description="The access token has expired."'
    )
    message = "The access token expiry UTC time is earlier than current UTC time."
    return arm(401, "ExpiredAuthenticationToken", message, {"WWW-Authenticate": challenge})


def unauthenticated(sent: bool) -> Refusal:
    challenge = 'Bearer authorization_uri="https://login.windows.net/common"'
    headers = {"WWW-Authenticate": challenge + (', error="invalid_token"' if sent else "")}
    if sent:
        return arm(401, "InvalidAuthenticationToken", "The access token is invalid.", headers)
    return arm(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", headers)


def no_api_version() -> Refusal:
    message = "The api-version query parameter (?api-version=) is required for all requests."
    return arm(400, "MissingApiVersionParameter", message)


def no_subscription(subscription: str) -> Refusal:
    return arm(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")


def no_resource(kind: str, group: str) -> Refusal:
    message = (
        f"The Resource '{kind}' under resource group '{group}' was not found."
        " For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return arm(404, "ResourceNotFound", message)
