"""What can go wrong between the caller and Azure, on demand: a list of faults, or random transient ones."""

import copy
import hashlib
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tests.emulator import errors
from tests.emulator.quota import clock_text
from tests.emulator.wire import Delivery, Reply, Request, Row, json_reply

REFUSALS = (
    "429-retry-after", "429-bare", "429-resets", "408", "500", "502", "503", "504", "garbage",
    "payload-too-large", "bad-token", "expired-token", "forbidden",
)  # fmt: skip
"""A reply in place of the answer."""
DELIVERIES = ("reset", "hang", "cut", "slow", "not-json")
"""The answer, and something happens to it on its way."""
PAGES = ("truncated", "short", "no-token")
"""An answer to a query that is not what it should be, with status 200."""
KINDS = (*REFUSALS, *DELIVERIES, *PAGES, "moved")
TRANSIENT = (
    "429-retry-after", "429-bare", "429-resets", "408", "500", "502", "503", "504", "reset", "cut", "slow", "not-json",
)  # fmt: skip
"""What the same request, sent again, may well survive."""

Where = str | Callable[[Request], bool]


class Cloud(Protocol):
    """What a fault may do to the emulator."""

    def answer(self, request: Request) -> Reply: ...
    def result_ids(self, request: Request) -> list[str]: ...
    def rename(self, resource_id: str, new: str | None, keep: bool = False) -> None: ...


@dataclass(slots=True)
class Fault:
    """`times` faults of one kind on matching requests (None: on all), beginning after `after` of them went well.

    `where` is a part of "METHOD /path?options body", or a function of the request. `seconds` is the wait that a
    429 asks for, or how long slow and hang take. `how`, of moved: insert, delete or move. A fault waits for a
    request that it makes a difference to: truncated for a page with rows, no-token for a page with a token.
    """

    kind: str
    where: Where = ""
    times: int | None = 1
    after: int = 0
    seconds: float = 1.0
    how: str = "insert"
    used: int = field(default=0, init=False)
    _passed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no fault: {', '.join(KINDS)}")

    def takes(self, request: Request, answer: Callable[[], Reply]) -> bool:
        """Whether it strikes this request; counts it."""
        if self.times is not None and self.used >= self.times:
            return False
        if not (self.where in request.text if isinstance(self.where, str) else self.where(request)):
            return False
        if not _matters(self.kind, request, answer):
            return False
        if self._passed < self.after:
            self._passed += 1
            return False
        self.used += 1
        return True


def _is_query(request: Request) -> bool:
    return request.method == "POST" and request.path.lower().endswith("/microsoft.resourcegraph/resources")


def _matters(kind: str, request: Request, answer: Callable[[], Reply]) -> bool:
    if kind == "bad-token":
        return bool(request.token)
    if kind in ("payload-too-large", "moved"):
        return _is_query(request) and (kind != "moved" or request.later)
    if kind in PAGES:
        page = answer().page if _is_query(request) else None
        return page is not None and bool(page.token if kind == "no-token" else page.rows)
    return True


class Faults:
    """Faults in order: each request is struck by the first one that takes it, if any."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.listed = list(faults)
        self._lock = threading.Lock()

    @staticmethod
    def random(
        rate: float = 0.3, seed: int = 0, kinds: Sequence[str] = TRANSIENT, in_a_row: int = 4, seconds: float = 0.0
    ) -> "Faults":
        return _Random(rate, seed, kinds, in_a_row, seconds)

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self.listed.extend(faults)

    @property
    def left(self) -> list[Fault]:
        """Those that have not struck as often as they should: a test that expects them all asserts none."""
        return [fault for fault in self.listed if fault.times is not None and fault.used < fault.times]

    def choose(self, request: Request, answer: Callable[[], Reply]) -> Fault | None:
        with self._lock:
            return next((fault for fault in self.listed if fault.takes(request, answer)), None)


class _Random(Faults):
    """Decides by the seed, the request and how often it came: the same whatever order threads send in."""

    def __init__(self, rate: float, seed: int, kinds: Sequence[str], in_a_row: int, seconds: float) -> None:
        super().__init__()
        self._rate, self._seed, self._kinds, self._seconds = rate, seed, tuple(kinds), seconds
        self._in_a_row = in_a_row
        self._came: dict[str, tuple[int, int]] = {}
        """How often a request came, and how often in a row it failed."""

    def choose(self, request: Request, answer: Callable[[], Reply]) -> Fault | None:
        key = hashlib.sha256(request.text.encode()).hexdigest()
        with self._lock:
            came, failed = self._came.get(key, (0, 0))
            dice = random.Random(f"{self._seed} {key} {came}")
            kind = dice.choice(self._kinds) if dice.random() < self._rate and failed < self._in_a_row else ""
            struck = bool(kind) and _matters(kind, request, answer)
            self._came[key] = (came + 1, failed + 1 if struck else 0)
        return Fault(kind, seconds=self._seconds) if struck else None


def strike(fault: Fault, request: Request, cloud: Cloud, answer: Callable[[], Reply]) -> tuple[Reply, Delivery]:
    """The reply that a struck request gets, and how it is delivered."""
    if fault.kind in REFUSALS:
        return _refusal(fault, request), Delivery()
    if fault.kind == "hang" or fault.kind == "reset":
        return Reply(0, b""), Delivery(fault.kind, fault.seconds)
    if fault.kind == "moved":
        _move(fault, request, cloud)
        return cloud.answer(request), Delivery()
    reply = answer()
    if fault.kind == "not-json":
        return Reply(200, reply.body[: max(1, len(reply.body) // 2)], reply.headers), Delivery()
    if fault.kind in ("cut", "slow"):
        return reply, Delivery(fault.kind, fault.seconds)
    assert reply.page is not None, fault
    page = copy.copy(reply.page)
    if fault.kind != "no-token":
        page.rows = page.rows[: len(page.rows) // 2]
    page.truncated = fault.kind == "truncated"
    page.token = ""
    return Reply(reply.status, page.render(), reply.headers, page), Delivery()


def _refusal(fault: Fault, request: Request) -> Reply:
    kind = fault.kind
    if kind.startswith("429"):
        resets = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": clock_text(fault.seconds)}
        wait = {"Retry-After": str(round(fault.seconds))}
        return errors.rate_limiting({"429-retry-after": wait, "429-resets": resets}.get(kind, {})).reply
    if kind == "garbage":
        page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"
        return Reply(200, page, {"Content-Type": "text/html; charset=utf-8"})
    if kind == "payload-too-large":
        return errors.too_large(94330584, 16777216).reply
    if kind == "bad-token":
        return errors.bad_token().reply
    if kind == "expired-token":
        return errors.expired().reply
    if kind == "forbidden":
        return errors.forbidden("Microsoft.Resources/subscriptions/read", request.path).reply
    code, message = _TROUBLE[kind]
    return json_reply({"error": {"code": code, "message": message}}, int(kind))


_TROUBLE = {
    "408": ("RequestTimeout", "The request timed out."),
    "500": ("InternalServerError", "Encountered internal server error."),
    "502": ("BadGateway", "The gateway did not receive a response from the resource provider."),
    "503": ("ServiceUnavailable", "The service is unavailable. Please retry later."),
    "504": ("GatewayTimeout", "The gateway did not receive a response within the specified time period."),
}


def _move(fault: Fault, request: Request, cloud: Cloud) -> None:
    """Shifts the rows under the token: one row comes twice (insert), never (delete), or both happen (move)."""
    ids = cloud.result_ids(request)
    if fault.how == "delete":
        cloud.rename(ids[0], None)
        return
    head = ids[0].split("/")
    same = [each for each in ids if each.split("/")[:3] == head[:3]]
    moved = (same if fault.how == "move" else ids)[-1 if fault.how == "move" else 0]
    # A resource group of "!" sorts before any other, so the row comes first among those of its subscription.
    new = "/".join([*head[:4], "!" * fault.used, *moved.split("/")[5:]])
    cloud.rename(moved, new, keep=fault.how == "insert")


def renamed(row: Row, new: str) -> Row:
    """The row as it is called after a move to another resource group."""
    return {**copy.deepcopy(row), "id": new, "resourceGroup": new.split("/")[4]}
