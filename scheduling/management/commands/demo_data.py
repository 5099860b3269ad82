"""`manage.py demo_data`: fill a demo installation by doing, over real HTTP, what its people would do."""

import random
import re
import time
import uuid
from argparse import ArgumentParser
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import requests
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from candidates import indexing
from candidates.models import Candidate, Position
from scheduling.models import (
    Attempt,
    BookingLink,
    Connection,
    EventType,
    Interview,
    Message,
    NextStep,
    PlanStep,
    TimelineEntry,
)
from scheduling.services import connections, links, matching, messages, outcomes, plans, standings, timeline

PASSWORD = "anteroom-demo"  # noqa: S105  # printed on the screen: the demo protects nothing
PEOPLE = [
    ("admin@example.com", "Robin", "Okafor", "Admin"),
    ("recruiter@example.com", "Alex", "Lindqvist", "Recruiter"),
    ("viewer@example.com", "Sam", "Moreau", "Viewer"),
]
POSITIONS = [
    ("Backend Engineer", "Engineering", "Remote, Europe"),
    ("Product Designer", "Design", "Berlin"),
    ("Data Analyst", "Data", "Lisbon"),
    ("Customer Success Manager", "Customers", "Remote, Americas"),
    ("Site Reliability Engineer", "Engineering", "Dublin"),
]
# Who has no booking yet: name, time zone, what has been done for them.
NEWCOMERS = [
    ("Amara Nwosu", "Africa/Lagos", "nothing"),
    ("Bastien Caron", "Europe/Paris", "nothing"),
    ("Chiara Fontana", "Europe/Rome", "nothing"),
    ("Deniz Yıldız", "Europe/Istanbul", "nothing"),
    ("Elodie Tremblay", "America/Toronto", "sent"),
    ("Farah Haddad", "Asia/Beirut", "sent"),
    ("Gabriel Santos", "America/Sao_Paulo", "sent"),
    ("Hana Kobayashi", "Asia/Tokyo", "silent"),
    ("Ivo Petrov", "Europe/Sofia", "silent"),
    ("Jonas Weber", "Europe/Berlin", "opened"),
    ("Keala Kahale", "Pacific/Honolulu", "opened"),
    ("Liam O’Sullivan", "Europe/Dublin", "opened"),
    ("Maya Shrestha", "Asia/Kathmandu", "expired"),
    ("Noor van Dijk", "Europe/Amsterdam", "withdrawn"),
]
PLANS = {
    "Backend Engineer": ["Phone screen", "Technical interview", "Pair programming", "Final conversation"],
    "Product Designer": ["Recruiter call", "Portfolio review", "Panel interview"],
    "Site Reliability Engineer": ["Phone screen", "Technical interview", "System design"],
}
SETUP_TIMEOUT_S = 90
# These stay unknown to us, so the tray for bookings without a candidate has something in it.
LEFT_UNMATCHED = 3
LEFT_UNMARKED = 4
# How many of the past interviews the interviewer did not come to.
MISSED_BY_US = 2


class Command(BaseCommand):
    help = "Fill a demo installation: people, positions, candidates in every state, and their interviews."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="Do nothing when there are accounts already.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CALENDLY_SANDBOX:
            raise CommandError("demo_data only runs against the sandbox.")
        if User.objects.exists():
            if not options["if_empty"]:
                raise CommandError("There are accounts already; demo_data fills only an empty installation.")
        else:
            fill(random.Random(20261121))  # noqa: S311  # the same demo each time, no secret
        for email, _, _, role in PEOPLE:
            self.stdout.write(f"  {role:<10} {email:<24} password {PASSWORD}")


def fill(chance: random.Random) -> None:
    """Make the demo's people and history.

    1. Accounts and positions.
    2. Connect Calendly through the browser's own pages, and wait until the worker has read the bookings.
    3. Candidates for most of those bookings, outcomes for the past ones, links for newcomers.
    4. Disconnect, because connecting is the first thing a newcomer does.
    """
    admin, recruiter = make_people()
    positions = [Position.objects.create(title=t, department=d, location=where) for t, d, where in POSITIONS]
    Visitor().connect()
    connection = wait_for_setup()
    make_candidates(positions, recruiter, chance)
    mark_outcomes(recruiter, chance)
    make_plans(recruiter)
    make_newcomers(positions, recruiter, connection, chance)
    connections.disconnect(connection, by=admin)


def make_people() -> tuple[User, User]:
    """The accounts of PEOPLE; returns the admin and the recruiter."""
    made = []
    for email, first_name, last_name, role in PEOPLE:
        user = User.objects.create_user(
            username=email, email=email, password=PASSWORD, first_name=first_name, last_name=last_name
        )
        user.groups.add(Group.objects.get(name=role))
        made.append(user)
    admin, recruiter, _ = made
    admin.is_staff = admin.is_superuser = True
    admin.save()
    return admin, recruiter


class Visitor:
    """A browser without a window: signs in and allows the connection, as the administrator would."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.headers["User-Agent"] = "Anteroom demo"

    def connect(self) -> None:
        """Go through sign-in, connect and consent; raises `CommandError` when it does not end at the settings."""
        email = PEOPLE[0][0]
        self.submit(settings.SITE_URL + reverse("account_login"), {"login": email, "password": PASSWORD})
        connect_url = f"{settings.SITE_URL}{reverse('calendly_login')}?process=connect"
        consent = self.submit(connect_url, {})
        done = self.answer(consent, {"decision": "allow"})
        if "connected=1" not in done.url:
            raise CommandError(f"Connecting the demo ended at {done.url}")

    def submit(self, url: str, fields: dict[str, str]) -> requests.Response:
        """Open a page and send its form with these fields filled in."""
        return self.answer(self.session.get(url, timeout=30), fields)

    def answer(self, page: requests.Response, fields: dict[str, str]) -> requests.Response:
        """Send the form of a page: its hidden and chosen fields, and ours."""
        page.raise_for_status()
        form = re.search(r"<form[^>]*method=\"post\".*?</form>", page.text, re.DOTALL | re.IGNORECASE)
        if form is None:
            raise CommandError(f"No form at {page.url}")
        hidden = {
            attribute(field, "name"): attribute(field, "value")
            for field in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", form[0])
        }
        target = urljoin(page.url, attribute(form[0].split(">")[0], "action") or page.url)
        answer = self.session.post(target, {**hidden, **fields}, headers={"Referer": page.url}, timeout=30)
        answer.raise_for_status()
        return answer


def attribute(tag: str, name: str) -> str:
    """An attribute's value in an HTML tag, unescaped; empty when it has none."""
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1].replace("&amp;", "&").replace("&quot;", '"').replace("&#x27;", "'") if found else ""


def wait_for_setup() -> Connection:
    """The connection, once the worker has mirrored event types and read the bookings."""
    deadline = time.monotonic() + SETUP_TIMEOUT_S
    while time.monotonic() < deadline:
        connection = Connection.objects.first()
        if connection is not None and connection.setup_due_at is None and connection.synced_at is not None:
            return connection
        time.sleep(0.2)
    raise CommandError("The worker did not finish setting up the connection; is it running?")


def make_candidates(positions: list[Position], owner: User, chance: random.Random) -> None:
    """A candidate for every invitee, but for a few upcoming ones."""
    unmatched = Interview.objects.filter(candidate=None).order_by("starts_at")
    bookings = Counter(interview.current.invitee_email for interview in unmatched)
    once = [row.current.invitee_email for row in unmatched.reverse() if bookings[row.current.invitee_email] == 1]
    strangers = set(once[:LEFT_UNMATCHED])
    for interview in unmatched:
        attempt = interview.current
        if attempt.invitee_email not in strangers:
            make_candidate(attempt, positions, owner, chance)
            matching.match(interview)


def make_candidate(attempt: Attempt, positions: list[Position], owner: User, chance: random.Random) -> None:
    candidate, is_new = Candidate.objects.get_or_create(
        email=attempt.invitee_email.lower(),
        defaults={"name": attempt.invitee_name, "timezone": attempt.invitee_timezone, "owner": owner},
    )
    if is_new:
        candidate.positions.add(chance.choice(positions))
        indexing.index([candidate])
        tell_added(candidate, owner, attempt.booked_at - timedelta(days=chance.randint(1, 4)))


def tell_added(candidate: Candidate, owner: User, added_at: datetime) -> None:
    """Date the row and its time line entry back: the demo's history did not begin today."""
    Candidate.objects.filter(pk=candidate.pk).update(created_at=added_at)
    timeline.record(
        TimelineEntry.Kind.CANDIDATE_ADDED,
        key=f"candidate_added:{candidate.pk}",
        happened_at=added_at,
        candidate=candidate,
        actor=owner,
    )


def mark_outcomes(recruiter: User, chance: random.Random) -> None:
    """Say of past interviews that they were held, leaving the newest few for Today's list."""
    over = Interview.objects.filter(state=Interview.State.BOOKED, ends_at__lt=timezone.now()).order_by("-ends_at")
    for interview in over[LEFT_UNMARKED : LEFT_UNMARKED + MISSED_BY_US]:
        outcomes.mark_interviewer_no_show(interview, by=recruiter)
    for interview in over[LEFT_UNMARKED:]:
        outcomes.mark_held(interview, by=recruiter)
        marked_at = interview.ends_at + timedelta(minutes=chance.randint(5, 90)) if interview.ends_at else None
        Interview.objects.filter(pk=interview.pk).update(held_at=marked_at)
        interview.timeline.filter(kind=TimelineEntry.Kind.HELD).update(happened_at=marked_at)


def make_plans(recruiter: User) -> None:
    """The order of interviews for some positions, and one candidate for whom the next is to be offered."""
    for title, names in PLANS.items():
        position = Position.objects.get(title=title)
        for name in names:
            plans.add_step(position, EventType.objects.get(name=name), rule=PlanStep.Rule.OFFER)
    for interview in Interview.objects.filter(state=Interview.State.HELD).order_by("-starts_at"):
        plans.follow(interview, by=recruiter)
        if NextStep.objects.exists():
            break


def make_newcomers(positions: list[Position], recruiter: User, connection: Connection, chance: random.Random) -> None:
    """Candidates without a booking, with links in every state."""
    now = timezone.now()
    event_types = list(EventType.objects.filter(connection=connection, is_active=True, kind=EventType.Kind.SOLO))
    for name, zone, done in NEWCOMERS:
        email = re.sub(r"[^a-z]+", ".", name.lower().encode("ascii", "ignore").decode()).strip(".") + "@example.net"
        candidate = Candidate.objects.create(name=name, email=email, timezone=zone, owner=recruiter)
        candidate.positions.add(chance.choice(positions))
        indexing.index([candidate])
        tell_added(candidate, recruiter, now - timedelta(days=chance.randint(3, 6)))
        if done != "nothing":
            make_link(candidate, chance.choice(event_types), connection, recruiter, done)


def make_link(candidate: Candidate, event_type: EventType, connection: Connection, recruiter: User, done: str) -> None:
    """A link made at the sandbox and sent to its mailbox, then aged to what `done` says."""
    now = timezone.now()
    request = links.LinkRequest(
        candidate=candidate,
        event_type=event_type,
        connection=connection,
        request_key=uuid.uuid4(),
        position=candidate.positions.first(),
        expires_at=now + timedelta(days=14),
    )
    link = links.create_link(request, by=recruiter)
    age = {"sent": timedelta(hours=5), "silent": timedelta(days=3), "opened": timedelta(hours=30)}
    made_at = now - age.get(done, timedelta(days=3))
    message = messages.queue_invitation(link, by=recruiter)
    messages.send(message.pk)
    BookingLink.objects.filter(pk=link.pk).update(created_at=made_at)
    Message.objects.filter(pk=message.pk).update(created_at=made_at, sent_at=made_at)
    link.timeline.update(happened_at=made_at)
    if done == "opened":
        links.record_opened(link)
    elif done == "withdrawn":
        links.withdraw(link, by=recruiter)
    elif done == "expired":
        BookingLink.objects.filter(pk=link.pk).update(expires_at=now - timedelta(hours=6))
        standings.refresh(candidates=[candidate.pk], links=[link.pk])
