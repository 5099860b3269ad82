"""Routing forms and what people answered on them, mirrored and joined to candidates and bookings."""

import logging
import re
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate
from scheduling.calendly.client import Client
from scheduling.calendly.errors import Forbidden, InsufficientScope, NotFound, PlanRequired
from scheduling.calendly.resources import RoutingForm as CalendlyForm
from scheduling.calendly.resources import RoutingResult
from scheduling.calendly.resources import RoutingSubmission as CalendlySubmission
from scheduling.models import Attempt, Connection, Interview, RoutingForm, RoutingSubmission, TimelineEntry
from scheduling.services import timeline

logger = logging.getLogger(__name__)

# Submissions are listed newest first, so reading stops at the first older one.
PAST = timedelta(days=90)
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


def mirror(connection: Connection, client: Client) -> None:
    """Read forms and the submissions of ninety days; a plan, role or scope without them is no error."""
    try:
        forms = list(client.routing_forms(connection.organization_uri))
    except (PlanRequired, Forbidden, InsufficientScope, NotFound) as error:
        logger.info("connection %s has no routing forms: %s", connection.pk, error)
        forms = None
    connection.forms_readable = forms is not None
    connection.save(update_fields=["forms_readable"])
    for form in forms or []:
        _save_form(connection, form)
        _mirror_submissions(form, client)


def _save_form(connection: Connection, form: CalendlyForm) -> None:
    RoutingForm.objects.update_or_create(
        uri=form.uri,
        defaults={
            "connection": connection,
            "name": form.name[:255],
            "is_published": form.status == "published",
            "updated_at": form.updated_at,
        },
    )


def _mirror_submissions(form: CalendlyForm, client: Client) -> None:
    since = timezone.now() - PAST
    for submission in client.routing_submissions(form.uri):
        if submission.created_at < since:
            return
        record(submission)


@transaction.atomic
def record(submission: CalendlySubmission) -> None:
    """Take in one submission; safe to repeat, before or after the booking it led to."""
    row, _ = RoutingSubmission.objects.update_or_create(
        uri=submission.uri,
        defaults={
            "form_uri": submission.routing_form,
            "email": _email(submission),
            "answers": [
                {"question": answer.question, "answer": answer.answer} for answer in submission.questions_and_answers
            ],
            "led_to": _led_to(submission.result),
            "submitted_at": submission.created_at,
        },
    )
    attempt = Attempt.objects.filter(submission_uri=row.uri).select_related("interview__candidate").first()
    join(row, attempt.interview if attempt else None)


def join_booking(attempt: Attempt) -> None:
    """Join the submission a booking names, if it has been taken in."""
    row = RoutingSubmission.objects.filter(uri=attempt.submission_uri).first() if attempt.submission_uri else None
    if row is not None:
        join(row, attempt.interview)


def join(row: RoutingSubmission, interview: Interview | None) -> None:
    """Find whose submission it is: the booking's candidate, else who has the e-mail address; tell the time line."""
    candidate = interview.candidate if interview else None
    if candidate is None and row.email:
        candidate = Candidate.objects.filter(email=row.email).first()
    if candidate is None:
        return
    if row.candidate_id != candidate.pk:
        row.candidate = candidate
        row.save(update_fields=["candidate"])
        TimelineEntry.objects.filter(key=_key(row)).update(candidate=candidate)
    form = RoutingForm.objects.filter(uri=row.form_uri).first()
    timeline.record(
        TimelineEntry.Kind.ROUTING_SUBMITTED,
        key=_key(row),
        happened_at=row.submitted_at,
        candidate=candidate,
        interview=interview,
        actor_name=candidate.name,
        detail="\n".join([form.name if form else "Routing form", *_lines(row)]),
    )


def _key(row: RoutingSubmission) -> str:
    return f"routing_submitted:{row.uri}"


def _lines(row: RoutingSubmission) -> list[str]:
    return [f"{answer['question']}: {answer['answer']}" for answer in row.answers]


def _email(submission: CalendlySubmission) -> str:
    given = (answer.answer.strip().lower() for answer in submission.questions_and_answers)
    return next((text for text in given if EMAIL.fullmatch(text)), "")


def _led_to(result: RoutingResult | None) -> str:
    value = result.value if result else None
    if isinstance(value, dict):
        return str(value.get("headline") or "")[:500]
    return (value or "")[:500]
