"""Roles are groups: Admin, Recruiter and Viewer, with the matrix of docs/architecture.md."""

import sys

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.migrations.state import StateApps

EVERYTHING_VIEWED = [
    "candidates.view_candidate",
    "candidates.view_position",
    "scheduling.view_bookinglink",
    "scheduling.view_connection",
    "scheduling.view_eventtype",
    "scheduling.view_interview",
    "scheduling.view_interviewer",
    "scheduling.view_timelineentry",
]
RECRUITING = [
    "candidates.add_candidate",
    "candidates.change_candidate",
    "candidates.add_position",
    "candidates.change_position",
    "scheduling.add_bookinglink",
    "scheduling.change_bookinglink",
    "scheduling.change_interview",
]
ADMINISTRATION = ["scheduling.change_connection"]
MATRIX = {
    "Viewer": EVERYTHING_VIEWED,
    "Recruiter": EVERYTHING_VIEWED + RECRUITING,
    "Admin": EVERYTHING_VIEWED + RECRUITING + ADMINISTRATION,
}


def make_roles(apps: StateApps, schema_editor: object) -> None:
    # Permissions are otherwise made only after all migrations ran.
    for label in ("candidates", "scheduling"):
        app_config = apps.get_app_config(label)
        # Any true value: the state's app has no module, and without one `create_permissions` does nothing.
        app_config.models_module = sys
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = None
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    for name, labels in MATRIX.items():
        group, _ = group_model.objects.get_or_create(name=name)
        for label in labels:
            app_label, codename = label.split(".")
            group.permissions.add(permission_model.objects.get(content_type__app_label=app_label, codename=codename))


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0001_initial"),
        ("candidates", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
