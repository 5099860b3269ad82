"""Lists in the order of folded names."""

from django.db import migrations

from candidates.models.name import Folded


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0025_covering"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="eventtype",
            options={"ordering": [Folded("name"), "id"]},
        ),
        migrations.AlterModelOptions(
            name="interviewer",
            options={"ordering": [Folded("name"), "id"]},
        ),
        migrations.AlterModelOptions(
            name="invitation",
            options={"ordering": [Folded("name"), "id"]},
        ),
        migrations.AlterModelOptions(
            name="routingform",
            options={"ordering": [Folded("name"), "id"]},
        ),
        migrations.AlterModelOptions(
            name="savedview",
            options={"ordering": [Folded("name"), "id"]},
        ),
    ]
