"""How we are connected to Calendly."""

from dataclasses import dataclass

from scheduling.models import Connection


@dataclass(frozen=True)
class ConnectionState:
    """What the frame's status dot shows."""

    state: str
    label: str

    @property
    def needs_action(self) -> bool:
        return self.state in ("needs_reconnect", "disconnected", "none")


def current() -> Connection | None:
    """The connection links are made and interviews canceled through: the oldest live one, else the newest lost one."""
    live = Connection.objects.filter(state=Connection.State.CONNECTED).order_by("connected_at").first()
    return live or Connection.objects.order_by("-connected_at").first()


def frame_state() -> ConnectionState:
    """One query for the dot in the top bar."""
    connection = current()
    if connection is None:
        return ConnectionState("none", "Calendly not connected")
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
