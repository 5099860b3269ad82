"""Calendly's REST API, one method per operation we use.

Every method may raise: `Unauthorized` (connect again), `InsufficientScope`, `Forbidden`, `PlanRequired`, `NotFound`,
`RateLimited`, `Rejected`, `Unavailable` and `UnexpectedAnswer`; docstrings name the operation, its scope and what else
it may raise. Source: developer.calendly.com/api-docs, November 2026.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import requests

from scheduling.calendly.budget import Budget
from scheduling.calendly.calls import Calls, Parameters, TokenSource
from scheduling.calendly.errors import (
    CalendlyError,
    Conflict,
    Rejected,
    SlotTaken,
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
from scheduling.calendly.session import TIMEOUT_S, build_session


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
        self._calls = Calls(
            api_url, tokens, budget=budget, headers=headers, session=session or build_session(), timeout_s=timeout_s
        )

    @property
    def clock_ahead(self) -> timedelta | None:
        """How far Calendly's clock is ahead of ours, as far as the last answer's Date header tells."""
        return self._calls.clock_ahead

    # Users and organisation

    def me(self) -> User:
        """GET /users/me · users:read."""
        return self._calls.resource(User, "users.me", "/users/me")

    def memberships(self, *, organization: str | None = None, user: str | None = None) -> Iterator[Membership]:
        """GET /organization_memberships · organizations:read."""
        parameters: Parameters = {"organization": organization, "user": user}
        return self._calls.pages(Membership, "organization_memberships.list", "/organization_memberships", parameters)

    def organization(self, uri: str) -> Organization:
        """GET /organizations/{uuid} · organizations:read."""
        return self._calls.resource(Organization, "organizations.get", f"/organizations/{resource_id(uri)}")

    # Event types and availability

    def event_types(self, *, organization: str | None = None, user: str | None = None) -> Iterator[EventType]:
        """GET /event_types · event_types:read."""
        parameters: Parameters = {"organization": organization, "user": user}
        return self._calls.pages(EventType, "event_types.list", "/event_types", parameters)

    def hosts(self, event_type: str) -> Iterator[EventTypeMembership]:
        """GET /event_type_memberships · event_types:read."""
        path = "/event_type_memberships"
        return self._calls.pages(EventTypeMembership, "event_type_memberships.list", path, {"event_type": event_type})

    def ask(self, questions: Sequence[Question]) -> Iterator[tuple[int, list[Resource] | CalendlyError]]:
        """Put many questions, several at once; yields each one's index with its answer or error, as they come.

        Nothing is tried again but a refused token; once the budget is spent, all that is left to ask gets that error.
        """
        return self._calls.ask(questions)

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
        return self._calls.pages(ScheduledEvent, "scheduled_events.list", "/scheduled_events", parameters)

    def scheduled_event(self, uri: str) -> ScheduledEvent:
        """GET /scheduled_events/{uuid} · scheduled_events:read."""
        return self._calls.resource(ScheduledEvent, "scheduled_events.get", f"/scheduled_events/{resource_id(uri)}")

    def invitees(self, event: str) -> Iterator[Invitee]:
        """GET /scheduled_events/{uuid}/invitees · scheduled_events:read."""
        path = f"/scheduled_events/{resource_id(event)}/invitees"
        return self._calls.pages(Invitee, "invitees.list", path, {})

    def invitees_of(self, events: Iterable[ScheduledEvent]) -> Iterator[tuple[ScheduledEvent, list[Invitee]]]:
        """The invitees of many events, several asked for at once, in the order of the events."""
        paths = ((event, f"/scheduled_events/{resource_id(event.uri)}/invitees") for event in events)
        return self._calls.lists(Invitee, "invitees.list", paths)

    def invitee(self, uri: str) -> Invitee:
        """GET /scheduled_events/{uuid}/invitees/{invitee_uuid} · scheduled_events:read."""
        event, _, _ = uri.rpartition("/invitees/")
        path = f"/scheduled_events/{resource_id(event)}/invitees/{resource_id(uri)}"
        return self._calls.resource(Invitee, "invitees.get", path)

    def cancel_event(self, event: str, reason: str) -> Cancellation:
        """POST /scheduled_events/{uuid}/cancellation · scheduled_events:write; for every invitee of the event.

        Raises `Forbidden` when it is past or canceled already.
        """
        path = f"/scheduled_events/{resource_id(event)}/cancellation"
        return self._calls.create(Cancellation, "scheduled_events.cancel", path, {"reason": reason} if reason else {})

    def create_invitee(self, booking: NewInvitee) -> Invitee:
        """POST /invitees · scheduled_events:write; books a time, as often as it is sent, and sends Calendly's mails.

        Raises `SlotTaken`. Of which status that has sources differ, so its code and the parameter count first. What
        may have been done all the same must be looked up before it is sent again: nothing here tries twice.
        """
        try:
            return self._calls.create(Invitee, "invitees.create", "/invitees", booking.body())
        except Conflict as error:
            raise SlotTaken(error.message, operation=error.operation, status=error.status) from error
        except Rejected as error:
            if _is_about_the_start(error):
                raise SlotTaken(error.message, operation=error.operation, status=error.status) from error
            raise

    def mark_no_show(self, invitee: str) -> NoShow:
        """POST /invitee_no_shows · scheduled_events:write. Raises `Rejected` before the start or when marked."""
        return self._calls.create(NoShow, "invitee_no_shows.create", "/invitee_no_shows", {"invitee": invitee})

    def unmark_no_show(self, no_show: str) -> None:
        """DELETE /invitee_no_shows/{uuid} · scheduled_events:write."""
        self._calls.call("invitee_no_shows.delete", "DELETE", f"/invitee_no_shows/{resource_id(no_show)}")

    # Links

    def create_scheduling_link(self, event_type: str) -> SchedulingLink:
        """POST /scheduling_links · scheduling_links:write; single-use, expires unused after 90 days."""
        body = {"max_event_count": 1, "owner": event_type, "owner_type": "EventType"}
        return self._calls.create(SchedulingLink, "scheduling_links.create", "/scheduling_links", body)

    def create_share(self, event_type: str) -> Share:
        """POST /shares · shares:write; one-on-one event types only, others raise `Rejected`."""
        return self._calls.create(Share, "shares.create", "/shares", {"event_type": event_type})

    def delete_share(self, uri: str) -> None:
        """DELETE /shares/{uuid} · shares:write. Raises `Rejected` when it was booked, `NotFound` when it is gone."""
        self._calls.call("shares.delete", "DELETE", f"/shares/{resource_id(uri)}")

    # Routing forms

    def routing_forms(self, organization: str) -> Iterator[RoutingForm]:
        """GET /routing_forms · routing_forms:read. Raises `PlanRequired` without a plan that has them."""
        return self._calls.pages(RoutingForm, "routing_forms.list", "/routing_forms", {"organization": organization})

    def routing_submissions(self, form: str) -> Iterator[RoutingSubmission]:
        """GET /routing_form_submissions · routing_forms:read; newest first."""
        path = "/routing_form_submissions"
        parameters: Parameters = {"form": form, "sort": "created_at:desc"}
        return self._calls.pages(RoutingSubmission, "routing_form_submissions.list", path, parameters)

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
        return self._calls.create(WebhookSubscription, "webhook_subscriptions.create", "/webhook_subscriptions", body)

    def webhook_subscriptions(
        self, *, organization: str, scope: str, user: str | None = None
    ) -> Iterator[WebhookSubscription]:
        """GET /webhook_subscriptions · webhooks:read."""
        parameters: Parameters = {"organization": organization, "scope": scope, "user": user}
        path = "/webhook_subscriptions"
        return self._calls.pages(WebhookSubscription, "webhook_subscriptions.list", path, parameters)

    def webhook_subscription(self, uri: str) -> WebhookSubscription:
        """GET /webhook_subscriptions/{uuid} · webhooks:read."""
        path = f"/webhook_subscriptions/{resource_id(uri)}"
        return self._calls.resource(WebhookSubscription, "webhook_subscriptions.get", path)

    def delete_webhook_subscription(self, uri: str) -> None:
        """DELETE /webhook_subscriptions/{uuid} · webhooks:write."""
        self._calls.call("webhook_subscriptions.delete", "DELETE", f"/webhook_subscriptions/{resource_id(uri)}")

    def sample_delivery(self, event: str, *, organization: str, scope: str, user: str | None = None) -> dict[str, Any]:
        """GET /sample_webhook_data · webhooks:read; an unsigned envelope of the account's latest data, as it came."""
        parameters: Parameters = {"event": event, "organization": organization, "scope": scope, "user": user}
        return self._calls.call("sample_webhook_data.get", "GET", "/sample_webhook_data", parameters=parameters)


def _is_about_the_start(error: Rejected) -> bool:
    if any(code == "already_filled" for _, _, code in error.details):
        return True
    return bool(error.details) and all(parameter == "start_time" for parameter, _, _ in error.details)
