"""Notes of where candidates stand, and the words they are found by."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.state import StateApps

from candidates import words

BATCH = 1000


def index_everybody(apps: StateApps, schema_editor: object) -> None:
    """Let everybody be found who is there already; their standing is due at once and noted by the sweep."""
    search_word = apps.get_model("candidates", "SearchWord")
    people = apps.get_model("candidates", "Candidate").objects.values_list("pk", "name", "email", "phone")
    batch = []
    for pk, name, email, phone in people.iterator(chunk_size=BATCH):
        for word, is_first in words.of_person(name, email, str(phone)).items():
            batch.append(search_word(candidate_id=pk, word=word, place=0 if is_first else 1))
        if len(batch) >= BATCH:
            search_word.objects.bulk_create(batch)
            batch = []
    search_word.objects.bulk_create(batch)


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0003_notes_and_tags"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.BinaryField(max_length=64)),
                (
                    "place",
                    models.SmallIntegerField(
                        choices=[
                            (0, "Begins the name"),
                            (1, "Elsewhere in the name, in the address or the phone number"),
                        ]
                    ),
                ),
            ],
        ),
        migrations.RemoveIndex(
            model_name="candidate",
            name="candidate_by_name",
        ),
        migrations.AddField(
            model_name="candidate",
            name="next_interview_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="candidate",
            name="standing",
            field=models.CharField(blank=True, editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name="candidate",
            name="standing_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="candidate",
            name="standing_until",
            field=models.DateTimeField(auto_now=True, null=True),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["standing", "standing_since", "id"],
                name="candidate_on_board",
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)), fields=["name", "id"], name="candidate_by_name"
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["standing", "name", "id"],
                name="candidate_of_standing",
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["owner", "name", "id"],
                name="candidate_of_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["-created_at", "-id"],
                name="candidate_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["next_interview_at", "name", "id"],
                name="candidate_by_next",
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True), _negated=True),
                fields=["name", "id"],
                name="candidate_archived",
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(fields=["standing_until", "id"], name="candidate_standing_due"),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["standing", "standing_until"],
                name="candidate_counted",
            ),
        ),
        migrations.AddField(
            model_name="searchword",
            name="candidate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="search_words", to="candidates.candidate"
            ),
        ),
        migrations.AddIndex(
            model_name="searchword",
            index=models.Index(fields=["place", "word", "candidate"], name="search_word_found"),
        ),
        migrations.AddConstraint(
            model_name="searchword",
            constraint=models.UniqueConstraint(fields=("candidate", "word"), name="search_word_once"),
        ),
        migrations.RunPython(index_everybody, migrations.RunPython.noop, elidable=True),
    ]
