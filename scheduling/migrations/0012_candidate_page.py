"""What candidates may do on their page, bookings through Calendly's API, links that are replaced."""

import sys
import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.migrations.state import StateApps
from django.utils import timezone


def allow_policy(apps: StateApps, schema_editor: object) -> None:
    """Recruiters and administrators say what candidates may do."""
    apps.get_model("scheduling", "CandidatePolicy").objects.get_or_create(pk=1)
    # Permissions are otherwise made only after all migrations ran; see 0002_roles.
    app_config = apps.get_app_config("scheduling")
    app_config.models_module = sys
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    permission = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="scheduling", codename="change_candidatepolicy"
    )
    for name in ("Recruiter", "Admin"):
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(permission)


def read_places_again(apps: StateApps, schema_editor: object) -> None:
    """Event types are read once more: booking through the API needs what is said of their places."""
    rows = apps.get_model("scheduling", "Connection").objects.filter(state="connected", setup_due_at=None)
    rows.update(setup_due_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0011_availability"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="bookinglink",
            name="replace_attempts",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="bookinglink",
            name="replace_due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="bookinglink",
            name="replaced_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="connection",
            name="booking_limited_until",
            field=models.DateTimeField(
                blank=True, help_text="Until when Calendly takes no bookings through its API.", null=True
            ),
        ),
        migrations.AddField(
            model_name="eventtype",
            name="locations",
            field=models.JSONField(
                blank=True, default=list, help_text="The same as Calendly says them; booking needs their words."
            ),
        ),
        migrations.AddField(
            model_name="eventtypequestion",
            name="includes_other",
            field=models.BooleanField(default=False, help_text="Whether words beside the choices will do."),
        ),
        migrations.AddField(
            model_name="message",
            name="calendar",
            field=models.TextField(blank=True, help_text="An iCalendar file to attach."),
        ),
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                choices=[("invitation", "Invitation"), ("nudge", "Reminder"), ("confirmation", "Confirmation")],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="CandidatePolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "books_in_place",
                    models.BooleanField(
                        default=True, help_text="Candidates choose a time on our page; else they go on to Calendly."
                    ),
                ),
                (
                    "embeds",
                    models.BooleanField(
                        default=False, help_text="Calendly’s own page is shown inside ours instead of on its own."
                    ),
                ),
                (
                    "heals",
                    models.BooleanField(
                        default=True, help_text="A link that died at Calendly is replaced when its candidate opens it."
                    ),
                ),
                (
                    "max_moves",
                    models.PositiveIntegerField(
                        default=3,
                        help_text="How often an interview may be moved.",
                        validators=[django.core.validators.MaxValueValidator(20)],
                    ),
                ),
                (
                    "cutoff_hours",
                    models.PositiveIntegerField(
                        default=2,
                        help_text="From so many hours before the start, candidates ask instead of changing or canceling.",
                        validators=[django.core.validators.MaxValueValidator(336)],
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "updated_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "candidate policies",
            },
        ),
        migrations.CreateModel(
            name="FormerReference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=40, unique=True)),
                ("replaced_at", models.DateTimeField()),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_references",
                        to="scheduling.bookinglink",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BookingRequest",
            fields=[
                ("request_key", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("reference", models.CharField(max_length=40)),
                ("starts_at", models.DateTimeField()),
                ("zone", models.CharField(max_length=64)),
                ("location_kind", models.CharField(blank=True, max_length=40)),
                ("location_text", models.TextField(blank=True)),
                (
                    "answers",
                    models.JSONField(blank=True, default=list, help_text="Question, answer and position of each."),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "To book"),
                            ("booking", "Being booked"),
                            ("booked", "Booked"),
                            ("taken", "The time was taken"),
                            ("refused", "Not possible through the API"),
                            ("failed", "Not booked"),
                            ("unknown", "Perhaps booked"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("claimed_until", models.DateTimeField()),
                (
                    "called_at",
                    models.DateTimeField(blank=True, help_text="When Calendly was asked to book.", null=True),
                ),
                ("error", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "attempt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="scheduling.attempt",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "event_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="scheduling.eventtype"
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="booking_requests",
                        to="scheduling.bookinglink",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "indexes": [models.Index(fields=["state", "claimed_until"], name="booking_request_due")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "booking", "unknown"])),
                        fields=("link",),
                        name="booking_request_one_open",
                    )
                ],
            },
        ),
        migrations.RunPython(allow_policy, migrations.RunPython.noop),
        migrations.RunPython(read_places_again, migrations.RunPython.noop),
    ]
