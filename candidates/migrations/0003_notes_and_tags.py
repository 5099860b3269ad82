"""Notes become rows of their own: what stood in the candidate's one field is the first."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.state import StateApps

BATCH = 500


def keep_old_notes(apps: StateApps, schema_editor: object) -> None:
    """The candidate's one note, by nobody we know, from when the candidate was added."""
    candidates = apps.get_model("candidates", "Candidate").objects.exclude(old_notes="")
    note_model = apps.get_model("candidates", "Note")
    batch = []
    for candidate in candidates.only("pk", "old_notes", "created_at").iterator(chunk_size=BATCH):
        batch.append(note_model(candidate=candidate, text=candidate.old_notes, created_at=candidate.created_at))
        if len(batch) == BATCH:
            note_model.objects.bulk_create(batch)
            batch = []
    note_model.objects.bulk_create(batch)


def put_notes_back(apps: StateApps, schema_editor: object) -> None:
    """All that is not deleted, oldest first, in the one field."""
    texts: dict[int, list[str]] = {}
    notes = apps.get_model("candidates", "Note").objects.filter(deleted_at=None).order_by("created_at", "pk")
    for candidate_id, text in notes.values_list("candidate_id", "text"):
        texts.setdefault(candidate_id, []).append(text)
    for candidate_id, parts in texts.items():
        apps.get_model("candidates", "Candidate").objects.filter(pk=candidate_id).update(old_notes="\n\n".join(parts))


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0002_import"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Out of the way of the notes' own name for it.
        migrations.RenameField(model_name="candidate", old_name="notes", new_name="old_notes"),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="tag_name_once",
                        violation_error_message="There is already a tag with this name.",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="candidate",
            name="tags",
            field=models.ManyToManyField(blank=True, related_name="candidates", to="candidates.tag"),
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=10000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("edited_at", models.DateTimeField(blank=True, null=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="candidates.candidate",
                    ),
                ),
                (
                    "imported_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="candidates.candidateimport",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "indexes": [models.Index(fields=["candidate", "-created_at"], name="note_of_candidate")],
            },
        ),
        migrations.RunPython(keep_old_notes, put_notes_back),
        migrations.RemoveField(model_name="candidate", name="old_notes"),
    ]
