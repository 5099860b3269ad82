"""Whom a position, a tag or an owner has, and what a board needs of them, from indexes alone."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Of the tables between two, which are no models of ours and so cannot say their indexes.
INDEXES = {
    "positions": models.Index(fields=["position", "candidate"], name="candidate_of_position"),
    "tags": models.Index(fields=["tag", "candidate"], name="candidate_of_tag"),
}


def add(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    candidate = apps.get_model("candidates", "Candidate")
    for name, index in INDEXES.items():
        schema_editor.add_index(getattr(candidate, name).through, index)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    candidate = apps.get_model("candidates", "Candidate")
    for name, index in INDEXES.items():
        schema_editor.remove_index(getattr(candidate, name).through, index)


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0010_by_sort_name"),
    ]

    operations = [
        migrations.RunPython(add, remove),
        migrations.RemoveIndex(
            model_name="candidate",
            name="candidate_found",
        ),
        migrations.RemoveIndex(
            model_name="candidate",
            name="candidate_owned",
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                fields=["owner", "id", "archived_at", "standing", "standing_until"], name="candidate_owned"
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["id", "sort_name", "standing", "standing_until", "standing_since"],
                name="candidate_found",
            ),
        ),
    ]
