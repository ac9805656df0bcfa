"""Asks one question of Azure until it is answered, refused, or the time for it is over: pacing, retries, redaction."""

import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest
from azure.mgmt.resourcegraph import ResourceGraphClient

from scanner.sources.azure.clock import Clock
from scanner.sources.azure.clouds import Place
from scanner.sources.azure.errors import GaveUp, Missing, Refused, Rejected, TooLarge, error_of, network_words
from scanner.sources.azure.pace import Pace, date_of, told_to_wait
from scanner.sources.azure.redact import redact
from scanner.sources.azure.signin import Identity, SignInFailed
from scanner.sources.azure.wire import QUERY, SCOPE, Answer, NotOk, pipeline

_API = "2021-03-01"
_API_WITH_SCOPE_FILTER = "2024-04-01"
"""For what is inherited: learn.microsoft.com/azure/governance/resource-graph/concepts/query-language, "Query scope"."""
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_GIVEN_UP = 4
"""Requests given up in a row after which others are tried only once each."""
LIMIT_HIT = "x-ms-tenant-subscription-limit-hit"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a query's rows, each as the JSON text it came as."""

    rows: list[msgspec.Raw]
    total: int | None
    token: str | None
    cut_off: bool
    limit_hit: bool


class Service:
    """Azure, as one identity sees it; safe to use from several threads."""

    def __init__(
        self,
        place: Place,
        identity: Identity,
        clock: Clock,
        *,
        retry_for: float,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.place = place
        self.clock = clock
        self.pace = Pace(clock)
        self.requests: dict[str, int] = {}
        self.retries = 0
        self.date: datetime | None = None
        """Azure's own clock at its first reply: what is judged by age must not hang on this machine's."""
        self._identity = identity
        self._retry_for = retry_for
        self._log = log
        self._lock = threading.Lock()
        self._given_up = 0
        self._quiet: dict[str, float] = {}
        self._pipeline = pipeline(identity)
        self._graph = ResourceGraphClient(
            _NoCredential(), place.endpoint, credential_scopes=[identity.scope], pipeline=self._pipeline
        )

    def close(self) -> None:
        self._graph.close()

    def query(
        self,
        text: str,
        *,
        subscriptions: Sequence[str] = (),
        management_group: str = "",
        top: int = 1000,
        token: str | None = None,
        skip: int = 0,
        reader: str = "",
        inherited: bool = False,
    ) -> Page:
        """One page; without subscriptions and management group, of everything that the identity can read. `skip`: the
        rows before it, where no token is known; `reader`: who reads the pages, if it has told how many it will;
        `inherited`: with the rows of the management groups above."""
        options: dict[str, Any] = {"resultFormat": "objectArray", "$top": top}
        if inherited:
            options["authorizationScopeFilter"] = "AtScopeAboveAndBelow"
        if token is not None:
            options["$skipToken"] = token
        elif skip:
            options["$skip"] = skip
        body: dict[str, Any] = {"query": text, "options": options}
        if management_group:
            body["managementGroups"] = [management_group]
        elif subscriptions:
            body["subscriptions"] = list(subscriptions)
        content = json.dumps(body).encode()

        def send() -> Answer:
            sent = self.pace.enter(self._patience(), reader)
            answer: Answer | None = None
            try:
                ask: Any = self._graph.resources  # its types know neither bytes nor options of our own
                api = _API_WITH_SCOPE_FILTER if inherited else _API
                answer = ask(content, api_version=api, cls=_answer_of, **{QUERY: True})
            except NotOk as reply:
                answer = reply.answer
            finally:
                headers, status = (answer.headers, answer.status_code) if answer is not None else ({}, 0)
                self.pace.leave(headers, status, sent=sent)
            return answer

        answer = self._ask("query", text.partition(" | project")[0], send)
        token, total = answer.get("$skipToken"), answer.get("totalRecords")
        return Page(
            answer.rows,
            total if type(total) is int and total >= 0 else None,
            token if isinstance(token, str) and token else None,
            str(answer.get("resultTruncated")).lower() == "true",
            answer.headers.get(LIMIT_HIT, "").lower() == "true",
        )

    def pages(
        self, text: str, *, subscriptions: Sequence[str] = (), management_group: str = "", inherited: bool = False
    ) -> Iterator[Page]:
        """All pages of a query; raises Rejected where they do not come to an end."""
        token, seen = None, set[str]()
        while True:
            page = self.query(
                text,
                subscriptions=subscriptions,
                management_group=management_group,
                token=token,
                inherited=inherited,
            )
            yield page
            token = page.token
            if token is None:
                return
            if token in seen or not page.rows:
                raise Rejected("Resource Graph gives the same page again and again")
            seen.add(token)

    def get(self, kind: str, path: str, *, subscription: str = "", **parameters: str) -> dict[str, Any]:
        """The JSON of one GET; `path` from the endpoint's root, or a next link of the same endpoint."""
        url = path if path.startswith(("https://", "http://")) else self.place.endpoint + path
        if not self.place.holds(url):
            raise Rejected(f"a link to another host is not followed: {redact(url)[:100]}")
        if parameters:
            url += ("&" if "?" in url else "?") + urlencode(parameters, quote_via=quote)
        return self._ask(kind, path, lambda: self._run(HttpRequest("GET", url)), subscription)

    def post_for_metrics(self, url: str, body: Any, *, subscription: str) -> dict[str, Any]:
        """The JSON of a read that is a POST because it names many resources."""

        def send() -> Answer:
            request = HttpRequest("POST", url, json=body)
            return self._run(request, **{SCOPE: self.place.metrics_scope()})

        return self._ask("metrics", url.partition("?")[0], send, subscription)

    def _run(self, request: HttpRequest, **options: Any) -> Answer:
        answer: Answer = self._pipeline.run(request, **options).http_response
        return answer

    def _ask(self, kind: str, what: str, send: Callable[[], Answer], subscription: str = "") -> Answer:
        """Sends until there is an answer; raises an AskFailed that says why there is none."""
        started = self.clock.now()
        attempt = refusals = 0
        while True:
            self._wait_for(subscription)
            attempt += 1
            wait: float | None = None
            sent = self.clock.now()
            with self._lock:
                self.requests[kind] = self.requests.get(kind, 0) + 1
            try:
                answer = send()
            except SignInFailed as error:
                if not self._identity.signed_in:
                    raise
                why = str(error)
            except AzureError as error:
                why = network_words(error, self.place.host())
                self._say(kind, what, why, sent)
            else:
                self._say(kind, what, str(answer.status_code), sent, answer.headers)
                if answer.status_code == 200:
                    with self._lock:
                        self._given_up = 0
                    self.date = self.date or date_of(answer.headers.get("date", ""))
                    return answer
                code, message = error_of(answer.raw)
                why = f"{answer.status_code} {code}: {message}" if code else f"HTTP {answer.status_code}"
                if answer.status_code == 401 and refusals < 2:
                    refusals += 1
                    self._identity.forget()
                    wait = 0.0
                elif not _passes(answer.status_code):
                    raise _failure(answer.status_code, code, why, message)
                else:
                    told = told_to_wait(answer.headers)
                    wait = None if told is None else told + random.uniform(0.0, 0.2)
                    if answer.status_code == 429:
                        self._too_many(subscription, wait)
            if wait is None:
                wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)
            self._give_up_or_wait(why, attempt, started, wait)

    def _give_up_or_wait(self, why: str, attempt: int, started: float, wait: float) -> None:
        with self._lock:
            bound = self._retry_for if self._given_up < _GIVEN_UP else 0.0
        if self.clock.now() + wait - started > bound:
            with self._lock:
                self._given_up += 1
            times = "once" if attempt == 1 else f"{attempt} times in {self.clock.now() - started:.0f} seconds"
            raise GaveUp(f"{why} (asked {times}; --retry-for sets the bound)")
        with self._lock:
            self.retries += 1
        self.clock.sleep(wait)

    def _too_many(self, subscription: str, wait: float | None) -> None:
        """Everybody who shares the quota of that subscription waits, not only this request; queries have a pace."""
        until = self.clock.now() + (1.0 if wait is None else wait)
        if subscription:
            with self._lock:
                self._quiet[subscription] = max(self._quiet.get(subscription, 0.0), until)

    def _patience(self) -> float:
        """Seconds for which a request waits because another one came too early."""
        return max(self._retry_for, _LONGEST_WAIT)

    def _wait_for(self, subscription: str) -> None:
        with self._lock:
            pause = self._quiet.get(subscription, 0.0) - self.clock.now()
        if pause > self._patience():
            raise GaveUp(f"Azure takes no such request for {pause:.0f} s more (--retry-for sets the bound)")
        if pause > 0:
            self.clock.sleep(pause)
        if self.clock.stopped():
            self.clock.sleep(0)

    def _say(self, kind: str, what: str, outcome: str, sent: float, headers: Mapping[str, str] | None = None) -> None:
        if self._log is None:
            return
        left = (headers or {}).get("x-ms-user-quota-remaining")
        quota = f", quota left {left}" if left else ""
        request_id = (headers or {}).get("x-ms-correlation-request-id", "")
        asked = f" [{request_id}]" if request_id else ""
        self._log(f"{kind} {redact(what)}: {outcome} in {self.clock.now() - sent:.2f} s{quota}{asked}")


def _answer_of(response: Any, *_: Any) -> Answer:
    answer: Answer = response.http_response
    return answer


class _NoCredential:
    """The SDK's client wants one; the pipeline that it is given signs the requests."""

    def get_token(self, *_: str, **__: Any) -> Any:
        raise NotImplementedError  # never asked: the pipeline's own policy has the token


def _passes(status: int) -> bool:
    """Whether the same request may be answered later."""
    return status in (408, 429) or status >= 500


def _failure(status: int, code: str, why: str, message: str) -> Exception:
    if code == "ResponsePayloadTooLarge":
        return TooLarge(why, code)
    if status == 401:  # no right is missing: nothing can be asked any more
        return GaveUp(f"{why} (a new token was not accepted either)", code)
    if status == 403:
        return Refused(f"{code}: {message}" if code else why, code)
    if status == 404 and code.endswith("Found"):  # a 404 without Azure's own word comes from somebody on the way
        return Missing(why, code)
    return Rejected(why, code)
