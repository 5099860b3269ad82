"""How Calendly is called: with a token that is renewed, within a budget, tried again where that is safe, and typed."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs, urlsplit

import requests
from pydantic import ValidationError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from scheduling.calendly import answers
from scheduling.calendly.budget import Budget, Priority
from scheduling.calendly.errors import CalendlyError, RateLimited, Unauthorized, Unavailable, UnexpectedAnswer
from scheduling.calendly.questions import Question
from scheduling.calendly.resources import Resource
from scheduling.calendly.session import was_refused

PAGE_SIZE = 100
# A read is tried this often in all when Calendly gives no usable answer.
READ_ATTEMPTS = 3
# How often background work sits out a rate limit in one call.
LIMIT_WAITS = 3
# So many lists are asked for at once while bookings or calendars are read.
READERS = 4
# Operations with limits of their own, whose headers may tell of those: nothing is learned of the general limit there.
OWN_LIMITS = frozenset({"invitees.create"})
Parameters = dict[str, str | int | bool | None]
AnyResource = TypeVar("AnyResource", bound=Resource)
Whose = TypeVar("Whose")


class TokenSource(Protocol):
    """Gives the access token to use, and a fresh one when Calendly refused it."""

    def token(self) -> str: ...

    def renew(self, rejected: str) -> str: ...


class Calls:
    """Calls Calendly as one user, one operation at a time or several at once; see `Client` for its parameters, and for
    what every call may raise."""

    def __init__(
        self,
        api_url: str,
        tokens: TokenSource,
        *,
        budget: Budget | None,
        headers: Mapping[str, str] | None,
        session: requests.Session,
        timeout_s: tuple[float, float],
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._tokens = tokens
        self._budget = budget
        self._headers = dict(headers or {})
        self._session = session
        self._timeout_s = timeout_s
        # How far Calendly's clock is ahead of ours, as far as the last answer's Date header tells.
        self.clock_ahead: timedelta | None = None

    def ask(self, questions: Sequence[Question]) -> Iterator[tuple[int, list[Resource] | CalendlyError]]:
        """Put many questions, several at once; yields each one's index with its answer or error, as they come.

        Nothing is tried again but a refused token; once the budget is spent, all that is left to ask gets that error.
        """
        spent: RateLimited | None = None
        with ThreadPoolExecutor(READERS) as pool:
            waiting: dict[Future[requests.Response], int] = {}
            for index, question in enumerate(questions):
                try:
                    if spent is None:
                        waiting[self._early(pool, question.operation, question.path, question.parameters)] = index
                except RateLimited as error:
                    spent = error
                except CalendlyError as error:
                    yield index, error
                    continue
                if spent is not None:
                    yield index, spent
                elif len(waiting) >= READERS:
                    yield from self._landed(waiting, questions)
            while waiting:
                yield from self._landed(waiting, questions)

    def lists(
        self, kind: type[AnyResource], operation: str, paths: Iterable[tuple[Whose, str]]
    ) -> Iterator[tuple[Whose, list[AnyResource]]]:
        """The whole list at each path, several asked for at once, in their order; memory stays flat.

        A first answer that is no good, or not all, is asked for again in the ordinary way.
        """
        with ThreadPoolExecutor(READERS) as pool:
            waiting: deque[tuple[Whose, str, Future[requests.Response]]] = deque()
            for whose, path in paths:
                waiting.append((whose, path, self._early(pool, operation, path, {"count": PAGE_SIZE})))
                if len(waiting) >= READERS:
                    yield self._listed(kind, operation, *waiting.popleft())
            while waiting:
                yield self._listed(kind, operation, *waiting.popleft())

    def _listed(
        self, kind: type[AnyResource], operation: str, whose: Whose, path: str, early: "Future[requests.Response]"
    ) -> tuple[Whose, list[AnyResource]]:
        try:
            answer = self._read(early.result(), operation)
        except CalendlyError:
            return whose, list(self.pages(kind, operation, path, {}))
        if _next_page_token(answer.get("pagination")) is not None:
            return whose, list(self.pages(kind, operation, path, {}))
        return whose, [_typed(kind, item, operation=operation) for item in _collection(answer, operation=operation)]

    def _early(
        self, pool: ThreadPoolExecutor, operation: str, path: str, parameters: Mapping[str, str | int | bool | None]
    ) -> "Future[requests.Response]":
        """Tokens and budget are taken in the caller's thread, so only the request itself leaves it."""
        token = self._tokens.token()
        self._take(operation)
        return pool.submit(self._send, operation, "GET", path, token, parameters=parameters, body=None)

    def _landed(
        self, waiting: "dict[Future[requests.Response], int]", questions: Sequence[Question]
    ) -> Iterator[tuple[int, list[Resource] | CalendlyError]]:
        """Take what has been answered out of `waiting`; blocks until there is something."""
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            index = waiting.pop(future)
            question = questions[index]
            try:
                try:
                    answer = self._read(future.result(), question.operation)
                except Unauthorized:
                    answer = self.call(question.operation, "GET", question.path, parameters=question.parameters)
                found = _collection(answer, operation=question.operation)
                yield index, [_typed(question.kind, item, operation=question.operation) for item in found]
            except CalendlyError as error:
                yield index, error

    def resource(self, kind: type[AnyResource], operation: str, path: str) -> AnyResource:
        """One resource."""
        body = self.call(operation, "GET", path)
        return _typed(kind, body.get("resource"), operation=operation)

    def create(self, kind: type[AnyResource], operation: str, path: str, body: dict[str, Any]) -> AnyResource:
        """Make a resource; returns it as Calendly has it."""
        answer = self.call(operation, "POST", path, body=body)
        return _typed(kind, answer.get("resource"), operation=operation)

    def pages(
        self, kind: type[AnyResource], operation: str, path: str, parameters: Parameters
    ) -> Iterator[AnyResource]:
        """Page by page, lazily; filters are kept, and only the token of the next page is taken from the answer."""
        page: Parameters = {**parameters, "count": PAGE_SIZE}
        while True:
            answer = self.call(operation, "GET", path, parameters=page)
            for item in _collection(answer, operation=operation):
                yield _typed(kind, item, operation=operation)
            token = _next_page_token(answer.get("pagination"))
            if token is None:
                return
            page["page_token"] = token

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str | int | bool | None] | None = None,
        body: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Send one request; a refused token is renewed once, reads are tried again, background work waits out a 429."""

        def send(token: str) -> dict[str, Any]:
            self._take(operation)
            response = self._send(operation, method, path, token, parameters=parameters, body=body)
            return self._read(response, operation)

        if method != "GET":
            return self._patiently(lambda: self._authorized(send))
        retrying = Retrying(
            retry=retry_if_exception_type(Unavailable),
            stop=stop_after_attempt(READ_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.2, max=1.5),
            reraise=True,
        )
        return self._patiently(lambda: retrying(self._authorized, send))

    def _take(self, operation: str) -> None:
        if self._budget is not None:
            self._budget.take(operation)

    def _authorized(self, send: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        token = self._tokens.token()
        try:
            return send(token)
        except Unauthorized:
            return send(self._tokens.renew(token))

    def _patiently(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """After a 429 the budget is spent, so that background work waits in `take` for its next turn."""
        is_patient = self._budget is not None and self._budget.priority is Priority.BACKGROUND
        for _ in range(LIMIT_WAITS if is_patient else 0):
            try:
                return call()
            except RateLimited:
                continue
        return call()

    def _send(
        self,
        operation: str,
        method: str,
        path: str,
        token: str,
        *,
        parameters: Mapping[str, str | int | bool | None] | None,
        body: dict[str, Any] | None,
    ) -> requests.Response:
        query = {name: _text(value) for name, value in (parameters or {}).items() if value is not None}
        try:
            response = self._session.request(
                method,
                self._api_url + path,
                params=query,
                json=body,
                headers={**self._headers, "Authorization": f"Bearer {token}"},
                timeout=self._timeout_s,
                # A redirect would carry the token elsewhere; Calendly's API sends none.
                allow_redirects=False,
            )
        except requests.ConnectTimeout as error:
            raise Unavailable("no connection", operation=operation) from error
        except requests.RequestException as error:
            maybe_done = method != "GET" and not was_refused(error)
            raise Unavailable("no answer", operation=operation, maybe_done=maybe_done) from error
        return response

    def _read(self, response: requests.Response, operation: str) -> dict[str, Any]:
        if self._budget is not None and operation not in OWN_LIMITS:
            self._budget.learn(response)
        if date := response.headers.get("Date"):
            self.clock_ahead = answers.date(date) - datetime.now(UTC)
        return answers.read(response, operation=operation)


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(kind: type[AnyResource], value: Any, *, operation: str) -> AnyResource:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors()[:5])
        # Without the original, whose text quotes the values.
        raise UnexpectedAnswer(f"does not fit the contract: {fields}", operation=operation) from None


def _collection(answer: dict[str, Any], *, operation: str) -> list[Any]:
    collection = answer.get("collection")
    if not isinstance(collection, list):
        raise UnexpectedAnswer("the answer has no collection", operation=operation)
    return collection


def _next_page_token(pagination: Any) -> str | None:
    """Old answers have only `next_page`, an address whose host we have no reason to trust with our token."""
    if not isinstance(pagination, dict):
        return None
    if pagination.get("next_page_token"):
        return str(pagination["next_page_token"])
    tokens = parse_qs(urlsplit(str(pagination.get("next_page") or "")).query).get("page_token")
    return tokens[0] if tokens else None
