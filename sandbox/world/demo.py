"""The demo's world: a fictional company with ninety days of interviews behind it and thirty ahead."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sandbox import clock
from sandbox.addresses import site, stamp
from sandbox.engine import slots
from sandbox.engine.resources import TRACKING_KEYS
from sandbox.models import BusyTime, Event, EventType, Invitee, Member, NoShow, Organization
from sandbox.world import routing
from sandbox.world.making import DAYS, event_type, group, member, question, rules

DOMAIN = "northwind-robotics.example"
PAST = timedelta(days=90)
AHEAD = timedelta(days=30)
PEOPLE_COUNT = 72
GIVEN = (
    "Aiko Amara Anton Bea Bilal Carla Chen Daria Diego Efua Elif Emil Fatou Finn Gita Hamza Ines Ivan Jana "
    "Jorge Kavya Kofi Lena Leo Lucia Malik Marta Mei Mona Nils Noor Olga Omar Paula Priya Quinn Rafael Rosa "
    "Samir Sofia Tariq Tess Uma Viktor Wanda Xavi Yara Yusuf Zara Zeno"
)
FAMILY = (
    "Abara Almeida Bauer Berg Costa Dubois Eriksen Farouk Fischer Garcia Haddad Ito Jansen Kaya Kowalski Kumar "
    "Laurent Lopez Mensah Meyer Moreau Nakamura Novak Okoye Olsen Park Petrova Rahman Reyes Rossi Sato Schmidt "
    "Silva Singh Smith Tanaka Tran Varga Weber Yilmaz"
)
ZONES = (
    "Europe/Berlin Europe/London Europe/Madrid Europe/Kyiv America/New_York America/Chicago America/Phoenix "
    "America/Sao_Paulo Asia/Kolkata Asia/Kathmandu Asia/Tokyo Australia/Sydney Africa/Lagos"
)
REASONS = (
    "I am ill today, sorry.",
    "Something came up at work.",
    "I have accepted another offer.",
    "",
    "The interviewer is travelling.",
    "We need to change the panel.",
)


# What is on around now, in hours from this hour.
AROUND_NOW = [
    ("Recruiter call", -3),
    ("Technical interview", 1),
    ("Phone screen", 2),
    ("Portfolio review", 4),
    ("System design", 24),
    ("Final conversation", 27),
]


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    timezone: str


def build() -> None:
    """Six interviewers, ten event types, their history and a routing form; the same each time, but for its dates."""
    chance = random.Random(7)  # noqa: S311  # a reproducible demo, no secret
    organization = Organization.objects.create(
        name="Northwind Robotics", plan="teams", created_at=clock.now() - timedelta(days=700)
    )
    members = make_members(organization)
    make_groups(organization, members)
    Member.objects.filter(name="Priya Raman").update(daily_limit=4, weekly_limit=15)
    types = make_event_types(organization, members)
    make_busy_times(organization, chance)
    people = make_people(chance)
    History(types, chance).tell(people)
    routing.build(organization, types)


def make_members(organization: Organization) -> list[Member]:
    office = rules("09:00", "17:30", lunch=("12:30", "13:30"))
    early = rules("07:00", "15:00", days=DAYS[:4])
    return [
        member(organization, name, zone, role, hours, domain=DOMAIN)
        for name, zone, role, hours in [
            ("Morgan Reed", "Europe/Berlin", "owner", office),
            ("Priya Raman", "Asia/Kolkata", "admin", rules("10:00", "19:00", lunch=("13:00", "14:00"))),
            ("Diego Alvarez", "America/New_York", "user", office),
            ("Hannah Fischer", "Europe/Berlin", "user", rules("08:30", "16:30", days=DAYS[:4])),
            ("Tom Akande", "Europe/London", "user", office),
            ("Yuki Sato", "Asia/Tokyo", "user", early),
        ]
    ]


def make_groups(organization: Organization, members: list[Member]) -> None:
    morgan, priya, diego, hannah, tom, yuki = members
    group(organization, "Engineering interviews", priya, tom, yuki)
    group(organization, "Talent team", morgan, diego, hannah)


def make_event_types(organization: Organization, members: list[Member]) -> list[EventType]:
    morgan, priya, diego, hannah, tom, yuki = members
    zoom, meet = [{"kind": "zoom_conference"}], [{"kind": "google_conference"}]
    office = [
        {"kind": "physical", "location": "Northwind Robotics, Lindenstr. 9, Berlin", "additional_info": "2nd floor"}
    ]
    outbound = [{"kind": "outbound_call"}]
    inbound = [{"kind": "inbound_call", "phone_number": "+49 30 5550 1122"}]
    prepare = question("Is there anything we should prepare for you?", "text", 0)
    notice = question("What is your notice period?", "string", 1, required=True)
    level = question(
        "Which level do you see yourself at?", "single_select", 0, choices=("Junior", "Mid", "Senior", "Lead")
    )
    tools = question("Which of these do you use?", "multi_select", 1, choices=("Python", "Go", "SQL", "Kubernetes"))
    phone = question("Which number may we call?", "phone_number", 0, required=True)
    round_robin: dict[str, Any] = {"pooling": "round_robin"}
    collective: dict[str, Any] = {"pooling": "collective"}
    made: list[tuple[str, list[Member], int, list[Any], list[Any], dict[str, Any]]] = [
        ("Phone screen", [diego, tom, hannah], 30, outbound, [phone, notice], round_robin),
        ("Recruiter call", [morgan], 20, inbound, [notice | {"position": 0}], {}),
        ("Technical interview", [priya], 60, zoom, [level, tools], {}),
        ("Pair programming", [tom], 90, zoom, [tools | {"position": 0}], {}),
        ("System design", [priya, yuki], 60, meet, [prepare], round_robin),
        ("Portfolio review", [hannah], 45, meet, [prepare], {}),
        ("Panel interview", [morgan, hannah], 60, office, [prepare], collective),
        ("On-site day", [hannah], 240, office, [question("Dietary needs?", "string", 0)], {}),
        ("Meet the team", [diego], 45, meet, [], {"kind": "group", "seat_limit": 6}),
        ("Final conversation", [morgan], 30, zoom, [prepare], {}),
    ]
    return [
        event_type(
            organization,
            name,
            hosts,
            duration_min=minutes,
            locations=place,
            questions=questions,
            position=position,
            description=f"{name} at Northwind Robotics.",
            **more,
        )
        for position, (name, hosts, minutes, place, questions, more) in enumerate(made)
    ]


def make_busy_times(organization: Organization, chance: random.Random) -> None:
    """Entries of their own calendars over the coming weeks."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = []
    for host in organization.members.all():
        for day in range(1, 31):
            start = today + timedelta(days=day, hours=chance.randint(7, 15), minutes=chance.choice([0, 30]))
            if chance.random() < 0.6:
                rows.append(
                    BusyTime(member=host, start=start, end=start + timedelta(minutes=chance.choice([30, 60, 120])))
                )
    BusyTime.objects.bulk_create(rows)


def make_people(chance: random.Random) -> list[Person]:
    pairs = [(given, family) for given in GIVEN.split() for family in FAMILY.split()]
    return [
        Person(f"{given} {family}", f"{given}.{family}@example.com".lower(), chance.choice(ZONES.split()))
        for given, family in chance.sample(pairs, PEOPLE_COUNT)
    ]


class History:
    """Books people over the months, as it might have gone."""

    def __init__(self, types: list[EventType], chance: random.Random) -> None:
        self.types = {row.name: row for row in types}
        self.chance = chance
        self.now = clock.now()
        self.taken: set[tuple[int, datetime]] = set()

    def tell(self, people: list[Person]) -> None:
        """Everybody starts with a call; most go on to further interviews a week apart; some are still ahead."""
        for number, person in enumerate(people):
            start = self.now - PAST + number * (PAST + AHEAD - timedelta(days=12)) / len(people)
            for name in self.plan():
                start = self.interview(person, self.types[name], start)
                if start > self.now + AHEAD:
                    break
        self.around_now(people[-len(AROUND_NOW) :])

    def around_now(self, people: list[Person]) -> None:
        """Something on for today and tomorrow on every day of the week, also on a Sunday."""
        this_hour = self.now.replace(minute=0, second=0, microsecond=0)
        for person, (name, hours) in zip(people, AROUND_NOW, strict=True):
            event_type = self.types[name]
            hosts = list(event_type.hosts.all())[:1]
            self.book(person, event_type, this_hour + timedelta(hours=hours), hosts, self.before_now())

    def plan(self) -> list[str]:
        first = self.chance.choice(["Phone screen", "Recruiter call"])
        middle = self.chance.choice(["Technical interview", "Portfolio review", "Pair programming", "System design"])
        late = self.chance.choice(["Panel interview", "Meet the team", "On-site day", "Final conversation"])
        return [first, middle, late][: self.chance.choice([1, 2, 2, 3, 3])]

    def interview(self, person: Person, event_type: EventType, after: datetime) -> datetime:
        """One interview with its fate; returns the earliest time of the next one."""
        start, hosts = self.free_slot(event_type, after)
        days, minutes = self.chance.randint(2, 6), self.chance.randint(1, 600)
        # What is far ahead was booked within the last days, not all of it this minute.
        lately = self.now - timedelta(days=1.5 * (days - 2), minutes=minutes)
        booked_at = min(start - timedelta(days=days, minutes=minutes), lately)
        invitee = self.book(person, event_type, start, hosts, booked_at)
        fate = self.chance.random()
        if fate < 0.12:
            invitee = self.move(invitee, event_type)
        elif fate < 0.22:
            self.cancel(invitee, by_host=fate > 0.19)
        elif fate < 0.29 and invitee.event.end < self.now:
            NoShow.objects.create(invitee=invitee, created_at=invitee.event.start + timedelta(minutes=20))
        return invitee.event.end + timedelta(days=self.chance.randint(4, 8))

    def free_slot(self, event_type: EventType, after: datetime) -> tuple[datetime, list[Member]]:
        """A time within the hosts' working hours that no earlier booking of this history takes."""
        hosts = list(event_type.hosts.all())
        if event_type.pooling == "round_robin":
            hosts = [self.chance.choice(hosts)]
        length = timedelta(minutes=event_type.duration_min)
        hours = [list(slots.expand(host.schedules.all()[0], after, after + timedelta(days=10))) for host in hosts]
        starts = [
            opens + step * timedelta(minutes=30)
            for opens, closes in hours[0]
            for step in range(int((closes - opens) / timedelta(minutes=30)))
            if opens > after and opens + step * timedelta(minutes=30) + length <= closes
        ]
        fitting = [s for s in starts if all(any(o <= s and s + length <= c for o, c in spans) for spans in hours)]
        self.chance.shuffle(fitting)
        is_group = event_type.kind == EventType.Kind.GROUP
        for start in sorted(fitting[:8]) if not is_group else sorted(fitting)[:1]:
            spans = {
                (host.pk, start + k * timedelta(minutes=30))
                for host in hosts
                for k in range(-(-event_type.duration_min // 30))
            }
            if is_group or not spans & self.taken:
                self.taken |= spans
                return start, hosts
        return self.free_slot(event_type, after + timedelta(days=1))

    def book(
        self, person: Person, event_type: EventType, start: datetime, hosts: list[Member], booked_at: datetime
    ) -> Invitee:
        event = self.seat(event_type, start, hosts, booked_at)
        return Invitee.objects.create(
            uuid=self.uuid(),
            event=event,
            name=person.name,
            email=person.email,
            timezone=person.timezone,
            answers=self.answers(event_type),
            tracking=dict.fromkeys(TRACKING_KEYS),
            created_at=booked_at,
            updated_at=booked_at,
        )

    def seat(self, event_type: EventType, start: datetime, hosts: list[Member], booked_at: datetime) -> Event:
        if event_type.kind == EventType.Kind.GROUP:
            running = event_type.events.filter(start=start, status=Event.Status.ACTIVE).first()
            if running is not None:
                return running
        event = Event.objects.create(
            uuid=self.uuid(),
            event_type=event_type,
            start=start,
            end=start + timedelta(minutes=event_type.duration_min),
            created_at=booked_at,
            updated_at=booked_at,
        )
        event.location = self.location(event)
        event.save()
        event.hosts.set(hosts)
        return event

    def move(self, invitee: Invitee, event_type: EventType) -> Invitee:
        """Two days later, told a day before the old time."""
        moved_at = invitee.event.start - timedelta(hours=self.chance.randint(5, 40))
        moved_at = moved_at if moved_at < self.now else self.before_now()
        moved_at = min(max(moved_at, invitee.created_at + timedelta(minutes=5)), self.now)
        self.end(invitee, moved_at, by_host=self.chance.random() < 0.3, reason=None)
        invitee.rescheduled = True
        invitee.save()
        start, hosts = self.free_slot(event_type, invitee.event.start + timedelta(days=2))
        person = Person(invitee.name, invitee.email, invitee.timezone)
        new = self.book(person, event_type, start, hosts, moved_at)
        new.answers, new.moved_from = invitee.answers, invitee
        new.save()
        return new

    def cancel(self, invitee: Invitee, *, by_host: bool) -> None:
        canceled_at = invitee.event.start - timedelta(hours=self.chance.randint(2, 50))
        canceled_at = canceled_at if canceled_at < self.now else self.before_now()
        reason = self.chance.choice(REASONS[4:] if by_host else REASONS[:4])
        canceled_at = min(max(canceled_at, invitee.created_at + timedelta(minutes=5)), self.now)
        self.end(invitee, canceled_at, by_host=by_host, reason=reason)

    def end(self, invitee: Invitee, ended_at: datetime, *, by_host: bool, reason: str | None) -> None:
        """Cancel the seat, and the event when it was the last."""
        host = invitee.event.hosts.first()
        cancellation = {
            "canceled_by": host.name if by_host and host else invitee.name,
            "reason": reason,
            "canceler_type": "host" if by_host else "invitee",
            "created_at": stamp(ended_at),
        }
        invitee.status, invitee.cancellation, invitee.updated_at = Event.Status.CANCELED, cancellation, ended_at
        invitee.save()
        event = invitee.event
        if not event.invitees.filter(status=Event.Status.ACTIVE).exists():
            event.status, event.cancellation, event.updated_at = Event.Status.CANCELED, cancellation, ended_at
            event.save()

    def location(self, event: Event) -> dict[str, object]:
        option = event.event_type.locations[0]
        kind = option["kind"]
        if kind == "zoom_conference":
            url = site(f"events/{event.uuid}/zoom")
            return {"type": "zoom", "status": "pushed", "join_url": url, "data": {"id": int(event.uuid) % 10**11}}
        if kind == "google_conference":
            return {"type": kind, "status": "pushed", "join_url": site(f"events/{event.uuid}/google_meet")}
        if kind == "inbound_call":
            return {"type": kind, "location": option["phone_number"], "additional_info": None}
        if kind == "outbound_call":
            return {"type": kind, "location": f"+49 30 5550 {self.chance.randint(1000, 9999)}"}
        return {"type": kind, "location": option["location"], "additional_info": option["additional_info"]}

    def answers(self, event_type: EventType) -> list[dict[str, object]]:
        return [
            {"question": asked["name"], "answer": self.answer(asked), "position": asked["position"]}
            for asked in event_type.questions
            if asked["required"] or self.chance.random() < 0.5
        ]

    def answer(self, asked: dict[str, object]) -> str:
        choices = asked["answer_choices"]
        if isinstance(choices, list):
            return str(self.chance.choice(choices))
        if asked["type"] == "phone_number":
            return f"+49 30 5550 {self.chance.randint(1000, 9999)}"
        return self.chance.choice(["Four weeks", "Nothing, thank you.", "I will bring my own laptop.", "Three months"])

    def before_now(self) -> datetime:
        """Some time in the last days."""
        return self.now - timedelta(minutes=self.chance.randint(40, 4000))

    def uuid(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)
