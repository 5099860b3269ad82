"""Worlds to start from: an organisation, its people and event types, and perhaps their history."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction

from sandbox.models import Application, EventType, Member, Organization, RoutingForm
from sandbox.world import demo, small

WORLDS: dict[str, Callable[[], None]] = {"demo": demo.build, "empty": small.build_empty, "small": small.build}


def seed(name: str) -> dict[str, Any]:
    """Replace everything by a world of `WORLDS`; returns its description."""
    with transaction.atomic(using="sandbox"):
        _empty()
        _register_application()
        WORLDS[name]()
    return describe()


def describe() -> dict[str, Any]:
    """What tests need to know of the world there is."""
    organization = Organization.objects.first()
    return {
        "organization": organization.uri if organization else None,
        "users": [
            {
                "uri": member.uri,
                "name": member.name,
                "email": member.email,
                "slug": member.slug,
                "timezone": member.timezone,
                "role": member.role,
            }
            for member in Member.objects.all()
        ],
        "event_types": [
            {
                "uri": row.uri,
                "name": row.name,
                "slug": row.slug,
                "kind": row.kind,
                "pooling_type": row.pooling or None,
                "scheduling_url": row.scheduling_url,
            }
            for row in EventType.objects.select_related("owner")
        ],
        "routing_forms": [
            {"uri": row.uri, "name": row.name, "page_url": row.page_url} for row in RoutingForm.objects.all()
        ],
    }


def _empty() -> None:
    """Delete every row of the sandbox; table by table, which is faster than following relations."""
    with connections["sandbox"].cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        for model in apps.get_app_config("sandbox").get_models(include_auto_created=True):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608  # our own table names


def _register_application() -> None:
    """The desk's application, as it would be registered in the developer portal."""
    Application.objects.create(
        client_id=settings.CALENDLY_CLIENT_ID,
        client_secret=settings.CALENDLY_CLIENT_SECRET,
        name=settings.COMPANY_NAME,
        redirect_uris=[f"{url}/accounts/calendly/login/callback/" for url in _desk_urls()],
        signing_key=settings.CALENDLY_WEBHOOK_SIGNING_KEY,
    )


def _desk_urls() -> list[str]:
    """Where the desk is: here, and in tests, which run it beside the sandbox, at its own default."""
    return sorted({settings.SITE_URL, "http://localhost:8000"})
