"""What the availability pages have in common: reading what was asked for, and having it read at Calendly."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone

from candidates.models import Candidate
from scheduling import tasks
from scheduling.models import CalendarWindow
from scheduling.queries import calendars as query
from scheduling.queries import grids
from scheduling.queries.parameters import ANY, ignored, row_id, row_ids
from scheduling.services import availability as service
from scheduling.views.zones import KNOWN

FILTERS = {
    "event_type": ANY,
    "who": ANY,
    "zone": KNOWN,
    "since": ANY,
    "candidate": ANY,
    "span": tuple(grids.SPANS),
    "layout": ("list", "grid"),
}
Kind = CalendarWindow.Kind


@dataclass(frozen=True)
class Asked:
    """What a page shows: which days in which zone, whose calendars, and the slots of which event type."""

    desk: query.Desk
    now: datetime
    zone: ZoneInfo
    span: str
    since: date
    offer: query.Offer | None
    is_chosen: bool
    hosts: list[query.Host]
    picked: list[int]
    candidate: Candidate | None
    notices: list[str] = field(default_factory=list)

    @property
    def days(self) -> list[datetime]:
        """The beginnings of the days, and the end of the last."""
        return grids.days_of(self.since, grids.SPANS[self.span], self.zone)

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """What can be asked of Calendly: nothing of the past."""
        days = self.days
        return max(days[0].astimezone(UTC), self.now + service.MARGIN), days[-1].astimezone(UTC)

    @property
    def last(self) -> datetime:
        """The beginning of the last day."""
        return self.days[-2]

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def earlier(self) -> date | None:
        if self.since <= self.today:
            return None
        return max(self.since - timedelta(days=grids.SPANS[self.span]), self.today)

    @property
    def later(self) -> date | None:
        later = self.since + timedelta(days=grids.SPANS[self.span])
        return later if later <= self.today + query.HORIZON else None


def asked(parameters: QueryDict, *, now: datetime) -> Asked:
    """Read an address; what is unknown or impossible is left out or bounded, and said in `notices`."""
    found = query.desk()
    notices: list[str] = []
    zone = zone_of(parameters)
    span = parameters.get("span", "")
    chosen = found.offers.get(row_id(parameters, "event_type") or 0)
    if chosen is None and parameters.get("event_type"):
        notices.append("This event type can no longer be booked.")
    return Asked(
        desk=found,
        now=now,
        zone=zone,
        span=span if span in grids.SPANS else "week",
        since=_since(parameters.get("since", ""), now.astimezone(zone).date(), notices),
        offer=chosen or next(iter(found.offers.values()), None),
        is_chosen=chosen is not None,
        hosts=hosts_of(parameters, found, chosen, notices),
        picked=row_ids(parameters, "who"),
        candidate=_candidate(parameters, notices),
        notices=notices,
    )


def left_out(parameters: QueryDict) -> list[str]:
    """What the address asks in vain, a zone nobody knows among it; what is no row or no date is said in `notices`."""
    return ignored(parameters, FILTERS)


def zone_of(parameters: QueryDict) -> ZoneInfo:
    """The zone asked for, else the viewer's."""
    name = parameters.get("zone", "")
    return ZoneInfo(name if name in KNOWN else timezone.get_current_timezone_name())


def _since(text: str, today: date, notices: list[str]) -> date:
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        notices.append("This is no date; the view begins today.")
        return today
    if day < today:
        notices.append("Calendly tells nothing of the past; the view begins today.")
        return today
    if day > today + query.HORIZON:
        notices.append("Calendly offers nothing that far ahead; the view begins in a year.")
        return today + query.HORIZON
    return day


def hosts_of(
    parameters: QueryDict, found: query.Desk, offer: query.Offer | None, notices: list[str]
) -> list[query.Host]:
    """Those picked, else the event type's, else everyone; bounded."""
    picked = list(dict.fromkeys(row_ids(parameters, "who")))
    hosts = [found.hosts[pk] for pk in picked if pk in found.hosts]
    if len(hosts) < len(picked) or len(picked) < len(set(filter(None, parameters.getlist("who")))):
        notices.append("Somebody chosen is no interviewer any more, and was left out.")
    if not hosts:
        hosts = [found.hosts[pk] for pk in offer.hosts] if offer and offer.hosts else list(found.hosts.values())
    if len(hosts) > query.MOST_SHOWN:
        notices.append(f"{len(hosts)} interviewers are too many side by side; these are the first {query.MOST_SHOWN}.")
    return hosts[: query.MOST_SHOWN]


def _candidate(parameters: QueryDict, notices: list[str]) -> Candidate | None:
    pk = row_id(parameters, "candidate")
    found = Candidate.objects.filter(pk=pk, archived_at=None).first() if pk else None
    if pk and found is None:
        notices.append("This candidate is in the archive, or was never here.")
    return found


def stretches(shown: Asked) -> list[service.Stretch]:
    """Every window the page is made of."""
    start, end = shown.bounds
    wanted = of_hosts(shown.hosts, start, end)
    if shown.offer is not None:
        kinds = [Kind.SLOTS, *([Kind.TYPE_HOURS] if shown.is_chosen else [])]
        for kind in kinds:
            wanted += service.stretches(kind, shown.offer.pk, shown.offer.connection_id, start, end)
    return wanted


def of_hosts(hosts: Sequence[query.Host], start: datetime, end: datetime) -> list[service.Stretch]:
    return [
        one
        for host in hosts
        for kind in (Kind.HOURS, Kind.BUSY)
        for one in service.stretches(kind, host.pk, host.connection_id, start, end)
    ]


def read(wanted: Sequence[service.Stretch], *, now: datetime, older_than: timedelta | None) -> list[CalendarWindow]:
    """What is known of these windows now; a worker is woken for what is missing or old. Nothing waits for Calendly."""
    rows = list(query.rows_of(one.key for one in wanted))
    for connection_id in service.want(wanted, rows, now=now, older_than=older_than):
        tasks.wake(tasks.read_calendars, connection_id)
    return rows
