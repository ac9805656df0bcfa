"""The quota of Resource Graph: so many queries of one user in a fixed window, told in headers."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """`rounding` is that of x-ms-user-quota-resets-after: up or down to whole seconds, or exact."""

    requests: int = 15
    seconds: float = 5.0
    rounding: str = "up"
    retry_after: bool = True
    """Whether a 429 has a Retry-After; rounded up, so that who waits for it is let in."""


def clock_text(seconds: float, rounding: str = "up") -> str:
    """hh:mm:ss; exact with seven digits of a second behind."""
    ticks = round(seconds * 10_000_000)
    if rounding != "exact":
        ticks = (math.ceil(seconds) if rounding == "up" else math.floor(seconds)) * 10_000_000
    whole, part = divmod(ticks, 10_000_000)
    text = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{text}.{part:07}" if rounding == "exact" and part else text


class Meter:
    """Counts the queries; the window begins with the first one after the last window's end."""

    def __init__(self, quota: Quota | None, clock: Callable[[], float]) -> None:
        self.quota = quota
        self._clock = clock
        self._used = 0
        self._end = -math.inf

    def count(self) -> tuple[bool, dict[str, str]]:
        """Whether one more query is let in, and the headers that its reply has."""
        quota = self.quota
        if quota is None:
            return True, {"x-ms-user-quota-remaining": "1000", "x-ms-user-quota-resets-after": "00:00:05"}
        now = self._clock()
        if now >= self._end:
            self._used, self._end = 0, now + quota.seconds
        let_in = self._used < quota.requests
        self._used += let_in
        headers = {
            "x-ms-user-quota-remaining": str(quota.requests - self._used),
            "x-ms-user-quota-resets-after": clock_text(self._end - now, quota.rounding),
        }
        if not let_in and quota.retry_after:
            headers["Retry-After"] = str(max(1, math.ceil(self._end - now)))
        return let_in, headers
