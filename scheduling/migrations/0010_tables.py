"""Saved views, columns and acts on many rows; who may share views."""

import sys

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.migrations.state import StateApps

MATRIX = {"Recruiter": ["add_savedview"], "Admin": ["add_savedview", "change_savedview"]}


def extend_roles(apps: StateApps, schema_editor: object) -> None:
    # Permissions are otherwise made only after all migrations ran; see 0002_roles.
    app_config = apps.get_app_config("scheduling")
    app_config.models_module = sys
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="scheduling")
    group_model = apps.get_model("auth", "Group")
    for name, codenames in MATRIX.items():
        group, _ = group_model.objects.get_or_create(name=name)
        group.permissions.add(*permissions.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0003_notes_and_tags"),
        ("scheduling", "0009_scale"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="preference",
            name="tables",
            field=models.JSONField(
                blank=True, default=dict, help_text="By table: its `columns`, and the view it opens with as `view`."
            ),
        ),
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("nudge", "Remind by e-mail"),
                            ("withdraw", "Withdraw links"),
                            ("cancel", "Cancel interviews"),
                            ("no-show", "Mark as candidate no-show"),
                            ("held", "Mark as held"),
                            ("archive", "Archive candidates"),
                            ("restore", "Restore candidates"),
                            ("owner", "Hand over"),
                            ("tag", "Add a tag"),
                            ("untag", "Remove a tag"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "wish",
                    models.JSONField(
                        blank=True, default=dict, help_text="What was filled in, such as a reason or a tag."
                    ),
                ),
                (
                    "chosen",
                    models.CharField(
                        blank=True, help_text="The filter in words; empty for rows ticked.", max_length=500
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("request_key", models.UUIDField(unique=True)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                ("stop_reason", models.CharField(blank=True, max_length=300)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("skipped", "Left out"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=300)),
                (
                    "candidate",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="candidates.candidate",
                    ),
                ),
                (
                    "interview",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scheduling.interview",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scheduling.bookinglink",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="scheduling.bulkrun"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["run", "state"], name="bulk_waiting")],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "candidate"), name="bulk_candidate_once"),
                    models.UniqueConstraint(fields=("run", "link"), name="bulk_link_once"),
                    models.UniqueConstraint(fields=("run", "interview"), name="bulk_interview_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("candidate__isnull", False), ("interview", None), ("link", None)),
                            models.Q(("candidate", None), ("interview", None), ("link__isnull", False)),
                            models.Q(("candidate", None), ("interview__isnull", False), ("link", None)),
                            _connector="OR",
                        ),
                        name="bulk_one_row",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "table",
                    models.CharField(
                        choices=[("candidates", "Candidates"), ("links", "Links"), ("interviews", "Interviews")],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                (
                    "query",
                    models.CharField(
                        blank=True, help_text="As in the address; only what the table knows is kept.", max_length=2000
                    ),
                ),
                (
                    "columns",
                    models.JSONField(blank=True, default=list, help_text="Names of columns; empty for the usual ones."),
                ),
                ("is_shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": [django.db.models.functions.text.Lower("name"), "id"],
                "indexes": [models.Index(fields=["table", "is_shared"], name="saved_view_shared")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("owner"),
                        models.F("table"),
                        django.db.models.functions.text.Lower("name"),
                        name="saved_view_name_once",
                    )
                ],
            },
        ),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
