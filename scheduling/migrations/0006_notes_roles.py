"""Admins may change anybody's notes; recruiters change their own."""

import sys

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.migrations.state import StateApps

MATRIX = {
    "Viewer": ["view_note", "view_tag"],
    "Recruiter": ["view_note", "view_tag"],
    "Admin": ["view_note", "view_tag", "change_note"],
}


def extend_roles(apps: StateApps, schema_editor: object) -> None:
    # Permissions are otherwise made only after all migrations ran; see 0002_roles.
    app_config = apps.get_app_config("candidates")
    app_config.models_module = sys
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="candidates")
    group_model = apps.get_model("auth", "Group")
    for name, codenames in MATRIX.items():
        group, _ = group_model.objects.get_or_create(name=name)
        group.permissions.add(*permissions.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0003_notes_and_tags"),
        ("scheduling", "0005_outcomes"),
    ]

    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
