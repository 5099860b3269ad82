"""The worlds of the tests: small enough to be made anew for each."""

from datetime import timedelta

from sandbox import clock
from sandbox.models import Organization
from sandbox.world.making import DAYS, event_type, group, member, question, routing_form, rules


def build_empty() -> None:
    """An organisation with its owner, and nothing else."""
    organization = _organization()
    member(
        organization, "Olive Owner", "Europe/Berlin", "owner", rules("00:00", "24:00", days=DAYS), domain="example.org"
    )


def build() -> None:
    """Four people and one event type of each kind; somebody is free at nearly any time."""
    organization = _organization()
    always = rules("00:00", "24:00", days=DAYS)
    owner = member(organization, "Olive Owner", "Europe/Berlin", "owner", always, domain="example.org")
    admin = member(organization, "Ada Admin", "America/New_York", "admin", always, domain="example.org")
    mia = member(organization, "Mia Member", "Asia/Kathmandu", "user", always, domain="example.org")
    noah = member(organization, "Noah Member", "Australia/Sydney", "user", always, domain="example.org")
    technical = event_type(
        organization,
        "Technical interview",
        [owner],
        duration_min=45,
        locations=[{"kind": "zoom_conference"}],
        questions=[
            question("What should we know?", "text", 0),
            question("Level", "single_select", 1, choices=("Junior", "Senior", "Lead")),
            question("Phone", "phone_number", 2),
        ],
    )
    seats = {"kind": "group", "seat_limit": 8}
    event_type(organization, "Info session", [admin], **seats, locations=[{"kind": "google_conference"}])
    call = [{"kind": "outbound_call"}]
    event_type(organization, "Phone screen", [mia, noah], pooling="round_robin", locations=call)
    place = [{"kind": "physical", "location": "1 Example Street", "additional_info": "Ring twice"}]
    event_type(organization, "Final interview", [owner, admin], pooling="collective", duration_min=60, locations=place)
    group(organization, "Engineering", admin, mia)
    routing_form(
        organization,
        "Where do I start?",
        "What do you do?",
        {"I write software": technical},
        others=("Something else",),
        otherwise={"type": "custom_message", "value": {"headline": "Write to us", "body": "We answer within a week."}},
    )


def _organization() -> Organization:
    return Organization.objects.create(name="Example Works", created_at=clock.now() - timedelta(days=400))
