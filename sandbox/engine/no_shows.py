"""Marking who did not come."""

from django.db import transaction

from sandbox import clock, options
from sandbox.engine import webhooks
from sandbox.models import Invitee, NoShow


class CannotMark(Exception):
    """The mark is refused; the text is Calendly's."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@transaction.atomic(using="sandbox")
def mark(invitee: Invitee) -> NoShow:
    """Mark a no-show; refused before the start, on canceled invitees and twice. Does not touch `updated_at`."""
    now = clock.now()
    early = options.read("mark_early")
    if invitee.event.start > now and early != "allow":
        raise CannotMark("Event is not started yet", status=int(early))
    if invitee.is_canceled:
        raise CannotMark("Invitee is canceled")
    row, is_new = NoShow.objects.get_or_create(invitee=invitee, defaults={"created_at": now})
    if not is_new:
        raise CannotMark("Invitee is already marked as no show", status=int(options.read("mark_twice")))
    webhooks.tell_invitee("invitee_no_show.created", invitee)
    return row


@transaction.atomic(using="sandbox")
def unmark(row: NoShow) -> None:
    """Remove a mark."""
    invitee = row.invitee
    row.delete()
    webhooks.tell_invitee("invitee_no_show.deleted", Invitee.objects.get(pk=invitee.pk))
