"""Calendly's REST API, one method per operation we use.

Every method may raise: `Unauthorized` (connect again), `InsufficientScope`, `Forbidden`, `PlanRequired`, `NotFound`,
`RateLimited`, `Rejected`, `Unavailable` and `UnexpectedAnswer`; docstrings name the operation, its scope and what else
it may raise. Source: developer.calendly.com/api-docs, November 2026.
"""

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
from scheduling.calendly.errors import (
    CalendlyError,
    Conflict,
    RateLimited,
    Rejected,
    SlotTaken,
    Unauthorized,
    Unavailable,
    UnexpectedAnswer,
)
from scheduling.calendly.new_invitee import NewInvitee
from scheduling.calendly.questions import Question, timestamp
from scheduling.calendly.resources import (
    Cancellation,
    EventType,
    EventTypeMembership,
    Invitee,
    Membership,
    NoShow,
    Organization,
    Resource,
    RoutingForm,
    RoutingSubmission,
    ScheduledEvent,
    SchedulingLink,
    Share,
    User,
    WebhookSubscription,
    resource_id,
)
from scheduling.calendly.session import TIMEOUT_S, build_session, was_refused

PAGE_SIZE = 100
# A read is tried this often in all when Calendly gives no usable answer.
READ_ATTEMPTS = 3
# How often background work sits out a rate limit in one call.
LIMIT_WAITS = 3
# Operations with limits of their own, whose headers may tell of those: nothing is learned of the general limit there.
OWN_LIMITS = frozenset({"invitees.create"})
Parameters = dict[str, str | int | bool | None]
AnyResource = TypeVar("AnyResource", bound=Resource)


class TokenSource(Protocol):
    """Gives the access token to use, and a fresh one when Calendly refused it."""

    def token(self) -> str: ...

    def renew(self, rejected: str) -> str: ...


# So many lists are asked for at once while bookings or calendars are read.
READERS = 4


class Client:
    """Calls Calendly as one user, within that user's budget; without one (a first call) only Calendly counts.

    `headers` go with every call: a managed gateway chooses its connection by one.
    """

    def __init__(
        self,
        api_url: str,
        tokens: TokenSource,
        *,
        budget: Budget | None = None,
        headers: Mapping[str, str] | None = None,
        session: requests.Session | None = None,
        timeout_s: tuple[float, float] = TIMEOUT_S,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._tokens = tokens
        self._budget = budget
        self._headers = dict(headers or {})
        self._session = session or build_session()
        self._timeout_s = timeout_s
        # How far Calendly's clock is ahead of ours, as far as the last answer's Date header tells.
        self.clock_ahead: timedelta | None = None

    # Users and organisation

    def me(self) -> User:
        """GET /users/me · users:read."""
        return self._resource(User, "users.me", "/users/me")

    def memberships(self, *, organization: str | None = None, user: str | None = None) -> Iterator[Membership]:
        """GET /organization_memberships · organizations:read."""
        parameters: Parameters = {"organization": organization, "user": user}
        return self._pages(Membership, "organization_memberships.list", "/organization_memberships", parameters)

    def organization(self, uri: str) -> Organization:
        """GET /organizations/{uuid} · organizations:read."""
        return self._resource(Organization, "organizations.get", f"/organizations/{resource_id(uri)}")

    # Event types and availability

    def event_types(self, *, organization: str | None = None, user: str | None = None) -> Iterator[EventType]:
        """GET /event_types · event_types:read."""
        parameters: Parameters = {"organization": organization, "user": user}
        return self._pages(EventType, "event_types.list", "/event_types", parameters)

    def hosts(self, event_type: str) -> Iterator[EventTypeMembership]:
        """GET /event_type_memberships · event_types:read."""
        path = "/event_type_memberships"
        return self._pages(EventTypeMembership, "event_type_memberships.list", path, {"event_type": event_type})

    def ask(self, questions: Sequence[Question]) -> Iterator[tuple[int, list[Resource] | CalendlyError]]:
        """Put many questions, several at once; yields each one's index with its answer or error, as they come.

        Tokens and budget are taken in the caller's thread, so only the request itself leaves it. Nothing is tried
        again but a refused token; once the budget is spent, all that is left to ask gets that error.
        """
        spent: RateLimited | None = None
        with ThreadPoolExecutor(READERS) as pool:
            waiting: dict[Future[requests.Response], int] = {}
            for index, question in enumerate(questions):
                try:
                    if spent is None:
                        waiting[self._early(pool, question)] = index
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

    # Scheduled events and invitees

    def scheduled_events(
        self,
        *,
        organization: str | None = None,
        user: str | None = None,
        min_start: datetime | None = None,
        max_start: datetime | None = None,
        invitee_email: str | None = None,
    ) -> Iterator[ScheduledEvent]:
        """GET /scheduled_events · scheduled_events:read; by start, oldest first, canceled ones too."""
        parameters: Parameters = {
            "organization": organization,
            "user": user,
            "invitee_email": invitee_email,
            "min_start_time": timestamp(min_start) if min_start else None,
            "max_start_time": timestamp(max_start) if max_start else None,
            "sort": "start_time:asc",
        }
        return self._pages(ScheduledEvent, "scheduled_events.list", "/scheduled_events", parameters)

    def scheduled_event(self, uri: str) -> ScheduledEvent:
        """GET /scheduled_events/{uuid} · scheduled_events:read."""
        return self._resource(ScheduledEvent, "scheduled_events.get", f"/scheduled_events/{resource_id(uri)}")

    def invitees(self, event: str) -> Iterator[Invitee]:
        """GET /scheduled_events/{uuid}/invitees · scheduled_events:read."""
        path = f"/scheduled_events/{resource_id(event)}/invitees"
        return self._pages(Invitee, "invitees.list", path, {})

    def invitees_of(self, events: Iterable[ScheduledEvent]) -> Iterator[tuple[ScheduledEvent, list[Invitee]]]:
        """The invitees of many events, several asked for at once, in the order of the events; memory stays flat.

        Tokens and budget are taken in the caller's thread, so only the request itself leaves it. A first answer that
        is no good is asked for again in the ordinary way.
        """
        with ThreadPoolExecutor(READERS) as pool:
            waiting: deque[tuple[ScheduledEvent, Future[requests.Response]]] = deque()
            for event in events:
                waiting.append((event, self._ask_early(pool, event)))
                if len(waiting) >= READERS:
                    yield self._answered(*waiting.popleft())
            while waiting:
                yield self._answered(*waiting.popleft())

    def invitee(self, uri: str) -> Invitee:
        """GET /scheduled_events/{uuid}/invitees/{invitee_uuid} · scheduled_events:read."""
        event, _, _ = uri.rpartition("/invitees/")
        path = f"/scheduled_events/{resource_id(event)}/invitees/{resource_id(uri)}"
        return self._resource(Invitee, "invitees.get", path)

    def cancel_event(self, event: str, reason: str) -> Cancellation:
        """POST /scheduled_events/{uuid}/cancellation · scheduled_events:write; for every invitee of the event.

        Raises `Forbidden` when it is past or canceled already.
        """
        path = f"/scheduled_events/{resource_id(event)}/cancellation"
        return self._create(Cancellation, "scheduled_events.cancel", path, {"reason": reason} if reason else {})

    def create_invitee(self, booking: NewInvitee) -> Invitee:
        """POST /invitees · scheduled_events:write; books a time, as often as it is sent, and sends Calendly's mails.

        Raises `SlotTaken`. Of which status that has sources differ, so its code and the parameter count first. What
        may have been done all the same must be looked up before it is sent again: nothing here tries twice.
        """
        try:
            return self._create(Invitee, "invitees.create", "/invitees", booking.body())
        except Conflict as error:
            raise SlotTaken(error.message, operation=error.operation, status=error.status) from error
        except Rejected as error:
            if _is_about_the_start(error):
                raise SlotTaken(error.message, operation=error.operation, status=error.status) from error
            raise

    def mark_no_show(self, invitee: str) -> NoShow:
        """POST /invitee_no_shows · scheduled_events:write. Raises `Rejected` before the start or when marked."""
        return self._create(NoShow, "invitee_no_shows.create", "/invitee_no_shows", {"invitee": invitee})

    def unmark_no_show(self, no_show: str) -> None:
        """DELETE /invitee_no_shows/{uuid} · scheduled_events:write."""
        self._call("invitee_no_shows.delete", "DELETE", f"/invitee_no_shows/{resource_id(no_show)}")

    # Links

    def create_scheduling_link(self, event_type: str) -> SchedulingLink:
        """POST /scheduling_links · scheduling_links:write; single-use, expires unused after 90 days."""
        body = {"max_event_count": 1, "owner": event_type, "owner_type": "EventType"}
        return self._create(SchedulingLink, "scheduling_links.create", "/scheduling_links", body)

    def create_share(self, event_type: str) -> Share:
        """POST /shares · shares:write; one-on-one event types only, others raise `Rejected`."""
        return self._create(Share, "shares.create", "/shares", {"event_type": event_type})

    def delete_share(self, uri: str) -> None:
        """DELETE /shares/{uuid} · shares:write. Raises `Rejected` when it was booked, `NotFound` when it is gone."""
        self._call("shares.delete", "DELETE", f"/shares/{resource_id(uri)}")

    # Routing forms

    def routing_forms(self, organization: str) -> Iterator[RoutingForm]:
        """GET /routing_forms · routing_forms:read. Raises `PlanRequired` without a plan that has them."""
        return self._pages(RoutingForm, "routing_forms.list", "/routing_forms", {"organization": organization})

    def routing_submissions(self, form: str) -> Iterator[RoutingSubmission]:
        """GET /routing_form_submissions · routing_forms:read; newest first."""
        path = "/routing_form_submissions"
        parameters: Parameters = {"form": form, "sort": "created_at:desc"}
        return self._pages(RoutingSubmission, "routing_form_submissions.list", path, parameters)

    # Webhook subscriptions

    def create_webhook_subscription(
        self,
        url: str,
        events: Sequence[str],
        *,
        organization: str,
        scope: str,
        user: str | None = None,
        signing_key: str = "",
    ) -> WebhookSubscription:
        """POST /webhook_subscriptions · webhooks:write. Raises `Conflict` when the address is subscribed already.

        `signing_key` signs the deliveries of a personal token's subscription; Calendly is not known to use it for an
        application's, which are signed with the application's own key.
        """
        body = {"url": url, "events": list(events), "organization": organization, "scope": scope}
        if user:
            body["user"] = user
        if signing_key:
            body["signing_key"] = signing_key
        return self._create(WebhookSubscription, "webhook_subscriptions.create", "/webhook_subscriptions", body)

    def webhook_subscriptions(
        self, *, organization: str, scope: str, user: str | None = None
    ) -> Iterator[WebhookSubscription]:
        """GET /webhook_subscriptions · webhooks:read."""
        parameters: Parameters = {"organization": organization, "scope": scope, "user": user}
        path = "/webhook_subscriptions"
        return self._pages(WebhookSubscription, "webhook_subscriptions.list", path, parameters)

    def webhook_subscription(self, uri: str) -> WebhookSubscription:
        """GET /webhook_subscriptions/{uuid} · webhooks:read."""
        path = f"/webhook_subscriptions/{resource_id(uri)}"
        return self._resource(WebhookSubscription, "webhook_subscriptions.get", path)

    def delete_webhook_subscription(self, uri: str) -> None:
        """DELETE /webhook_subscriptions/{uuid} · webhooks:write."""
        self._call("webhook_subscriptions.delete", "DELETE", f"/webhook_subscriptions/{resource_id(uri)}")

    def sample_delivery(self, event: str, *, organization: str, scope: str, user: str | None = None) -> dict[str, Any]:
        """GET /sample_webhook_data · webhooks:read; an unsigned envelope of the account's latest data, as it came."""
        parameters: Parameters = {"event": event, "organization": organization, "scope": scope, "user": user}
        return self._call("sample_webhook_data.get", "GET", "/sample_webhook_data", parameters=parameters)

    # How a call is made

    def _ask_early(self, pool: ThreadPoolExecutor, event: ScheduledEvent) -> "Future[requests.Response]":
        path = f"/scheduled_events/{resource_id(event.uri)}/invitees"
        return self._early(pool, Question(Invitee, "invitees.list", path, {"count": PAGE_SIZE}))

    def _early(self, pool: ThreadPoolExecutor, question: Question) -> "Future[requests.Response]":
        token = self._tokens.token()
        self._take(question.operation)
        return pool.submit(
            self._send, question.operation, "GET", question.path, token, parameters=question.parameters, body=None
        )

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
                    answer = self._call(question.operation, "GET", question.path, parameters=question.parameters)
                found = _collection(answer, operation=question.operation)
                yield index, [_typed(question.kind, item, operation=question.operation) for item in found]
            except CalendlyError as error:
                yield index, error

    def _answered(
        self, event: ScheduledEvent, early: "Future[requests.Response]"
    ) -> tuple[ScheduledEvent, list[Invitee]]:
        try:
            answer = self._read(early.result(), "invitees.list")
        except CalendlyError:
            return event, list(self.invitees(event.uri))
        if _next_page_token(answer.get("pagination")) is not None:
            return event, list(self.invitees(event.uri))
        found = _collection(answer, operation="invitees.list")
        return event, [_typed(Invitee, item, operation="invitees.list") for item in found]

    def _resource(self, kind: type[AnyResource], operation: str, path: str) -> AnyResource:
        body = self._call(operation, "GET", path)
        return _typed(kind, body.get("resource"), operation=operation)

    def _create(self, kind: type[AnyResource], operation: str, path: str, body: dict[str, Any]) -> AnyResource:
        answer = self._call(operation, "POST", path, body=body)
        return _typed(kind, answer.get("resource"), operation=operation)

    def _pages(
        self, kind: type[AnyResource], operation: str, path: str, parameters: Parameters
    ) -> Iterator[AnyResource]:
        """Page by page, lazily; filters are kept, and only the token of the next page is taken from the answer."""
        page: Parameters = {**parameters, "count": PAGE_SIZE}
        while True:
            answer = self._call(operation, "GET", path, parameters=page)
            for item in _collection(answer, operation=operation):
                yield _typed(kind, item, operation=operation)
            token = _next_page_token(answer.get("pagination"))
            if token is None:
                return
            page["page_token"] = token

    def _call(
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


def _is_about_the_start(error: Rejected) -> bool:
    if any(code == "already_filled" for _, _, code in error.details):
        return True
    return bool(error.details) and all(parameter == "start_time" for parameter, _, _ in error.details)


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
