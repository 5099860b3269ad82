"""The sandbox's rows as Calendly's JSON (contract of November 2026)."""

from datetime import datetime, timedelta
from typing import Any

from sandbox import clock, options
from sandbox.addresses import stamp, stamp_or_none
from sandbox.models import (
    Event,
    EventType,
    Group,
    GroupRelationship,
    Invitee,
    Member,
    NoShow,
    Organization,
    RoutingForm,
    RoutingSubmission,
    Schedule,
    Share,
    SingleUseLink,
    Subscription,
)

Json = dict[str, Any]
TRACKING_KEYS = ("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid")


def user(member: Member) -> Json:
    return {
        **membership_user(member),
        "current_organization": member.organization.uri,
        "resource_type": "User",
        "locale": "en",
        "time_notation": "24h",
    }


def membership_user(member: Member) -> Json:
    return {
        "uri": member.uri,
        "name": member.name,
        "slug": member.slug,
        "email": member.email,
        "scheduling_url": member.scheduling_url,
        "timezone": member.timezone,
        "avatar_url": None,
        "created_at": stamp(member.created_at),
        "updated_at": stamp(member.created_at),
    }


def organization(row: Organization) -> Json:
    return {
        "uri": row.uri,
        "name": row.name,
        "kind": "multiple",
        "plan": row.plan,
        "stage": row.stage,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.created_at),
    }


def membership(member: Member) -> Json:
    return {
        "uri": f"https://api.calendly.com/organization_memberships/{member.membership_uuid}",
        "role": member.role,
        "user": membership_user(member),
        "organization": member.organization.uri,
        "created_at": stamp(member.created_at),
        "updated_at": stamp(member.created_at),
    }


def event_type(row: EventType) -> Json:
    return {
        "uri": row.uri,
        "name": row.name,
        "active": row.is_active,
        "booking_method": "instant",
        "slug": row.slug,
        "scheduling_url": row.scheduling_url,
        "duration": row.duration_min,
        "duration_options": None,
        "kind": row.kind,
        "pooling_type": row.pooling or None,
        "type": "StandardEventType",
        "color": row.color,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "internal_note": row.internal_note or None,
        "is_paid": row.is_paid,
        "description_plain": row.description or None,
        "description_html": f"<p>{row.description}</p>" if row.description else None,
        "profile": _profile(row),
        "secret": row.is_secret,
        "deleted_at": stamp_or_none(row.deleted_at),
        "admin_managed": False,
        "locations": row.locations or None,
        "position": row.position,
        "custom_questions": row.questions,
        "locale": "en",
    }


def _profile(row: EventType) -> Json:
    if row.owner:
        return {"type": "User", "name": row.owner.name, "owner": row.owner.uri}
    return {"type": "Team", "name": row.organization.name, "owner": row.organization.uri}


def schedule(row: Schedule) -> Json:
    return {
        "uri": row.uri,
        "default": row.is_default,
        "name": row.name,
        "user": row.member.uri,
        "timezone": row.timezone,
        "rules": row.rules,
    }


def event(row: Event, *, in_webhook: bool = False) -> Json:
    """A scheduled event; in webhooks without `calendar_event`."""
    invitees = list(row.invitees.all())
    body = {
        "created_at": stamp(row.created_at),
        "end_time": stamp(row.end),
        "event_guests": [guest for invitee in invitees for guest in invitee.guests],
        "event_memberships": [
            {"user": host.uri, "user_email": host.email, "user_name": host.name} for host in row.hosts.all()
        ],
        "event_type": row.event_type.uri,
        "invitees_counter": {
            "total": len(invitees),
            "active": sum(not invitee.is_canceled for invitee in invitees),
            "limit": row.event_type.seat_limit,
        },
        "location": row.location,
        "meeting_notes_html": None,
        "meeting_notes_plain": None,
        "name": row.name,
        "start_time": stamp(row.start),
        "status": row.status,
        "updated_at": stamp(row.updated_at),
        "uri": row.uri,
    }
    if row.cancellation:
        body["cancellation"] = row.cancellation
    if not in_webhook:
        body["calendar_event"] = None
    return body


def invitee(row: Invitee) -> Json:
    moved_to = Invitee.objects.filter(moved_from=row).select_related("event").first()
    mark = NoShow.objects.filter(invitee=row).first()
    body = {
        "cancel_url": row.cancel_url,
        "created_at": stamp(row.created_at),
        "email": row.email,
        "event": row.event.uri,
        "first_name": None,
        "invitee_scheduled_by": None,
        "last_name": None,
        "name": row.name,
        "new_invitee": moved_to.uri if moved_to else None,
        "no_show": {"uri": mark.uri, "created_at": stamp(mark.created_at)} if mark else None,
        "old_invitee": row.moved_from.uri if row.moved_from else None,
        "payment": None,
        "questions_and_answers": row.answers,
        "reconfirmation": None,
        "reschedule_url": row.reschedule_url,
        "rescheduled": row.rescheduled,
        "routing_form_submission": row.routing_form_submission.uri if row.routing_form_submission else None,
        "scheduling_method": row.scheduling_method,
        "status": row.status,
        "text_reminder_number": row.text_reminder_number,
        "timezone": row.timezone,
        "tracking": tracking(row.tracking),
        "updated_at": stamp(row.updated_at),
        "uri": row.uri,
    }
    if row.cancellation:
        body["cancellation"] = row.cancellation
    return body


def tracking(given: Json) -> Json:
    """All six keys, null where nothing was given."""
    return {key: given.get(key) for key in TRACKING_KEYS}


def invitee_payload(row: Invitee) -> Json:
    """What a webhook carries: the invitee with its event, keys in alphabetical order as recorded."""
    body = {**invitee(row), "scheduled_event": dict(sorted(event(row.event, in_webhook=True).items()))}
    return dict(sorted(body.items()))


def no_show(row: NoShow) -> Json:
    return {"uri": row.uri, "invitee": row.invitee.uri, "created_at": stamp(row.created_at)}


def scheduling_link(row: SingleUseLink) -> Json:
    return {"booking_url": row.booking_url, "owner": row.event_type.uri, "owner_type": "EventType"}


def expires_at(row: SingleUseLink) -> datetime:
    """When the link ends if nobody books."""
    return row.created_at + timedelta(days=int(options.read("link_life_days")))


def share(row: Share) -> Json:
    return {
        "uri": row.uri,
        "contact": row.contact,
        "created_at": stamp(row.link.created_at),
        "status": share_status(row),
        "scheduling_links": [scheduling_link(row.link)],
        "share_override": {**_share_defaults(row.link.event_type), **row.overrides},
    }


def share_status(row: Share) -> str:
    """`active`, `booked` or `expired`."""
    if row.link.used_at is not None:
        return "booked"
    return "active" if clock.now() < expires_at(row.link) else "expired"


def _share_defaults(row: EventType) -> Json:
    """What holds where a share overrides nothing: the event type's own values, which may be booked without end."""
    hours = Schedule.objects.filter(member__in=row.hosts.all(), is_default=True).order_by("pk").first()
    return {
        "name": row.name,
        "duration": row.duration_min,
        "duration_options": None,
        "period_type": "unlimited",
        "start_date": None,
        "end_date": None,
        "max_booking_time": None,
        "min_booking_time": row.notice_min,
        "hide_location": False,
        "location_configurations": [{**option, "position": place} for place, option in enumerate(row.locations)],
        "availability_rule": {"rules": hours.rules, "timezone": hours.timezone} if hours else None,
    }


def meeting_limits(member: Member) -> Json:
    return {
        "daily_limit": member.daily_limit,
        "weekly_limit": member.weekly_limit,
        "monthly_limit": member.monthly_limit,
    }


def group(row: Group) -> Json:
    return {
        "uri": row.uri,
        "name": row.name,
        "organization": row.organization.uri,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.created_at),
    }


def group_relationship(row: GroupRelationship) -> Json:
    return {
        "uri": row.uri,
        "role": row.role,
        "owner": {"type": "OrganizationMembership", **membership(row.member)},
        "organization": row.group.organization.uri,
        "group": row.group.uri,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.created_at),
    }


def routing_form(row: RoutingForm) -> Json:
    return {
        "uri": row.uri,
        "organization": row.organization.uri,
        "name": row.name,
        "status": row.status,
        "questions": row.questions,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
    }


def routing_submission(row: RoutingSubmission) -> Json:
    """Its submitter is the first to book from it; one that led to nothing has no `result`."""
    submitter = row.invitees.select_related("event").order_by("pk").first()
    body = {
        "uri": row.uri,
        "routing_form": row.form.uri,
        "questions_and_answers": row.answers,
        "tracking": tracking(row.tracking),
        "submitter": submitter.uri if submitter else None,
        "submitter_type": "Invitee" if submitter else None,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
    }
    if row.result:
        body["result"] = row.result
    return body


def subscription(row: Subscription) -> Json:
    """No signing key in it: Calendly never returns one."""
    return {
        "uri": row.uri,
        "callback_url": row.callback_url,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "retry_started_at": stamp_or_none(row.retry_started_at),
        "state": row.state,
        "events": row.events,
        "scope": row.scope,
        "organization": row.organization.uri,
        "user": row.member.uri if row.member else None,
        "group": None,
        "creator": row.creator.uri,
    }
