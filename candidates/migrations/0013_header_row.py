"""Which row of a file names its columns, rather than whether the first one does."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("candidates", "CandidateImport").objects.filter(has_header=False).update(header_row=0)


def backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("candidates", "CandidateImport").objects.filter(header_row=0).update(has_header=False)


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0012_in_folded_order"),
    ]

    operations = [
        migrations.AddField(
            model_name="candidateimport",
            name="header_row",
            field=models.PositiveIntegerField(
                default=1, help_text="The row that names the columns, as a spreadsheet counts; 0 when none does."
            ),
        ),
        migrations.RunPython(forwards, backwards, elidable=True),
        migrations.RemoveField(model_name="candidateimport", name="has_header"),
    ]
