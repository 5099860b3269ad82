"""How we are connected to Calendly."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Exists, OuterRef, QuerySet

from scheduling.models import Connection, Delivery, EventType, Interview, Subscription, SyncRun

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Failing(TypedDict):
    """What `shown` adds."""

    is_failing: bool


if TYPE_CHECKING:
    Shown = WithAnnotations[Connection, Failing]


@dataclass(frozen=True)
class ConnectionState:
    """What the frame's status dot shows; `detail` is what it means for the desk."""

    state: str
    label: str
    detail: str = "Until it is connected, no link can be made and no booking arrives."
    button: str = "Connect Calendly"

    @property
    def is_live(self) -> bool:
        return self.state in (Connection.State.CONNECTED, "setting_up", "not_delivering")

    @property
    def needs_action(self) -> bool:
        return self.state in ("needs_reconnect", "disconnected", "none", "not_delivering")


def is_connected() -> bool:
    """Whether there is any live connection."""
    return Connection.objects.filter(state=Connection.State.CONNECTED).exists()


def listed() -> list[Connection]:
    """Every connection there has been: live ones first, then the newest."""
    rows = Connection.objects.select_related("connected_by")
    return sorted(rows, key=lambda row: (not row.is_connected, -row.connected_at.timestamp()))


def serving(event_type: EventType | None) -> Connection | None:
    """The live connection to act through for an event type: its own, else one for the same organisation, else any.

    A recruiter needs no connection of their own: everyone works through those the installation has.
    """
    live = list(Connection.objects.filter(state=Connection.State.CONNECTED).order_by("connected_at"))
    own = event_type.connection if event_type is not None else None
    if own is None:
        return live[0] if live else None
    same = [row for row in live if row.organization_uri == own.organization_uri]
    fitting = sorted(same, key=lambda row: (row.pk != own.pk, not row.sees_organization))
    return fitting[0] if fitting else None


def serving_interview(interview: Interview) -> Connection | None:
    return serving(interview.event_type)


def subscription_of(connection: Connection) -> Subscription | None:
    """The one deliveries arrive by."""
    live = connection.subscriptions.filter(state=Subscription.State.ACTIVE)
    return live.exclude(uri="").order_by("-created_at").first()


def last_delivery(connection: Connection) -> Delivery | None:
    rows = Delivery.objects.defer("body").filter(subscription__connection=connection)
    return rows.order_by("-received_at").first()


def sync_progress() -> str:
    """Changes whenever a comparison has come further: part of the version of pages that show it."""
    newest = SyncRun.objects.order_by("-pk").values_list("pk", "events_read", "finished_at", "error").first()
    states = Delivery.objects.order_by().values_list("state").annotate(count=Count("pk"))
    checked = Subscription.objects.order_by("-checked_at").values_list("checked_at", flat=True).first()
    return f"{newest}-{sorted(states)}-{checked}"


def frame_state() -> ConnectionState:
    """One query for the dot in the top bar."""
    return state_of(list(shown()))


def state_of(rows: "list[Shown]") -> ConnectionState:
    """What the dot says: of a live connection in need of a look, else the oldest live one, else the newest."""
    if not rows:
        return ConnectionState("none", "Calendly not connected")
    live = [row for row in rows if row.is_connected]
    connection = next((row for row in live if row.is_failing), live[0] if live else rows[-1])
    if connection.is_connected and connection.is_failing:
        detail = "Bookings are read from its API every two minutes instead, so they arrive late."
        return ConnectionState("not_delivering", "Calendly’s deliveries do not get through", detail, "See why")
    if connection.is_setting_up and connection.setup_error:
        return ConnectionState("setting_up", "Calendly set-up is being retried")
    if connection.is_setting_up:
        return ConnectionState("setting_up", "Setting up Calendly")
    labels = {
        Connection.State.CONNECTED: "Calendly connected",
        Connection.State.NEEDS_RECONNECT: "Calendly needs reconnecting",
        Connection.State.DISCONNECTED: "Calendly disconnected",
    }
    return ConnectionState(connection.state, labels[Connection.State(connection.state)])


def shown() -> "QuerySet[Shown]":
    """What pages show of the connections, oldest first, and whether deliveries fail; without tokens."""
    failing = Subscription.objects.filter(
        connection=OuterRef("pk"), state=Subscription.State.ACTIVE, retry_started_at__isnull=False
    )
    rows = Connection.objects.only("state", "setup_due_at", "setup_error", "synced_at", "connected_at")
    return rows.annotate(is_failing=Exists(failing)).order_by("connected_at", "pk")
