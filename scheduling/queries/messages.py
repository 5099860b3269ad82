"""Messages and what became of them."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from scheduling.models import BookingLink, Interview, Message
from scheduling.queries import links
from scheduling.queries.compiled import Moment

# What nobody has minded for so long is not brought up again.
MINDED_FOR = timedelta(days=14)
# Two people, or one and a page left open, remind a candidate once.
NUDGE_PAUSE = timedelta(minutes=10)
# Mails that keep a reminder of the same link from being written: those on their way, and those that came `lately`.
UNDER_WAY = Q(state__in=[Message.State.WAITING, Message.State.SENDING])


def lately(now: datetime) -> Q:
    return Q(state__in=[Message.State.SENT, Message.State.UNKNOWN], created_at__gt=now - NUDGE_PAUSE)


def in_need(now: Moment) -> QuerySet[Message]:
    """Failed, bounced and perhaps sent messages that matter still: about a link that can be used and that no newer
    message made up for, or about an interview that is canceled.
    """
    states = [Message.State.FAILED, Message.State.BOUNCED, Message.State.UNKNOWN]
    # Asked of each of these few messages, not of all links.
    its_link = BookingLink.objects.filter(pk=OuterRef("link"), candidate__archived_at=None)
    usable = links.with_state(its_link, now).filter(state__in=links.OPEN)
    later = Message.objects.filter(link=OuterRef("link"), pk__gt=OuterRef("pk")).exclude(state=Message.State.SKIPPED)
    of_link = Q(~Exists(later), Exists(usable))
    of_interview = Q(interview__state=Interview.State.CANCELED)
    rows = Message.objects.filter(of_link | of_interview, state__in=states, created_at__gte=now - MINDED_FOR)
    return rows.select_related("candidate", "link__event_type", "interview").order_by("-created_at", "-pk")


def tests_of(viewer: User) -> QuerySet[Message]:
    """The tests somebody sent themselves, newest first."""
    return Message.objects.filter(candidate=None, created_by=viewer)
