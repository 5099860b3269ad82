"""What POST /invitees is sent (contract of November 2026): the one request whose grammar is worth a type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

TRACKING_KEYS = ("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid")
# Kinds of places that must be said in words too.
SAID_KINDS = frozenset({"physical", "outbound_call", "ask_invitee", "custom"})
MAX_ANSWER = 10_000


@dataclass(frozen=True)
class NewAnswer:
    """An answer to a question, known by its exact text."""

    question: str
    answer: str
    position: int


@dataclass(frozen=True)
class NewInvitee:
    """One booking to make; `location_kind` stays empty where the event type wants none named."""

    event_type: str
    start: datetime
    name: str
    email: str
    timezone: str
    location_kind: str = ""
    location_text: str = ""
    answers: Sequence[NewAnswer] = ()
    tracking: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """As Calendly wants it: all six tracking keys, all three keys of every answer, only what was answered."""
        body: dict[str, Any] = {
            "event_type": self.event_type,
            "start_time": self.start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "invitee": {"name": self.name, "email": self.email, "timezone": self.timezone},
            "tracking": {key: self.tracking.get(key) for key in TRACKING_KEYS},
        }
        if self.location_kind:
            body["location"] = {"kind": self.location_kind}
            if self.location_text and self.location_kind in SAID_KINDS:
                body["location"]["location"] = self.location_text
        if self.answers:
            body["questions_and_answers"] = [
                {"question": item.question, "answer": item.answer, "position": item.position} for item in self.answers
            ]
        return body
