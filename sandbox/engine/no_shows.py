"""Marking who did not come."""

from django.db import transaction

from sandbox import clock
from sandbox.engine import webhooks
from sandbox.models import Invitee, NoShow


class CannotMark(Exception):
    """The mark is refused; the text is Calendly's."""


@transaction.atomic(using="sandbox")
def mark(invitee: Invitee) -> NoShow:
    """Mark a no-show; refused before the start, on canceled invitees and twice. Does not touch `updated_at`."""
    now = clock.now()
    if invitee.event.start > now:
        raise CannotMark("Event is not started yet")
    if invitee.is_canceled:
        raise CannotMark("Invitee is canceled")
    row, is_new = NoShow.objects.get_or_create(invitee=invitee, defaults={"created_at": now})
    if not is_new:
        raise CannotMark("Invitee is already marked as no show")
    webhooks.tell_invitee("invitee_no_show.created", invitee)
    return row


@transaction.atomic(using="sandbox")
def unmark(row: NoShow) -> None:
    """Remove a mark."""
    invitee = row.invitee
    row.delete()
    webhooks.tell_invitee("invitee_no_show.deleted", Invitee.objects.get(pk=invitee.pk))
